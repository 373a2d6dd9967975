#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/match.h"
#include "core/textkey.h"

/* "a|b|c" */
static struct str_list list(struct arena *a, const char *z)
{
    struct str rest = str_of(z);
    struct str part;
    struct str_list l = {0};
    size_t cap = 0;

    while (str_split(&rest, '|', &part)) {
        struct str *added = arena_grow(a, &l.v, &l.n, &cap, sizeof *l.v);

        assert_non_null(added);
        *added = part;
    }
    return l;
}

static struct node node(enum node_kind kind, const char *id, const char *title)
{
    return (struct node){.kind = kind, .id = str_of(id), .title = str_of(title)};
}

static void add_field(struct arena *a, struct match_spec *spec, const char *name,
                      const char *values)
{
    spec->fields = arena_array(a, 1, sizeof *spec->fields);
    assert_non_null(spec->fields);
    spec->n_fields = 1;
    spec->fields[0].name = str_of(name);
    spec->fields[0].values = list(a, values);
}

enum { INITIATIVES = 6 };

static struct strategy *build(void)
{
    struct arena *a = arena_create(1 << 20);
    struct strategy *s = arena_alloc(a, sizeof *s);
    struct err e;

    assert_non_null(s);
    s->a = a;
    s->refs = 1;
#define LIST(name, count)                                                              \
    s->n_##name = (count);                                                             \
    s->name = arena_array(a, (count), sizeof *s->name);                                \
    assert_non_null(s->name)
    LIST(initiatives, INITIATIVES);
    LIST(objectives, 1);
    LIST(key_results, 1);
    LIST(intents, 1);
    LIST(buckets, 2);
    LIST(teams, 2);
    LIST(not_doing, 2);
#undef LIST
    s->initiatives[0].node =
        node(NODE_INITIATIVE, "onboarding", "Second site in a day");
    s->initiatives[0].node.was = list(a, "second-site");
    s->initiatives[0].tracker = list(a, "PAY-12|acme/web#4");
    s->initiatives[0].match.labels = list(a, "second site|onb-*");
    s->initiatives[0].match.milestones = list(a, "Onboarding ?");
    s->initiatives[1].node = node(NODE_INITIATIVE, "sso", "Single sign-on");
    s->initiatives[1].tracker = list(a, "PAY-12");
    s->initiatives[1].match.labels = list(a, "*-login|*sign*|second site");
    add_field(a, &s->initiatives[1].match, "Theme", "Login|Auth *");
    s->initiatives[2].node = node(NODE_INITIATIVE, "churn", "Stop churn");
    s->initiatives[2].match.components = list(a, "Billing");
    s->initiatives[2].match.fix_versions = list(a, "2.*");
    s->initiatives[2].match.projects = list(a, "CHURN");
    s->initiatives[2].match.repos = list(a, "acme/churn");
    s->initiatives[3].node = node(NODE_INITIATIVE, "twin-a", "Twin");
    s->initiatives[4].node = node(NODE_INITIATIVE, "twin-b", "TWIN");
    s->initiatives[5].node = node(NODE_INITIATIVE, "odd", "Odd");
    s->initiatives[5].match.labels = list(a, "initiative:by-another-name");
    s->initiatives[5].match.types = list(a, "Spike");
    s->objectives[0].node = node(NODE_OBJECTIVE, "grow", "Grow multi-site");
    s->key_results[0].node =
        node(NODE_KR, "nps", "Twin"); /* an initiative's title first */
    s->intents[0].node = node(NODE_INTENT, "upmarket", "Win clinics");
    s->buckets[0].node = node(NODE_BUCKET, "ktlo", "Run the business");
    s->buckets[0].match.labels = list(a, "bug|chore*");
    s->buckets[0].match.types = list(a, "Bug");
    s->buckets[1].node = node(NODE_BUCKET, "security", "Security");
    s->buckets[1].match.labels = list(a, "security|bug");
    s->teams[0].node = node(NODE_TEAM, "payments", "Payments");
    s->teams[0].match.projects = list(a, "PAY");
    s->teams[0].match.labels = list(a, "team:pay*");
    s->teams[1].node = node(NODE_TEAM, "web", "Web");
    s->teams[1].match.repos = list(a, "acme/*");
    s->teams[1].match.labels = list(a, "team:web|team:payweb");
    s->not_doing[0].node = node(NODE_NOT_DOING, "no-onprem", "On-premises");
    s->not_doing[0].match.text = list(a, "on-prem|air gapped|hospital");
    s->not_doing[0].match.labels = list(a, "on-prem");
    s->not_doing[1].node = node(NODE_NOT_DOING, "no-fax", "Fax");
    s->not_doing[1].match.text = list(a, "fax");
    s->not_doing[1].match.labels = list(a, "fax");
    s->retired = list(a, "old-init");
    assert_false(arena_failed(a));
    assert_true(strategy_index(s, &e));
    return s;
}

