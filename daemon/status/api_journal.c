#include "base/jsonw.h"
#include "status/api_handlers.h"
#include "status/params.h"

static void write_audit(struct jsonw *w, const struct audit_row *r)
{
    jsonw_object(w, NULL);
    jsonw_int(w, "id", r->id);
    jsonw_time(w, "at", r->at);
    jsonw_int(w, "uid", r->by.uid);
    jsonw_opt(w, "user", r->by.user);
    jsonw_str(w, "action", r->action);
    jsonw_opt(w, "subject", r->subject);
    jsonw_opt(w, "detail", r->detail);
    jsonw_end_object(w);
}

bool api_journal_audit(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    struct str cursor = api_query(req, "cursor");
    int64_t limit, before = 0;
    struct audit_row *rows;
    struct jsonw w;
    size_t n;

    if (!params_limit(req, &limit, e) ||
        (cursor.n > 0 && !params_id(cursor, "an audit row", &before, e)) ||
        !db_read_audit(db, limit, before, env->a, &rows, &n, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "audit");
    for (size_t i = 0; i < n; i++)
        write_audit(&w, &rows[i]);
    jsonw_end_array(&w);
    jsonw_opt(&w, "next",
              n > 0 && n == (size_t)limit && rows[n - 1].id > 1
                  ? arena_printf(env->a, "%lld", (long long)rows[n - 1].id)
                  : STR_NONE);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

static void write_message(struct jsonw *w, const struct outbox_row *r, bool bodies)
{
    jsonw_object(w, NULL);
    jsonw_int(w, "id", r->m.id);
    jsonw_str(w, "channel", r->m.channel);
    jsonw_str(w, "state", r->state);
    jsonw_int(w, "attempts", r->m.attempts);
    if (r->status > 0)
        jsonw_int(w, "http_status", r->status);
    else
        jsonw_null(w, "http_status");
    jsonw_opt(w, "error", r->error);
    jsonw_bool(w, "plain", r->m.plain);
    jsonw_bool(w, "resent", r->m.resent);
    jsonw_time(w, "created", r->m.created);
    jsonw_time(w, "next_attempt", r->next_attempt);
    jsonw_time(w, "done_at", r->done_at);
    if (bodies)
        jsonw_raw(w, "notice", r->m.notice);
    jsonw_end_object(w);
}

bool api_journal_outbox(struct db *db, const struct api_env *env,
                        const struct api_request *req, struct api_reply *reply,
                        struct err *e)
{
    struct outbox_row *rows;
    bool all, bodies;
    int64_t limit;
    struct jsonw w;
    size_t n;

    if (!params_limit(req, &limit, e) || !params_flag(req, "all", &all, e) ||
        !params_flag(req, "bodies", &bodies, e) ||
        !db_read_outbox(db, all, limit, env->a, &rows, &n, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "outbox");
    for (size_t i = 0; i < n; i++)
        write_message(&w, &rows[i], bodies);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}
