/*
 * A golden case of a rule, read: see test_golden_rules.c for what stands in one.
 */
#ifndef TESTS_UNIT_RULE_CASE_H
#define TESTS_UNIT_RULE_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "config/config.h"
#include "core/lint.h"
#include "core/rule_view.h"
#include "core/rules/wording.h"

/* ---- reading a case ---- */

struct reading {
    const char *file; /* for messages */
    struct arena *a;
    struct strategy *s;
    bool is_file; /* it has an arena of its own */
};

static struct str text_of(const json_t *j)
{
    return j != NULL ? str_of(json_string_value(j)) : STR_NONE;
}

static struct str text(const json_t *o, const char *key)
{
    return text_of(json_object_get(o, key));
}

static int64_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static bool truth(const json_t *o, const char *key, bool otherwise)
{
    const json_t *j = json_object_get(o, key);

    return j != NULL ? json_is_true(j) : otherwise;
}

/* A misspelt key would be a case that tests nothing. */
static void only(const struct reading *r, const json_t *o, const char *keys)
{
    const char *key;
    json_t *value;

    if (o != NULL && !json_is_object(o)) {
        fail_msg("%s: not an object where one of %s is expected", r->file, keys);
    }
    json_object_foreach((json_t *)(uintptr_t)o, key, value)
    {
        struct str rest = str_of(keys);
        struct str known;
        bool found = false;

        while (!found && str_split(&rest, ' ', &known)) {
            found = str_eqz(known, key);
        }
        if (!found) {
            fail_msg("%s: unknown key '%s'", r->file, key);
        }
    }
}

static struct wall instant(const struct reading *r, const json_t *o, const char *key)
{
    struct str s = text(o, key);
    struct wall t = {0};

    if (s.n > 0 && !date_parse_iso(s, &t)) {
        fail_msg("%s: %s is no time", r->file, key);
    }
    return t;
}

static struct date day(const struct reading *r, const json_t *o, const char *key)
{
    struct str s = text(o, key);
    struct date d = {0};

    if (s.n > 0 && !date_parse(s, &d)) {
        fail_msg("%s: %s is no date", r->file, key);
    }
    return d;
}

static struct span wait_of(const struct reading *r, struct str s)
{
    struct span v;

    if (!span_parse(s, &v)) {
        fail_msg("%s: '%.*s' is no time to wait", r->file, STR_FMT(s));
    }
    return v;
}

static struct str_list strings(const struct reading *r, const json_t *list)
{
    struct str_list l = {.n = json_array_size(list)};

    l.v = arena_array(r->a, l.n, sizeof *l.v);
    assert_non_null(l.v);
    for (size_t i = 0; i < l.n; i++) {
        l.v[i] = text_of(json_array_get(list, i));
    }
    return l;
}

static int choice(const struct reading *r, struct str s, const char *const *names,
                  size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eqz(s, names[i])) {
            return (int)i;
        }
    }
    fail_msg("%s: unknown value '%.*s'", r->file, STR_FMT(s));
    return 0;
}

/* ---- the strategy ---- */

static struct node read_node(const struct reading *r, const json_t *o,
                             enum node_kind kind)
{
    return (struct node){
        .kind = kind,
        .id = text(o, "id"),
        .title = text(o, "title"),
        .was = strings(r, json_object_get(o, "was")),
    };
}

static struct match_spec read_labels(const struct reading *r, const json_t *o)
{
    return (struct match_spec){.labels = strings(r, json_object_get(o, "labels"))};
}

static void read_objectives(struct reading *r, const json_t *list)
{
    size_t n = json_array_size(list);

    r->s->objectives = arena_array(r->a, n, sizeof *r->s->objectives);
    r->s->key_results = arena_array(r->a, n, sizeof *r->s->key_results);
    assert_true(r->s->objectives != NULL && r->s->key_results != NULL);
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);

        only(r, o, "id title from to key_result");
        r->s->objectives[i].node = read_node(r, o, NODE_OBJECTIVE);
        r->s->objectives[i].from = day(r, o, "from");
        r->s->objectives[i].to = day(r, o, "to");
        r->s->key_results[i].node =
            (struct node){.kind = NODE_KR, .id = text(o, "key_result")};
        r->s->key_results[i].objective = &r->s->objectives[i];
    }
    r->s->n_objectives = n;
    r->s->n_key_results = n;
}

static struct key_result *key_result(const struct reading *r, struct str id)
{
    for (size_t i = 0; i < r->s->n_key_results; i++) {
        if (str_eq(r->s->key_results[i].node.id, id)) {
            return &r->s->key_results[i];
        }
    }
    fail_msg("%s: no key result '%.*s'", r->file, STR_FMT(id));
    return NULL;
}

