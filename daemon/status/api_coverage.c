#include "base/jsonw.h"
#include "status/api_handlers.h"
#include "status/past.h"
#include "status/shape.h"

static void write_counts(struct jsonw *w, const struct coverage_row *r)
{
    jsonw_int(w, "open", r->open);
    jsonw_int(w, "linked", r->linked);
    jsonw_int(w, "exempt", r->exempt);
    jsonw_int(w, "by_scope", r->by_scope);
    jsonw_int(w, "baseline", r->baseline);
    shape_ratio(w, "ratio", r->linked, r->open, r->exempt);
}

/* Of now, or of the day that was asked for. */
static bool read_rows(struct db *db, const struct api_env *env, const struct past *p,
                      struct coverage_rows *ret, struct err *e)
{
    return p->is_past ? db_read_coverage_at(db, p->day, env->a, ret, e)
                      : db_read_coverage(db, env->a, ret, e);
}

static bool coverage(struct db *db, const struct api_env *env, const struct past *p,
                     struct api_reply *reply, struct err *e)
{
    struct coverage_row total = {.open = 0};
    struct coverage_rows rows;
    struct jsonw w;

    if (!read_rows(db, env, p, &rows, e))
        return false;
    for (size_t i = 0; i < rows.n; i++) {
        total.open += rows.v[i].open;
        total.linked += rows.v[i].linked;
        total.exempt += rows.v[i].exempt;
        total.by_scope += rows.v[i].by_scope;
        total.baseline += rows.v[i].baseline;
    }
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_object(&w, "total");
    write_counts(&w, &total);
    jsonw_end_object(&w);
    jsonw_array(&w, "scopes");
    for (size_t i = 0; i < rows.n; i++) {
        jsonw_object(&w, NULL);
        jsonw_str(&w, "source", rows.v[i].source);
        jsonw_str(&w, "scope", rows.v[i].scope);
        write_counts(&w, &rows.v[i]);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_coverage_get(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    struct past p;
    bool ok = past_open(&p, db, env, req, e) && coverage(db, env, &p, reply, e);

    past_close(&p);
    return ok;
}
