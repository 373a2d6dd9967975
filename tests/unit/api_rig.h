/*
 * What tests of the status socket's requests share: a store with something in
 * it, every answer held to config/openapi.json. Static functions. Run from the
 * top of the tree.
 */
#ifndef TESTS_UNIT_API_RIG_H
#define TESTS_UNIT_API_RIG_H

#include <string.h>

#include <jansson.h>

#include "status/api.h"
#include "tests/support/schema.h"
#include "tests/unit/eval_rig.h"

#define OPENAPI "config/openapi.json"

struct api_rig {
    struct eval_rig *er;
    struct arena *a;
    json_t *openapi;
    struct api_view view;
    struct status_row row;
    struct api_source_view source;
    struct api_channel_view channels[2];
    int status;       /* of the last answer */
    const char *type; /* its content type */
    struct buf body;  /* its text */
};

/* ---- the description ---- */

static inline json_t *load(const char *path)
{
    json_error_t at;
    json_t *v = json_load_file(path, JSON_REJECT_DUPLICATES, &at);

    if (v == NULL)
        fail_msg("%s:%d: %s", path, at.line, at.text);
    return v;
}

static inline json_t *dig(json_t *v, const char *a, const char *b, const char *c)
{
    v = json_object_get(v, a);
    v = b != NULL ? json_object_get(v, b) : v;
    return c != NULL ? json_object_get(v, c) : v;
}

static inline void hold_to_schema(struct api_rig *r, const char *schema,
                                  const json_t *value, const char *what)
{
    struct schema_rules how = {.root = r->openapi, .dialect = SCHEMA_JSON};
    struct buf why;

    buf_init(&why, 1 << 16);
    if (!schema_check_by(&how, dig(r->openapi, "components", "schemas", schema), value,
                         &why))
        fail_msg("%s is no %s: %s", what, schema, buf_cstr(&why));
    buf_finish(&why);
}

/* The name of the schema a request answers with, from its reference. */
static inline const char *answer_schema(struct api_rig *r,
                                        const struct api_route *route, int status)
{
    char code[8], method[8];
    json_t *ref, *op;
    const char *s;
    size_t i;

    if (status >= 400 && strcmp(r->type, "application/problem+json") == 0)
        return "Problem";
    for (i = 0; route->method[i] != '\0'; i++)
        method[i] = (char)(route->method[i] | 0x20);
    method[i] = '\0';
    snprintf(code, sizeof(code), "%d", status);
    op = dig(r->openapi, "paths", route->path, method);
    ref = dig(dig(op, "responses", code, "content"), "application/json", "schema",
              "$ref");
    if (ref == NULL)
        fail_msg("%s %s: no answer %s in " OPENAPI, method, route->path, code);
    s = strrchr(json_string_value(ref), '/');
    return s + 1;
}

/* ---- the rig ---- */

static inline void read_view(struct api_rig *r)
{
    struct rig *rig = &r->er->r;

    r->row = (struct status_row){.n_sources = 0};
    RIG_OK(rig, db_read_status(rig->db, r->a, &r->row, &rig->e));
    r->view = (struct api_view){
        .row = r->row,
        .row_at = rig->now,
        .version = STR("1.2.3"),
        .started = {RIG_T0},
        .sources = &r->source,
        .n_sources = 1,
        .channels = r->channels,
        .n_channels = 2,
        .strategy_name = STR("Acme"),
        .strategy_path = STR("/etc/alignd/strategy.yaml"),
        .reloaded = {RIG_T0},
    };
}

static inline int setup(void **state)
{
    struct api_rig *r = calloc(1, sizeof(*r));

    assert_non_null(r);
    r->er = eval_rig_create();
    r->a = arena_create((size_t)64 << 20);
    assert_non_null(r->a);
    r->openapi = load(OPENAPI);
    buf_init(&r->body, (size_t)64 << 20);
    r->source = (struct api_source_view){.name = STR("hub"), .syncs = 3};
    r->channels[0] =
        (struct api_channel_view){.name = STR("product"), .type = STR("journal")};
    r->channels[1] =
        (struct api_channel_view){.name = STR("ops"), .type = STR("journal")};
    *state = r;
    return 0;
}