static void read_initiative(struct reading *r, const json_t *o, struct initiative *ret)
{
    static const char *const statuses[] = {"proposed", "active", "paused", "done",
                                           "dropped"};
    struct str_list moves = strings(r, json_object_get(o, "moves"));

    only(r, o, "id title was status start moves tracker labels milestones");
    ret->node = read_node(r, o, NODE_INITIATIVE);
    ret->status = (enum initiative_status)choice(
        r, json_object_get(o, "status") != NULL ? text(o, "status") : STR("active"),
        statuses, ARRAY_LEN(statuses));
    ret->start = day(r, o, "start");
    ret->tracker = strings(r, json_object_get(o, "tracker"));
    ret->match = read_labels(r, o);
    ret->match.milestones = strings(r, json_object_get(o, "milestones"));
    ret->n_moves = moves.n;
    ret->moves = arena_array(r->a, moves.n, sizeof *ret->moves);
    assert_non_null(ret->moves);
    for (size_t i = 0; i < moves.n; i++) {
        ret->moves[i].kr = key_result(r, moves.v[i]);
        ret->moves[i].weight = 1.0 / (double)moves.n;
    }
}

static void read_strategy(struct reading *r, const json_t *o)
{
    const json_t *initiatives = json_object_get(o, "initiatives");
    const json_t *buckets = json_object_get(o, "buckets");
    const json_t *teams = json_object_get(o, "teams");
    struct err e;

    r->s = arena_alloc(r->a, sizeof *r->s);
    assert_non_null(r->s);
    r->s->a = r->a;
    r->s->refs = 1;
    if (o != NULL) {
        only(r, o, "objectives initiatives buckets teams retired");
    }
    read_objectives(r, json_object_get(o, "objectives"));
    r->s->n_initiatives = json_array_size(initiatives);
    r->s->initiatives =
        arena_array(r->a, r->s->n_initiatives, sizeof *r->s->initiatives);
    r->s->n_buckets = json_array_size(buckets);
    r->s->buckets = arena_array(r->a, r->s->n_buckets, sizeof *r->s->buckets);
    r->s->n_teams = json_array_size(teams);
    r->s->teams = arena_array(r->a, r->s->n_teams, sizeof *r->s->teams);
    assert_false(arena_failed(r->a));
    for (size_t i = 0; i < r->s->n_initiatives; i++) {
        read_initiative(r, json_array_get(initiatives, i), &r->s->initiatives[i]);
    }
    for (size_t i = 0; i < r->s->n_buckets; i++) {
        const json_t *b = json_array_get(buckets, i);

        only(r, b, "id title labels");
        r->s->buckets[i].node = read_node(r, b, NODE_BUCKET);
        r->s->buckets[i].match = read_labels(r, b);
    }
    for (size_t i = 0; i < r->s->n_teams; i++) {
        only(r, json_array_get(teams, i), "id title");
        r->s->teams[i].node = read_node(r, json_array_get(teams, i), NODE_TEAM);
    }
    r->s->retired = strings(r, json_object_get(o, "retired"));
    assert_true(strategy_index(r->s, &e));
}

/* ---- the subject ---- */

/* "l:label", "r:ID", "f:NAME=value", ...: a mark's letter and what it holds. */
static struct mark *read_marks(const struct reading *r, const json_t *list,
                               size_t *ret_n)
{
    static const char letters[] = "lfmvcrxk";
    struct str_list l = strings(r, list);
    struct mark *v = arena_array(r->a, l.n, sizeof *v);

    assert_non_null(v);
    for (size_t i = 0; i < l.n; i++) {
        struct str value = str_skip(l.v[i], 2);
        const char *at = l.v[i].n >= 2 ? strchr(letters, l.v[i].p[0]) : NULL;

        if (at == NULL || l.v[i].p[1] != ':') {
            fail_msg("%s: '%.*s' is no mark", r->file, STR_FMT(l.v[i]));
            return NULL;
        }
        v[i].kind = (enum mark_kind) * at;
        if (v[i].kind == MARK_FIELD || v[i].kind == MARK_LINK) {
            assert_true(str_split(&value, '=', &v[i].name));
        }
        v[i].value = value;
    }
    *ret_n = l.n;
    return v;
}

static struct link *read_links(const struct reading *r, const json_t *list,
                               size_t *ret_n)
{
    struct str_list l = strings(r, list);
    struct link *v = arena_array(r->a, l.n, sizeof *v);

    assert_non_null(v);
    for (size_t i = 0; i < l.n; i++) {
        v[i] = (struct link){.method = LINK_LABEL, .node = l.v[i], .known = true};
    }
    *ret_n = l.n;
    return v;
}

/* Links come from the matcher itself, as they do in the daemon. */
static void link_item(const struct reading *r, const json_t *o, struct rule_item *it)
{
    const struct match_conf conf = {.initiative_field = STR("Strategic initiative")};
    const struct match_item view = {
        .key = it->key,
        .scope = it->scope,
        .type = it->type,
        .level = it->level,
        .title = it->title,
        .excerpt = text(o, "excerpt"),
        .marks = it->marks,
        .n_marks = it->n_marks,
    };
    size_t n_manual;
    size_t n_inherited;
    struct link *manual = read_links(r, json_object_get(o, "manual"), &n_manual);
    struct link *inherited =
        read_links(r, json_object_get(o, "inherited"), &n_inherited);
    struct matcher *m;
    struct err e;

    assert_true(matcher_create(r->s, &m, &e));
    assert_true(match_item(m, &conf, &view, manual, n_manual, inherited, n_inherited,
                           r->a, &it->links, &e));
    it->not_doing = match_not_doing(m, &view, r->a, &it->not_doing_by_mark);
    matcher_destroy(m);
    it->exempt = it->links.exempt;
}

