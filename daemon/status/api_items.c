#include "base/jsonw.h"
#include "core/strategy.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/filter.h"
#include "status/params.h"
#include "status/past.h"
#include "status/shape.h"

static void write_links(struct jsonw *w, const struct strategy *s,
                        const struct item_row *it)
{
    jsonw_array(w, "links");
    for (size_t i = 0; i < it->n_links; i++)
        shape_link(w, s, &it->links[i]);
    jsonw_end_array(w);
}

/* Trackers name the parent by id or by key; the ancestors tell the key. */
static bool read_item(struct db *db, const struct api_request *req, struct arena *a,
                      struct item_row **ret, size_t *ret_n, struct err *e)
{
    if (!db_read_item(db, req->args[0], a, ret, ret_n, e))
        return false;
    for (size_t i = 0; i + 1 < *ret_n; i++) {
        if ((*ret)[i].parent_key.n == 0)
            (*ret)[i].parent_key = (*ret)[i + 1].key;
    }
    return true;
}

/* With a source that another item's key may name too: the row's own. */
static bool read_findings(struct db *db, const struct item_row *it, struct arena *a,
                          struct finding_row **ret, size_t *ret_n, struct err *e)
{
    struct finding_filter f = {
        .subject = it->key, .source = it->source, .all = true, .limit = 50};
    struct str next;
    int64_t total;

    return db_read_findings(db, &f, a, ret, ret_n, &total, &next, e);
}

bool api_items_one(struct db *db, const struct api_env *env,
                   const struct api_request *req, struct api_reply *reply,
                   struct err *e)
{
    struct item_row *rows;
    struct finding_row *found;
    size_t n, n_found;
    struct jsonw w;

    if (!read_item(db, req, env->a, &rows, &n, e) ||
        !read_findings(db, &rows[0], env->a, &found, &n_found, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    shape_item_members(&w, &rows[0]);
    write_links(&w, env->conf->strategy, &rows[0]);
    jsonw_array(&w, "ancestors");
    for (size_t i = 1; i < n; i++)
        shape_item(&w, NULL, &rows[i]);
    jsonw_end_array(&w);
    jsonw_array(&w, "findings");
    for (size_t i = 0; i < n_found; i++) {
        jsonw_object(&w, NULL);
        shape_finding_members(&w, &found[i]);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

/* ---- why ---- */

/* Whether an ancestor hands the link down: its evidence is "from KEY, ..." then. */
static bool is_handed_down(const struct item_row *rows, size_t n,
                           const struct link_row *l)
{
    for (size_t i = 1; i < n; i++) {
        struct str key = rows[i].key;

        if (str_has_prefix(l->detail, STR("from ")) &&
            str_has_prefix(str_skip(l->detail, 5), key) &&
            str_has_prefix(str_skip(l->detail, 5 + key.n), STR(",")))
            return true;
    }
    return str_eqz(l->method, "inherited");
}

/* The nearest of the item and its ancestors that names the node itself. */
static const struct item_row *named_by(const struct item_row *rows, size_t n,
                                       struct str node, const struct link_row **ret)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < rows[i].n_links; j++) {
            const struct link_row *l = &rows[i].links[j];

            if (l->effective && str_eq(l->node, node) && !is_handed_down(rows, n, l)) {
                *ret = l;
                return &rows[i];
            }
        }
    }
    return NULL;
}

static void write_path(struct jsonw *w, const struct strategy *s,
                       const struct item_row *rows, size_t n, const struct link_row *l)
{
    const struct link_row *named = l;
    const struct item_row *by = named_by(rows, n, l->node, &named);
    struct chain c = chain_from(s, strategy_find(s, l->node));

    jsonw_object(w, NULL);
    jsonw_str(w, "node", l->node);
    jsonw_str(w, "method", l->method);
    jsonw_str(w, "named_by", by != NULL ? by->key : rows[0].key);
    jsonw_opt(w, "evidence", named->detail.n > 0 ? named->detail : l->detail);
    chain_write(w, "chain", &c);
    if (c.n == 0)
        jsonw_strz(w, "gap", "the strategy in force has no such id");
    else
        jsonw_strz(w, "gap", c.gap);
    jsonw_end_object(w);
}

bool api_items_why(struct db *db, const struct api_env *env,
                   const struct api_request *req, struct api_reply *reply,
                   struct err *e)
{
    struct suggestions found = {0};
    struct item_row *rows;
    struct jsonw w;
    const char *state;
    size_t n;

