#include "base/date.h"
#include "base/jsonw.h"
#include "core/checkin.h"
#include "core/pace.h"
#include "core/strategy.h"
#include "core/tz.h"
#include "core/value.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/params.h"
#include "status/past.h"
#include "status/shape.h"
#include "store/fact.h"
#include "store/value.h"

enum { MAX_ID = 64, MAX_NUMBER = 40, MAX_DATE = 10 };

/* ---- what is said of one ---- */

struct known {
    struct kr_row row;
    const struct value_state
        *value; /* of its source; NULL: not asked yet, or by hand */
    struct kr_pace_report report;
};

static struct date day_of(const struct api_env *env, struct wall t)
{
    return t.ms > 0 ? tz_local(env->conf->cal.tz, t).date : (struct date){0};
}

/* The last moment of the day that was asked for, or now. */
static struct wall as_of(const struct api_env *env, const struct past *p)
{
    return p->is_past ? past_end_of(env, p->day) : env->now;
}

/* What was told later of an earlier day counts; values of later days do not. */
static bool know(struct db *db, const struct api_env *env, const struct key_result *kr,
                 struct wall now, struct known *ret, struct err *e)
{
    struct date today = day_of(env, now);
    struct facts f;

    *ret = (struct known){0};
    facts_init(&f, db, env->conf, now, env->a);
    if (!facts_key_result(&f, kr, &ret->row, &ret->report, e))
        return false;
    while (ret->row.n > 0 && date_cmp(ret->row.v[ret->row.n - 1].said.day, today) > 0)
        ret->row.n--;
    return true;
}

static void write_number(struct jsonw *w, const char *key, bool has, double v)
{
    if (has)
        jsonw_double(w, key, v);
    else
        jsonw_null(w, key);
}

static void write_told(struct jsonw *w, const char *key, const struct kr_told *t)
{
    jsonw_object(w, key);
    shape_date(w, "date", t->said.day);
    jsonw_double(w, "value", t->said.value);
    if (t->said.confidence >= 0)
        jsonw_int(w, "confidence", t->said.confidence);
    else
        jsonw_null(w, "confidence");
    jsonw_opt(w, "note", t->said.note);
    jsonw_time(w, "told_at", t->at);
    jsonw_opt(w, "told_by", t->by);
    jsonw_end_object(w);
}

/* What the report calls the last: the last one told of its day. */
static const struct kr_told *last_told(const struct known *k)
{
    for (size_t i = k->row.n; i > 0; i--) {
        if (date_cmp(k->row.v[i - 1].said.day, k->report.last.date) == 0)
            return &k->row.v[i - 1];
    }
    return NULL;
}

static void write_report(struct jsonw *w, const struct known *k)
{
    const struct kr_pace_report *r = &k->report;
    bool has_pace = r->has_progress && r->has_expected;

    jsonw_strz(w, "state", kr_state_name(r->state));
    shape_date(w, "start", r->start);
    shape_date(w, "by", r->by);
    write_number(w, "elapsed", r->start.year > 0 && r->by.year > 0, r->elapsed);
    if (r->has_value)
        write_told(w, "last", last_told(k));
    else
        jsonw_null(w, "last");
    write_number(w, "progress", r->has_progress, r->progress);
    write_number(w, "expected", r->has_expected, r->expected);
    write_number(w, "expected_value", r->has_expected, r->expected_value);
    write_number(w, "pace", has_pace, r->pace);
    if (r->has_forecast) {
        jsonw_object(w, "forecast");
        jsonw_double(w, "low", r->forecast_low);
        jsonw_double(w, "high", r->forecast_high);
        jsonw_end_object(w);
    } else {
        jsonw_null(w, "forecast");
    }
    shape_date(w, "stale_at", r->stale_at);
}

/* Where its value comes from by itself, and how that goes; null: people tell it. */
static void write_source(struct jsonw *w, const struct key_result *kr,
                         const struct value_state *s)
{
    static const struct value_state never;
    const char *state = s == NULL                 ? "waiting"
                        : s->failed_since.ms != 0 ? "failing"
                                                  : "ok";

    if (kr->from == VALUE_BY_HAND) {
        jsonw_null(w, "source");
        return;
    }
    s = s != NULL ? s : &never;
    jsonw_object(w, "source");
    jsonw_str(w, "name", value_from(kr));
    jsonw_strz(w, "state", state);
    jsonw_time(w, "asked_at", s->tried);
    jsonw_time(w, "last_ok", s->ok);
    jsonw_time(w, "failed_since", s->failed_since);
    jsonw_time(w, "next_due", s->next);
    jsonw_opt(w, "error", s->error);
    jsonw_end_object(w);
}

