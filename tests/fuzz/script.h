/*
 * A run of answers as a fuzz target's input: records of text, 0x1e between
 * them, which no JSON holds.
 *
 *   HTTP 200\n             an answer: status,
 *   Link: <...>; ...\n     headers as they come,
 *   \n                     and after an empty line the body.
 *   FAIL 3\n               no answer: the third kind of failure of base/err.h
 *   AGAIN\n                the next sync, from what this one has told
 *   WORD anything\n        left to the target
 *
 * An input that does not begin with a capital letter is one body.
 */
#ifndef TESTS_FUZZ_SCRIPT_H
#define TESTS_FUZZ_SCRIPT_H

#include "base/http_msg.h"
#include "tests/fuzz/fuzz.h"

enum { SCRIPT_HEADERS = 24 };

struct script_answer {
    int status;            /* 0: no answer */
    enum err_kind failure; /* with status 0 */
    struct http_header headers[SCRIPT_HEADERS];
    size_t n_headers;
    char *body; /* owned, of its own size */
    size_t n_body;
    bool moved; /* "X-Moved": where the answer came from, after redirects */
    struct str url;
};

static inline bool script_is_one_body(const struct fuzz_in *in)
{
    return in->n == 0 || in->p[0] < 'A' || in->p[0] > 'Z';
}

/* The next record; false: there is none. */
static inline bool script_next(struct fuzz_in *in, struct str *ret)
{
    if (in->n == 0) {
        return false;
    }
    *ret = fuzz_until(in, 0x1e);
    return true;
}

/* Whether the record begins with that word; *ret is what else is on its line. */
static inline bool script_is(struct str record, const char *word, struct str *ret)
{
    ptrdiff_t end = str_chr(record, '\n');
    struct str line = end < 0 ? record : str_first(record, (size_t)end);

    if (!str_has_prefix(line, str_of(word))) {
        return false;
    }
    *ret = str_trim(str_skip(line, strlen(word)));
    return true;
}

/* The same of the next record, which is then used up. */
static inline bool script_take_word(struct fuzz_in *in, const char *word,
                                    struct str *ret)
{
    struct fuzz_in ahead = *in;
    struct str record;

    if (!script_next(&ahead, &record) || !script_is(record, word, ret)) {
        return false;
    }
    *in = ahead;
    return true;
}

/* io hands out no header with CR, LF or NUL in it. */
static inline bool script_is_header(struct str s)
{
    return str_chr(s, '\r') < 0 && str_chr(s, '\n') < 0 && str_chr(s, '\0') < 0;
}

static inline void script_header(struct script_answer *a, struct str line)
{
    ptrdiff_t colon = str_chr(line, ':');

    if (colon < 1 || !script_is_header(line)) {
        return;
    }
    struct str name = str_first(line, (size_t)colon);
    struct str value = str_trim(str_skip(line, (size_t)colon + 1));

    if (str_eq_nocase(name, STR("x-moved"))) {
        a->moved = true;
        a->url = value;
    } else if (a->n_headers < SCRIPT_HEADERS) {
        a->headers[a->n_headers++] = (struct http_header){name, value};
    }
}

static inline void script_read(struct str record, struct script_answer *ret)
{
    struct str rest = record, line = STR_NONE;
    uint64_t n;

    *ret = (struct script_answer){.status = 200};
    if (str_split(&rest, '\n', &line) && script_is(line, "FAIL", &line)) {
        ret->status = 0;
        ret->failure = str_to_u64(line, &n) && n % (ERR_CANCELED + 1) != 0
                           ? (enum err_kind)(n % (ERR_CANCELED + 1))
                           : ERR_NET;
        return;
    }
    /* As libcurl reads a status: three digits. */
    if (script_is(line, "HTTP", &line) && line.n == 3 && str_to_u64(line, &n) &&
        n >= 100) {
        ret->status = (int)n;
    }
    while (str_split(&rest, '\n', &line) && line.n > 0) {
        script_header(ret, line);
    }
    ret->body = fuzz_copy(rest);
    ret->n_body = rest.n;
}

static inline void script_free(struct script_answer *a)
{
    free(a->body);
}

static inline struct http_response script_response(const struct script_answer *a,
                                                   struct str url)
{
    return (struct http_response){
        .status = a->status,
        .body = {a->body, a->n_body},
        .headers = a->headers,
        .n_headers = a->n_headers,
        .url = a->moved ? a->url : url,
        .moved = a->moved,
    };
}

#endif