/* "l:label", "f:Name=value", "m:..", "v:", "c:", "r:", "x:", "k:type=KEY", joined by
 * '|'. */
static size_t read_marks(const char *z, struct mark *marks)
{
    static const struct {
        char letter;
        enum mark_kind kind;
    } kinds[] = {
#define X(e, letter, doc) {letter, e},
        MARK_KINDS(X)
#undef X
    };
    struct str rest = str_of(z);
    struct str part;
    size_t n = 0;

    while (str_split(&rest, '|', &part)) {
        marks[n] = (struct mark){.value = str_skip(part, 2)};
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
            if (kinds[i].letter == part.p[0]) {
                marks[n].kind = kinds[i].kind;
            }
        }
        if (part.p[0] == 'f' || part.p[0] == 'k') {
            struct str value = marks[n].value;

            assert_true(str_split(&value, '=', &marks[n].name));
            marks[n].value = value;
        }
        n++;
    }
    return n;
}

/* "method=node" in order, joined by ' '; unknown nodes as !node, effective as node*. */
static void print_links(const struct link_set *set, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < set->n; i++) {
        const struct link *l = &set->v[i];

        at += (size_t)snprintf(out + at, size - at, "%s%s=%s%.*s%s", i > 0 ? " " : "",
                               link_method_name(l->method), l->known ? "" : "!",
                               STR_FMT(l->node), link_is_effective(set, l) ? "*" : "");
    }
}

