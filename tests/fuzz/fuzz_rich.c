/*
 * Rich text as plain text: the Atlassian Document Format, Jira's wiki markup,
 * GitHub's Markdown. The first byte is the limit; what follows is a document in
 * JSON or markup. Whatever it holds, the text is UTF-8 within its limit, and a
 * smaller limit gives a beginning of it.
 */
#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "connectors/trackers/github/github_text.h"
#include "connectors/wire/adf.h"
#include "connectors/wire/wiki.h"
#include "core/item.h"
#include "tests/fuzz/fuzz.h"

static const size_t limits[] = {0,  1,  2,  3,   4,   5,    7,   10,
                                16, 33, 64, 100, 300, 1000, 4000};

struct source {
    const json_t *doc; /* one of the two */
    struct str markup;
    bool markdown;
};

static void read_source(const struct source *s, size_t max, struct buf *out)
{
    struct arena *a;
    struct str text = STR_NONE;

    buf_init(out, (size_t)1 << 20);
    buf_addz(out, "> before");
    size_t before = out->n;

    if (s->doc != NULL) {
        adf_to_text(s->doc, max, out);
    } else if (!s->markdown) {
        wiki_to_text(s->markup, max, out);
    } else {
        a = arena_create((size_t)64 << 20);
        FUZZ_CHECK(a != NULL && github_plain_text(a, s->markup, max, &text),
                   "out of memory");
        buf_add(out, text);
        arena_destroy(a);
    }
    FUZZ_CHECK(buf_ok(out), "the text failed");
    FUZZ_CHECK(out->n - before <= max, "%zu bytes, not %zu", out->n - before, max);
    FUZZ_CHECK(str_has_prefix(buf_str(out), STR("> before")), "what was there changed");
}

static void check(const struct source *s, size_t max, bool valid)
{
    struct mark marks[ITEM_MAX_REFERENCES];
    struct buf some, all;
    size_t at;

    read_source(s, max, &some);
    read_source(s, 8000, &all);
    if (valid) {
        FUZZ_CHECK(utf8_valid(buf_str(&some), &at), "not UTF-8 at %zu", at);
    }
    if (!s->markdown) {
        FUZZ_CHECK(str_has_prefix(buf_str(&all), buf_str(&some)),
                   "limit %zu changes the text:\n%s\n--\n%s", max, buf_cstr(&some),
                   buf_cstr(&all));
    }
    FUZZ_CHECK(item_read_references(buf_str(&some), marks) <= ITEM_MAX_REFERENCES,
               "too many references");
    buf_finish(&some);
    buf_finish(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t max = limits[fuzz_byte(&in) % ARRAY_LEN(limits)], at;
    struct str text = fuzz_rest(&in);
    char *copy = fuzz_copy(text);
    struct source s = {.markup = {copy, text.n}};
    bool valid = utf8_valid(text, &at);
    json_t *doc = json_loadb(copy == NULL ? "" : copy, text.n,
                             JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    check(&s, max, valid);
    s.markdown = true;
    check(&s, max, valid);
    if (doc != NULL) {
        s = (struct source){.doc = doc};
        check(&s, max, true);
    }
    json_decref(doc);
    free(copy);
    return 0;
}
