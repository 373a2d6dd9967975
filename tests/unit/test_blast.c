/*
 * What an event reaches: down from what it names to initiatives and teams, up to what
 * can now be missed, and nothing beside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"
#include "core/blast.h"

static const char text[] =
    "strategy: 1\n"
    "name: Acme\n"
    "vision: { statement: All of it }\n"
    "intents: [{ id: in1, title: One }, { id: in2, title: Two }]\n"
    "objectives:\n"
    "  - { id: ob1, title: First, intent: in1,\n"
    "      key_results: [{ id: kr1, title: K }, { id: kr2, title: K }] }\n"
    "  - { id: ob2, title: Second, intent: in2, key_results: [{ id: kr3, title: K }] "
    "}\n"
    "  - { id: ob3, title: Third }\n"
    "initiatives:\n"
    "  - { id: i1, title: I, moves: [kr1], needs: [t2] }\n"
    "  - { id: i2, title: I, moves: [kr2, kr3] }\n"
    "  - { id: i3, title: I }\n"
    "buckets: [{ id: b1, title: B, match: { labels: [bug] } }]\n"
    "teams:\n"
    "  - { id: t1, title: T, key_results: [kr1] }\n"
    "  - { id: t2, title: T }\n"
    "competitors: [{ id: rival, title: R, attacks: [in1] }]\n"
    "retired: [gone]\n";

/* "in1:named ob1:below ..." */
static void expect(const struct strategy *s, const char *ids, const char *want)
{
    struct arena *a = arena_create((size_t)1 << 20);
    const struct node *named[8];
    struct str rest = str_of(ids), id;
    struct blast b;
    struct buf got;
    struct err e;
    size_t n = 0;

    assert_non_null(a);
    while (str_split(&rest, ' ', &id)) {
        named[n] = strategy_find(s, id);
        assert_non_null(named[n++]);
    }
    assert_true(blast_from(s, named, n, a, &b, &e));
    buf_init(&got, 10000);
    for (size_t i = 0; i < b.n; i++)
        buf_printf(&got, "%s%.*s:%s", i > 0 ? " " : "", STR_FMT(b.v[i].node->id),
                   blast_how_name(b.v[i].how));
    assert_string_equal(buf_cstr(&got), want);
    buf_finish(&got);
    arena_destroy(a);
}

static void test_reach(void **state UNUSED)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("s.yaml", str_of(text), d);

    assert_non_null(s);
    expect(s, "", "");
    expect(
        s, "in1",
        "in1:named ob1:below kr1:below kr2:below i1:below i2:below t1:below t2:below");
    expect(s, "in2", "in2:named ob2:below kr3:below i2:below");
    expect(s, "i1", "in1:above ob1:above kr1:above i1:named t2:below");
    expect(s, "i2",
           "in1:above in2:above ob1:above ob2:above kr2:above kr3:above "
           "i2:named");
    expect(s, "i3", "i3:named");
    expect(s, "kr2", "in1:above ob1:above kr2:named i2:below");
    expect(s, "ob3", "ob3:named");
    expect(s, "t2", "t2:named");
    expect(s, "b1 t1 b1", "b1:named t1:named");
    expect(s, "rival gone rival", "rival:named gone:named");
    expect(
        s, "kr1 in1",
        "in1:named ob1:below kr1:named kr2:below i1:below i2:below t1:below t2:below");
    expect(s, "vision",
           "in1:below in2:below ob1:below ob2:below ob3:below kr1:below kr2:below "
           "kr3:below i1:below i2:below t1:below t2:below vision:named");
    strategy_unref(s);
    conf_diag_destroy(d);
}

static void test_no_memory(void **state UNUSED)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("s.yaml", str_of(text), d);
    struct arena *a = arena_create(16);
    struct blast b;
    struct err e;

    assert_false(blast_from(s, NULL, 0, a, &b, &e));
    assert_int_equal(e.kind, ERR_NOMEM);
    arena_destroy(a);
    strategy_unref(s);
    conf_diag_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
