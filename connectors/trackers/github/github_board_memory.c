#include "connectors/trackers/github/github_board_memory.h"

#include <jansson.h>

#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_sync.h"

#define PART "projects"
#define PART_WAITING "refresh"
#define LOOK_AGAIN DUR_H(1)

enum { MAX_WAITING = 2000 }; /* issues: some 60 KB */

/* ---- when ---- */

bool github_board_rests(const struct github_board *b, struct wall now)
{
    /* A clock that was set back must not make it rest for ever. */
    return b->changed.ms > 0 && b->changed.ms <= now.ms &&
           now.ms - b->changed.ms >= DUR_DAY(1).ms;
}

bool github_board_is_due(const struct github_board *b, struct wall now)
{
    bool lately = b->asked.ms > 0 && b->asked.ms <= now.ms &&
                  now.ms - b->asked.ms < LOOK_AGAIN.ms;

    return !lately || (!b->missing && !github_board_rests(b, now));
}

/* ---- writing ---- */

static json_t *text(struct str s)
{
    return json_stringn(s.n > 0 ? s.p : "", s.n);
}

static json_t *page_json(const struct github_board_page *p)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "path", text(p->path), "etag",
                     text(p->etag), "key", text(p->etag_key), "rows", text(p->rows));
}

static json_t *fields_json(const struct github_project_fields *fields)
{
    json_t *list = json_array();

    for (size_t i = 0; i < fields->n; i++) {
        const struct github_project_field *f = &fields->v[i];
        json_t *one =
            json_pack("[o, o, b]", text(f->id), text(f->name), (int)f->is_status);

        if (one == NULL || json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *pages_json(const struct github_board_look *look)
{
    json_t *list = json_array();

    for (size_t i = 0; i < look->n; i++) {
        json_t *one = page_json(&look->pages[i]);

        if (one == NULL || json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *board_json(const struct github_board *b)
{
    return json_pack("{s:o, s:b, s:b, s:b, s:I, s:I, s:o, s:o, s:o}", "name",
                     text(b->name), "user", (int)b->user, "missing", (int)b->missing,
                     "trouble", (int)b->trouble, "asked", (json_int_t)b->asked.ms,
                     "changed", (json_int_t)b->changed.ms, "fields",
                     fields_json(&b->known.fields), "list", page_json(&b->known.list),
                     "pages", pages_json(&b->known));
}

bool github_board_save(struct tracker *t)
{
    json_t *part = json_array();

    for (size_t i = 0; i < t->boards.n; i++) {
        json_t *one = board_json(&t->boards.v[i]);

        if (part == NULL || one == NULL || json_array_append_new(part, one) != 0) {
            json_decref(part);
            return false;
        }
    }
    return github_memory_set(&t->memory, PART, part);
}

bool github_board_save_waiting(struct tracker *t)
{
    json_t *part = json_array();

    for (size_t i = 0; i < t->boards.n_refresh && json_array_size(part) < MAX_WAITING;
         i++) {
        const struct github_refresh *r = t->boards.refresh[i];

        if (!r->met && json_array_append_new(part, text(r->key)) != 0) {
            json_decref(part);
            return false;
        }
    }
    if (json_array_size(part) == 0) {
        json_decref(part);
        part = NULL;
    }
    return github_memory_set(&t->memory, PART_WAITING, part);
}

/* ---- reading ---- */

static struct str text_of(struct arena *a, const json_t *v)
{
    struct str s = {json_string_value(v), json_string_length(v)};

    return s.n > 0 ? arena_str(a, s) : STR_NONE;
}

static struct wall time_of(const json_t *o, const char *name)
{
    json_int_t ms = json_integer_value(json_object_get(o, name));

    return (struct wall){ms > 0 ? ms : 0};
}

static struct github_board_page page_of(struct arena *a, const json_t *o)
{
    struct github_board_page p = {
        .path = text_of(a, json_object_get(o, "path")),
        .etag = text_of(a, json_object_get(o, "etag")),
        .etag_key = text_of(a, json_object_get(o, "key")),
        .rows = text_of(a, json_object_get(o, "rows")),
    };

    return p;
}

static void load_fields(struct arena *a, const json_t *list,
                        struct github_project_fields *ret)
{
    for (size_t i = 0; i < json_array_size(list) && i < GITHUB_MAX_FIELDS; i++) {
        const json_t *one = json_array_get(list, i);

        ret->v[ret->n++] = (struct github_project_field){
            .id = text_of(a, json_array_get(one, 0)),
            .name = text_of(a, json_array_get(one, 1)),
            .is_status = json_is_true(json_array_get(one, 2)),
        };
    }
}

/* Only a path: whatever it says, the request goes to the configured host. */
static bool is_path(struct str path)
{
    return str_has_prefix(path, STR("/")) && path.n <= GITHUB_MAX_PATH;
}

static bool load_pages(struct arena *a, const json_t *list,
                       struct github_board_look *ret)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct github_board_page page = page_of(a, json_array_get(list, i)), *at;

        if (!is_path(page.path)) {
            return true;
        }
        at = arena_grow(a, &ret->pages, &ret->n, &ret->cap, sizeof *at);
        if (at == NULL) {
            return false;
        }
        *at = page;
    }
    return !arena_failed(a);
}

static bool load_one(struct arena *a, const json_t *o, struct github_board *b)
{
    b->user = json_is_true(json_object_get(o, "user"));
    b->missing = json_is_true(json_object_get(o, "missing"));
    b->trouble = json_is_true(json_object_get(o, "trouble"));
    b->asked = time_of(o, "asked");
    b->changed = time_of(o, "changed");
    b->known.list = page_of(a, json_object_get(o, "list"));
    load_fields(a, json_object_get(o, "fields"), &b->known.fields);
    return load_pages(a, json_object_get(o, "pages"), &b->known);
}

size_t github_board_waiting(const struct tracker *t)
{
    return json_array_size(github_memory_get(&t->memory, PART_WAITING));
}

struct str github_board_waits(const struct tracker *t, size_t i)
{
    return text_of(t->arena,
                   json_array_get(github_memory_get(&t->memory, PART_WAITING), i));
}

bool github_board_load(struct tracker *t)
{
    const json_t *part = github_memory_get(&t->memory, PART);

    for (size_t i = 0; i < t->boards.n; i++) {
        for (size_t k = 0; k < json_array_size(part); k++) {
            const json_t *o = json_array_get(part, k);
            struct str name = text_of(t->arena, json_object_get(o, "name"));

            if (str_eq_nocase(name, t->boards.v[i].name) &&
                !load_one(t->arena, o, &t->boards.v[i])) {
                return false;
            }
        }
    }
    return !arena_failed(t->arena);
}
