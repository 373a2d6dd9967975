/*
 * GET /v1/export: what an audience may not see is in no format, over random strategies
 * whose texts name each other; each format escapes what is hostile in its own way.
 */
#include "tests/unit/api_rig.h"

static uint32_t seed;

static unsigned pick(unsigned n)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 16) % n;
}

static const char *const formats[] = {"md", "html", "json", "csv"};
static const char *const audiences[] = {"team", "company", "board"};

/* ---- random strategies ---- */

/* intents 0-2, objectives 3-7, key results 8-15, initiatives 16-23, competitors 24-25,
   decisions 26-28; `seen`: the widest audience by itself and what it hangs under. */
enum { N = 29 };
struct plan {
    unsigned own[N], seen[N];
    int parent[N];
};

static unsigned first_of(unsigned i)
{
    static const unsigned starts[] = {0, 3, 8, 16, 24, 26, N};
    unsigned k = 0;

    while (starts[k + 1] <= i)
        k++;
    return starts[k];
}

static void make_plan(struct plan *p)
{
    for (unsigned i = 0; i < N; i++) {
        p->own[i] = pick(3);
        p->parent[i] = i < 3    ? -1
                       : i < 8  ? (int)pick(4) - 1 /* -1: of no intent */
                       : i < 16 ? 3 + (int)(i - 8) % 5
                       : i < 24 ? 8 + (int)pick(8)
                                : -1;
        p->seen[i] = p->own[i];
        if (p->parent[i] >= 0 && p->seen[p->parent[i]] < p->seen[i])
            p->seen[i] = p->seen[p->parent[i]];
    }
}

/* "Why-w7x names Title-t3x and id3x" */
static void put_why(struct buf *b, const char *key, unsigned i)
{
    unsigned other = pick(N), third = pick(N);

    buf_printf(b, ", %s: 'why%ux TITLE%ux, (id%ux) title%ux-id%ux'", key, i, other,
               third, third, other);
}

static void put_node(struct buf *b, const struct plan *p, unsigned i,
                     const char *title_key, const char *why_key)
{
    buf_printf(b, "id: id%ux, %s: title%ux, owner: owner%ux, visibility: %s", i,
               title_key, i, i, audiences[p->own[i]]);
    put_why(b, why_key, i);
}

static void put_objectives(struct buf *b, const struct plan *p)
{
    buf_addz(b, "objectives:\n");
    for (unsigned i = 3; i < 8; i++) {
        buf_addz(b, "  - { ");
        put_node(b, p, i, "title", "why");
        if (p->parent[i] >= 0)
            buf_printf(b, ", intent: id%dx", p->parent[i]);
        buf_addz(b, ",\n      key_results: [");
        for (unsigned k = 8; k < 16; k++) {
            if (p->parent[k] != (int)i)
                continue;
            buf_addz(b, "{ ");
            put_node(b, p, k, "title", "why");
            buf_printf(b, ", unit: unit%ux }, ", k);
        }
        buf_addz(b, "] }\n");
    }
}

static void put_strategy(struct buf *b, const struct plan *p)
{
    buf_addz(b, "strategy: 1\nname: Acme id0x\nintents:\n");
    for (unsigned i = 0; i < 3; i++) {
        buf_addz(b, "  - { ");
        put_node(b, p, i, "title", "why");
        buf_addz(b, " }\n");
    }
    put_objectives(b, p);
    buf_addz(b, "initiatives:\n");
    for (unsigned i = 16; i < 24; i++) {
        buf_addz(b, "  - { ");
        put_node(b, p, i, "title", "problem");
        buf_printf(
            b, ", moves: [id%dx], costs: [{ what: cost%ux, amount: 5, per: once }] }\n",
            p->parent[i], i);
    }
    buf_addz(b, "competitors:\n");
    for (unsigned i = 24; i < 26; i++) {
        buf_addz(b, "  - { ");
        put_node(b, p, i, "title", "note");
        buf_addz(b, " }\n");
    }
    buf_addz(b, "decisions:\n");
    for (unsigned i = 26; i < 29; i++) {
        buf_addz(b, "  - { date: 2026-01-01, ");
        put_node(b, p, i, "chose", "because");
        buf_addz(b, " }\n");
    }
}

