#include "core/legibility.h"
#include "core/synchronicity.h"
#include "status/api_handlers.h"
#include "status/effort_view.h"
#include "status/params.h"
#include "status/shape.h"
#include "status/version.h"
#include "store/understood.h"

/*
 * Two indices, each as good as its weakest part, and unknown while one of its parts is.
 * Versions are read anew to see what they changed, so only so many of them are.
 */
enum { WINDOW_DAYS = 90, MAX_VERSIONS = 50, DIFF_CEILING = 64 << 20, MAX_PARTS = 4 };

struct indices {
    struct db *db;
    const struct api_env *env;
    int64_t days;
    struct wall from;
    struct date today;
    struct articulation articulation;
    struct repetition repetition;
    struct span grace;
    struct uptake uptake;
    size_t versions, unread; /* in the window; of them, those that were not compared */
    struct delays changed, active, linked, alerts;
};

/* One part of an index, as far as it is known. */
struct part {
    const char *name;
    bool is_known;
    double value;
};

/* ---- legibility ---- */

static bool judge_legibility(struct indices *x, struct err *e)
{
    const struct strategy *s = x->env->conf->strategy;
    struct arena *a = x->env->a;
    struct shown *shown;
    size_t n;

    if (!db_read_shown(x->db, a, &shown, &n, e))
        return false;
    return (articulation_judge(s, x->today, a, &x->articulation) &&
            repetition_judge(s, x->today, shown, n, x->env->now, a, &x->repetition)) ||
           err_nomem(e);
}

/* What is new says how soon it was linked, and whether anybody had to ask for it. */
static bool judge_epics(struct indices *x, struct err *e)
{
    const struct rule *rule = rule_find(STR("unlinked-work"));
    const struct eval_conf *conf = x->env->conf;
    struct epic_row *v;
    size_t n;

    x->grace = conf->rules[rule_index(rule)].for_;
    if (!db_read_new_epics(x->db, x->from, x->env->a, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        x->uptake.v[uptake_judge(&v[i].v, &conf->cal, x->grace, x->env->now)]++;
        if (!delays_add(&x->linked, x->env->a, v[i].created, v[i].v.linked))
            return err_nomem(e);
    }
    return true;
}

/* ---- versions ---- */

/* From the oldest to the newest; `from` was in force before `to`. */
struct walk {
    struct indices *x;
    struct arena *a; /* of one diff */
    struct waits *waits;
    struct strategy *from; /* one reference; NULL: none, or not read */
    bool is_first;         /* of all that are stored, or the one the window begins with */
};

static bool compare(struct walk *k, const struct strategy *to, struct wall since,
                    struct err *e)
{
    const struct api_env *env = k->x->env;
    struct date day = tz_local(env->conf->cal.tz, since).date;
    struct strategy_change *v;
    size_t n;

    arena_reset(k->a);
    return (strategy_diff(k->from, to, day, k->a, &v, &n) &&
            waits_changed(k->waits, to, v, n, since)) ||
           err_nomem(e);
}

static bool walk_version(struct walk *k, const struct version_row *row, struct err *e)
{
    const struct api_env *env = k->x->env;
    struct wall since = row->since.ms > k->x->from.ms ? row->since : k->x->from;
    struct strategy *to = NULL;
    bool ok = true;

    if (!version_read(k->x->db, env, row, &to, e)) {
        if (e->kind != ERR_CONFLICT)
            return false;
        to = NULL; /* what another alignd has stored, and this one does not take */
    }
    if (to != NULL && k->from != NULL)
        ok = compare(k, to, since, e);
    else
        k->x->unread += !k->is_first;
    if (ok && to != NULL && (k->is_first || k->from != NULL))
        ok = waits_activated(k->waits, k->from, to, since, env->now,
                             env->conf->cal.tz) ||
             err_nomem(e);
    strategy_unref(k->from);
    k->from = to;
    k->is_first = false;
    return ok;
}

/* The newest MAX_VERSIONS, and the one before them. */
static bool walk_versions(struct indices *x, struct waits *waits, struct err *e)
{
    struct walk k = {.x = x, .waits = waits, .is_first = true};
    struct version_row *v;
    bool ok = true;
    size_t n, i = 0;

    if (!db_read_versions(x->db, MAX_VERSIONS + 1, 0, x->env->a, &v, &n, e))
        return false;
    while (i < n && v[i].since.ms > x->from.ms)
        i++;
    x->versions = i;
    if (n == MAX_VERSIONS + 1 && i == n)
        x->versions = MAX_VERSIONS; /* the oldest is what they are compared with */
    k.a = arena_create(DIFF_CEILING);
    if (k.a == NULL)
        return err_nomem(e);
    for (i = i < n ? i + 1 : n; ok && i > 0; i--)
        ok = walk_version(&k, &v[i - 1], e);
    strategy_unref(k.from);
    arena_destroy(k.a);
    return ok;
}

static bool add_waits(struct indices *x, const struct waits *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct wait_event *v = &w->v[i];

        if (!delays_add(v->cause == WAIT_VERSION ? &x->changed : &x->active, x->env->a,
                        v->since, v->began))
            return false;
    }
    return true;
}

