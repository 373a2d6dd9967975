#include "connectors/trackers/jira/jira_fields.h"

#include <jansson.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "connectors/trackers/jira/jira_json.h"
#include "connectors/wire/project.h"
#include "core/textkey.h"

#define GREENHOPPER "com.pyxis.greenhopper.jira:"
#define STANDARD "com.atlassian.jira.plugin.system.customfieldtypes:"

enum {
    TYPO_DISTANCE = 4, /* how far a name may be off to be offered */
    SCRATCH_CEILING = 16 << 20,
    MAX_NAME = 60, /* bytes of a name that are shown */
    MAX_CHOSEN = 600,
    MAX_OTHERS = 4,
};

/*
 * What `auto` stands for: a field of that schema.custom and, where the schema
 * alone is too general, of that name. Several may hold at once: classic and
 * team-managed projects keep estimates in different fields.
 */
static const struct {
    const char *key, *custom, *name;
} automatic[] = {
    {"points", GREENHOPPER "jsw-story-points", NULL},
    {"points", STANDARD "float", "Story Points"},
    {"points", STANDARD "float", "Story point estimate"},
    {"team", STANDARD "atlassian-team", NULL},
    {"team", "com.atlassian.teams:rm-teams-custom-field-team", NULL},
    {"sprint", GREENHOPPER "gh-sprint", NULL},
};

struct search {
    const json_t *list;    /* borrowed: the answer */
    struct arena *a;       /* borrowed: of the result */
    struct arena *scratch; /* borrowed: for comparison keys */
    struct jira_fields *found;
    size_t cap, cap_choices;
    struct buf *chosen; /* what stands for the setting at hand, for people */
};

static struct str custom_of(const json_t *field)
{
    return jira_get2(field, "schema", "custom");
}

/* Fields of one team-managed project; each such project has its own. */
static bool is_scoped(const json_t *field)
{
    return json_is_object(json_object_get(field, "scope"));
}

bool jira_field_is_usable(struct str id)
{
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
              (c >= 'A' && c <= 'Z') || c == '_' || c == '-')) {
            return false;
        }
    }
    return id.n > 0 && id.n <= PROJECT_MAX_NAME;
}

/* "select" of "com.atlassian.jira.plugin.system.customfieldtypes:select". */
static struct str type_of(const json_t *field)
{
    struct str custom = custom_of(field);
    struct str type = jira_get2(field, "schema", "type");
    ptrdiff_t colon = str_chr(custom, ':');

    type = colon >= 0 ? str_skip(custom, (size_t)colon + 1) : type;
    return type.n > 0 ? utf8_cut(type, MAX_NAME) : STR("of no type");
}

/* "customfield_10016 'Story point estimate' (jsw-story-points)" */
static void describe(struct buf *out, const json_t *field)
{
    buf_printf(out, "%s%.*s '%.*s' (%.*s)", out->n > 0 ? ", " : "",
               STR_FMT(jira_get(field, "id")),
               STR_FMT(utf8_cut(jira_get(field, "name"), MAX_NAME)),
               STR_FMT(type_of(field)));
}

static void add_mark(struct search *s, const json_t *field)
{
    struct str id = jira_get(field, "id");

    if (!jira_field_is_usable(id)) {
        return;
    }
    describe(s->chosen, field);
    for (size_t i = 0; i < s->found->n_marks; i++) {
        if (str_eq(s->found->marks[i].id, id)) {
            return;
        }
    }
    struct jira_mark_field *m =
        arena_grow(s->a, &s->found->marks, &s->found->n_marks, &s->cap, sizeof *m);

    if (m != NULL) {
        m->id = jira_copy(s->a, id, 200);
        m->name = jira_copy(s->a, jira_get(field, "name"), 255);
    }
}

static void find_automatic(struct search *s, struct str key)
{
    for (size_t i = 0; i < json_array_size(s->list); i++) {
        const json_t *field = json_array_get(s->list, i);

        for (size_t k = 0; k < ARRAY_LEN(automatic); k++) {
            if (str_eqz(key, automatic[k].key) &&
                str_eqz(custom_of(field), automatic[k].custom) &&
                (automatic[k].name == NULL ||
                 str_eqz(jira_get(field, "name"), automatic[k].name))) {
                add_mark(s, field);
            }
        }
    }
}

