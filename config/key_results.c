#include "config/diag.h"
#include "config/match_keys.h"
#include "config/nearest.h"
#include "config/node_rows.h"
#include "config/nodes.h"

#define KR(member) offsetof(struct key_result, member)

/* `kind: keep` with its bound beside it, or `kind: {keep: {at_least: 99.9}}`. */
static void read_bounds(struct binder *b, const struct yaml_node *value,
                        const struct place *where, struct key_result *kr)
{
    struct place here = {"kind", STR_NONE, where};
    const struct yaml_node *keep = yaml_get(value, "keep");

    if (value->n != 1 || keep == NULL) {
        bind_wrong(b, value, STR_NONE, where, "kind", "must be reach, keep or done");
        return;
    }
    kr->kind = KR_KEEP;
    if (!bind_is_map(b, keep, &here, "keep")) {
        return;
    }
    for (const struct yaml_node *v = keep->first; v != NULL; v = v->next) {
        if (str_eqz(v->key->text, "at_least")) {
            kr->has_at_least = bind_number(b, v, &here, "at_least", -HUGE_VAL, HUGE_VAL,
                                           &kr->at_least);
        } else if (str_eqz(v->key->text, "at_most")) {
            kr->has_at_most =
                bind_number(b, v, &here, "at_most", -HUGE_VAL, HUGE_VAL, &kr->at_most);
        } else {
            bind_error(b, v->key->at, STR("at_least or at_most"), &here,
                       "unknown key '%.*s'", STR_FMT(v->key->text));
        }
    }
}

static void read_kind(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    static const char *const kinds[] = {"reach", "keep", "done", NULL};
    struct key_result *kr = out;
    int kind;

    if (value->kind == YAML_MAP) {
        read_bounds(b, value, where, kr);
    } else if (bind_choice(b, value, where, key->key.name, kinds, &kind)) {
        kr->kind = (enum kr_kind)kind;
    }
}

static int milestone_cmp(const void *x, const void *y)
{
    const struct kr_milestone *a = x, *b = y;

    return date_cmp(a->date, b->date);
}

static void read_milestones(struct binder *b, const struct yaml_node *value,
                            const struct place *where, struct key_result *kr)
{
    struct place here = {"milestones", STR_NONE, where};

    if (!bind_is_map(b, value, where, "milestones")) {
        return;
    }
    if (value->n == 0) {
        bind_wrong(b, value, STR_NONE, where, "milestones", "needs at least one date");
        return;
    }
    kr->pace = PACE_MILESTONES;
    kr->milestones = arena_array(b->a, value->n, sizeof *kr->milestones);
    for (const struct yaml_node *v = value->first; kr->milestones != NULL && v != NULL;
         v = v->next) {
        struct kr_milestone *m = &kr->milestones[kr->n_milestones];
        struct str name = arena_str(b->scratch, v->key->text);

        if (!date_parse(v->key->text, &m->date)) {
            bind_error(b, v->key->at, STR_NONE, &here,
                       "'%.*s' is not a date such as 2026-10-01",
                       STR_FMT(v->key->text));
        } else if (name.p != NULL &&
                   bind_number(b, v, &here, name.p, -HUGE_VAL, HUGE_VAL, &m->value)) {
            kr->n_milestones++;
        }
    }
    if (kr->n_milestones > 0) {
        qsort(kr->milestones, kr->n_milestones, sizeof *kr->milestones, milestone_cmp);
    }
}