/* `inherited`: "l:NODE" by label, "b:NODE" a bucket, "!:NODE" not known. */
static const struct {
    const char *what, *marks, *want;
    const char *key, *type, *scope, *manual, *inherited;
} rows[] = {
    {"nothing", .want = ""},
    {"unrelated", .type = "Epic", .scope = "PAY", .marks = "l:ui|m:x", .want = ""},
    /* labels */
    {"form", "l:initiative:onboarding", "label=onboarding*"},
    {"folded", "l: Initiative: ONBOARDING", "label=onboarding*"},
    {"was", "l:initiative:second-site", "label=onboarding*"},
    {"unknown", "l:initiative:xyz", "label=!xyz"},
    {"unknown as written", "l:Initiative: XyZ |l:initiative:xyz", "label=!XyZ"},
    {"no id", "l:initiative:", ""},
    {"retired", "l:initiative:old-init", "label=old-init*"},
    {"a team is no link", "l:initiative:payments", "label=!payments"},
    {"an objective is", "l:initiative:grow", "label=grow*"},
    {"explained by another", "l:initiative:by-another-name", "label=odd*"},
    {"match.labels of two", "l:Second  Site", "label=onboarding* label=sso*"},
    {"prefix glob", "l:onb-x", "label=onboarding*"},
    {"prefix glob, shorter", "l:onb", ""},
    {"suffix glob", "l:web-login", "label=sso*"},
    {"floating glob", "l:redesign", "label=sso*"},
    {"two globs of one", "l:onb-sign-login", "label=onboarding* label=sso*"},
    {"no repeats", "l:initiative:sso|l:sign|l:web-login", "label=sso*"},
    /* fields */
    {"field id", "f:Strategic Initiative=SSO", "field=sso*"},
    {"field title", "f:strategic initiative=second SITE in a day", "field=onboarding*"},
    {"field title of two", "f:strategic initiative=twin",
     "field=twin-a* field=twin-b*"},
    {"title of an objective", "f:strategic initiative=Grow Multi-Site", "field=grow*"},
    {"field text", "f:Strategic initiative=Big  bet", "field=!Big  bet"},
    {"blank field", "f:Strategic initiative=  ", ""},
    {"another field", "f:Team=sso", ""},
    {"match.fields", "f:theme=login|f:THEME=auth x|f:theme=auth", "field=sso*"},
    /* scope */
    {"milestone", "m:Onboarding 2", "scope=onboarding*"},
    {"milestone, two digits", "m:Onboarding 10", ""},
    {"component", "c:billing", "scope=churn*"},
    {"fix version", "v:2.1", "scope=churn*"},
    {"a version is no component", "v:billing", ""},
    {"project", .scope = "churn", .want = "scope=churn*"},
    {"repository, other case", .scope = "Acme/Churn", .want = "scope=churn*"},
    {"type", .type = "spike", .want = "scope=odd*"},
    /* tracker */
    {"stands for two", .key = "pay-12", .want = "tracker=onboarding* tracker=sso*"},
    {"link", "k:Implements=ACME/web#4", "tracker=onboarding*", .key = "WEB-1"},
    {"link type not configured", "k:blocks=PAY-12", ""},
    {"link elsewhere", "k:implements=PAY-13", ""},
    /* references */
    {"reference", "r:Nps|r:upmarket|r:nope|r:grow|r:old-init",
     "reference=nps* reference=upmarket* reference=!nope reference=grow* "
     "reference=old-init*"},
    /* order of strength */
    {"all methods",
     "r:churn|c:Billing|l:initiative:odd|f:Strategic initiative=twin-a|l:bug",
     "manual=nps* tracker=onboarding tracker=sso field=twin-a label=odd scope=churn "
     "reference=churn inherited=grow",
     .key = "PAY-12", .manual = "nps", .inherited = "l:grow"},
    {"unknown is not strongest", "l:initiative:zz|r:churn",
     "label=!zz reference=churn*"},
    {"manual of a node that went", "r:churn", "manual=!gone reference=churn*",
     .manual = "gone"},
    {"manual to a bucket", "r:churn", "manual=ktlo* reference=churn", .manual = "KTLO"},
    {"inherited, renamed since", "", "inherited=onboarding*",
     .inherited = "l:second-site|l:gone"},
    {"inherited, not known", "", "", .inherited = "!:sso"},
    /* buckets */
    {"bucket", .type = "Bug", .want = "bucket=ktlo*"},
    {"two buckets", "l:BUG", "bucket=ktlo* bucket=security*", .type = "Bug"},
    {"bucket glob", "l:chores", "bucket=ktlo*"},
    {"bucket after a link", "l:bug|r:sso", "reference=sso*"},
    {"bucket after an unknown", "l:bug|r:zz",
     "reference=!zz bucket=ktlo* bucket=security*"},
    {"bucket after an inherited link", "l:bug", "inherited=sso*", .inherited = "l:sso"},
    {"inherited bucket", "", "bucket=security*", .inherited = "b:security"},
    {"own bucket first", "l:chore", "bucket=ktlo*", .inherited = "b:security"},
};

static size_t read_inherited(const char *z, struct link *v)
{
    struct str rest = str_of(z);
    struct str part;
    size_t n = 0;

    while (str_split(&rest, '|', &part)) {
        v[n++] = (struct link){
            .method = part.p[0] == 'b' ? LINK_BUCKET : LINK_LABEL,
            .known = part.p[0] != '!',
            .node = str_skip(part, 2),
        };
    }
    return n;
}

static struct match_conf conf_of(struct str_list *types)
{
    return (struct match_conf){STR("Strategic initiative"), types};
}