static void read_item(const struct reading *r, const json_t *o, struct rule_item *it)
{
    static const char *const categories[] = {"todo", "in-progress", "done"};
    static const char *const outcomes[] = {"open", "completed", "discarded"};

    only(r, o,
         "source scope key type status title level category outcome author outsider "
         "idea private assignees created updated marks manual inherited "
         "has_label_initiative suggested words parent excerpt");
    *it = (struct rule_item){
        .source = text(o, "source"),
        .scope = text(o, "scope"),
        .key = text(o, "key"),
        .type = text(o, "type"),
        .status = text(o, "status"),
        .title = text(o, "title"),
        .level = (int)number(o, "level"),
        .author_name = text(o, "author"),
        .outsider = truth(o, "outsider", false),
        .idea = truth(o, "idea", false),
        .private_ = truth(o, "private", false),
        .n_assignees = (size_t)number(o, "assignees"),
        .created = instant(r, o, "created"),
        .updated = instant(r, o, "updated"),
        .has_parent = truth(o, "parent", false),
        .has_label_initiative = truth(o, "has_label_initiative", false),
        .suggested = {text(o, "suggested"), text(o, "words")},
    };
    it->category = (enum item_category)choice(r, text(o, "category"), categories, 3);
    it->outcome = it->category == ITEM_DONE
                      ? (enum item_outcome)choice(r, text(o, "outcome"), outcomes, 3)
                      : ITEM_OPEN;
    it->marks = read_marks(r, json_object_get(o, "marks"), &it->n_marks);
    link_item(r, o, it);
}

static void read_tally(const struct reading *r, const json_t *o, struct tally *t)
{
    only(r, o, "open in_progress completed discarded last_change");
    *t = (struct tally){.open = number(o, "open"),
                        .in_progress = number(o, "in_progress"),
                        .completed = number(o, "completed"),
                        .discarded = number(o, "discarded"),
                        .last_change = instant(r, o, "last_change")};
}

static enum err_kind kind_of(const struct reading *r, struct str name)
{
    for (int k = ERR_NONE; k <= ERR_CANCELED; k++) {
        if (str_eqz(name, err_kind_name((enum err_kind)k))) {
            return (enum err_kind)k;
        }
    }
    fail_msg("%s: no failure is called '%.*s'", r->file, STR_FMT(name));
    return ERR_NONE;
}

static void read_source(const struct reading *r, const json_t *o, struct rule_source *s)
{
    const json_t *failed = json_object_get(o, "failed");

    only(r, o,
         "name type open open_epics interval first_try last_ok syncing_first paused "
         "auth_failed no_epics error kind scopes failed");
    *s = (struct rule_source){
        .name = text(o, "name"),
        .type = text(o, "type"),
        .open = number(o, "open"),
        .open_epics = number(o, "open_epics"),
        .interval = wait_of(r, text(o, "interval")),
        .first_try = instant(r, o, "first_try"),
        .last_ok = instant(r, o, "last_ok"),
        .syncing_first = truth(o, "syncing_first", false),
        .paused = truth(o, "paused", false),
        .auth_failed = truth(o, "auth_failed", false),
        .no_epics = truth(o, "no_epics", false),
        .error = text(o, "error"),
        .n_failed = json_array_size(failed),
        .n_scopes = (size_t)number(o, "scopes"),
    };
    if (json_object_get(o, "kind") != NULL) {
        s->kind = kind_of(r, text(o, "kind"));
    }
    s->failed = arena_array(r->a, s->n_failed, sizeof *s->failed);
    assert_non_null(s->failed);
    for (size_t i = 0; i < s->n_failed; i++) {
        const json_t *f = json_array_get(failed, i);

        only(r, f, "scope kind error since");
        s->failed[i].scope = text(f, "scope");
        s->failed[i].error = text(f, "error");
        s->failed[i].kind = kind_of(r, text(f, "kind"));
        s->failed[i].since = instant(r, f, "since");
    }
}

/* ---- views of strategy nodes ---- */

/* A whole strategy file, of which JSON is a way to write it. */
static void read_file(struct reading *r, const json_t *o)
{
    struct conf_diag *d = conf_diag_create();
    char *yaml = json_dumps(o, JSON_PRESERVE_ORDER);
    struct buf said;

    assert_true(yaml != NULL && d != NULL);
    r->s = strategy_load_text("strategy.yaml", str_of(yaml), d);
    buf_init(&said, 1 << 16);
    conf_diag_print(d, &said);
    if (r->s == NULL) {
        fail_msg("%s: %s in\n%s", r->file, buf_cstr(&said), yaml);
    }
    buf_finish(&said);
    conf_diag_destroy(d);
    free(yaml);
    r->is_file = true;
}

