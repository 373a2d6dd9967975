#include "base/jsonw.h"
#include "core/rule.h"
#include "core/strategy.h"
#include "status/api_handlers.h"
#include "status/params.h"

enum { MAX_KEY = 300, MAX_ID = 64, MAX_REASON = 1000, MAX_TIME = 40 };

/* Only what effort may flow to: an objective is reached through an initiative. */
static bool check_initiative(const struct strategy *s, struct str id, struct err *e)
{
    const struct node *n = strategy_find(s, id);
    const struct node *near;

    if (n != NULL && (n->kind == NODE_INITIATIVE || n->kind == NODE_BUCKET))
        return true;
    if (n != NULL && n->kind == NODE_RETIRED)
        return err_set(e, ERR_CONFLICT,
                       "'%.*s' was retired: no new work is linked to it", STR_FMT(id));
    if (n != NULL)
        return err_set(e, ERR_USAGE,
                       "'%.*s' is no initiative but a node of kind %s: link to an "
                       "initiative that serves it",
                       STR_FMT(id), node_kind_name(n->kind));
    near = strategy_nearest_of(
        s, id, STRATEGY_KIND(NODE_INITIATIVE) | STRATEGY_KIND(NODE_BUCKET));
    if (near != NULL)
        return err_set(e, ERR_NOT_FOUND, "no initiative '%.*s': did you mean '%.*s'?",
                       STR_FMT(id), STR_FMT(near->id));
    return err_set(e, ERR_NOT_FOUND,
                   "no initiative '%.*s': alignctl initiatives lists them",
                   STR_FMT(id));
}

bool api_writes_link(struct db *db, const struct api_env *env,
                     const struct api_request *req, struct api_reply *reply,
                     struct err *e)
{
    struct str item, initiative;
    const struct params_field fields[] = {
        {"item", true, MAX_KEY, &item},
        {"initiative", true, MAX_ID, &initiative},
    };
    const struct strategy *s = env->conf->strategy;
    const struct node *node;
    struct jsonw w;

    if (!params_body(req, env->a, fields, ARRAY_LEN(fields), e) ||
        !check_initiative(s, initiative, e) ||
        !db_link_set(db, env->conf, item, initiative, &req->by, env->now, e))
        return false;
    node = strategy_find(s, initiative);
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "item", item);
    jsonw_str(&w, "initiative", node->id);
    jsonw_opt(&w, "title", node->title);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

/* What a DELETE answers: which item nothing is held of any more. */
static void write_removed(struct api_reply *reply, struct str item)
{
    struct jsonw w;

    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "item", item);
    jsonw_bool(&w, "removed", true);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
}

bool api_writes_unlink(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    if (!db_link_remove(db, req->args[0], &req->by, env->now, e))
        return false;
    write_removed(reply, req->args[0]);
    return true;
}

/* ---- exemptions ---- */

static bool check_rule(struct str id, struct err *e)
{
    const struct rule *r = rule_find(id);

    if (id.n == 0 || (r != NULL && r->subject == RULE_ITEM))
        return true;
    if (r != NULL)
        return err_set(e, ERR_USAGE, "rule '%s' looks at a whole %s, not at items",
                       r->id, rule_subject_name(r->subject));
    return err_set(e, ERR_NOT_FOUND, "no rule '%.*s': alignctl rules lists them",
                   STR_FMT(id));
}

bool api_writes_exempt(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    struct str item, rule, reason, until_text;
    const struct params_field fields[] = {
        {"item", true, MAX_KEY, &item},
        {"rule", false, MAX_ID, &rule},
        {"reason", true, MAX_REASON, &reason},
        {"until", false, MAX_TIME, &until_text},
    };
    struct wall until;
    struct jsonw w;

    if (!params_body(req, env->a, fields, ARRAY_LEN(fields), e) ||
        !check_rule(rule, e) || !params_until(env, until_text, &until, e) ||
        !db_exempt(db, item, rule, reason, until, &req->by, env->now, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "item", item);
    jsonw_opt(&w, "rule", rule);
    jsonw_str(&w, "reason", reason);
    jsonw_time(&w, "until", until);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_writes_unexempt(struct db *db, const struct api_env *env,
                         const struct api_request *req, struct api_reply *reply,
                         struct err *e)
{
    if (!db_exempt_remove(db, req->args[0], &req->by, env->now, e))
        return false;
    write_removed(reply, req->args[0]);
    return true;
}

/* ---- outbox ---- */

bool api_writes_retry(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    bool all = str_eqz(req->args[0], "all");
    int64_t id = 0;
    struct jsonw w;

    if (!all && !params_id(req->args[0], "a message", &id, e))
        return false;
    if (!db_outbox_retry(db, id, env->now, e) ||
        !db_audit(db, &req->by, STR("outbox-retry"), req->args[0], STR_NONE, env->now,
                  e))
        return false;
    reply->status = 202;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_bool(&w, "accepted", true);
    jsonw_opt(&w, "id", req->args[0]);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_writes_channel_test(struct db *db, const struct api_env *env,
                             const struct api_request *req, struct api_reply *reply,
                             struct err *e)
{
    struct jsonw w;
    int64_t id;

    if (!db_channel_test(db, env->conf, req->args[0], &req->by, env->now, &id, e))
        return false;
    reply->status = 202;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_bool(&w, "accepted", true);
    jsonw_str(&w, "channel", req->args[0]);
    jsonw_str(&w, "id", arena_printf(env->a, "%lld", (long long)id));
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

/* ---- actions: app has accepted them ---- */

static void write_accepted(struct api_reply *reply, const char *key, struct str value)
{
    struct jsonw w;

    reply->status = 202;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_bool(&w, "accepted", true);
    if (key != NULL)
        jsonw_opt(&w, key, value);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
}

bool api_writes_sync(struct db *db UNUSED, const struct api_env *env UNUSED,
                     const struct api_request *req, struct api_reply *reply,
                     struct err *e UNUSED)
{
    write_accepted(reply, "source", api_query(req, "source"));
    return true;
}

bool api_writes_reload(struct db *db UNUSED, const struct api_env *env UNUSED,
                       const struct api_request *req UNUSED, struct api_reply *reply,
                       struct err *e UNUSED)
{
    write_accepted(reply, NULL, STR_NONE);
    return true;
}