static void read_pace(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    static const char *const paces[] = {"linear", "late", NULL};
    struct key_result *kr = out;
    const struct yaml_node *after = yaml_get(value, "after");
    const struct yaml_node *milestones = yaml_get(value, "milestones");
    struct place here = {"pace", STR_NONE, where};
    int pace;

    if (value->kind == YAML_MAP && value->n == 1 && after != NULL) {
        kr->pace = PACE_AFTER;
        (void)bind_date(b, after, &here, "after", &kr->pace_after);
    } else if (value->kind == YAML_MAP && value->n == 1 && milestones != NULL) {
        read_milestones(b, milestones, &here, kr);
    } else if (value->kind == YAML_MAP) {
        bind_wrong(
            b, value, STR_NONE, where, key->key.name,
            "must be linear, late, {after: DATE} or {milestones: {DATE: NUMBER}}");
    } else if (bind_choice(b, value, where, key->key.name, paces, &pace)) {
        kr->pace = (enum kr_pace)pace;
    }
}

/* ---- where its value comes from ---- */

/* Where alignd.yaml is not at hand, any name may be right. */
static void check_source(struct binder *b, const struct yaml_node *map,
                         const struct place *where, struct str name)
{
    const struct nodes_load *l = b->user;
    struct nearest near = nearest_to(name, !diag_is_full(b->d));

    for (size_t i = 0; l->conf != NULL && i < l->conf->n_values; i++) {
        if (str_eq(l->conf->values[i].value.name, name)) {
            return;
        }
        nearest_try(&near, l->conf->values[i].value.name);
    }
    if (l->conf != NULL) {
        bind_error(b, yaml_get(map, "from")->at,
                   l->conf->n_values > 0 ? nearest_hint(&near, b->scratch)
                                         : STR("it has no 'values' at all"),
                   where->up, "'from' names '%.*s', no value source of alignd.yaml",
                   STR_FMT(name));
    }
}

static void whole_value(struct binder *b, const struct yaml_node *map,
                        const struct place *where, void *out)
{
    struct key_result *kr = out;
    bool items = yaml_get(map, "items") != NULL;
    int forms = (kr->value_source.n > 0) + (kr->value_csv.n > 0) + items;
    struct yaml_at at = map->key->at;
    const char *wrong = NULL;

    kr->from = kr->value_source.n > 0 ? VALUE_SOURCE
               : kr->value_csv.n > 0  ? VALUE_CSV
               : items                ? VALUE_ITEMS
                                      : VALUE_BY_HAND;
    if (forms != 1) {
        wrong = "must name one of from, csv and items";
    } else if (kr->from != VALUE_SOURCE &&
               kr->value_query.n + kr->value_pointer.n > 0) {
        wrong = "has a query or pointer without 'from'";
    } else if (kr->value_query.n > 0 && kr->value_pointer.n > 0) {
        wrong = "has both a query and a pointer";
    } else if (kr->from == VALUE_CSV &&
               (kr->value_row.n == 0 || kr->value_column.n == 0)) {
        wrong = "needs 'row' and 'column' of the csv file";
    } else if (kr->from != VALUE_CSV && kr->value_row.n + kr->value_column.n > 0) {
        wrong = "has a row or column without 'csv'";
    } else if (kr->from != VALUE_ITEMS && kr->value_count.n > 0) {
        wrong = "has a count without 'items'";
    } else if (kr->value_pointer.n > 0 && kr->value_pointer.p[0] != '/') {
        wrong = "needs a JSON pointer such as /data/0/value";
    }
    if (wrong != NULL) {
        bind_error(b, at, STR_NONE, where->up, "'value' %s", wrong);
    } else if (kr->from == VALUE_SOURCE) {
        check_source(b, map, where, kr->value_source);
    }
}

/* A file beside the strategy: its authors choose no other one. */
static void read_csv(struct binder *b, const struct yaml_node *value,
                     const struct place *where, const struct bind_key *key, void *out)
{
    struct key_result *kr = out;

    (void)nodes_read_file_name(b, value, where, key->key.name, &kr->value_csv);
}

static void read_count(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    static const char *const choices[] = {"open", "done", "all", NULL};
    struct key_result *kr = out;
    int i;

    if (bind_choice(b, value, where, key->key.name, choices, &i)) {
        kr->value_count = str_of(choices[i]);
    }
}

