#include "connectors/chat/notice_read.h"

#include <jansson.h>

#include "base/date.h"

/* First failure sticks; later reads give empty views. */
struct reader {
    struct arena *a;
    const char *bad; /* the member at fault */
};

static struct str read_str(struct reader *r, const json_t *obj, const char *key)
{
    const json_t *v = json_object_get(obj, key);

    if (!json_is_string(v)) {
        r->bad = key;
        return STR_NONE;
    }
    return arena_str(r->a,
                     (struct str){json_string_value(v), json_string_length(v)});
}

static struct wall read_time(struct reader *r, const json_t *obj, const char *key)
{
    struct wall t = {0};
    struct str s = read_str(r, obj, key);

    if (s.n > 0 && !date_parse_iso(s, &t))
        r->bad = key;
    return t;
}

static int64_t read_int(struct reader *r, const json_t *obj, const char *key)
{
    const json_t *v = json_object_get(obj, key);

    if (!json_is_integer(v)) {
        r->bad = key;
        return 0;
    }
    return json_integer_value(v);
}

static const json_t *read_array(struct reader *r, const json_t *obj, const char *key)
{
    const json_t *v = json_object_get(obj, key);

    if (!json_is_array(v))
        r->bad = key;
    return v;
}

/* Not every one has it. */
static struct str read_opt(struct reader *r, const json_t *obj, const char *key)
{
    return json_object_get(obj, key) != NULL ? read_str(r, obj, key) : STR_NONE;
}

/* Most entries are for nobody. */
static void read_people(struct reader *r, const json_t *o, struct notice_entry *e)
{
    const json_t *list = json_object_get(o, "people");
    size_t n = json_array_size(list);

    e->people = n > 0 ? arena_array(r->a, n, sizeof(*e->people)) : NULL;
    for (size_t i = 0; e->people != NULL && i < n; i++) {
        const json_t *one = json_array_get(list, i);
        struct mention *m = &e->people[e->n_people++];

        *m = (struct mention){.name = read_str(r, one, "name")};
#define X(f, key) m->f = read_opt(r, one, key);
        MENTION_IDS(X)
#undef X
    }
}

static void read_entry(struct reader *r, const json_t *o, struct notice_entry *e)
{
    e->finding = read_str(r, o, "finding");
    e->change = read_str(r, o, "change");
    e->severity = read_str(r, o, "severity");
    e->key = read_str(r, o, "key");
    e->title = read_str(r, o, "title");
    e->url = read_str(r, o, "url");
    e->note = read_str(r, o, "note");
    e->fix = read_str(r, o, "fix");
    e->command = read_str(r, o, "command");
    e->objective = read_str(r, o, "objective");
    e->why = read_str(r, o, "why");
    e->ended_by = read_str(r, o, "ended_by");
    e->since = read_time(r, o, "since");
    read_people(r, o, e);
}

static struct notice_entry *read_entries(struct reader *r, const json_t *obj,
                                         const char *key, size_t *ret_n)
{
    const json_t *list = read_array(r, obj, key);
    size_t n = json_array_size(list);
    struct notice_entry *v = arena_array(r->a, n, sizeof(*v));

    *ret_n = 0;
    if (n == 0 || v == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        read_entry(r, json_array_get(list, i), &v[i]);
    *ret_n = n;
    return v;
}

static void read_sections(struct reader *r, const json_t *root, struct notice *n)
{
    const json_t *list = read_array(r, root, "sections");
    size_t count = json_array_size(list);

    n->sections = arena_array(r->a, count, sizeof(*n->sections));
    if (count == 0 || n->sections == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const json_t *o = json_array_get(list, i);
        struct notice_section *s = &n->sections[i];

        s->rule = read_str(r, o, "rule");
        s->headline = read_str(r, o, "headline");
        s->why = read_str(r, o, "why");
        s->more = read_str(r, o, "more");
        s->total = read_int(r, o, "total");
        s->entries = read_entries(r, o, "entries", &s->n_entries);
    }
    n->n_sections = count;
}

/* Earlier forms have none. */
static void read_blocks(struct reader *r, const json_t *root, struct notice *n)
{
    const json_t *list = json_object_get(root, "blocks");
    size_t count = json_array_size(list);

    n->blocks = arena_array(r->a, count, sizeof(*n->blocks));
    if (count == 0 || n->blocks == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const json_t *o = json_array_get(list, i);

        n->blocks[i].title = read_str(r, o, "title");
        n->blocks[i].text = read_str(r, o, "text");
        n->blocks[i].fixed = json_is_true(json_object_get(o, "fixed"));
    }
    n->n_blocks = count;
}

static bool read_kind(struct str s, enum notice_kind *ret)
{
    for (int k = NOTICE_DRIFT; k <= NOTICE_DIGEST; k++) {
        if (str_eqz(s, notice_kind_name((enum notice_kind)k))) {
            *ret = (enum notice_kind)k;
            return true;
        }
    }
    return false;
}

bool notice_read(struct str json, struct arena *a, struct notice *ret, struct err *e)
{
    struct reader r = {.a = a};
    struct notice n = {0};
    json_error_t je;
    json_t *root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &je);
    bool ok = false;

    if (root == NULL)
        return err_set(e, ERR_PARSE, "stored notice: %s", je.text);
    if (read_int(&r, root, "v") != 1) {
        err_set(e, ERR_PARSE, "stored notice: not version 1");
        goto out;
    }
    if (!read_kind(read_str(&r, root, "kind"), &n.kind))
        r.bad = "kind";
    n.channel = read_str(&r, root, "channel");
    n.group = read_str(&r, root, "group");
    n.text = read_str(&r, root, "text");
    n.at = read_time(&r, root, "at");
    read_sections(&r, root, &n);
    read_blocks(&r, root, &n);
    n.resolved = read_entries(&r, root, "resolved", &n.n_resolved);
    n.total_resolved = read_int(&r, root, "total_resolved");
    n.to = read_opt(&r, root, "to");
    if (arena_failed(a)) {
        err_nomem(e);
        goto out;
    }
    if (r.bad != NULL) {
        err_set(e, ERR_PARSE, "stored notice: bad member '%s'", r.bad);
        goto out;
    }
    *ret = n;
    ok = true;
out:
    json_decref(root);
    return ok;
}
