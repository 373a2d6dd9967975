#include "base/jsonw.h"
#include "core/strategy.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/past.h"
#include "status/shape.h"
#include "store/closed.h"

static struct tally tally_of(const struct coverage_rows *rows, struct str id)
{
    for (size_t i = 0; i < rows->n_initiatives; i++) {
        if (str_eq(rows->initiatives[i].id, id))
            return rows->initiatives[i].tally;
    }
    return (struct tally){.open = 0};
}

/* The members alone. */
static void write_initiative(struct jsonw *w, const struct strategy *s,
                             const struct coverage_rows *rows,
                             const struct initiative *in)
{
    struct chain c = chain_from(s, &in->node);
    const struct node *ob = chain_objective(&c);
    struct tally t = tally_of(rows, in->node.id);

    chain_node_members(w, &in->node);
    jsonw_strz(w, "status", shape_initiative_status(in->status));
    shape_date(w, "start", in->start);
    shape_date(w, "due", in->due);
    jsonw_array(w, "moves");
    for (size_t i = 0; i < in->n_moves; i++)
        jsonw_str(w, NULL, in->moves[i].kr->node.id);
    jsonw_end_array(w);
    jsonw_opt(w, "objective", ob != NULL ? ob->id : STR_NONE);
    shape_tally(w, "items", &t);
}

/* Of now, or of the day that was asked for. */
static bool read_rows(struct db *db, const struct api_env *env, const struct past *p,
                      struct coverage_rows *ret, struct err *e)
{
    return p->is_past ? db_read_coverage_at(db, p->day, env->a, ret, e)
                      : db_read_coverage(db, env->a, ret, e);
}

/* ---- all of them ---- */

static bool list(struct db *db, const struct api_env *env, const struct past *p,
                        struct api_reply *reply, struct err *e)
{
    const struct strategy *s = p->s;
    struct coverage_rows rows;
    struct jsonw w;

    if (!read_rows(db, env, p, &rows, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "initiatives");
    for (size_t i = 0; i < s->n_initiatives; i++) {
        jsonw_object(&w, NULL);
        write_initiative(&w, s, &rows, &s->initiatives[i]);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_array(&w, "buckets");
    for (size_t i = 0; i < s->n_buckets; i++) {
        struct tally t = tally_of(&rows, s->buckets[i].node.id);

        jsonw_object(&w, NULL);
        chain_node_members(&w, &s->buckets[i].node);
        shape_tally(&w, "items", &t);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_initiatives_list(struct db *db, const struct api_env *env,
                              const struct api_request *req, struct api_reply *reply,
                              struct err *e)
{
    struct past p;
    bool ok = past_open(&p, db, env, req, e) && list(db, env, &p, reply, e);

    past_close(&p);
    return ok;
}

/* ---- one ---- */

static bool find(const struct api_env *env, struct str id, const struct initiative **ret,
                 struct err *e)
{
    const struct strategy *s = env->conf->strategy;
    const struct node *n = strategy_find(s, id), *near;

    if (n != NULL && n->kind == NODE_INITIATIVE) {
        *ret = (const struct initiative *)(const void *)n;
        return true;
    }
    near = strategy_nearest_of(s, id, STRATEGY_KIND(NODE_INITIATIVE));
    if (near != NULL)
        return err_set(e, ERR_NOT_FOUND, "no initiative '%.*s': did you mean '%.*s'?",
                       STR_FMT(str_first(id, 64)), STR_FMT(near->id));
    return err_set(e, ERR_NOT_FOUND,
                   "no initiative '%.*s': alignctl initiatives lists them",
                   STR_FMT(str_first(id, 64)));
}

bool api_initiatives_one(struct db *db, const struct api_env *env,
                         const struct api_request *req, struct api_reply *reply,
                         struct err *e)
{
    const struct initiative *in = NULL;
    struct coverage_rows rows;
    struct forecast f;
    struct jsonw w;

    if (!find(env, req->args[0], &in, e) || !db_read_coverage(db, env->a, &rows, e) ||
        !db_read_forecast(db, env->conf, in, env->now, &f, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    write_initiative(&w, env->conf->strategy, &rows, in);
    shape_forecast(&w, "forecast", &f, in->due);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}