#define VALUE_TEXT(key_name, member, text)                                             \
    {                                                                                  \
        .key = {                                                                       \
            .name = key_name,                                                          \
            .type = CONF_STR,                                                          \
            .offset = KR(member),                                                      \
            .doc = text                                                                \
        }                                                                              \
    }

/* These bind the key result itself, so that one struct holds all of it. */
static const struct bind_key value_rows[] = {
    VALUE_TEXT("from", value_source, "A value source of alignd.yaml, by name."),
    VALUE_TEXT("query", value_query, "What to ask it."),
    VALUE_TEXT("pointer", value_pointer, "JSON pointer (RFC 6901) into its answer."),
    {.key = {.name = "csv",
             .offset = KR(value_csv),
             .doc = "A file in the directory of the strategy."},
     .form = BIND_CALL,
     .call = read_csv,
     .schema = "{\"type\": \"string\"}"},
    VALUE_TEXT("row", value_row, "First cell of the row."),
    VALUE_TEXT("column", value_column, "Head of the column."),
    {.key = {.name = "items",
             .offset = KR(value_items),
             .doc = "Which items are counted."},
     .form = BIND_TABLE,
     .table = &match_table},
    {.key = {.name = "count", .offset = KR(value_count), .doc = "open, done or all."},
     .form = BIND_CALL,
     .call = read_count,
     .schema = "{\"enum\": [\"open\", \"done\", \"all\"]}"},
    {{0}},
};
static const struct bind_table value_table = {
    .what = "value",
    .keys = value_rows,
    .whole = whole_value,
};

static void read_value(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    struct place here = {key->key.name, STR_NONE, where};

    if (bind_is_map(b, value, where, key->key.name)) {
        bind_table_read(b, value, &here, &value_table, out);
    }
}

/* ---- the whole of it ---- */

static struct yaml_at at_key(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *v = yaml_get(map, key);

    return v == NULL ? map->at : v->at;
}

static bool is_number(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *v = yaml_get(map, key);
    double number;

    return v != NULL && v->kind == YAML_SCALAR && str_to_double(v->text, &number);
}

static void check_kind(struct binder *b, const struct yaml_node *map,
                       const struct place *where, const struct key_result *kr)
{
    bool bounds = kr->has_at_least || kr->has_at_most;

    if (kr->kind == KR_KEEP && !bounds) {
        bind_error(b, at_key(map, "kind"), STR_NONE, where,
                   "'kind: keep' needs 'at_least' or 'at_most'");
    }
    if (kr->kind != KR_KEEP && bounds) {
        bind_error(b, at_key(map, kr->has_at_least ? "at_least" : "at_most"),
                   STR("write kind: keep"), where, "a bound is for 'kind: keep' only");
    }
    if (kr->has_at_least && kr->has_at_most && kr->at_least > kr->at_most) {
        bind_error(b, at_key(map, "at_most"), STR_NONE, where,
                   "'at_most' is less than 'at_least'");
    }
    if (kr->kind == KR_REACH && is_number(map, "baseline") &&
        is_number(map, "target") && !(kr->baseline < kr->target) &&
        !(kr->baseline > kr->target)) {
        bind_error(b, at_key(map, "target"),
                   STR("write kind: keep with at_least or at_most"), where,
                   "'target' is the same as 'baseline': there is nothing to reach");
    }
}

static bool is_outside(struct date d, const struct key_result *kr)
{
    return (kr->start.year != 0 && date_cmp(d, kr->start) < 0) ||
           (kr->by.year != 0 && date_cmp(d, kr->by) > 0);
}