static inline int teardown(void **state)
{
    struct api_rig *r = *state;

    eval_rig_destroy(r->er);
    arena_destroy(r->a);
    json_decref(r->openapi);
    buf_finish(&r->body);
    free(r);
    return 0;
}

static inline bool parse_stored(const struct strategy_file *files, size_t n,
                                struct strategy **ret, struct err *e)
{
    struct conf_diag *d = conf_diag_create();

    *ret = strategy_load_files(files, n, d);
    if (*ret == NULL)
        err_set(e, ERR_PARSE, "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    return *ret != NULL;
}

/* The text of an alignd.yaml as one that was loaded, over what is in force. */
struct posted {
    struct conf *conf;
    struct eval_conf ev;
};

static inline bool read_posted(const struct eval_conf *now, struct str text,
                               const struct eval_conf **ret, void **ret_own,
                               struct err *e)
{
    struct conf_env env = {.zoneinfo = "/usr/share/zoneinfo"};
    struct conf_diag *d = conf_diag_create();
    struct posted *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->conf = conf_load_text("config", text, &env, d);
    if (p->conf == NULL)
        err_set(e, ERR_USAGE, "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    if (p->conf == NULL) {
        free(p);
        return false;
    }
    p->ev = *now;
    p->ev.rules = p->conf->rules;
    p->ev.routes = p->conf->routes;
    p->ev.n_routes = p->conf->n_routes;
    *ret = &p->ev;
    *ret_own = p;
    return true;
}

static inline void drop_posted(void *own)
{
    struct posted *p = own;

    conf_destroy(p->conf);
    free(p);
}

/*
 * One request as app carries it out, with its path, query and body filled in; the
 * answer stays in the rig. NULL: no row takes it.
 */
static inline const struct api_route *run_request(struct api_rig *r,
                                                  struct api_request *req)
{
    struct rig *rig = &r->er->r;
    struct api_env env = {.conf = &r->er->ev,
                          .now = rig->now,
                          .a = r->a,
                          .parse = parse_stored,
                          .read_conf = read_posted,
                          .drop_conf = drop_posted};
    struct api_reply reply = {.status = 200, .content_type = "application/json"};
    const struct api_route *route;
    int status;
    bool loop;

