#include "status/server_head.h"

/* What libmicrohttpd takes of its memory: a record; for the head, at least; and to have
   left for the head of the answer. */
enum { RECORD = 64, BUFFER = SERVER_HEAD_MEMORY / 2, SPARE = 1024 };

struct head {
    size_t records; /* header lines, parameters, cookies */
    size_t cookies; /* bytes */
    bool http10;
    unsigned hosts, lengths, encodings;
    bool chunked;
    struct server_problem *problem;
};

static bool refuse(struct head *h, int status, const char *title, const char *detail)
{
    *h->problem = (struct server_problem){status, title, detail};
    return false;
}

static bool bad(struct head *h, const char *detail)
{
    return refuse(h, 400, "Bad Request", detail);
}

/* ---- parts ---- */

static bool is_token(struct str s) /* RFC 9110 5.6.2 */
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || (c != '\0' && strchr(others, c) != NULL))) {
            return false;
        }
    }
    return s.n > 0;
}

/* A CR that stands alone is one of them: it would end a line for libmicrohttpd. */
static bool judge_bytes(struct head *h, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return bad(h, "a control character is in the head of the request");
        }
    }
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* How many parts there are between such bytes. */
static size_t count_parts(struct str s, const char *separators)
{
    size_t n = s.n > 0;

    for (size_t i = 0; i < s.n; i++) {
        n += strchr(separators, s.p[i]) != NULL;
    }
    return n;
}

static bool add_records(struct head *h, size_t n)
{
    h->records += n;
    return h->records <= SERVER_HEAD_LINES ||
           refuse(h, 431, "Request Header Fields Too Large",
                  "a request has at most 100 header lines, parameters and cookies");
}

/* ---- the request line ---- */

static bool judge_version(struct head *h, struct str v)
{
    if (v.n != 8 || !str_has_prefix(v, STR("HTTP/")) || !is_digit(v.p[5]) ||
        v.p[6] != '.' || !is_digit(v.p[7])) {
        return bad(h, "the first line is not: method, target and HTTP/1.1");
    }
    if (v.p[5] != '1') {
        return refuse(h, 505, "HTTP Version Not Supported", "HTTP/1.1 is spoken here");
    }
    h->http10 = v.p[7] == '0';
    return true;
}

static bool judge_request(struct head *h, struct str line)
{
    struct str method, target;
    ptrdiff_t query;

    if (!str_split(&line, ' ', &method) || !str_split(&line, ' ', &target) ||
        !is_token(method) || target.n == 0 || str_chr(target, '\t') >= 0) {
        return bad(h, "the first line is not: method, target and HTTP/1.1");
    }
    query = str_chr(target, '?');
    return judge_version(h, line) &&
           (query < 0 ||
            add_records(h, count_parts(str_skip(target, (size_t)query + 1), "&")));
}

/* ---- header lines ---- */

static bool judge_length(struct head *h, struct str value)
{
    uint64_t n;

    h->lengths++;
    for (size_t i = 0; i < value.n; i++) {
        if (!is_digit(value.p[i])) {
            return bad(h, "Content-Length is not a number");
        }
    }
    if (value.n == 0) {
        return bad(h, "Content-Length is not a number");
    }
    /* What is too long for the handler but fits a number is the server's to say. */
    return str_to_u64(value, &n) ||
           refuse(h, 413, "Content Too Large", "Content-Length is out of all bounds");
}

static bool judge_encoding(struct head *h, struct str value)
{
    h->encodings++;
    h->chunked = str_eq_nocase(value, STR("chunked"));
    return h->chunked || refuse(h, 501, "Not Implemented",
                                "the only Transfer-Encoding understood is chunked");
}

/* libmicrohttpd skips the blanks before a value; those behind it stay, and what they
   stand behind is then no length and no encoding to it. */
static struct str value_of(struct str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = str_skip(s, 1);
    }
    return s;
}

static bool judge_header(struct head *h, struct str line)
{
    ptrdiff_t colon = str_chr(line, ':');
    struct str name, value;

    if (!add_records(h, 1)) {
        return false;
    }
    /* Also a line that begins with a blank: folding, to be refused (RFC 9112 5.2). */
    if (colon < 0 || !is_token(str_first(line, (size_t)colon))) {
        return bad(h, "a header line is not: name, colon, value");
    }
    name = str_first(line, (size_t)colon);
    value = value_of(str_skip(line, (size_t)colon + 1));
    h->hosts += str_eq_nocase(name, STR("Host"));
    if (str_eq_nocase(name, STR("Content-Length"))) {
        return judge_length(h, value);
    }
    if (str_eq_nocase(name, STR("Cookie"))) {
        h->cookies += value.n;
        return add_records(h, count_parts(value, ",;"));
    }
    return !str_eq_nocase(name, STR("Transfer-Encoding")) || judge_encoding(h, value);
}

/* What the lines say together; `n` is the length of all. */
static bool judge_whole(struct head *h, size_t n)
{
    if ((n > BUFFER ? n : BUFFER) + h->cookies + RECORD * h->records + SPARE >
        SERVER_HEAD_MEMORY) {
        return refuse(h, 431, "Request Header Fields Too Large",
                      "the head of the request is too large with such cookies");
    }
    if (h->hosts > 1 || (h->hosts == 0 && !h->http10)) {
        return bad(h, "exactly one Host is needed"); /* RFC 9112 3.2 */
    }
    if (h->lengths + h->encodings > 1 || (h->chunked && h->http10)) {
        return bad(h, "the length of the body is said in more than one way");
    }
    return true;
}

/* ---- lines ---- */

/* False: no whole line is left. A line ends with LF; a CR before it belongs to it. */
static bool next_line(struct str *rest, struct str *ret)
{
    ptrdiff_t at = str_chr(*rest, '\n');

    if (at < 0) {
        return false;
    }
    *ret = str_first(*rest, (size_t)at);
    *rest = str_skip(*rest, (size_t)at + 1);
    if (str_has_suffix(*ret, STR("\r"))) {
        *ret = str_first(*ret, ret->n - 1);
    }
    return true;
}

enum server_head server_head_judge(struct str received, struct server_problem *ret)
{
    struct head h = {.problem = ret};
    struct str rest = received, line;
    bool begun = false, ok = true;

    while (ok && next_line(&rest, &line)) {
        if (line.n == 0 && begun) {
            return judge_whole(&h, received.n - rest.n) ? SERVER_HEAD_SOUND
                                                        : SERVER_HEAD_BAD;
        }
        if (line.n == 0) {
            continue; /* empty lines before the first are skipped (RFC 9112 2.2) */
        }
        ok = judge_bytes(&h, line) &&
             (begun ? judge_header(&h, line) : judge_request(&h, line));
        begun = true;
    }
    if (str_has_suffix(rest, STR("\r"))) { /* its LF is still to come */
        rest = str_first(rest, rest.n - 1);
    }
    ok = ok && judge_bytes(&h, rest);
    if (ok && received.n >= SERVER_HEAD_MAX) {
        ok = refuse(&h, 431, "Request Header Fields Too Large",
                    "the head of a request has at most 16 KiB");
    }
    return ok ? SERVER_HEAD_PART : SERVER_HEAD_BAD;
}
