#include "base/jsonw.h"
#include "core/silence.h"
#include "status/api_handlers.h"
#include "status/filter.h"
#include "status/params.h"

enum { MAX_MATCH = 2000, MAX_REASON = 1000, MAX_TIME = 40 };

static bool is_glob(struct str s)
{
    return str_chr(s, '*') >= 0 || str_chr(s, '?') >= 0;
}

/* A name that cannot exist would keep nothing quiet, and look as if it did. */
static bool check_match(const struct api_env *env, const struct str_list *match,
                        struct err *e)
{
    const struct str_list *rule = &match[ROUTE_BY_rule];
    const struct str_list *severity = &match[ROUTE_BY_severity];
    const struct str_list *team = &match[ROUTE_BY_team];
    enum severity unused;

    for (size_t i = 0; i < rule->n; i++) {
        if (!is_glob(rule->v[i]) && rule_find(rule->v[i]) == NULL)
            return err_set(e, ERR_USAGE, "no rule '%.*s': alignctl rules lists them",
                           STR_FMT(str_first(rule->v[i], 64)));
    }
    for (size_t i = 0; i < severity->n; i++) {
        if (!severity_parse(severity->v[i], &unused))
            return err_set(e, ERR_USAGE, "severity is info, warn or high");
    }
    for (size_t i = 0; i < team->n; i++) {
        if (!is_glob(team->v[i]) && !filter_team(env, team->v[i], e))
            return false;
    }
    return true;
}

static void write_row(struct jsonw *w, const struct silence_row *r)
{
    jsonw_object(w, NULL);
    jsonw_int(w, "id", r->id);
    jsonw_str(w, "match", r->labels);
    jsonw_str(w, "reason", r->reason);
    jsonw_int(w, "uid", r->by.uid);
    jsonw_opt(w, "user", r->by.user);
    jsonw_time(w, "at", r->at);
    jsonw_time(w, "until", r->until);
    jsonw_time(w, "ends",
               r->ended.ms != 0 ? r->ended : silence_ends(r->until, r->idle_since));
    jsonw_time(w, "ended", r->ended);
    jsonw_opt(w, "ended_by", r->ended_by);
    jsonw_int(w, "covers", r->covers);
    jsonw_end_object(w);
}

bool api_silences_list(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    struct silence_row *rows;
    int64_t limit;
    struct jsonw w;
    bool all;
    size_t n;

    if (!params_limit(req, &limit, e) || !params_flag(req, "all", &all, e) ||
        !db_read_silences(db, all, limit, env->a, &rows, &n, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "silences");
    for (size_t i = 0; i < n; i++)
        write_row(&w, &rows[i]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_silences_add(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    struct str text, reason, until_text, for_text;
    const struct params_field fields[] = {
        {"match", true, MAX_MATCH, &text},
        {"reason", true, MAX_REASON, &reason},
        {"until", false, MAX_TIME, &until_text},
        {"for", false, MAX_TIME, &for_text},
    };
    struct str_list match[ROUTE_LABEL_COUNT];
    struct wall until;
    struct jsonw w;
    int64_t id;

    if (!params_body(req, env->a, fields, ARRAY_LEN(fields), e) ||
        !silence_parse(text, env->a, match, e) || !check_match(env, match, e) ||
        !params_end(env, until_text, for_text, &until, e) ||
        !db_silence_add(db, match, reason, until, &req->by, env->now, &id, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "id", id);
    jsonw_str(&w, "match", text);
    jsonw_str(&w, "reason", reason);
    jsonw_time(&w, "until", until);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_silences_end(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    struct jsonw w;
    int64_t id;

    if (!params_id(req->args[0], "a silence", &id, e) ||
        !db_silence_end(db, id, &req->by, env->now, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "id", id);
    jsonw_bool(&w, "removed", true);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

/* ---- one finding ---- */

static void write_finding(struct api_reply *reply, struct str id, struct wall until)
{
    struct jsonw w;

    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "id", id);
    jsonw_time(&w, "until", until);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
}

bool api_silences_ack(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    if (!db_finding_ack(db, req->args[0], &req->by, env->now, e))
        return false;
    write_finding(reply, req->args[0], (struct wall){0});
    return true;
}

bool api_silences_snooze(struct db *db, const struct api_env *env,
                         const struct api_request *req, struct api_reply *reply,
                         struct err *e)
{
    struct str until_text, for_text;
    const struct params_field fields[] = {
        {"until", false, MAX_TIME, &until_text},
        {"for", false, MAX_TIME, &for_text},
    };
    struct wall until;

    if (!params_body(req, env->a, fields, ARRAY_LEN(fields), e) ||
        !params_end(env, until_text, for_text, &until, e) ||
        !db_finding_snooze(db, req->args[0], until, &req->by, env->now, e))
        return false;
    write_finding(reply, req->args[0], until);
    return true;
}