static void reading_end(struct reading *r)
{
    bool is_file = r->is_file;

    strategy_unref(r->s);
    if (is_file) {
        arena_destroy(r->a);
    }
}

static double real(const json_t *j)
{
    assert_true(json_is_number(j));
    return json_number_value(j);
}

static void read_retarget(const struct reading *r, const json_t *o,
                          struct rule_retarget *ret)
{
    *ret = (struct rule_retarget){.elapsed = 0};
    if (o == NULL) {
        return;
    }
    only(r, o, "at elapsed words");
    ret->at = instant(r, o, "at");
    ret->elapsed = real(json_object_get(o, "elapsed"));
    ret->words = text(o, "words");
}

static void read_version(const struct reading *r, const json_t *o,
                         struct rule_version *ret)
{
    struct str_list words = strings(r, json_object_get(o, "words"));

    only(r, o, "changed summary words changes broken since");
    *ret = (struct rule_version){
        .changed = instant(r, o, "changed"),
        .summary = text(o, "summary"),
        .words = words.v,
        .n_words = words.n,
        .n_changes = (size_t)number(o, "changes"),
        .broken = text(o, "broken"),
        .broken_since = instant(r, o, "since"),
    };
}

static void read_kr(const struct reading *r, const json_t *c, const struct node *n,
                    struct date today, struct rule_kr *ret)
{
    const json_t *list = json_object_get(c, "values");
    size_t count = json_array_size(list);
    struct kr_value *v = arena_array(r->a, count + 1, sizeof *v);

    assert_non_null(v);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);

        assert_true(date_parse(text_of(json_array_get(one, 0)), &v[i].date));
        v[i].value = real(json_array_get(one, 1));
    }
    *ret = (struct rule_kr){.kr = (const struct key_result *)(const void *)n,
                            .v = v,
                            .n = count,
                            .first_load = day(r, c, "first_load")};
    read_retarget(r, json_object_get(c, "retarget"), &ret->retarget);
    kr_judge(ret->kr, v, count, ret->first_load, today, &ret->report);
}

/* [team, node, person-days], split on what the node counts for. */
static void add_figures(const struct reading *r, const json_t *one,
                        struct effort_figure *v, size_t *n)
{
    struct str team = text_of(json_array_get(one, 0));
    struct str node = text_of(json_array_get(one, 1));
    double days = real(json_array_get(one, 2));
    struct effort_goal *goals;
    size_t n_goals;

    assert_true(effort_flow(r->s, node, r->a, &goals, &n_goals));
    if (n_goals == 0) {
        v[(*n)++] = (struct effort_figure){team, STR_NONE, STR_NONE, days};
    }
    for (size_t i = 0; i < n_goals; i++) {
        v[(*n)++] =
            (struct effort_figure){team, node, goals[i].id, days * goals[i].share};
    }
}

/* {person_days: [...], working_days, people, known, median, in_progress, parked,
   unattributed, capacity}: each of those days alike. */
static void read_window(const struct reading *r, const json_t *o, struct str team,
                        struct date today, struct effort_sum *ret, size_t *ret_days,
                        struct effort_figure **ret_v, size_t *ret_n)
{
    enum { GOALS = 8 };
    const json_t *list = json_object_get(o, "person_days");
    size_t n_days = (size_t)number(o, "working_days"), kept = 0;
    struct effort_figure *v =
        arena_array(r->a, GOALS * json_array_size(list) + 1, sizeof *v);
    struct effort_basis *days = arena_array(r->a, n_days + 1, sizeof *days);
    struct effort_figure *own =
        arena_array(r->a, GOALS * json_array_size(list) + 1, sizeof *own);
    size_t n = 0;

    only(r, o,
         "person_days working_days people known median in_progress parked unattributed "
         "capacity");
    assert_true(v != NULL && days != NULL && own != NULL);
    for (size_t i = 0; i < json_array_size(list); i++) {
        add_figures(r, json_array_get(list, i), v, &n);
    }
    for (size_t i = 0; i < n; i++) {
        if (team.n == 0 || str_eq(v[i].team, team)) {
            own[kept++] = v[i];
        }
    }
    for (size_t i = 0; i < n_days; i++) {
        days[i] = (struct effort_basis){
            .day = date_from_days(date_to_days(today) - (int64_t)(n_days - i)),
            .plan = 1,
            .capacity = number(o, "capacity"),
            .people = number(o, "people"),
            .known = json_object_get(o, "known") != NULL ? number(o, "known")
                                                         : number(o, "people"),
            .median_items = json_object_get(o, "median") != NULL
                                ? real(json_object_get(o, "median"))
                                : 1,
            .in_progress = number(o, "in_progress"),
            .parked = number(o, "parked"),
            .unattributed = number(o, "unattributed"),
        };
    }
    assert_true(effort_sum_up(r->s, team, own, kept, days, n_days, r->a, ret));
    *ret_days = n_days;
    *ret_v = v;
    *ret_n = n;
}

static void read_effort(const struct reading *r, const json_t *c, const struct node *n,
                        struct date today, struct rule_effort *ret)
{
    const json_t *o = json_object_get(c, "effort");
    struct str team = n != NULL && n->kind == NODE_TEAM ? n->id : STR_NONE;
    struct effort_figure *v;
    size_t n_days, n_v;