    req->by = (struct actor){1000, STR("ana")};
    buf_init(&reply.body, (size_t)64 << 20);
    route = api_find(req, &status);
    if (route == NULL) {
        err_set(&rig->e, ERR_NOT_FOUND, "no such path, or not with this method");
        api_problem(&reply, status, &rig->e);
    } else {
        loop = route->where == API_LOOP || route->where == API_ACTION;
        env.view = loop ? &r->view : NULL;
        if (!route->run(loop ? NULL : rig->db, &env, req, &reply, &rig->e))
            api_problem(&reply, api_status_of(&rig->e), &rig->e);
    }
    assert_true(buf_ok(&reply.body));
    assert_true(str_has_suffix(buf_str(&reply.body), STR("\n")));
    buf_finish(&r->body);
    r->body = reply.body;
    r->status = reply.status;
    r->type = reply.content_type;
    return route;
}

/* ---- asking ---- */

static inline struct str_pair_list split_query(struct arena *a, struct str text)
{
    struct str_pair_list q = {NULL, 0};
    struct str part;
    size_t cap = 0;

    while (str_split(&text, '&', &part)) {
        struct str_pair *p = arena_grow(a, &q.v, &q.n, &cap, sizeof(*p));
        ptrdiff_t eq = str_chr(part, '=');

        assert_non_null(p);
        p->key = str_first(part, (size_t)eq);
        p->value = str_skip(part, (size_t)eq + 1);
    }
    return q;
}

/* One request; the answer stays in the rig. */
static inline void ask(struct api_rig *r, const char *method, const char *target,
                       const char *body)
{
    struct str rest = str_of(target), path = STR_NONE;
    struct str_pair_list query;
    struct api_request req = {.method = str_of(method), .a = r->a, .may_write = true};

    arena_reset(r->a);
    read_view(r);
    assert_true(str_split(&rest, '?', &path));
    query = split_query(r->a, rest);
    req.path = path;
    req.query = &query;
    req.body = str_of(body);
    assert_non_null(run_request(r, &req));
}

/* The answer as JSON, held to the description. */
static inline json_t *ask_json(struct api_rig *r, const char *method,
                               const char *target, const char *body, int status)
{
    struct str rest = str_of(target), path = STR_NONE;
    struct api_request req = {.method = str_of(method), .a = r->a};
    const struct api_route *route;
    json_error_t at;
    json_t *v;
    int unused;

    ask(r, method, target, body);
    if (r->status != status)
        fail_msg("%s %s: %d, not %d: %s", method, target, r->status, status,
                 buf_cstr(&r->body));
    v = json_loadb(buf_cstr(&r->body), r->body.n, JSON_REJECT_DUPLICATES, &at);
    if (v == NULL)
        fail_msg("%s: %s in %s", target, at.text, buf_cstr(&r->body));
    assert_true(str_split(&rest, '?', &path));
    req.path = path;
    route = api_find(&req, &unused);
    hold_to_schema(r, answer_schema(r, route, status), v, target);
    return v;
}

static inline const char *text_at(json_t *v, const char *member)
{
    const char *s = json_string_value(json_object_get(v, member));

    return s != NULL ? s : "(none)";
}

static inline int64_t int_at(json_t *v, const char *member)
{
    return json_integer_value(json_object_get(v, member));
}

static inline void refused(struct api_rig *r, const char *method, const char *target,
                           const char *body, int status, const char *detail)
{
    json_t *v = ask_json(r, method, target, body, status);

    if (strstr(text_at(v, "detail"), detail) == NULL)
        fail_msg("%s %s: \"%s\" is not in \"%s\"", method, target, detail,
                 text_at(v, "detail"));
    json_decref(v);
}

/* What `why` says of the item: state, who names it, the kinds of its chain, the gap. */
static inline void expect_why(struct api_rig *r, int number, const char *want_state,
                              const char *named_by, const char *kinds, const char *gap)
{
    char target[80], got[200] = "";
    json_t *v, *path, *n;
    size_t i;

    snprintf(target, sizeof(target), "/v1/items/acme%%2Fweb%%23%d/why", number);
    v = ask_json(r, "GET", target, "", 200);
    assert_string_equal(text_at(v, "state"), want_state);
    path = json_array_get(json_object_get(v, "paths"), 0);
    json_array_foreach(json_object_get(path, "chain"), i, n) snprintf(
        got + strlen(got), sizeof(got) - strlen(got), "%s ", text_at(n, "kind"));
    assert_string_equal(got, kinds);
    assert_string_equal(text_at(path, "named_by"), named_by);
    assert_string_equal(text_at(path, "gap"), gap);
    json_decref(v);
}

/*
 * A source whose first walk brought epic 9 (baseline), then: epic 1 without a
 * link, epic 2 linked by label with the child 3, epic 4 a bug (bucket), epic 5
 * of an unknown initiative, epic 6 exempt by label. A day later all is judged.
 */
static inline void fill(struct eval_rig *er)
{
    struct rig *rig = &er->r;
    struct item *it;
    struct wall next;

    eval_rig_sync(er);
    eval_rig_epic(er, 9);
    eval_rig_synced(er);
    eval_rig_run(er);
    rig->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    rig_label(rig, eval_rig_new_epic(er, 2), "initiative:onboarding");
    it = rig_item(rig, "acme/web", 3);
    it->parent_vid = STR("acme/web-2");
    it->title = STR("A \"quoted\"\ttitle \x1b[31m");
    rig_label(rig, eval_rig_new_epic(er, 4), "bug");
    rig_label(rig, eval_rig_new_epic(er, 5), "initiative:onbording");
    rig_label(rig, eval_rig_new_epic(er, 6), "strategy:none");
    eval_rig_synced(er);
    eval_rig_run(er);
    rig->now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    rig->now.ms += RIG_MIN;
    eval_rig_flush(er, &next);
    eval_rig_run(er);
}

#endif
