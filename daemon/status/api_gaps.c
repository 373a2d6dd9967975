#include "base/jsonw.h"
#include "core/strategy.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/params.h"
#include "status/past.h"
#include "status/shape.h"

/* Nobody has worked on it, nor finished anything for it. */
static bool has_work(const struct coverage_rows *rows, struct str id)
{
    for (size_t i = 0; i < rows->n_initiatives; i++) {
        const struct tally *t = &rows->initiatives[i].tally;

        if (str_eq(rows->initiatives[i].id, id))
            return t->open > 0 || t->completed > 0;
    }
    return false;
}

static void write_initiative(struct jsonw *w, const struct strategy *s,
                             const struct initiative *in)
{
    struct chain c = chain_from(s, &in->node);
    const struct node *ob = chain_objective(&c);

    jsonw_object(w, NULL);
    jsonw_str(w, "id", in->node.id);
    jsonw_opt(w, "title", in->node.title);
    jsonw_opt(w, "why", chain_why(&in->node));
    jsonw_opt(w, "owner", in->node.owner);
    jsonw_opt(w, "objective", ob != NULL ? ob->id : STR_NONE);
    shape_date(w, "start", in->start);
    shape_date(w, "due", in->due);
    jsonw_end_object(w);
}

static void write_initiatives(struct jsonw *w, const struct strategy *s,
                              const struct coverage_rows *rows)
{
    jsonw_array(w, "initiatives");
    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct initiative *in = &s->initiatives[i];

        if (in->status == INITIATIVE_ACTIVE && !has_work(rows, in->node.id))
            write_initiative(w, s, in);
    }
    jsonw_end_array(w);
}

/* Of now, or of the end of the day that was asked for. */
static bool read_gaps(struct db *db, const struct api_env *env,
                      const struct api_request *req, const struct past *p,
                      struct item_list *ret_list, struct coverage_rows *ret_rows,
                      struct err *e)
{
    struct str cursor = api_query(req, "cursor");
    int64_t limit;

    if (!params_limit(req, &limit, e))
        return false;
    if (!p->is_past)
        return db_read_unlinked(db, STR_NONE, STR_NONE, limit, cursor, env->a, ret_list,
                                e) &&
               db_read_coverage(db, env->a, ret_rows, e);
    return db_read_coverage_at(db, p->day, env->a, ret_rows, e) &&
           db_read_unlinked_at(db, env->conf, STR_NONE, STR_NONE,
                               wall_add(past_end_of(env, p->day), DUR_MS(1)), env->now,
                               limit, cursor, env->a, ret_list, e);
}

static bool gaps(struct db *db, const struct api_env *env,
                 const struct api_request *req, const struct past *p,
                 struct api_reply *reply, struct err *e)
{
    struct coverage_rows rows;
    struct item_list list;
    struct jsonw w;

    if (!read_gaps(db, env, req, p, &list, &rows, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    past_write_items(&w, p);
    jsonw_int(&w, "total", list.total);
    jsonw_array(&w, "items");
    for (size_t i = 0; i < list.n; i++)
        shape_item(&w, NULL, &list.v[i]);
    jsonw_end_array(&w);
    jsonw_opt(&w, "next", list.next);
    write_initiatives(&w, p->s, &rows);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_gaps_get(struct db *db, const struct api_env *env,
                  const struct api_request *req, struct api_reply *reply, struct err *e)
{
    struct past p;
    bool ok = past_open(&p, db, env, req, e) && gaps(db, env, req, &p, reply, e);

    past_close(&p);
    return ok;
}