static void write_members(struct jsonw *w, const struct key_result *kr,
                          const struct known *k)
{
    static const char *const kinds[] = {
        [KR_REACH] = "reach", [KR_KEEP] = "keep", [KR_DONE] = "done"};
    struct buf measure;

    buf_init(&measure, 1000);
    chain_measure(&measure, kr);
    chain_node_members(w, &kr->node);
    jsonw_opt(w, "objective",
              kr->objective != NULL ? kr->objective->node.id : STR_NONE);
    jsonw_strz(w, "measure_kind", kinds[kr->kind]);
    jsonw_opt(w, "measure", buf_str(&measure));
    jsonw_opt(w, "unit", kr->unit);
    write_report(w, k);
    write_source(w, kr, k->value);
    buf_finish(&measure);
}

static const struct value_state *state_of(const struct value_state *v, size_t n,
                                          const struct key_result *kr)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(v[i].kr, kr->node.id))
            return &v[i];
    }
    return NULL;
}

static bool list(struct db *db, const struct api_env *env, const struct past *p,
                 struct api_reply *reply, struct err *e)
{
    const struct strategy *s = p->s;
    struct value_state *states;
    struct jsonw w;
    size_t n;

    if (!db_read_values(db, env->a, &states, &n, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "key_results");
    for (size_t i = 0; i < s->n_key_results; i++) {
        struct known k;

        if (!know(db, env, &s->key_results[i], as_of(env, p), &k, e))
            return false;
        k.value = state_of(states, n, &s->key_results[i]);
        jsonw_object(&w, NULL);
        write_members(&w, &s->key_results[i], &k);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_krs_list(struct db *db, const struct api_env *env,
                  const struct api_request *req, struct api_reply *reply,
                  struct err *e)
{
    struct past p;
    bool ok = past_open(&p, db, env, req, e) && list(db, env, &p, reply, e);

    past_close(&p);
    return ok;
}

/* One with all that was told of it. */
static bool write_one(struct db *db, const struct api_env *env,
                      const struct key_result *kr, struct wall now,
                      struct api_reply *reply, struct err *e)
{
    struct value_state *states;
    struct known k;
    struct jsonw w;
    size_t n;

    if (!know(db, env, kr, now, &k, e) || !db_read_values(db, env->a, &states, &n, e))
        return false;
    k.value = state_of(states, n, kr);
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    write_members(&w, kr, &k);
    jsonw_array(&w, "values");
    for (size_t i = 0; i < k.row.n; i++)
        write_told(&w, NULL, &k.row.v[i]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_krs_one(struct db *db, const struct api_env *env,
                 const struct api_request *req, struct api_reply *reply, struct err *e)
{
    struct past p;
    bool ok = past_open(&p, db, env, req, e);
    const struct key_result *kr = ok ? checkin_find(p.s, req->args[0], e) : NULL;

    ok = kr != NULL && write_one(db, env, kr, as_of(env, &p), reply, e);
    past_close(&p);
    return ok;
}

/* ---- check-ins ---- */

bool api_krs_check_in(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    struct str id, value, at, confidence, note;
    const struct params_field fields[] = {
        {"key_result", true, MAX_ID, &id},
        {"value", true, MAX_NUMBER, &value},
        {"at", false, MAX_DATE, &at},
        {"confidence", false, MAX_NUMBER, &confidence},
        {"note", false, CHECKIN_MAX_NOTE, &note},
    };
    const struct key_result *kr;
    struct checkin c;

    if (!params_body(req, env->a, fields, ARRAY_LEN(fields), e))
        return false;
    kr = checkin_find(env->conf->strategy, id, e);
    if (kr == NULL)
        return false;
    c = (struct checkin){.kr = kr->node.id, .note = note};
    return checkin_parse_value(kr, value, &c.value, e) &&
           checkin_parse_day(at, day_of(env, env->now), &c.day, e) &&
           checkin_parse_confidence(confidence, &c.confidence, e) &&
           db_checkin_add(db, &c, &req->by, env->now, e) &&
           write_one(db, env, kr, env->now, reply, e);
}

bool api_krs_take_back(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    struct str at = api_query(req, "at");
    const struct key_result *kr = checkin_find(env->conf->strategy, req->args[0], e);
    struct date day = {0};
    struct checkin gone;

    return kr != NULL &&
           (at.n == 0 || checkin_parse_day(at, day_of(env, env->now), &day, e)) &&
           db_checkin_remove(db, kr->node.id, day, &req->by, env->now, env->a, &gone,
                             e) &&
           write_one(db, env, kr, env->now, reply, e);
}