    only(r, o, "all shares spread");
    *ret = (struct rule_effort){.share_days = 0};
    read_window(r, json_object_get(o, "all"), team, today, &ret->all, &n_days, &v,
                &n_v);
    read_window(r, json_object_get(o, "spread"), team, today, &ret->spread, &n_days, &v,
                &n_v);
    read_window(r, json_object_get(o, "shares"), team, today, &ret->shares,
                &ret->share_days, &v, &ret->n);
    ret->v = v;
}

static void read_goal(const struct reading *r, const json_t *c, struct rule_goal *ret)
{
    const json_t *o = json_object_get(c, "goal");

    only(r, o, "day in_progress unattributed");
    *ret = (struct rule_goal){.day = day(r, o, "day"),
                              .in_progress = number(o, "in_progress"),
                              .unattributed = number(o, "unattributed")};
}

/* [place, team, objective, items] */
static void read_places(const struct reading *r, const json_t *c,
                        struct rule_places *ret)
{
    const json_t *list = json_object_get(c, "places");
    size_t n = json_array_size(list);
    struct rule_place *v = arena_array(r->a, n + 1, sizeof *v);

    assert_non_null(v);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);

        v[i] = (struct rule_place){text_of(json_array_get(one, 0)),
                                   text_of(json_array_get(one, 1)),
                                   text_of(json_array_get(one, 2)),
                                   json_integer_value(json_array_get(one, 3))};
    }
    *ret = (struct rule_places){.v = v, .n = n};
}

/* [item, team, blocker, its team, since] */
static void read_blocked(const struct reading *r, const json_t *c,
                         struct rule_places *ret)
{
    const json_t *list = json_object_get(c, "blocked");
    size_t n = json_array_size(list);
    struct rule_blocked *v = arena_array(r->a, n + 1, sizeof *v);

    assert_non_null(v);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);

        v[i] = (struct rule_blocked){
            .item = text_of(json_array_get(one, 0)),
            .team = text_of(json_array_get(one, 1)),
            .blocker = text_of(json_array_get(one, 2)),
            .blocking = text_of(json_array_get(one, 3)),
        };
        if (!date_parse_iso(text_of(json_array_get(one, 4)), &v[i].since)) {
            fail_msg("%s: blocked %zu: no time", r->file, i);
        }
    }
    ret->blocked = v;
    ret->n_blocked = n;
}

static void read_spent(const struct reading *r, const json_t *o, struct rule_spent *ret)
{
    if (o != NULL) {
        only(r, o, "key days");
        *ret = (struct rule_spent){text(o, "key"), real(json_object_get(o, "days"))};
    }
}

/* {ID: [[date, value], ...]} of what it moves. */
static void read_moves(const struct reading *r, const json_t *o, struct date today,
                       const struct initiative *it, struct rule_initiative *ret)
{
    struct rule_kr *krs = arena_array(r->a, it->n_moves + 1, sizeof *krs);

    assert_non_null(krs);
    for (size_t i = 0; i < it->n_moves; i++) {
        const struct node *n = &it->moves[i].kr->node;
        json_t *list = json_object_get(o, arena_printf(r->a, "%.*s", STR_FMT(n->id)).p);
        json_t *c = json_pack("{s:O?}", "values", list);

        read_kr(r, c, n, today, &krs[i]);
        json_decref(c);
    }
    ret->moves = krs;
}

/* Closed a day, the last first. */
static void read_forecast(const struct rule_input *in, const json_t *closed,
                          struct date today, struct forecast *ret)
{
    struct forecast_in x = {
        .today = today, .from = in->initiative->start, .open = in->tally->open};

    for (size_t i = 0; i < json_array_size(closed); i++) {
        assert_true(i < FORECAST_DAYS);
        x.closed[FORECAST_DAYS - 1 - i] =
            (unsigned)json_integer_value(json_array_get(closed, i));
    }
    forecast_make(&x, in->cal, ret);
}

static void read_work(const struct reading *r, const json_t *c,
                      const struct rule_input *in, struct date today,
                      struct rule_initiative *ret)
{
    const struct initiative *it = in->initiative;
    static const char *const needs[] = {"unknown", "met", "missing"};
    const json_t *o = json_object_get(c, "work");
    const json_t *done = json_object_get(o, "done"), *need;
    enum rule_need *v = arena_array(r->a, it->n_needs + 1, sizeof *v);

    assert_non_null(v);
    if (o != NULL) {
        only(r, o, "open_until busy_until done needs children children_days largest "
                   "single closed");
    }
    *ret = (struct rule_initiative){
        .open_until = day(r, o, "open_until"),
        .busy_until = day(r, o, "busy_until"),
        .needs = v,
        .children = (size_t)number(o, "children"),
        .children_days = json_number_value(json_object_get(o, "children_days")),
    };
    for (size_t i = 0; i < it->n_needs; i++) {
        need = json_array_get(json_object_get(o, "needs"), i);
        v[i] = need != NULL ? (enum rule_need)choice(r, text_of(need), needs, 3)
                            : NEED_UNKNOWN;
    }
    assert_true(json_array_size(done) <= RULE_DONE_WEEKS);
    for (size_t i = 0; i < json_array_size(done); i++) {
        ret->done[i] = json_integer_value(json_array_get(done, i));
    }
    read_forecast(in, json_object_get(o, "closed"), today, &ret->forecast);
    read_spent(r, json_object_get(o, "largest"), &ret->largest);
    read_spent(r, json_object_get(o, "single"), &ret->single);
    read_moves(r, json_object_get(c, "values"), today, it, ret);
}