static bool find_by_id(struct search *s, struct str id)
{
    for (size_t i = 0; i < json_array_size(s->list); i++) {
        const json_t *field = json_array_get(s->list, i);

        if (str_eq(jira_get(field, "id"), id)) {
            add_mark(s, field);
            return true;
        }
    }
    return false;
}

/* Those with that name, and of which type; *ret_n: how many. */
static struct str candidates(struct search *s, struct str name, size_t *ret_n)
{
    struct buf b;

    buf_init(&b, MAX_CHOSEN);
    *ret_n = 0;
    for (size_t i = 0; i < json_array_size(s->list); i++) {
        const json_t *field = json_array_get(s->list, i);

        if (!is_scoped(field) &&
            text_key_eq(s->scratch, jira_get(field, "name"), name)) {
            buf_printf(&b, "%s%.*s (%.*s)", *ret_n > 0 ? ", " : "",
                       STR_FMT(jira_get(field, "id")), STR_FMT(type_of(field)));
            ++*ret_n;
        }
    }
    struct str text = arena_str(s->scratch, buf_str(&b)); /* what fits is enough */

    buf_finish(&b);
    return text;
}

/*
 * By name, case ignored. One field of the whole instance may have it, and with
 * it any number of team-managed projects.
 */
static size_t add_by_name(struct search *s, struct str name)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(s->list); i++) {
        const json_t *field = json_array_get(s->list, i);

        if (text_key_eq(s->scratch, jira_get(field, "name"), name)) {
            add_mark(s, field);
            n++;
        }
    }
    return n;
}

static bool unknown_field(struct search *s, const struct str_pair *want, struct err *e)
{
    unsigned best = TYPO_DISTANCE + 1;
    const json_t *nearest = NULL;
    struct str key = text_key(s->scratch, want->value);

    for (size_t i = 0; i < json_array_size(s->list); i++) {
        const json_t *field = json_array_get(s->list, i);
        unsigned d = text_distance(text_key(s->scratch, jira_get(field, "name")), key,
                                   TYPO_DISTANCE);

        if (d < best) {
            best = d;
            nearest = field;
        }
    }
    if (nearest == NULL) {
        return err_set(e, ERR_CONFIG, "fields.%.*s: no field '%.*s' is visible in Jira",
                       STR_FMT(want->key), STR_FMT(want->value));
    }
    return err_set(e, ERR_CONFIG,
                   "fields.%.*s: no field '%.*s' is visible in Jira, did you mean "
                   "'%.*s' (%.*s)?",
                   STR_FMT(want->key), STR_FMT(want->value),
                   STR_FMT(jira_get(nearest, "name")),
                   STR_FMT(jira_get(nearest, "id")));
}

/* ---- what is told of it ---- */