static void check_dates(struct binder *b, const struct yaml_node *map,
                        const struct place *where, const struct key_result *kr)
{
    nodes_check_order(b, map, where, "start", kr->start, "by", kr->by);
    if (kr->pace == PACE_AFTER && kr->pace_after.year != 0 &&
        is_outside(kr->pace_after, kr)) {
        bind_error(b, at_key(map, "pace"), STR_NONE, where,
                   "'after' is not between 'start' and 'by'");
    }
    for (size_t i = 0; i < kr->n_milestones; i++) {
        if (is_outside(kr->milestones[i].date, kr)) {
            bind_error(b, at_key(map, "pace"), STR_NONE, where,
                       "a milestone is not between 'start' and 'by'");
            return;
        }
    }
}

static void whole_key_result(struct binder *b, const struct yaml_node *map,
                             const struct place *where, void *out)
{
    struct key_result *kr = out;

    nodes_whole(b, map, NODE_KR, &kr->node);
    kr->has_baseline = yaml_get(map, "baseline") != NULL;
    kr->has_target = yaml_get(map, "target") != NULL;
    kr->has_at_least = kr->has_at_least || yaml_get(map, "at_least") != NULL;
    kr->has_at_most = kr->has_at_most || yaml_get(map, "at_most") != NULL;
    check_kind(b, map, where, kr);
    check_dates(b, map, where, kr);
}

static const struct bind_key key_result_rows[] = {
    NODE_ID,
    NODE_TITLE,
    {.key = {.name = "kind",
             .offset = KR(kind),
             .dflt = "reach",
             .doc = "reach a target, keep a bound, or get it done."},
     .form = BIND_CALL,
     .call = read_kind,
     .schema = "{\"anyOf\": [{\"enum\": [\"reach\", \"keep\", \"done\"]}, {\"type\": "
               "\"object\", \"properties\": {\"keep\": {\"type\": \"object\", "
               "\"properties\": {\"at_least\": {\"type\": \"number\"}, \"at_most\": "
               "{\"type\": \"number\"}}, \"additionalProperties\": false}}, "
               "\"additionalProperties\": false}]}"},
    NODE_NUMBER("baseline", KR(baseline), 0, 0, "Where it begins."),
    NODE_NUMBER("target", KR(target), 0, 0, "Where it is to end; may be lower."),
    NODE_NUMBER("at_least", KR(at_least), 0, 0, "With kind: keep."),
    NODE_NUMBER("at_most", KR(at_most), 0, 0, "With kind: keep."),
    NODE_DATE(
        "start", KR(start),
        "First day; default: the later of the objective's from and the first load."),
    NODE_DATE("by", KR(by), "Last day."),
    {.key = {.name = "unit",
             .type = CONF_STR,
             .offset = KR(unit),
             .max = 100,
             .doc = "What is counted."}},
    {.key = {.name = "pace",
             .offset = KR(pace),
             .dflt = "linear",
             .doc = "linear, late, {after: DATE} or {milestones: {DATE: NUMBER}}."},
     .form = BIND_CALL,
     .call = read_pace,
     .schema =
         "{\"anyOf\": [{\"enum\": [\"linear\", \"late\"]}, {\"type\": \"object\", "
         "\"properties\": {\"after\": {\"type\": \"string\", \"format\": \"date\"}, "
         "\"milestones\": {\"type\": \"object\", \"additionalProperties\": {\"type\": "
         "\"number\"}}}, \"additionalProperties\": false}]}"},
    {.key = {.name = "lag",
             .type = CONF_SPAN,
             .offset = KR(lag),
             .dflt = "0",
             .doc = "How long work takes to show in it."}},
    {.key = {.name = "check_in",
             .type = CONF_SPAN,
             .offset = KR(check_in),
             .dflt = "7d",
             .min = 3600000,
             .doc = "How often a value is due."}},
    {.key = {.name = "value",
             .offset = KR(from),
             .doc = "Where its value comes from; default: by hand."},
     .form = BIND_CALL,
     .call = read_value,
     .table = &value_table},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table key_result_table = {
    .what = "key result",
    .name = "id",
    .keys = key_result_rows,
    .size = sizeof(struct key_result),
    .whole = whole_key_result,
};