static void read_team(const struct reading *r, const json_t *o, struct rule_team *t)
{
    const json_t *parts = json_object_get(o, "parts");

    only(r, o, "id title parts");
    *t = (struct rule_team){.id = text(o, "id"),
                            .title = text(o, "title"),
                            .n_parts = json_array_size(parts)};
    t->parts = arena_array(r->a, t->n_parts, sizeof *t->parts);
    assert_non_null(t->parts);
    for (size_t i = 0; i < t->n_parts; i++) {
        const json_t *p = json_array_get(parts, i);

        only(r, p, "source no_epics open open_epics source_open source_open_epics");
        t->parts[i] = (struct rule_team_part){
            .source = text(p, "source"),
            .no_epics = truth(p, "no_epics", false),
            .open = number(p, "open"),
            .open_epics = number(p, "open_epics"),
            .source_open = number(p, "source_open"),
            .source_open_epics = number(p, "source_open_epics"),
        };
    }
}

/* ---- settings ---- */

static void bind(const struct reading *r, const struct conf_key *key, struct str value,
                 char *own)
{
    int64_t number_value;
    struct span span_value;

    switch (key->type) {
    case CONF_INT:
        if (!str_to_i64(value, &number_value) || number_value < key->min ||
            number_value > key->max) {
            fail_msg("%s: %s is out of its range", r->file, key->name);
        }
        memcpy(own + key->offset, &number_value, sizeof number_value);
        return;
    case CONF_SPAN:
        span_value = wait_of(r, value);
        memcpy(own + key->offset, &span_value, sizeof span_value);
        return;
    case CONF_BOOL:
    case CONF_STR:
    case CONF_URL:
    case CONF_ENUM:
    case CONF_PERCENT:
    case CONF_STRS:
    case CONF_GLOBS:
    case CONF_SECRET:
    case CONF_SUB:
    case CONF_MAP:
        break;
    }
    fail_msg("%s: parameter %s is of a type this test cannot bind", r->file, key->name);
}

static void read_conf(const struct reading *r, const struct rule *rule, const json_t *o,
                      struct rule_conf *ret)
{
    char *own = arena_alloc(r->a, rule->params_size);
    char known[500] = "severity for";
    enum severity severity;

    assert_non_null(own);
    *ret = (struct rule_conf){
        .severity = -1, .for_ = rule->for_, .keep_for = rule->keep_for, .own = own};
    for (const struct conf_key *k = rule->params; k != NULL && k->name != NULL; k++) {
        struct str given = text(o, k->name);

        bind(r, k, given.n > 0 ? given : str_of(k->dflt), own);
        snprintf(known + strlen(known), sizeof known - strlen(known), " %s", k->name);
    }
    if (o == NULL) {
        return;
    }
    only(r, o, known);
    if (json_object_get(o, "severity") != NULL) {
        assert_true(severity_parse(text(o, "severity"), &severity));
        ret->severity = (int)severity;
    }
    if (json_object_get(o, "for") != NULL) {
        ret->for_ = wait_of(r, text(o, "for"));
    }
}

static void read_calendar(const struct reading *r, const json_t *o,
                          struct calendar *ret)
{
    struct str hours = text(o, "hours");
    struct str_list days = strings(r, json_object_get(o, "holidays"));
    struct date *holidays = arena_array(r->a, days.n, sizeof *holidays);
    struct err e;

    assert_non_null(holidays);
    *ret =
        (struct calendar){.tz = tz_utc(), .holidays = holidays, .n_holidays = days.n};
    assert_true(calendar_parse_hours(hours.n > 0 ? hours : STR("Mon-Fri 09:00-17:30"),
                                     ret, &e));
    for (size_t i = 0; i < days.n; i++) {
        assert_true(date_parse(days.v[i], &holidays[i]));
    }
}

/* ---- asking the rule ---- */

static json_t *json_str(struct str s)
{
    json_t *j = json_stringn(s.n > 0 ? s.p : "", s.n);

    assert_non_null(j);
    return j;
}

static json_t *json_span(struct span s)
{
    struct buf b;
    json_t *j;

    buf_init(&b, 100);
    span_print(&b, s);
    j = json_str(buf_str(&b));
    buf_finish(&b);
    return j;
}

static json_t *json_time(struct wall t)
{
    struct buf b;
    json_t *j;

    buf_init(&b, 100);
    date_print_iso(&b, t);
    j = json_str(buf_str(&b));
    buf_finish(&b);
    return j;
}

