#include "base/jsonw.h"
#include "core/rule.h"
#include "core/strategy.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/filter.h"
#include "status/params.h"
#include "status/shape.h"

/* A filter by a name that cannot exist would look like "nothing found". */
static bool check_filter(const struct finding_filter *f, struct err *e)
{
    enum severity sev;

    if (f->rule.n > 0 && rule_find(f->rule) == NULL)
        return err_set(e, ERR_USAGE, "no rule '%.*s': alignctl rules lists them",
                       STR_FMT(str_first(f->rule, 64)));
    if (f->severity.n > 0 && !severity_parse(f->severity, &sev))
        return err_set(e, ERR_USAGE, "severity is info, warn or high");
    if (f->state.n > 0 && !str_eqz(f->state, "pending") &&
        !str_eqz(f->state, "firing") && !str_eqz(f->state, "resolved"))
        return err_set(e, ERR_USAGE, "state is pending, firing or resolved");
    return true;
}

bool api_findings_list(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    struct finding_filter f = {
        .rule = api_query(req, "rule"),
        .state = api_query(req, "state"),
        .team = api_query(req, "team"),
        .severity = api_query(req, "severity"),
        .subject = api_query(req, "subject"),
        .scope = api_query(req, "scope"),
        .source = api_query(req, "source"),
        .cursor = api_query(req, "cursor"),
    };
    struct finding_row *rows;
    struct str next = STR_NONE;
    int64_t total;
    struct jsonw w;
    size_t n;

    if (!params_limit(req, &f.limit, e) || !params_flag(req, "all", &f.all, e) ||
        !check_filter(&f, e) || !filter_team(env, f.team, e) ||
        !filter_source(env, f.source, e) || !filter_scope(db, env, f.scope, e) ||
        !db_read_findings(db, &f, env->a, &rows, &n, &total, &next, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "total", total);
    jsonw_array(&w, "findings");
    for (size_t i = 0; i < n; i++) {
        jsonw_object(&w, NULL);
        shape_finding_members(&w, &rows[i]);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_opt(&w, "next", next);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

/* ---- one ---- */

static void write_rule(struct jsonw *w, struct str id)
{
    const struct rule *r = rule_find(id);

    if (r == NULL) { /* of a rule that a later version no longer has */
        jsonw_null(w, "rule_is");
        return;
    }
    jsonw_object(w, "rule_is");
    jsonw_strz(w, "title", r->title);
    jsonw_strz(w, "what", r->what);
    jsonw_strz(w, "why", r->why);
    jsonw_strz(w, "formula", r->formula);
    jsonw_end_object(w);
}

static void write_history(struct jsonw *w, const struct finding_event_row *rows,
                          size_t n)
{
    jsonw_array(w, "history");
    for (size_t i = 0; i < n; i++) {
        jsonw_object(w, NULL);
        jsonw_time(w, "at", rows[i].at);
        jsonw_str(w, "what", rows[i].what);
        jsonw_opt(w, "detail", rows[i].detail);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

bool api_findings_one(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    const struct strategy *s = env->conf->strategy;
    struct finding_row row;
    struct finding_event_row *history;
    struct chain chain = {.n = 0};
    struct jsonw w;
    size_t n;

    if (!db_read_finding(db, req->args[0], env->a, &row, &history, &n, e))
        return false;
    if (row.node.n > 0)
        chain = chain_from(s, strategy_find(s, row.node));
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    shape_finding_members(&w, &row);
    jsonw_raw(&w, "facts", row.facts);
    write_rule(&w, row.rule);
    chain_write(&w, "chain", &chain);
    write_history(&w, history, n);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}