static bool has(const char *text, const char *word, unsigned i)
{
    char token[40];

    snprintf(token, sizeof(token), "%s%ux", word, i);
    return str_find_nocase(str_of(text), str_of(token)) >= 0;
}

static void hold(struct api_rig *r, const struct plan *p, unsigned who,
                 const char *format)
{
    static const char *const words[] = {"id", "title", "why", "owner", "unit", "cost"};
    char target[80];

    snprintf(target, sizeof(target), "/v1/export?audience=%s&format=%s", audiences[who],
             format);
    ask(r, "GET", target, "");
    assert_int_equal(r->status, 200);
    for (unsigned i = 0; i < N; i++) {
        bool seen = p->seen[i] >= who;

        for (size_t k = 0; k < ARRAY_LEN(words) && !seen; k++) {
            if (has(buf_cstr(&r->body), words[k], i))
                fail_msg("%s of node %u (from %u) in %s:\n%s", words[k], i, first_of(i),
                         target, buf_cstr(&r->body));
        }
        if (seen && (!has(buf_cstr(&r->body), "owner", i) ||
                     !has(buf_cstr(&r->body), "title", i)))
            fail_msg("node %u is not in %s", i, target);
        if (who > 0)
            assert_false(has(buf_cstr(&r->body), "cost", i));
    }
}

static void test_random(void **state)
{
    struct api_rig *r = *state;

    for (unsigned round = 0; round < 40; round++) {
        struct plan p;
        struct buf b;

        seed = round;
        buf_init(&b, 1 << 20);
        make_plan(&p);
        put_strategy(&b, &p);
        eval_rig_load(r->er, EVAL_RIG_CONF, buf_cstr(&b));
        for (unsigned who = 0; who < 3; who++) {
            for (size_t f = 0; f < ARRAY_LEN(formats); f++)
                hold(r, &p, who, formats[f]);
        }
        buf_finish(&b);
    }
}

/* ---- forms ---- */

#define HOSTILE                                                                        \
    "strategy: 1\nname: 'A <b>&\"x\" `*_|#'\n"                                         \
    "objectives:\n"                                                                    \
    "  - { id: o, title: '=cmd(\"x\"),</td><script>', why: \"se\\u200bcret a\" }\n"    \
    "  - { id: secret, title: '...', why: '...', visibility: team }\n"                 \
    "initiatives: [{ id: i, title: '[x](javascript:a) ...' }]\n"

static void expect(struct api_rig *r, const char *target, const char *there,
                   const char *not_there)
{
    ask(r, "GET", target, "");
    assert_int_equal(r->status, 200);
    if (strstr(buf_cstr(&r->body), there) == NULL ||
        strstr(buf_cstr(&r->body), not_there) != NULL)
        fail_msg("%s:\n%s", target, buf_cstr(&r->body));
}

static void test_forms(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    eval_rig_load(r->er, EVAL_RIG_CONF, HOSTILE);
    expect(r, "/v1/export?audience=company&format=html", "&#60;script&#62;", "<script");
    assert_string_equal(r->type, "text/html; charset=utf-8");

    expect(r, "/v1/export?audience=company&format=csv",
           "\"'=cmd(\"\"x\"\"),</td><script>\"", "\"=cmd");
    expect(r, "/v1/export?audience=company", "\\<script\\>", "**<");
    expect(r, "/v1/export?audience=company&format=md", "\\[x\\](javascript:a)",
           " [x](");
    expect(r, "/v1/export?audience=company&format=json", "...]] a", "secret");
    v = ask_json(r, "GET", "/v1/export?audience=company&format=json", "", 200);
    assert_string_equal(text_at(v, "audience"), "company");
    assert_int_equal(json_array_size(json_object_get(v, "nodes")), 2);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/export?audience=team&format=json", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "nodes")), 3);
    json_decref(v);
    refused(r, "GET", "/v1/export", "", 400, "audience is");
    refused(r, "GET", "/v1/export?audience=all", "", 400, "audience is");
    refused(r, "GET", "/v1/export?audience=team&format=pdf", "", 400, "format is");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_random),
        TEST(test_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