/* The answer in the words of `expect`. */
static json_t *answer(const struct reading *r, const char *what,
                      const struct rule_hit *hit, struct wall next)
{
    json_t *o = json_object();

    json_object_set_new(o, "answer", json_string(what));
    if (hit != NULL) {
        json_t *facts =
            json_loadb(hit->facts.p, hit->facts.n, JSON_REJECT_DUPLICATES, NULL);

        if (facts == NULL) {
            fail_msg("%s: facts are no JSON: %.*s", r->file, STR_FMT(hit->facts));
        }
        json_object_set_new(o, "severity", json_string(severity_name(hit->severity)));
        json_object_set_new(o, "for", json_span(hit->for_));
        json_object_set_new(o, "note", json_str(hit->note));
        json_object_set_new(o, "fix", json_str(hit->fix));
        json_object_set_new(o, "command", json_str(hit->command));
        json_object_set_new(o, "node", json_str(hit->node));
        json_object_set_new(o, "facts", facts);
    }
    if (next.ms != 0) {
        json_object_set_new(o, "next", json_time(next));
    }
    return o;
}

static enum rule_subject subject_of(const struct reading *r, const struct rule *rule,
                                    const json_t *c)
{
    struct str name = text(c, "subject");

    if (name.n == 0) {
        return rule->subject;
    }
    for (unsigned i = 0; i < RULE_SUBJECT_COUNT; i++) {
        if (str_eqz(name, rule_subject_name((enum rule_subject)i))) {
            assert_true(rule_asks(rule, (enum rule_subject)i));
            return (enum rule_subject)i;
        }
    }
    fail_msg("%s: no subject '%.*s'", r->file, STR_FMT(name));
    return RULE_ITEM;
}

/* What a rule is asked with; all of it lives in the reading's arena. */
struct asked {
    struct calendar cal;
    struct rule_conf conf;
    struct rule_item item;
    struct rule_source source;
    struct rule_team team;
    struct tally tally;
    struct rule_initiative work;
    struct rule_kr kr;
    struct rule_effort effort;
    struct rule_goal goal;
    struct rule_places places;
    struct rule_version version;
    struct rule_channel channel;
    struct rule_input in;
};

static void read_node_of(struct reading *r, const json_t *c, enum rule_subject subject,
                         struct asked *q)
{
    enum node_kind kind;

    if (!rule_subject_node(subject, &kind)) {
        return;
    }
    q->in.node = strategy_find(r->s, text(c, "node"));
    if (q->in.node == NULL || q->in.node->kind != kind) {
        fail_msg("%s: node '%.*s' is no %s of its strategy", r->file,
                 STR_FMT(text(c, "node")), node_kind_name(kind));
    }
}

static bool look_found(void *user, const struct assume *form UNUSED,
                       struct assume_found *ret, struct err *e UNUSED)
{
    *ret = *(const struct assume_found *)user;
    return true;
}

static void read_channel(const struct reading *r, const json_t *o,
                         struct rule_channel *ret)
{
    only(r, o, "name reason since");
    *ret = (struct rule_channel){.name = text(o, "name"),
                                 .reason = text(o, "reason"),
                                 .dead_since = instant(r, o, "since")};
}

/* [{expression, value | unknown, false_since, unknown_since}]: the verdict is found. */
static void read_assumptions(const struct reading *r, const json_t *list,
                             struct asked *q)
{
    size_t n = json_array_size(list);
    struct rule_assumption *v = arena_array(r->a, n + 1, sizeof *v);

    assert_non_null(v);
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        const json_t *value = json_object_get(o, "value");
        struct assume_found found = {.known = value != NULL,
                                     .value = value != NULL ? real(value) : 0,
                                     .unknown = text(o, "unknown").p};
        const char *wrong;
        size_t at, length;
        struct err e;

        only(r, o, "expression value unknown false_since unknown_since");
        v[i].text = text(o, "expression");
        assert_true(assume_parse(v[i].text, &v[i].form, &wrong, &at, &length));
        assert_true(assume_eval(&v[i].form, look_found, &found, &v[i].verdict, &e));
        v[i].false_since = instant(r, o, "false_since");
        v[i].unknown_since = instant(r, o, "unknown_since");
    }
    q->in.assumptions = v;
    q->in.n_assumptions = n;
}

static bool serves(const struct key_result *kr, const struct node *n)
{
    return &kr->objective->node == n ||
           (kr->objective->intent != NULL && &kr->objective->intent->node == n);
}

/* `told`: {key result: values}. */
static void read_attack(const struct reading *r, const json_t *told, struct date today,
                        struct rule_attack *at)
{
    struct rule_kr *krs = arena_array(r->a, r->s->n_key_results + 1, sizeof *krs);

    assert_non_null(krs);
    at->krs = krs;
    for (size_t i = 0; i < r->s->n_key_results; i++) {
        const struct key_result *kr = &r->s->key_results[i];
        char id[80];
        json_t *c;

        if (!serves(kr, at->node) || !objective_is_running(kr->objective, today)) {
            continue;
        }
        snprintf(id, sizeof id, "%.*s", STR_FMT(kr->node.id));
        c = json_pack("{s:O?}", "values", json_object_get(told, id));
        assert_non_null(c);
        read_kr(r, c, &kr->node, today, &krs[at->n_krs++]);
        json_decref(c);
    }
}