static bool judge_synchronicity(struct indices *x, struct err *e)
{
    struct waits w;
    bool ok;

    if (!waits_init(&w, x->env->a))
        return err_nomem(e);
    ok = walk_versions(x, &w, e) && db_read_begun(x->db, &w, e) &&
         (add_waits(x, &w) || err_nomem(e)) &&
         db_read_alerts(x->db, x->from, x->env->a, &x->alerts, e);
    waits_finish(&w);
    return ok;
}

/* ---- the answer ---- */

/* value, weakest (`name` of it), unknown: the lowest of the parts, or the highest. */
static void write_index(struct jsonw *w, const char *value, const char *name,
                        const struct part *v, size_t n, bool lowest)
{
    const struct part *worst = NULL;
    size_t known = 0;

    for (size_t i = 0; i < n; i++) {
        known += v[i].is_known;
        if (v[i].is_known && (worst == NULL || (lowest ? v[i].value < worst->value
                                                       : v[i].value > worst->value)))
            worst = &v[i];
    }
    effort_view_number(w, value, known == n, worst != NULL ? worst->value : 0);
    jsonw_strz(w, name, worst != NULL ? worst->name : NULL);
    jsonw_array(w, "unknown");
    for (size_t i = 0; i < n; i++) {
        if (!v[i].is_known)
            jsonw_strz(w, NULL, v[i].name);
    }
    jsonw_end_array(w);
}

static void write_lacking(struct jsonw *w, const struct answers *v)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "id", v->node->id);
    jsonw_strz(w, "kind", node_kind_name(v->node->kind));
    jsonw_array(w, "lacks");
    if (!v->who)
        jsonw_strz(w, NULL, "who");
    if (!v->what)
        jsonw_strz(w, NULL, "what");
    if (!v->why)
        jsonw_strz(w, NULL, "why");
    if (!v->what_not)
        jsonw_strz(w, NULL, "what_not");
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void write_articulation(struct jsonw *w, const struct articulation *v,
                               const struct part *p)
{
    jsonw_object(w, "articulation");
    effort_view_number(w, "value", p->is_known, p->value);
    jsonw_object(w, "form");
    effort_view_number(w, "score", v->form.asked > 0, lint_score(&v->form));
    jsonw_strz(w, "grade", lint_grade_name(lint_grade(&v->form)));
    jsonw_int(w, "checks", (int64_t)v->form.asked);
    jsonw_int(w, "passed", (int64_t)v->form.passed);
    jsonw_int(w, "hints", (int64_t)v->form.found[LINT_HINT]);
    jsonw_end_object(w);
    jsonw_object(w, "answers");
    jsonw_int(w, "nodes", (int64_t)v->n);
    jsonw_int(w, "all", (int64_t)v->all);
    jsonw_int(w, "who", (int64_t)v->who);
    jsonw_int(w, "what", (int64_t)v->what);
    jsonw_int(w, "why", (int64_t)v->why);
    jsonw_int(w, "what_not", (int64_t)v->what_not);
    jsonw_array(w, "lacking");
    for (size_t i = 0; i < v->n_lacking; i++)
        write_lacking(w, &v->lacking[i]);
    jsonw_end_array(w);
    jsonw_end_object(w);
    jsonw_end_object(w);
}