static void test_links(void **state UNUSED)
{
    struct strategy *s = build();
    struct matcher *m;
    struct err e;
    struct str type = STR("implements");
    struct str_list types = {&type, 1};
    const struct match_conf conf = conf_of(&types);

    assert_true(matcher_create(s, &m, &e));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 20);
        struct mark marks[10];
        const struct match_item item = {
            .key = str_of(rows[i].key),
            .type = str_of(rows[i].type),
            .scope = str_of(rows[i].scope),
            .marks = marks,
            .n_marks = read_marks(rows[i].marks, marks),
        };
        const struct link manual = {LINK_MANUAL, str_of(rows[i].manual), true,
                                    STR_NONE};
        struct link inherited[4];
        size_t n = read_inherited(rows[i].inherited, inherited);
        struct link_set set;
        char got[400];

        assert_true(match_item(m, &conf, &item, &manual, manual.node.n > 0, inherited,
                               n, a, &set, &e));
        print_links(&set, got, sizeof got);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: got '%s', want '%s'", rows[i].what, got, rows[i].want);
        }
        assert_false(set.exempt || set.later);
        arena_destroy(a);
    }
    matcher_destroy(m);
    strategy_unref(s);
}

static void test_evidence(void **state UNUSED)
{
    static const char *const want[] = {
        "by ana",
        "tracker PAY-12",
        "tracker PAY-12",
        "field Strategic Initiative: SSO",
        "label Initiative:Odd",
    };
    static const char *const scopes[] = {"component Billing", "fix version 2.0",
                                         "project CHURN",     "milestone Onboarding 1",
                                         "type Spike",        "repository acme/churn"};
    struct strategy *s = build();
    struct arena *a = arena_create(1 << 20);
    struct mark marks[10];
    struct link_set set;
    struct matcher *m;
    struct err e;
    const struct match_conf conf = conf_of(NULL);
    const struct link manual = {LINK_MANUAL, STR("sso"), true, STR("by ana")};
    const struct link inherited = {LINK_LABEL, STR("grow"), true, STR("parent PAY-1")};
    struct match_item it = {.key = STR("PAY-12"), .marks = marks};

    assert_true(matcher_create(s, &m, &e));
    it.n_marks = read_marks("f:Strategic Initiative=SSO|l:Initiative:Odd|r:sso", marks);
    assert_true(match_item(m, &conf, &it, &manual, 1, &inherited, 1, a, &set, &e));
    assert_int_equal(set.n, 7);
    for (size_t i = 0; i < 5; i++) {
        assert_true(str_eqz(set.v[i].detail, want[i]));
    }
    assert_true(str_eqz(set.v[5].detail, "line naming sso"));
    assert_true(str_eqz(set.v[6].detail, "parent PAY-1"));

    static const char *const one[] = {"c:Billing",      "v:2.0", "",
                                      "m:Onboarding 1", "",      ""};

    for (size_t i = 0; i < ARRAY_LEN(one); i++) {
        it = (struct match_item){.marks = marks, .n_marks = read_marks(one[i], marks)};
        it.scope = i == 2 ? STR("CHURN") : i == 5 ? STR("acme/churn") : STR("");
        it.type = i == 4 ? STR("Spike") : STR("");
        assert_true(match_item(m, &conf, &it, NULL, 0, NULL, 0, a, &set, &e));
        assert_int_equal(set.n, 1);
        assert_true(str_eqz(set.v[0].detail, scopes[i]));
    }
    matcher_destroy(m);
    strategy_unref(s);
    arena_destroy(a);
}