static void read_attacks(const struct reading *r, const json_t *told, struct asked *q)
{
    const struct competitor *c = (const struct competitor *)(const void *)q->in.node;
    struct rule_attack *v = arena_array(r->a, c->attacks.n + 1, sizeof *v);

    assert_non_null(v);
    for (size_t i = 0; i < c->attacks.n; i++) {
        v[i].node = strategy_find(r->s, c->attacks.v[i]);
        assert_non_null(v[i].node);
        read_attack(r, told, wording_today(&q->in), &v[i]);
    }
    q->in.attacks = v;
    q->in.n_attacks = c->attacks.n;
}

static void read_subject(struct reading *r, const json_t *c, enum rule_subject subject,
                         struct asked *q)
{
    switch (subject) {
    case RULE_ITEM:
        read_item(r, json_object_get(c, "item"), &q->item);
        q->in.item = &q->item;
        return;
    case RULE_INITIATIVE:
        q->in.initiative = strategy_initiative(r->s, text(c, "initiative"));
        assert_non_null(q->in.initiative);
        q->in.node = &q->in.initiative->node;
        read_tally(r, json_object_get(c, "tally"), &q->tally);
        q->in.tally = &q->tally;
        if (json_object_get(c, "file") != NULL) {
            read_work(r, c, &q->in, wording_today(&q->in), &q->work);
            q->in.work = &q->work;
        }
        return;
    case RULE_SOURCE:
        read_source(r, json_object_get(c, "source"), &q->source);
        q->in.source = &q->source;
        return;
    case RULE_TEAM:
        if (json_object_get(c, "node") != NULL) {
            read_node_of(r, c, subject, q);
        }
        read_team(r, json_object_get(c, "team"), &q->team);
        q->in.team = &q->team;
        return;
    case RULE_KR:
        read_node_of(r, c, subject, q);
        read_kr(r, c, q->in.node, wording_today(&q->in), &q->kr);
        q->in.kr = &q->kr;
        return;
    case RULE_STRATEGY:
        read_version(r, json_object_get(c, "version"), &q->version);
        q->in.version = &q->version;
        return;
    case RULE_CHANNEL:
        read_channel(r, json_object_get(c, "channel"), &q->channel);
        q->in.channel = &q->channel;
        return;
    case RULE_DECISION:
        read_node_of(r, c, subject, q);
        read_assumptions(r, json_object_get(c, "assumes"), q);
        return;
    case RULE_COMPETITOR:
        read_node_of(r, c, subject, q);
        read_attacks(r, json_object_get(c, "told"), q);
        return;
    case RULE_OBJECTIVE:
    case RULE_INTENT:
    case RULE_EVENT:
        read_node_of(r, c, subject, q);
        return;
    }
}

static void read_case(struct reading *r, const struct rule *rule, const json_t *c,
                      struct asked *q)
{
    only(r, c,
         "about now hours holidays conf file strategy subject item initiative tally "
         "work source team node values first_load retarget version assumes told channel "
         "effort goal places blocked stale expect variants");
    *q = (struct asked){.in = {.cal = &q->cal, .conf = &q->conf}};
    if (json_object_get(c, "file") != NULL) {
        read_file(r, json_object_get(c, "file"));
    } else {
        read_strategy(r, json_object_get(c, "strategy"));
    }
    read_calendar(r, c, &q->cal);
    read_conf(r, rule, json_object_get(c, "conf"), &q->conf);
    q->in.strategy = r->s;
    q->in.now = instant(r, c, "now");
    read_subject(r, c, subject_of(r, rule, c), q);
    if (rule->needs_lint) {
        q->in.lint = lint_prepare(r->s, wording_today(&q->in), r->a);
        assert_non_null(q->in.lint);
    }
    if (rule->needs_effort) {
        read_effort(r, c, q->in.node, wording_today(&q->in), &q->effort);
        q->in.effort = &q->effort;
        read_goal(r, c, &q->goal);
        q->in.goal = &q->goal;
        read_places(r, c, &q->places);
        read_blocked(r, c, &q->places);
        q->in.places = &q->places;
    }
}

static json_t *ask(const char *file, const struct rule *rule, const json_t *c)
{
    struct reading r = {.file = file, .a = arena_create(4 << 20)};
    struct rule_hit hit;
    struct wall next = {-1};
    struct asked q;
    json_t *got;

    read_case(&r, rule, c, &q);
    rule_hit_init(&hit, rule, &q.conf);
    if (!rule_is_judged(rule, truth(c, "stale", false))) {
        got = answer(&r, "unjudged", NULL, (struct wall){0});
    } else if (rule->eval(&q.in, r.a, &hit, &next)) {
        got = answer(&r, "fires", &hit, next);
    } else {
        got = answer(&r, "quiet", NULL, next);
    }
    assert_false(arena_failed(r.a));
    reading_end(&r);
    return got;
}

#endif
