#include "connectors/trackers/jira/jira_memory.h"

#include <jansson.h>

#include "base/jsonw.h"
#include "connectors/trackers/jira/jira_json.h"

/* Raised when what is kept changes its form or its meaning. */
enum { MEMORY_VERSION = 1, MAX_KEPT = 1000 };

struct reading {
    struct arena *a;
    struct jira_memory *m;
};

/* Strict: all members of the object, each of its type, and no other. */
#define UNPACK(object, ...)                                                            \
    (json_unpack_ex(object, NULL, JSON_STRICT, __VA_ARGS__) == 0)

static struct str keep(const struct reading *r, const json_t *v)
{
    return jira_copy(r->a, jira_str(v), MAX_KEPT);
}

/* Empty, or something that may stand in `fields=` and in a projection. */
static bool read_id(const struct reading *r, const json_t *v, struct str *ret)
{
    *ret = keep(r, v);
    return json_is_string(v) && (ret->n == 0 || jira_field_is_usable(*ret));
}

static bool read_marks(const struct reading *r, const json_t *list)
{
    struct jira_fields *f = &r->m->fields;
    size_t n = json_array_size(list);

    f->marks = n <= JIRA_MAX_MARKS ? arena_array(r->a, n, sizeof *f->marks) : NULL;
    for (size_t i = 0; f->marks != NULL && i < n; i++) {
        json_t *id, *name;

        if (!UNPACK(json_array_get(list, i), "{s:o, s:o}", "id", &id, "name", &name) ||
            !read_id(r, id, &f->marks[i].id) || f->marks[i].id.n == 0 ||
            !json_is_string(name)) {
            return false;
        }
        f->marks[f->n_marks++].name = keep(r, name);
    }
    return json_is_array(list) && f->n_marks == n;
}

static bool read_fields(const struct reading *r, json_t *fields)
{
    struct jira_fields *f = &r->m->fields;
    json_t *epic, *name, *parent, *marks;

    return UNPACK(fields, "{s:o, s:o, s:o, s:o}", "epic_link", &epic, "epic_name",
                  &name, "parent_link", &parent, "marks", &marks) &&
           read_id(r, epic, &f->epic_link) && read_id(r, name, &f->epic_name) &&
           read_id(r, parent, &f->parent_link) && read_marks(r, marks);
}

static bool read_statuses(const struct reading *r, const json_t *list)
{
    struct jira_statuses *s = &r->m->statuses;

    for (size_t i = 0; i < json_array_size(list); i++) {
        struct jira_status *one = arena_grow(r->a, &s->v, &s->n, &s->cap, sizeof *one);
        int in_progress, done;
        json_t *id;

        if (one == NULL ||
            !UNPACK(json_array_get(list, i), "{s:o, s:b, s:b}", "id", &id,
                    "in_progress", &in_progress, "done", &done) ||
            jira_str(id).n == 0) {
            return false;
        }
        *one = (struct jira_status){keep(r, id), in_progress != 0, done != 0};
    }
    return json_is_array(list);
}

static bool read_scopes(const struct reading *r, const json_t *list)
{
    struct jira_memory *m = r->m;

    for (size_t i = 0; i < json_array_size(list); i++) {
        struct jira_kept_scope *one =
            arena_grow(r->a, &m->scopes, &m->n_scopes, &m->cap_scopes, sizeof *one);
        json_t *key, *id;
        json_int_t told;
        int more;

        if (one == NULL ||
            !UNPACK(json_array_get(list, i), "{s:o, s:o, s:I, s:b}", "key", &key, "id",
                    &id, "told", &told, "more", &more) ||
            jira_str(key).n == 0 || !json_is_string(id) || told < 0) {
            return false;
        }
        *one =
            (struct jira_kept_scope){keep(r, key), keep(r, id), {told}, more != 0};
    }
    return json_is_array(list);
}

static bool read_all(const struct reading *r, json_t *root)
{
    struct jira_memory *m = r->m;
    json_t *site, *fields, *statuses, *scopes;
    json_int_t learned;
    int version, cloud, dates, mute;

    if (!UNPACK(root, "{s:i, s:I, s:b, s:o, s:i, s:b, s:o, s:o, s:o}", "version", &version,
                "learned", &learned, "cloud", &cloud, "site", &site, "dates", &dates, "mute", &mute,
                "fields", &fields, "statuses", &statuses, "scopes", &scopes) ||
        version != MEMORY_VERSION || learned < 0 || dates < DATES_UNKNOWN ||
        dates > DATES_RELATIVE || !json_is_string(site)) {
        return false;
    }
    m->learned.ms = learned;
    m->cloud = cloud != 0;
    m->mute = mute != 0;
    m->dates = (enum jira_kept_dates)dates;
    m->site = keep(r, site);
    return (m->site.n == 0 || str_has_prefix(m->site, STR("https://"))) &&
           read_fields(r, fields) && read_statuses(r, statuses) &&
           read_scopes(r, scopes);
}

bool jira_memory_read(struct str text, struct arena *a, struct jira_memory *ret)
{
    struct jira_memory m = {.cloud = false};
    json_t *root = text.n == 0 ? NULL
                               : json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    bool ok = root != NULL && read_all(&(struct reading){a, &m}, root);

    json_decref(root);
    ok = ok && !arena_failed(a);
    if (ok) {
        *ret = m;
    }
    return ok;
}

/* ---- writing ---- */

static void print_fields(struct jsonw *w, const struct jira_fields *f)
{
    jsonw_object(w, "fields");
    jsonw_str(w, "epic_link", f->epic_link);
    jsonw_str(w, "epic_name", f->epic_name);
    jsonw_str(w, "parent_link", f->parent_link);
    jsonw_array(w, "marks");
    for (size_t i = 0; i < f->n_marks; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "id", f->marks[i].id);
        jsonw_str(w, "name", f->marks[i].name);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void print_statuses(struct jsonw *w, const struct jira_statuses *s)
{
    jsonw_array(w, "statuses");
    for (size_t i = 0; i < s->n; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "id", s->v[i].id);
        jsonw_bool(w, "in_progress", s->v[i].in_progress);
        jsonw_bool(w, "done", s->v[i].done);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void print_scopes(struct jsonw *w, const struct jira_memory *m)
{
    jsonw_array(w, "scopes");
    for (size_t i = 0; i < m->n_scopes; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "key", m->scopes[i].key);
        jsonw_str(w, "id", m->scopes[i].id);
        jsonw_int(w, "told", m->scopes[i].told.ms);
        jsonw_bool(w, "more", m->scopes[i].more);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

void jira_memory_print(struct buf *out, const struct jira_memory *m)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "version", MEMORY_VERSION);
    jsonw_int(&w, "learned", m->learned.ms);
    jsonw_bool(&w, "cloud", m->cloud);
    jsonw_str(&w, "site", m->site);
    jsonw_int(&w, "dates", m->dates);
    jsonw_bool(&w, "mute", m->mute);
    print_fields(&w, &m->fields);
    print_statuses(&w, &m->statuses);
    print_scopes(&w, m);
    jsonw_end_object(&w);
}