static void test_exemptions(void **state UNUSED)
{
    static const struct {
        const char *marks;
        bool exempt, later;
        const char *reason;
    } cases[] = {
        {"", false, false, ""},
        {"l:strategy:none", true, false, "label strategy:none"},
        {"l:Strategy: NONE", true, false, "label strategy:none"},
        {"l:strategy:later", false, true, ""},
        {"l:strategy:nonesuch|l:strategy", false, false, ""},
        {"x:run the business", true, false, "run the business"},
        {"x:", true, false, "line Strategy: none"},
        {"l:strategy:none|x:ops|l:strategy:later", true, true, "ops"},
        {"f:Strategic initiative=strategy:none", false, false, ""},
    };
    struct strategy *s = build();
    struct arena *a = arena_create(1 << 20);
    struct matcher *m;
    struct err e;
    const struct match_conf conf = conf_of(NULL);

    assert_true(matcher_create(s, &m, &e));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mark marks[10];
        struct match_item it = {.marks = marks,
                                .n_marks = read_marks(cases[i].marks, marks)};
        struct link_set set;

        assert_true(match_item(m, &conf, &it, NULL, 0, NULL, 0, a, &set, &e));
        assert_int_equal(set.exempt, cases[i].exempt);
        assert_int_equal(set.later, cases[i].later);
        assert_true(str_eqz(set.exempt_reason, cases[i].reason));
        assert_int_equal(set.strongest, 0);
    }
    matcher_destroy(m);
    strategy_unref(s);
    arena_destroy(a);
}

static void test_team(void **state UNUSED)
{
    static const struct {
        const char *scope, *marks;
        int want; /* -1: none */
    } cases[] = {
        {"PAY", "", 0},
        {"pay", "", 0},
        {"WEB", "", -1},
        {"Acme/web", "", 1},
        {"acme/web", "l:Team:Payments", 0}, /* first in file order, not first mark */
        {"", "l:team:web", 1},
        {"", "l:team:web|l:team:payweb", 0},
        {"", "", -1},
    };
    struct strategy *s = build();
    struct arena *a = arena_create(1 << 20);
    struct matcher *m;
    struct err e;

    assert_true(matcher_create(s, &m, &e));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mark marks[10];
        struct match_item it = {.scope = str_of(cases[i].scope), .marks = marks};
        const struct team *want = cases[i].want < 0 ? NULL : &s->teams[cases[i].want];

        it.n_marks = read_marks(cases[i].marks, marks);
        assert_ptr_equal(match_team(m, &it, a), want);
    }
    struct arena *small = arena_create(16);

    assert_null(match_team(m, &(struct match_item){.scope = STR("PAY")}, small));
    assert_true(arena_failed(small));
    arena_destroy(small);
    matcher_destroy(m);
    strategy_unref(s);
    arena_destroy(a);
}

static void test_not_doing(void **state UNUSED)
{
    static const struct {
        const char *title, *excerpt, *marks;
        int want;
        bool by_label;
    } cases[] = {
        {"Booking", "text", "l:ui", -1, false},
        {"Booking", "", "l:On-Prem", 0, true},
        {"An ON-PREM install", "", "", 0, false},
        {"An on-premises install", "", "", -1, false},
        {"Install", "for on-prem clinics", "", -1, false},
        {"Install", "for on-prem clinics, air gapped", "", 0, false},
        {"Install", "on-prem on-prem", "", -1, false},
        {"Fax by on-prem", "", "", 0, false},
        {"Fax by on-prem", "", "l:fax", 1, true},
        {"fax", "on-prem and hospital", "", 0, false},
        {"", "", "", -1, false},
    };
    struct strategy *s = build();
    struct arena *a = arena_create(1 << 20);
    struct matcher *m;
    struct err e;

    assert_true(matcher_create(s, &m, &e));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mark marks[10];
        struct match_item it = {.title = str_of(cases[i].title),
                                .excerpt = str_of(cases[i].excerpt),
                                .marks = marks};
        const struct not_doing *want =
            cases[i].want < 0 ? NULL : &s->not_doing[cases[i].want];
        bool by_label = !cases[i].by_label;

        it.n_marks = read_marks(cases[i].marks, marks);
        assert_ptr_equal(match_not_doing(m, &it, a, &by_label), want);
        assert_int_equal(by_label, cases[i].by_label);
    }
    matcher_destroy(m);
    strategy_unref(s);
    arena_destroy(a);
}