static void write_repetition(struct jsonw *w, const struct repetition *v,
                             const struct part *p)
{
    static const char *const states[] = {"unknown", "lately", "long-ago"};

    jsonw_object(w, "repetition");
    effort_view_number(w, "value", p->is_known, p->value);
    jsonw_int(w, "within_days", SHOWN_DAYS);
    jsonw_int(w, "lately", (int64_t)v->lately);
    jsonw_int(w, "of", (int64_t)v->n);
    jsonw_time(w, "noted_since", v->noted_since);
    jsonw_array(w, "intents");
    for (size_t i = 0; i < v->n; i++) {
        const struct shown_intent *in = &v->v[i];

        jsonw_object(w, NULL);
        jsonw_str(w, "id", in->intent->node.id);
        jsonw_opt(w, "title", in->intent->node.title);
        jsonw_strz(w, "state", states[in->state]);
        jsonw_time(w, "last_shown", in->last);
        if (in->last.ms > 0)
            jsonw_int(w, "days", in->days);
        else
            jsonw_null(w, "days");
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void write_uptake(struct jsonw *w, const struct indices *x, const struct part *p)
{
    char text[40];
    struct buf grace;

    buf_init_fixed(&grace, text, sizeof text);
    span_print(&grace, x->grace);
    jsonw_object(w, "uptake");
    effort_view_number(w, "value", p->is_known, p->value);
    jsonw_str(w, "grace", buf_str(&grace));
    jsonw_int(w, "of", (int64_t)uptake_judged(&x->uptake));
    for (int i = 0; i < UPTAKE_STATE_COUNT; i++)
        jsonw_int(w, uptake_state_name((enum uptake_state)i),
                  (int64_t)x->uptake.v[i]);
    jsonw_end_object(w);
}

static void write_legibility(struct jsonw *w, const struct indices *x)
{
    struct part p[] = {{.name = "articulation"}, {.name = "repetition"},
                       {.name = "uptake"}};

    p[0].is_known = articulation_value(&x->articulation, &p[0].value);
    p[1].is_known = repetition_value(&x->repetition, &p[1].value);
    p[2].is_known = uptake_value(&x->uptake, &p[2].value);
    jsonw_object(w, "legibility");
    write_index(w, "value", "weakest", p, ARRAY_LEN(p), true);
    write_articulation(w, &x->articulation, &p[0]);
    write_repetition(w, &x->repetition, &p[1]);
    write_uptake(w, x, &p[2]);
    jsonw_end_object(w);
}

static void write_synchronicity(struct jsonw *w, struct indices *x)
{
    struct delays *const v[MAX_PARTS] = {&x->changed, &x->active, &x->linked,
                                         &x->alerts};
    struct part p[MAX_PARTS] = {{.name = "version_to_work"},
                                {.name = "active_to_work"},
                                {.name = "created_to_linked"},
                                {.name = "alert_to_resolution"}};

    for (size_t i = 0; i < MAX_PARTS; i++)
        p[i].is_known = delays_median(v[i], &p[i].value);
    jsonw_object(w, "synchronicity");
    write_index(w, "days", "slowest", p, MAX_PARTS, false);
    jsonw_int(w, "versions", (int64_t)x->versions);
    jsonw_int(w, "versions_unread", (int64_t)x->unread);
    for (size_t i = 0; i < MAX_PARTS; i++) {
        jsonw_object(w, p[i].name);
        effort_view_number(w, "median_days", p[i].is_known, p[i].value);
        jsonw_int(w, "n", (int64_t)v[i]->n);
        jsonw_int(w, "of", (int64_t)v[i]->of);
        jsonw_end_object(w);
    }
    jsonw_end_object(w);
}

static void write_indices(struct jsonw *w, struct indices *x)
{
    jsonw_object(w, NULL);
    jsonw_object(w, "window");
    jsonw_time(w, "from", x->from);
    jsonw_time(w, "to", x->env->now);
    jsonw_int(w, "days", x->days);
    jsonw_end_object(w);
    write_legibility(w, x);
    write_synchronicity(w, x);
    jsonw_strz(w, "limit", "consistency is measured, not understanding");
    jsonw_end_object(w);
}

bool api_indices_get(struct db *db, const struct api_env *env,
                     const struct api_request *req, struct api_reply *reply,
                     struct err *e)
{
    struct indices x = {.db = db, .env = env};
    struct jsonw w;

    if (!params_window(req, WINDOW_DAYS, &x.days, e))
        return false;
    x.from = wall_add(env->now, DUR_DAY(-x.days));
    x.today = tz_local(env->conf->cal.tz, env->now).date;
    if (!judge_legibility(&x, e) || !judge_epics(&x, e) || !judge_synchronicity(&x, e))
        return false;
    jsonw_init(&w, &reply->body);
    write_indices(&w, &x);
    buf_addc(&reply->body, '\n');
    return true;
}
