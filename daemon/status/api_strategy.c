#include "base/jsonw.h"
#include "core/strategy.h"
#include "core/tz.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/shape.h"
#include "status/version.h"

static void write_number(struct jsonw *w, const char *key, bool has, double v)
{
    if (has)
        jsonw_double(w, key, v);
    else
        jsonw_null(w, key);
}

static void write_vision(struct jsonw *w, const struct vision *v)
{
    if (v == NULL) {
        jsonw_null(w, "vision");
        return;
    }
    jsonw_object(w, "vision");
    jsonw_opt(w, "statement", v->statement);
    jsonw_opt(w, "customers", v->customers);
    jsonw_opt(w, "differentiator", v->differentiator);
    jsonw_opt(w, "horizon", v->horizon);
    shape_strs(w, "will", &v->will);
    shape_strs(w, "wont", &v->wont);
    jsonw_end_object(w);
}

static void write_intents(struct jsonw *w, const struct strategy *s)
{
    jsonw_array(w, "intents");
    for (size_t i = 0; i < s->n_intents; i++) {
        const struct intent *in = &s->intents[i];

        jsonw_object(w, NULL);
        chain_node_members(w, &in->node);
        jsonw_int(w, "rank", (int64_t)in->rank + 1);
        shape_date(w, "until", in->until);
        shape_strs(w, "evidence", &in->evidence);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void write_key_result(struct jsonw *w, const struct key_result *kr)
{
    static const char *const kinds[] = {
        [KR_REACH] = "reach", [KR_KEEP] = "keep", [KR_DONE] = "done"};
    struct buf measure;

    buf_init(&measure, 1000);
    chain_measure(&measure, kr);
    jsonw_object(w, NULL);
    chain_node_members(w, &kr->node);
    jsonw_strz(w, "measure_kind", kinds[kr->kind]);
    jsonw_opt(w, "measure", buf_str(&measure));
    write_number(w, "baseline", kr->has_baseline, kr->baseline);
    write_number(w, "target", kr->has_target, kr->target);
    write_number(w, "at_least", kr->has_at_least, kr->at_least);
    write_number(w, "at_most", kr->has_at_most, kr->at_most);
    jsonw_opt(w, "unit", kr->unit);
    shape_date(w, "start", kr->start);
    shape_date(w, "by", kr->by);
    jsonw_end_object(w);
    buf_finish(&measure);
}

static void write_objectives(struct jsonw *w, const struct strategy *s,
                             struct date today)
{
    jsonw_array(w, "objectives");
    for (size_t i = 0; i < s->n_objectives; i++) {
        const struct objective *ob = &s->objectives[i];

        jsonw_object(w, NULL);
        chain_node_members(w, &ob->node);
        jsonw_opt(w, "intent", ob->intent != NULL ? ob->intent->node.id : STR_NONE);
        write_number(w, "share", ob->share >= 0, ob->share);
        shape_date(w, "from", ob->from);
        shape_date(w, "to", ob->to);
        jsonw_bool(w, "running", objective_is_running(ob, today));
        jsonw_array(w, "key_results");
        for (size_t j = 0; j < s->n_key_results; j++) {
            if (s->key_results[j].objective == ob)
                write_key_result(w, &s->key_results[j]);
        }
        jsonw_end_array(w);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void write_initiatives(struct jsonw *w, const struct strategy *s)
{
    jsonw_array(w, "initiatives");
    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct initiative *in = &s->initiatives[i];

        jsonw_object(w, NULL);
        chain_node_members(w, &in->node);
        jsonw_strz(w, "status", shape_initiative_status(in->status));
        shape_date(w, "start", in->start);
        shape_date(w, "due", in->due);
        jsonw_array(w, "moves");
        for (size_t j = 0; j < in->n_moves; j++) {
            jsonw_object(w, NULL);
            jsonw_str(w, "key_result", in->moves[j].kr->node.id);
            jsonw_double(w, "weight", in->moves[j].weight);
            jsonw_end_object(w);
        }
        jsonw_end_array(w);
        jsonw_array(w, "needs");
        for (size_t j = 0; j < in->n_needs; j++)
            jsonw_str(w, NULL, in->needs[j]->node.id);
        jsonw_end_array(w);
        shape_strs(w, "tracker", &in->tracker);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void write_rest(struct jsonw *w, const struct strategy *s)
{
    jsonw_array(w, "buckets");
    for (size_t i = 0; i < s->n_buckets; i++) {
        jsonw_object(w, NULL);
        chain_node_members(w, &s->buckets[i].node);
        write_number(w, "share", s->buckets[i].share >= 0, s->buckets[i].share);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_array(w, "teams");
    for (size_t i = 0; i < s->n_teams; i++) {
        const struct team *t = &s->teams[i];

        jsonw_object(w, NULL);
        chain_node_members(w, &t->node);
        jsonw_bool(w, "tracked", t->tracked);
        jsonw_array(w, "key_results");
        for (size_t j = 0; j < t->n_key_results; j++)
            jsonw_str(w, NULL, t->key_results[j]->node.id);
        jsonw_end_array(w);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_array(w, "not_doing");
    for (size_t i = 0; i < s->n_not_doing; i++) {
        jsonw_object(w, NULL);
        chain_node_members(w, &s->not_doing[i].node);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    shape_strs(w, "retired", &s->retired);
}

static void write_strategy(struct api_reply *reply, const struct strategy *s,
                           const struct version_row *row, struct date today)
{
    struct jsonw w;

    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "name", s->name);
    version_members(&w, row);
    shape_date(&w, "review_by", s->review_by);
    write_vision(&w, s->vision);
    write_intents(&w, s);
    write_objectives(&w, s, today);
    write_initiatives(&w, s);
    write_rest(&w, s);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
}

static bool get_stored(struct db *db, const struct api_env *env, struct str text,
                       struct api_reply *reply, struct err *e)
{
    struct version_row row;
    struct strategy *s;
    struct date day;

    if (!version_find(db, env, text, &row, e) || !version_read(db, env, &row, &s, e))
        return false;
    /* What ran then is asked, so of a version that is over its last day. */
    if (!date_parse(text, &day))
        day = tz_local(env->conf->cal.tz, row.until.ms > 0 ? row.until : env->now).date;
    write_strategy(reply, s, &row, day);
    strategy_unref(s);
    return true;
}

bool api_strategy_get(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    const struct strategy *s = env->conf->strategy;
    struct str text = api_query(req, "at");
    struct version_row row;
    bool found;

    if (text.n > 0)
        return get_stored(db, env, text, reply, e);
    if (!version_before(db, env, 0, &row, &found, e))
        return false;
    /* Just loaded, and on its way into the store. */
    if (!found || row.version != s->version)
        row = (struct version_row){.version = s->version};
    write_strategy(reply, s, &row, tz_local(env->conf->cal.tz, env->now).date);
    return true;
}
