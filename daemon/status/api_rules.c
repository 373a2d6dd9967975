#include "base/jsonw.h"
#include "core/calendar.h"
#include "core/rule.h"
#include "status/api_handlers.h"
#include "status/shape.h"

static void write_span(struct jsonw *w, const char *key, struct span s)
{
    char mem[40];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof(mem));
    span_print(&b, s);
    jsonw_str(w, key, buf_str(&b));
}

static void write_params(struct jsonw *w, const struct conf_key *keys)
{
    jsonw_array(w, "params");
    for (; keys != NULL && keys->name != NULL; keys++) {
        jsonw_object(w, NULL);
        jsonw_strz(w, "name", keys->name);
        jsonw_strz(w, "default", keys->dflt);
        jsonw_strz(w, "doc", keys->doc);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void write_rule(struct jsonw *w, const struct rule *r, const struct rule_conf *c)
{
    enum severity sev = c->severity >= 0 ? (enum severity)c->severity : r->severity;

    jsonw_object(w, NULL);
    jsonw_strz(w, "id", r->id);
    jsonw_strz(w, "title", r->title);
    jsonw_strz(w, "subject", rule_subject_name(r->subject));
    jsonw_array(w, "subjects");
    for (unsigned i = 0; i < RULE_SUBJECT_COUNT; i++) {
        if (rule_asks(r, (enum rule_subject)i))
            jsonw_strz(w, NULL, rule_subject_name((enum rule_subject)i));
    }
    jsonw_end_array(w);
    jsonw_bool(w, "off", c->off);
    jsonw_strz(w, "severity", severity_name(sev));
    write_span(w, "for", c->for_);
    write_span(w, "keep_for", c->keep_for);
    jsonw_strz(w, "what", r->what);
    jsonw_strz(w, "why", r->why);
    jsonw_strz(w, "formula", r->formula);
    jsonw_strz(w, "fix", r->fix);
    write_params(w, r->params);
    jsonw_object(w, "exempt");
    shape_strs(w, "labels", &c->exempt.labels);
    shape_strs(w, "types", &c->exempt.types);
    shape_strs(w, "ids", &c->exempt.ids);
    jsonw_end_object(w);
    jsonw_end_object(w);
}

bool api_rules_list(struct db *db UNUSED, const struct api_env *env,
                    const struct api_request *req UNUSED, struct api_reply *reply,
                    struct err *e UNUSED)
{
    struct jsonw w;

    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "rules");
    for (size_t i = 0; i < rules_count; i++)
        write_rule(&w, rules[i], &env->conf->rules[i]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_rules_one(struct db *db UNUSED, const struct api_env *env,
                   const struct api_request *req, struct api_reply *reply,
                   struct err *e)
{
    const struct rule *r = rule_find(req->args[0]);
    struct jsonw w;

    if (r == NULL)
        return err_set(e, ERR_NOT_FOUND, "no rule '%.*s': alignctl rules lists them",
                       STR_FMT(str_first(req->args[0], 64)));
    jsonw_init(&w, &reply->body);
    write_rule(&w, r, &env->conf->rules[rule_index(r)]);
    buf_addc(&reply->body, '\n');
    return true;
}

/* ---- how they fare ---- */

static void write_change(struct jsonw *w, const struct precision_change *c)
{
    if (c->param == NULL) {
        jsonw_null(w, "change");
        return;
    }
    jsonw_object(w, "change");
    jsonw_strz(w, "param", c->param);
    jsonw_int(w, "from", c->from);
    jsonw_int(w, "to", c->to);
    jsonw_int(w, "spared", c->spared);
    jsonw_int(w, "lost", c->lost);
    jsonw_end_object(w);
}

static void write_precision(struct jsonw *w, const struct precision_row *r)
{
    const struct precision *p = &r->counts;

    jsonw_object(w, NULL);
    jsonw_strz(w, "id", r->rule->id);
    jsonw_int(w, "fired", p->fired);
    jsonw_int(w, "linked", p->linked);
    jsonw_int(w, "other", p->other);
    jsonw_int(w, "exempted", p->exempted);
    jsonw_int(w, "silenced", p->silenced);
    jsonw_int(w, "acked", p->acked);
    jsonw_int(w, "judged", p->judged);
    jsonw_int(w, "ignored", p->ignored);
    jsonw_bool(w, "noise", r->is_noise);
    write_change(w, &r->change);
    jsonw_end_object(w);
}

bool api_rules_precision(struct db *db, const struct api_env *env,
                         const struct api_request *req UNUSED, struct api_reply *reply,
                         struct err *e)
{
    struct precision_row *v;
    struct jsonw w;
    size_t n;

    if (!db_read_precision(db, env->conf, env->now, env->a, &v, &n, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "days", PRECISION_WINDOW_DAYS);
    jsonw_array(&w, "rules");
    for (size_t i = 0; i < n; i++)
        write_precision(&w, &v[i]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}
