#include <stdlib.h>

#include "base/jsonw.h"
#include "core/strategy.h"
#include "core/tz.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/shape.h"
#include "store/fact.h"

enum { OLD_CARD_DAYS = 90 };

/* What a rival attacks, and how it stands there. */
struct front {
    const struct node *node;
    double exposure; /* 0 to 1 */
    size_t n;        /* key results under it, */
    struct front_kr {
        const struct key_result *kr;
        struct kr_pace_report report;
        int64_t open; /* items of initiatives that move it */
    } * krs;
};

static bool is_under(const struct key_result *kr, const struct node *n)
{
    const struct objective *o = kr->objective;

    return o != NULL && (&o->node == n || (o->intent != NULL && &o->intent->node == n));
}

static int64_t open_for(const struct facts *f, const struct key_result *kr)
{
    const struct strategy *s = f->conf->strategy;
    int64_t open = 0;

    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct initiative *in = &s->initiatives[i];

        for (size_t k = 0; k < in->n_moves; k++)
            open += in->moves[k].kr == kr ? facts_tally(f, in->node.id).open : 0;
    }
    return open;
}

/* Half of it is how far its key results are from well, half that nobody works on them;
   what nothing measures is as exposed as can be. */
static double exposure_of(const struct front *fr)
{
    double sum = 0;

    for (size_t i = 0; i < fr->n; i++) {
        enum kr_state state = fr->krs[i].report.state;
        bool good = state == KR_ON_PACE || state == KR_ACHIEVED || state == KR_WAITING;
        bool bad = state == KR_OFF_PACE || state == KR_BROKEN || state == KR_MISSED;

        sum += (good ? 0 : bad ? 0.5 : 0.25) + (fr->krs[i].open > 0 ? 0 : 0.5);
    }
    return fr->n > 0 ? sum / (double)fr->n : 1;
}

static bool look_at(struct facts *f, const struct node *n, struct front *ret,
                    struct err *e)
{
    const struct strategy *s = f->conf->strategy;

    *ret = (struct front){.node = n};
    ret->krs = arena_array(f->a, s->n_key_results + 1, sizeof *ret->krs);
    if (ret->krs == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < s->n_key_results; i++) {
        struct front_kr *k = &ret->krs[ret->n];

        if (!is_under(&s->key_results[i], n))
            continue;
        k->kr = &s->key_results[i];
        k->open = open_for(f, k->kr);
        if (!facts_key_result(f, k->kr, NULL, &k->report, e))
            return false;
        ret->n++;
    }
    ret->exposure = exposure_of(ret);
    return true;
}

static int most_exposed_first(const void *a, const void *b)
{
    const struct front *x = a, *y = b;

    return (x->exposure < y->exposure) - (x->exposure > y->exposure);
}

static void write_front(struct jsonw *w, const struct front *fr)
{
    jsonw_object(w, NULL);
    chain_node_members(w, fr->node);
    jsonw_double(w, "exposure", fr->exposure);
    jsonw_array(w, "key_results");
    for (size_t i = 0; i < fr->n; i++) {
        const struct front_kr *k = &fr->krs[i];

        jsonw_object(w, NULL);
        jsonw_str(w, "id", k->kr->node.id);
        jsonw_opt(w, "title", k->kr->node.title);
        jsonw_str(w, "objective", k->kr->objective->node.id);
        jsonw_strz(w, "state", kr_state_name(k->report.state));
        if (k->report.has_progress && k->report.has_expected)
            jsonw_double(w, "pace", k->report.progress - k->report.expected);
        else
            jsonw_null(w, "pace");
        jsonw_int(w, "open", k->open);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void write_card(struct jsonw *w, const struct competitor *c, struct date today)
{
    int64_t age = date_to_days(today) - date_to_days(c->evidence);

    chain_node_members(w, &c->node);
    if (c->threat > 0)
        jsonw_int(w, "threat", c->threat);
    else
        jsonw_null(w, "threat");
    jsonw_opt(w, "note", c->note);
    shape_date(w, "evidence", c->evidence);
    if (c->evidence.year > 0)
        jsonw_int(w, "card_days", age);
    else
        jsonw_null(w, "card_days");
    jsonw_bool(w, "card_old", c->evidence.year == 0 || age > OLD_CARD_DAYS);
}

static bool write_view(struct jsonw *w, struct facts *f, const struct competitor *c,
                       struct date today, struct err *e)
{
    struct front *v = arena_array(f->a, c->attacks.n + 1, sizeof *v);
    const char *unknown;
    size_t n = 0;

    if (v == NULL)
        return err_nomem(e);
    if (!facts_count(f, &unknown, e))
        return false;
    for (size_t i = 0; i < c->attacks.n; i++) {
        const struct node *a = strategy_find(f->conf->strategy, c->attacks.v[i]);

        if (a != NULL && a->kind != NODE_RETIRED && !look_at(f, a, &v[n++], e))
            return false;
    }
    qsort(v, n, sizeof *v, most_exposed_first);
    jsonw_object(w, NULL);
    write_card(w, c, today);
    jsonw_strz(w, "caution", unknown);
    jsonw_array(w, "attacks");
    for (size_t i = 0; i < n; i++)
        write_front(w, &v[i]);
    jsonw_end_array(w);
    jsonw_end_object(w);
    return true;
}

bool api_rival_get(struct db *db, const struct api_env *env,
                   const struct api_request *req, struct api_reply *reply,
                   struct err *e)
{
    const struct node *n = strategy_find(env->conf->strategy, req->args[0]);
    struct facts f;
    struct jsonw w;

    if (n == NULL || n->kind != NODE_COMPETITOR)
        return err_set(e, ERR_NOT_FOUND, "the strategy has no competitor '%.*s'",
                       STR_FMT(str_first(req->args[0], 64)));
    facts_init(&f, db, env->conf, env->now, env->a);
    jsonw_init(&w, &reply->body);
    if (!write_view(&w, &f, (const struct competitor *)(const void *)n,
                    tz_local(env->conf->cal.tz, env->now).date, e))
        return false;
    buf_addc(&reply->body, '\n');
    return true;
}