static bool is_marked(const struct search *s, struct str id)
{
    for (size_t i = 0; i < s->found->n_marks; i++) {
        if (str_eq(s->found->marks[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* Fields that `auto` did not take and whose name says that they might be meant. */
static void add_others(struct search *s, struct str key, struct buf *out)
{
    struct str word = str_eqz(key, "points") ? STR("point") : key;
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(s->list) && n < MAX_OTHERS; i++) {
        const json_t *field = json_array_get(s->list, i);

        if (custom_of(field).n > 0 && !is_marked(s, jira_get(field, "id")) &&
            str_find_nocase(jira_get(field, "name"), word) >= 0) {
            describe(out, field);
            n++;
        }
    }
}

static void add_choice(struct search *s, const struct str_pair *want)
{
    struct jira_fields *f = s->found;
    struct jira_field_choice *c =
        arena_grow(s->a, &f->choices, &f->n_choices, &s->cap_choices, sizeof *c);
    struct buf others;

    if (c == NULL) {
        return;
    }
    buf_init(&others, MAX_CHOSEN);
    if (str_eqz(want->value, "auto")) {
        add_others(s, want->key, &others);
    }
    c->key = arena_str(s->a, want->key);
    c->found = s->chosen->n > 0;
    c->text = arena_printf(s->a, "%s%s%s", c->found ? buf_cstr(s->chosen) : "none found",
                           others.n > 0 ? "; not taken: " : "", buf_cstr(&others));
    buf_finish(&others);
}

static bool find_configured(struct search *s, const struct str_pair *want,
                            struct err *e)
{
    size_t n;

    if (str_eq_nocase(want->value, STR("description"))) {
        return err_set(e, ERR_CONFIG,
                       "fields.%.*s: the description is read for 'Initiative:' lines, "
                       "its text is no field value",
                       STR_FMT(want->key));
    }
    if (str_eqz(want->value, "auto")) {
        find_automatic(s, want->key);
        return true;
    }
    if (find_by_id(s, want->value)) {
        return true;
    }
    struct str ids = candidates(s, want->value, &n);

    if (n > 1) {
        return err_set(e, ERR_CONFIG,
                       "fields.%.*s: '%.*s' is the name of %zu fields in Jira, give an "
                       "id: %.*s",
                       STR_FMT(want->key), STR_FMT(want->value), n, STR_FMT(ids));
    }
    return add_by_name(s, want->value) > 0 || unknown_field(s, want, e);
}

static void find_known(struct search *s)
{
    for (size_t i = 0; i < json_array_size(s->list); i++) {
        const json_t *field = json_array_get(s->list, i);
        struct str custom = custom_of(field);
        struct str id = jira_get(field, "id");

        if (str_eqz(custom, GREENHOPPER "gh-epic-link")) {
            s->found->epic_link = jira_copy(s->a, id, 200);
        } else if (str_eqz(custom, GREENHOPPER "gh-epic-label")) {
            s->found->epic_name = jira_copy(s->a, id, 200);
        } else if (str_eqz(custom, "com.atlassian.jpo:jpo-custom-field-parent")) {
            s->found->parent_link = jira_copy(s->a, id, 200);
        }
    }
}

/*
 * Every Jira has fields. An empty list would be read as "no Epic Link", and
 * the parents of all issues that come with this sync would be lost.
 */
static bool names_fields(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (jira_get(json_array_get(list, i), "id").n > 0) {
            return true;
        }
    }
    return false;
}

static bool find_all(struct search *s, const struct tracker_conf *conf, struct err *e)
{
    if (!names_fields(s->list)) {
        return err_set(e, ERR_PARSE, "list of fields has none");
    }
    find_known(s);
    for (size_t i = 0; i < conf->fields.n; i++) {
        buf_clear(s->chosen);
        if (!find_configured(s, &conf->fields.v[i], e)) {
            return false;
        }
        add_choice(s, &conf->fields.v[i]);
    }
    if (s->found->n_marks > JIRA_MAX_MARKS) {
        return err_set(
            e, ERR_CONFIG,
            "fields: the names stand for %zu fields in Jira, at most %d can be "
            "read: give ids",
            s->found->n_marks, JIRA_MAX_MARKS);
    }
    return !arena_failed(s->a) && !arena_failed(s->scratch) ? true : err_nomem(e);
}

bool jira_fields_find(const struct tracker_conf *conf, struct str body, struct arena *a,
                      struct jira_fields *ret, struct err *e)
{
    struct jira_fields found = {0};
    struct arena *scratch = arena_create(SCRATCH_CEILING);
    json_t *root = NULL;
    bool ok = false;

    if (scratch == NULL) {
        return err_nomem(e);
    }
    if (jira_parse(body, &root, e)) {
        struct buf chosen;
        struct search s = {.list = root,
                           .a = a,
                           .scratch = scratch,
                           .found = &found,
                           .chosen = &chosen};

        buf_init(&chosen, MAX_CHOSEN);
        ok = find_all(&s, conf, e);
        buf_finish(&chosen);
    }
    if (ok) {
        *ret = found;
    }
    json_decref(root);
    arena_destroy(scratch);
    return ok;
}