static void test_out_of_memory(void **state UNUSED)
{
    struct strategy *s = build();
    struct matcher *m;
    struct err e;
    struct mark marks[10];
    struct match_item it = {.key = STR("PAY-12"), .marks = marks};
    const struct match_conf conf = conf_of(NULL);
    struct link_set set;
    bool ok = false;
    unsigned failures = 0;

    it.n_marks =
        read_marks("r:churn|l:initiative:odd|l:bug|f:Strategic initiative=x", marks);
    assert_true(matcher_create(s, &m, &e));
    for (size_t ceiling = 16; !ok; ceiling += 16) {
        struct arena *a = arena_create(ceiling);

        ok = match_item(m, &conf, &it, NULL, 0, NULL, 0, a, &set, &e);
        if (!ok) {
            assert_int_equal(e.kind, ERR_NOMEM);
            failures++;
        }
        arena_destroy(a);
    }
    assert_true(failures > 10);
    matcher_destroy(m);
    matcher_destroy(NULL);
    strategy_unref(s);
}

/* A thousand initiatives with patterns of their own, against the plain definition. */
static void test_many_globs(void **state UNUSED)
{
    enum { N = 1000 };
    struct arena *a = arena_create(64 << 20);
    struct strategy *s = arena_alloc(a, sizeof *s);
    struct arena *scratch = arena_create(64 << 20);
    const struct match_conf conf = conf_of(NULL);
    struct matcher *m;
    struct err e;
    unsigned links = 0;

    s->a = a;
    s->refs = 1;
    s->n_initiatives = N;
    s->initiatives = arena_array(a, N, sizeof *s->initiatives);
    assert_non_null(s->initiatives);
    for (unsigned i = 0; i < N; i++) {
        static const char *const forms[] = {"p%u-*", "*-s%u", "*m%u*", "p%u*x?", "?%u"};
        struct initiative *in = &s->initiatives[i];
        char text[32];

        snprintf(text, sizeof text, "i%u", i);
        in->node = node(NODE_INITIATIVE, arena_strdup(a, str_of(text)), "");
        in->match.labels.n = 1;
        in->match.labels.v = arena_alloc(a, sizeof(struct str));
        assert_non_null(in->match.labels.v);
        const char *form = forms[i % ARRAY_LEN(forms)];
        ptrdiff_t at = str_find(str_of(form), STR("%u"));

        snprintf(text, sizeof text, "%.*s%u%s", (int)at, form, i / 7, form + at + 2);
        in->match.labels.v[0] = arena_str(a, str_of(text));
    }
    assert_true(strategy_index(s, &e));
    assert_true(matcher_create(s, &m, &e));
    for (unsigned i = 0; i < 300; i++) {
        char text[64];
        struct mark mark = {.kind = MARK_LABEL};
        struct match_item it = {.marks = &mark, .n_marks = 1};
        struct link_set set;
        size_t want = 0;

        snprintf(text, sizeof text, "p%u-m%u-x%u-s%u", i % 140, (i * 3) % 140, i % 10,
                 (i * 7) % 140);
        if (i % 10 == 0) {
            snprintf(text, sizeof text, "q%u", i % 140);
        }
        mark.value = str_of(text);
        assert_true(match_item(m, &conf, &it, NULL, 0, NULL, 0, scratch, &set, &e));
        for (size_t k = 0; k < N; k++) {
            want += text_glob(s->initiatives[k].match.labels.v[0], mark.value);
        }
        assert_int_equal(set.n, want);
        links += (unsigned)set.n;
        arena_reset(scratch);
    }
    assert_true(links > 300);
    matcher_destroy(m);
    strategy_unref(s);
    arena_destroy(scratch);
}

static void test_names(void **state UNUSED)
{
    assert_string_equal(link_method_name(LINK_MANUAL), "manual");
    assert_string_equal(link_method_name(LINK_BUCKET), "bucket");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),      cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_exemptions), cmocka_unit_test(test_team),
        cmocka_unit_test(test_not_doing),  cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_many_globs), cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