    if (!read_item(db, req, env->a, &rows, &n, e))
        return false;
    state = shape_link_state(&rows[0]);
    if (str_eqz(STR("unlinked"), state) &&
        !db_read_suggestions(db, env->conf->strategy, rows[0].id, env->a, &found, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    shape_item(&w, "item", &rows[0]);
    jsonw_strz(&w, "state", state);
    jsonw_array(&w, "ancestors");
    for (size_t i = 1; i < n; i++)
        shape_item(&w, NULL, &rows[i]);
    jsonw_end_array(&w);
    jsonw_array(&w, "paths");
    for (size_t i = 0; i < rows[0].n_links; i++) {
        if (rows[0].links[i].effective)
            write_path(&w, env->conf->strategy, rows, n, &rows[0].links[i]);
    }
    jsonw_end_array(&w);
    write_links(&w, env->conf->strategy, &rows[0]);
    shape_suggestions(&w, "suggestions", env->conf->strategy, &found);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

/* ---- unlinked ---- */

/* `s` NULL: it may be linked since, so nothing is suggested. */
static bool write_unlinked(struct jsonw *w, struct db *db, const struct api_env *env,
                           const struct strategy *s, const struct item_row *it,
                           struct err *e)
{
    struct suggestions found = {0};

    if (s != NULL && !db_read_suggestions(db, s, it->id, env->a, &found, e))
        return false;
    jsonw_object(w, NULL);
    shape_item_members(w, it);
    if (found.n > 0)
        shape_suggestion(w, "suggestion", s, &found.v[0]);
    else
        jsonw_null(w, "suggestion");
    jsonw_end_object(w);
    return true;
}

static bool read_unlinked(struct db *db, const struct api_env *env,
                          const struct api_request *req, const struct past *p,
                          struct item_list *ret, struct err *e)
{
    struct str team = api_query(req, "team"), scope = api_query(req, "scope");
    struct str cursor = api_query(req, "cursor");
    int64_t limit;

    if (!params_limit(req, &limit, e) || !filter_team(env, team, e) ||
        !filter_scope(db, env, scope, e))
        return false;
    return p->is_past
               ? db_read_unlinked_at(db, env->conf, team, scope,
                                     wall_add(past_end_of(env, p->day), DUR_MS(1)),
                                     env->now, limit, cursor, env->a, ret, e)
               : db_read_unlinked(db, team, scope, limit, cursor, env->a, ret, e);
}

static bool unlinked(struct db *db, const struct api_env *env,
                     const struct api_request *req, const struct past *p,
                     struct api_reply *reply, struct err *e)
{
    const struct strategy *s = p->is_past ? NULL : env->conf->strategy;
    struct item_list list;
    struct jsonw w;

    if (!read_unlinked(db, env, req, p, &list, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    past_write_items(&w, p);
    jsonw_int(&w, "total", list.total);
    jsonw_array(&w, "items");
    for (size_t i = 0; i < list.n; i++) {
        if (!write_unlinked(&w, db, env, s, &list.v[i], e))
            return false;
    }
    jsonw_end_array(&w);
    jsonw_opt(&w, "next", list.next);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_items_unlinked(struct db *db, const struct api_env *env,
                        const struct api_request *req, struct api_reply *reply,
                        struct err *e)
{
    struct past p;
    bool ok = past_open(&p, db, env, req, e) && unlinked(db, env, req, &p, reply, e);

    past_close(&p);
    return ok;
}
