#include "core/effort_sum.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/effort_view.h"

enum { SHARE_DAYS = 28, SPREAD_DAYS = 14 };

static const struct team *team_of(const struct strategy *s, struct str id)
{
    const struct node *n = strategy_find(s, id);

    return n != NULL && n->kind == NODE_TEAM ? (const struct team *)(const void *)n
                                             : NULL;
}

/* ?team=: empty where none was asked for. */
static bool read_team(const struct effort_view *v, const struct api_request *req,
                      struct str *ret, struct err *e)
{
    struct str id = api_query(req, "team");
    const struct team *t = id.n > 0 ? team_of(v->s, id) : NULL;

    *ret = t != NULL ? t->node.id : STR_NONE;
    return id.n == 0 || t != NULL ||
           err_set(e, ERR_NOT_FOUND, "no team '%.*s': alignctl teams lists them",
                   STR_FMT(str_first(id, 64)));
}

/* ---- split ---- */

static bool split(struct jsonw *w, const struct effort_view *v,
                  const struct api_request *req, struct err *e)
{
    struct effort_sum s;
    struct str team;

    if (!read_team(v, req, &team, e) || !effort_view_sum(v, team, &s, e))
        return false;
    jsonw_opt(w, "team", team);
    effort_view_write_window(w, v);
    jsonw_bool(w, "has_plan", s.has_plan);
    effort_view_write_sum(w, &s);
    effort_view_write_shares(w, v, &s);
    return true;
}

bool api_effort_split(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    static const struct effort_question q = {SHARE_DAYS, true, split};

    return effort_view_answer(db, env, req, &q, reply, e);
}

/* ---- teams ---- */

static void write_team_members(struct jsonw *w, const struct team *t,
                               const struct effort_sum *s)
{
    jsonw_str(w, "id", t->node.id);
    jsonw_str(w, "title", t->node.title);
    if (t->people > 0)
        jsonw_int(w, "capacity", t->people);
    else
        jsonw_null(w, "capacity");
    effort_view_number(w, "spread", s->spread > 0, s->spread);
    jsonw_double(w, "spread_limit", effort_spread_limit(t));
    jsonw_bool(w, "is_spread", s->spread > effort_spread_limit(t));
    jsonw_int(w, "objectives", (int64_t)s->objectives);
}

static bool teams(struct jsonw *w, const struct effort_view *v,
                  const struct api_request *req UNUSED, struct err *e)
{

    effort_view_write_window(w, v);
    jsonw_array(w, "teams");
    for (size_t i = 0; i < v->s->n_teams; i++) {
        const struct team *t = &v->s->teams[i];
        struct effort_sum s;

        if (!effort_view_sum(v, t->node.id, &s, e))
            return false;
        jsonw_object(w, NULL);
        write_team_members(w, t, &s);
        jsonw_opt(w, "owner", t->node.owner);
        jsonw_bool(w, "tracked", t->tracked);
        effort_view_write_sum(w, &s);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    return true;
}

bool api_effort_teams(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    static const struct effort_question q = {SHARE_DAYS, true, teams};

    return effort_view_answer(db, env, req, &q, reply, e);
}

/* ---- spread ---- */

/* How many of them work on each: their days over the days there were. */
static void write_initiatives(struct jsonw *w, const struct effort_view *v,
                              const struct effort_sum *s)
{
    jsonw_array(w, "initiatives");
    for (size_t i = 0; i < s->n_nodes; i++) {
        const struct node *n = strategy_find(v->s, s->nodes[i].node);

        if (n != NULL && n->kind != NODE_INITIATIVE)
            continue;
        jsonw_object(w, NULL);
        effort_view_write_node(w, v, s->nodes[i].node);
        jsonw_double(w, "person_days", s->nodes[i].days);
        effort_view_number(w, "people", s->basis.working_days > 0,
                           s->nodes[i].days / s->basis.working_days);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static bool spread(struct jsonw *w, const struct effort_view *v,
                   const struct api_request *req, struct err *e)
{
    struct str only;

    if (!read_team(v, req, &only, e))
        return false;
    effort_view_write_window(w, v);
    jsonw_array(w, "teams");
    for (size_t i = 0; i < v->s->n_teams; i++) {
        const struct team *t = &v->s->teams[i];
        struct effort_sum s;

        if (only.n > 0 && !str_eq(only, t->node.id))
            continue;
        if (!effort_view_sum(v, t->node.id, &s, e))
            return false;
        jsonw_object(w, NULL);
        write_team_members(w, t, &s);
        effort_view_write_trust(w, &s);
        write_initiatives(w, v, &s);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    return true;
}

bool api_effort_spread(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    static const struct effort_question q = {SPREAD_DAYS, false, spread};

    return effort_view_answer(db, env, req, &q, reply, e);
}
