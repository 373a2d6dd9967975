#include "connectors/trackers/github/github_cursor.h"

#include <jansson.h>

#include "base/attr.h"
#include "base/jsonw.h"
#include "connectors/trackers/github/github_link.h"

/* A change of meaning takes another number; old cursors then start over. */
enum { VERSION = 1 };

static const char *const walk_names[] = {
#define X(e, name) name,
    GITHUB_WALKS(X)
#undef X
};

static bool read_walk(const json_t *v, enum github_walk *ret)
{
    const char *name = json_string_value(v);

    for (size_t i = 0; name != NULL && i < ARRAY_LEN(walk_names); i++) {
        if (strcmp(name, walk_names[i]) == 0) {
            *ret = (enum github_walk)i;
            return true;
        }
    }
    return false;
}

static struct str read_text(struct arena *a, const json_t *root, const char *name)
{
    const json_t *v = json_object_get(root, name);
    struct str s = {json_string_value(v), json_string_length(v)};

    return s.n > 0 ? arena_str(a, s) : STR_NONE;
}

static struct wall read_time(const json_t *root, const char *name)
{
    json_int_t ms = json_integer_value(json_object_get(root, name));

    return (struct wall){ms > 0 ? ms : 0};
}

bool github_cursor_compile(struct arena *a, const struct project **ret, struct err *e)
{
    static const char *const paths[] = {"v",        "walk",    "page",   "since",
                                        "newest",   "start",   "moved",  "by_update",
                                        "paged",    "shifted", "second", "etag",
                                        "etag_key", "alias",   "active", "looked"};

    return project_compile(a, paths, ARRAY_LEN(paths), ret, e);
}

static bool read_members(struct arena *a, const json_t *root, struct github_cursor *c)
{
    if (json_integer_value(json_object_get(root, "v")) != VERSION ||
        !read_walk(json_object_get(root, "walk"), &c->walk)) {
        return false;
    }
    c->page = read_text(a, root, "page");
    c->since = read_time(root, "since");
    c->newest = read_time(root, "newest");
    c->start = read_time(root, "start");
    c->moved = read_time(root, "moved");
    c->by_update = json_is_true(json_object_get(root, "by_update"));
    c->paged = json_is_true(json_object_get(root, "paged"));
    c->shifted = json_is_true(json_object_get(root, "shifted"));
    c->second = json_is_true(json_object_get(root, "second"));
    c->etag = read_text(a, root, "etag");
    c->etag_key = read_text(a, root, "etag_key");
    c->alias = read_text(a, root, "alias");
    c->active = read_time(root, "active");
    c->looked = read_time(root, "looked");
    /* Only a path: whatever it says, the request goes to the configured host. */
    return c->page.n == 0 || (c->page.p[0] == '/' && c->page.n <= GITHUB_MAX_PATH);
}

bool github_cursor_read(const struct project *p, struct arena *a, struct str text,
                        struct github_cursor *ret, struct err *e)
{
    struct github_cursor c = {.walk = GITHUB_OPEN};
    json_t *root = NULL;

    if (!project_load(p, text, &root, e)) {
        return false;
    }
    bool ok = read_members(a, root, &c) || err_set(e, ERR_PARSE, "not a cursor");

    json_decref(root);
    if (arena_failed(a)) {
        return err_nomem(e);
    }
    if (ok) {
        *ret = c;
    }
    return ok;
}

static void write_text(struct jsonw *w, const char *name, struct str s)
{
    if (s.n > 0) {
        jsonw_str(w, name, s);
    }
}

static void write_time(struct jsonw *w, const char *name, struct wall t)
{
    if (t.ms > 0) {
        jsonw_int(w, name, t.ms);
    }
}

static void write_flag(struct jsonw *w, const char *name, bool v)
{
    if (v) {
        jsonw_bool(w, name, v);
    }
}

void github_cursor_write(const struct github_cursor *c, struct buf *out)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "v", VERSION);
    jsonw_strz(&w, "walk", walk_names[c->walk]);
    write_text(&w, "page", c->page);
    write_time(&w, "since", c->since);
    write_time(&w, "newest", c->newest);
    write_time(&w, "start", c->start);
    write_time(&w, "moved", c->moved);
    write_flag(&w, "by_update", c->by_update);
    write_flag(&w, "paged", c->paged);
    write_flag(&w, "shifted", c->shifted);
    write_flag(&w, "second", c->second);
    write_text(&w, "etag", c->etag);
    write_text(&w, "etag_key", c->etag_key);
    write_text(&w, "alias", c->alias);
    write_time(&w, "active", c->active);
    write_time(&w, "looked", c->looked);
    jsonw_end_object(&w);
}
