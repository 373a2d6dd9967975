/*
 * The rules against committed cases: tests/golden/rules/RULE/CASE.json. Each
 * rule has `fires`, `quiet`, `boundary` and `stale`, one that is asked of teams
 * as well the same with `team-` before; whatever else stands in its folder is
 * run too.
 *
 * A case:
 *   about      what it shows
 *   now, hours (Mon-Fri 09:00-17:30, in UTC), holidays
 *   conf       {severity, for, PARAMETER: text}; default: the rule's own
 *   strategy   {objectives, initiatives, buckets, teams, retired}
 *   item, initiative with tally, source or team: the subject
 *   stale      nothing can be concluded about the subject
 *   expect     {answer: fires | quiet | unjudged, next} and, where it fires,
 *              {severity, for, note, fix, command, node, facts}: all of the hit
 *   variants   [{about, set: {"/json/pointer": value}, expect}]: the case again,
 *              with some values changed
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/rule.h"

#define FOLDER "tests/golden/rules"

/* ---- reading a case ---- */

struct reading {
    const char *file; /* for messages */
    struct arena *a;
    struct strategy *s;
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

    if (!json_is_object(o)) {
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
         "has_label_initiative suggested words");
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
    only(r, o, "open in_progress completed discarded");
    *t = (struct tally){.open = number(o, "open"),
                        .in_progress = number(o, "in_progress"),
                        .completed = number(o, "completed"),
                        .discarded = number(o, "discarded")};
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

static enum rule_subject subject_of(const struct rule *rule, const json_t *c)
{
    return rule->of_teams && json_object_get(c, "team") != NULL ? RULE_TEAM
                                                                : rule->subject;
}

static json_t *ask(const char *file, const struct rule *rule, const json_t *c)
{
    struct reading r = {.file = file, .a = arena_create(1 << 20)};
    bool stale = truth(c, "stale", false);
    struct calendar cal;
    struct rule_conf conf;
    struct rule_item item;
    struct rule_source source;
    struct rule_team team;
    struct tally tally;
    struct rule_input in = {.cal = &cal, .conf = &conf};
    struct rule_hit hit;
    struct wall next = {-1};
    json_t *got;

    only(&r, c,
         "about now hours holidays conf strategy item initiative tally source team "
         "stale "
         "expect variants");
    read_strategy(&r, json_object_get(c, "strategy"));
    read_calendar(&r, c, &cal);
    read_conf(&r, rule, json_object_get(c, "conf"), &conf);
    in.strategy = r.s;
    in.now = instant(&r, c, "now");
    switch (subject_of(rule, c)) {
    case RULE_ITEM:
        read_item(&r, json_object_get(c, "item"), &item);
        in.item = &item;
        break;
    case RULE_INITIATIVE:
        in.initiative = strategy_initiative(r.s, text(c, "initiative"));
        assert_non_null(in.initiative);
        read_tally(&r, json_object_get(c, "tally"), &tally);
        in.tally = &tally;
        break;
    case RULE_SOURCE:
        read_source(&r, json_object_get(c, "source"), &source);
        in.source = &source;
        break;
    case RULE_TEAM:
        read_team(&r, json_object_get(c, "team"), &team);
        in.team = &team;
        break;
    }
    rule_hit_init(&hit, rule, &conf);
    if (!rule_is_judged(rule, stale)) {
        got = answer(&r, "unjudged", NULL, (struct wall){0});
    } else if (rule->eval(&in, r.a, &hit, &next)) {
        got = answer(&r, "fires", &hit, next);
    } else {
        got = answer(&r, "quiet", NULL, next);
    }
    assert_false(arena_failed(r.a));
    strategy_unref(r.s);
    return got;
}

static void compare(const char *file, size_t variant, const json_t *got,
                    const json_t *want)
{
    if (!json_equal(got, want)) {
        char *text_got = json_dumps(got, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

        printf("%s, variant %zu answers:\n%s\n", file, variant, text_got);
        free(text_got);
        fail_msg("%s, variant %zu: not what is expected", file, variant);
    }
}

/* ---- variants ---- */

/* Sets what "/a/b/0" names; null removes it. */
static void set_at(const char *file, json_t *root, const char *pointer, json_t *value)
{
    struct str rest = str_skip(str_of(pointer), 1);
    struct str part;
    json_t *at = root;

    while (str_split(&rest, '/', &part)) {
        char key[100];
        uint64_t i;

        snprintf(key, sizeof key, "%.*s", STR_FMT(part));
        if (rest.n > 0) {
            at = json_is_array(at) && str_to_u64(part, &i)
                     ? json_array_get(at, (size_t)i)
                     : json_object_get(at, key);
            if (at == NULL) {
                fail_msg("%s: nothing at %s", file, pointer);
            }
        } else if (json_is_array(at) && str_to_u64(part, &i)) {
            assert_int_equal(json_array_set(at, (size_t)i, value), 0);
        } else if (json_is_null(value)) {
            assert_int_equal(json_object_del(at, key), 0);
        } else {
            assert_int_equal(json_object_set(at, key, value), 0);
        }
    }
}

struct summary {
    size_t runs, different; /* answers unlike the first one */
    char first[20];         /* the first answer */
};

static void run_variant(const char *file, const struct rule *rule, const json_t *root,
                        const json_t *variant, size_t n, struct summary *sum)
{
    const struct reading r = {.file = file};
    json_t *copy = json_deep_copy(root);
    json_t *expect = json_object_get(variant, "expect");
    json_t *got;
    json_t *value;
    const char *pointer;

    only(&r, variant, "about set expect");
    json_object_foreach(json_object_get(variant, "set"), pointer, value)
    {
        set_at(file, copy, pointer, value);
    }
    got = ask(file, rule, copy);
    compare(file, n, got, expect);
    sum->runs++;
    sum->different += !json_equal(got, json_object_get(root, "expect"));
    json_decref(got);
    json_decref(copy);
}

static void run_case(const char *file, const struct rule *rule, struct summary *sum)
{
    json_error_t at;
    json_t *root = json_load_file(file, JSON_REJECT_DUPLICATES, &at);
    json_t *got;

    if (root == NULL) {
        fail_msg("%s:%d:%d: %s", file, at.line, at.column, at.text);
    }
    got = ask(file, rule, root);
    compare(file, 0, got, json_object_get(root, "expect"));
    *sum = (struct summary){.runs = 1};
    snprintf(sum->first, sizeof sum->first, "%.*s", STR_FMT(text(got, "answer")));
    json_decref(got);
    for (size_t i = 0; i < json_array_size(json_object_get(root, "variants")); i++) {
        run_variant(file, rule, root,
                    json_array_get(json_object_get(root, "variants"), i), i + 1, sum);
    }
    json_decref(root);
}

/* ---- the tests ---- */

static void run_required(const struct rule *rule, const char *name, const char *first,
                         struct summary *sum)
{
    char file[300];

    snprintf(file, sizeof file, FOLDER "/%s/%s.json", rule->id, name);
    run_case(file, rule, sum);
    if (first != NULL && strcmp(sum->first, first) != 0) {
        fail_msg("%s: %s", file, sum->first);
    }
}

static void run_four(const struct rule *rule, const char *prefix)
{
    struct summary sum;
    char name[4][40];

    snprintf(name[0], sizeof name[0], "%sfires", prefix);
    snprintf(name[1], sizeof name[1], "%squiet", prefix);
    snprintf(name[2], sizeof name[2], "%sstale", prefix);
    snprintf(name[3], sizeof name[3], "%sboundary", prefix);
    run_required(rule, name[0], "fires", &sum);
    run_required(rule, name[1], "quiet", &sum);
    run_required(rule, name[2], rule->whatever_scope ? "fires" : "unjudged", &sum);
    run_required(rule, name[3], NULL, &sum);
    if (sum.different == 0) {
        fail_msg("%s/%s: both sides are one", rule->id, name[3]);
    }
}

/* Every rule says its four things. */
static void test_required(void **state UNUSED)
{
    for (size_t i = 0; i < rules_count; i++) {
        run_four(rules[i], "");
        if (rules[i]->of_teams) {
            run_four(rules[i], "team-");
        }
    }
}

static int is_case(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

/* Whatever else stands there is run, and no folder is without its rule. */
static void test_all(void **state UNUSED)
{
    struct dirent **folders;
    int n = scandir(FOLDER, &folders, NULL, alphasort);
    size_t runs = 0;
    size_t found = 0;

    assert_true(n > 2);
    for (int i = 0; i < n; i++) {
        const struct rule *rule = rule_find(str_of(folders[i]->d_name));
        struct dirent **cases;
        char folder[300];

        if (folders[i]->d_name[0] == '.') {
            free(folders[i]);
            continue;
        }
        if (rule == NULL) {
            fail_msg(FOLDER "/%s: there is no such rule", folders[i]->d_name);
        }
        found++;
        snprintf(folder, sizeof folder, FOLDER "/%s", folders[i]->d_name);
        int n_cases = scandir(folder, &cases, is_case, alphasort);

        for (int k = 0; k < n_cases; k++) {
            struct summary sum;
            char file[600];

            snprintf(file, sizeof file, "%s/%s", folder, cases[k]->d_name);
            run_case(file, rule, &sum);
            runs += sum.runs;
            free(cases[k]);
        }
        free(cases);
        free(folders[i]);
    }
    free(folders);
    assert_int_equal(found, rules_count);
    print_message("golden rules: %zu rules, %zu answers\n", found, runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
