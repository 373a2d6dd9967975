#include "status/metrics.h"

#include <math.h>

#include "base/utf8.h"
#include "core/rule.h"
#include "status/api_handlers.h"
#include "status/health.h"

/* ---- samples ---- */

/* Escapes of the specification's ABNF: backslash, quote, line feed. */
static void label_value(struct buf *out, struct str s)
{
    while (s.n > 0) {
        uint32_t cp;
        size_t n = utf8_next(s, &cp);

        if (cp == '\n')
            buf_addz(out, "\\n");
        else if (cp == '\\' || cp == '"')
            buf_printf(out, "\\%c", (char)cp);
        else
            buf_add_utf8(out, cp);
        s = str_skip(s, n);
    }
}

struct label {
    const char *name;
    struct str value;
};

static void sample(struct buf *out, const char *name, const char *suffix,
                   const struct label *labels, size_t n, double value)
{
    buf_addz(out, name);
    buf_addz(out, suffix);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        label_value(out, labels[i].value);
        buf_addc(out, '"');
    }
    if (n > 0)
        buf_addc(out, '}');
    if (value > -1e15 && value < 1e15 && value == trunc(value))
        buf_printf(out, " %.0f\n", value);
    else
        buf_printf(out, " %.15g\n", value);
}

static void plain(struct buf *out, const char *name, double value)
{
    sample(out, name, "", NULL, 0, value);
}

static double seconds(struct wall t)
{
    return (double)t.ms / 1000.0;
}

/* ---- the daemon ---- */

static void build(struct buf *out, const char *name, const struct api_view *v)
{
    const struct label l = {"version", v->version};

    sample(out, name, "_info", &l, 1, 1);
}

static void start_time(struct buf *out, const char *name, const struct api_view *v)
{
    plain(out, name, seconds(v->started));
}

static void read_time(struct buf *out, const char *name, const struct api_view *v)
{
    plain(out, name, seconds(v->row_at));
}

static void conf_valid(struct buf *out, const char *name, const struct api_view *v)
{
    plain(out, name, v->conf_error.n == 0);
}

static void conf_loaded(struct buf *out, const char *name, const struct api_view *v)
{
    plain(out, name, seconds(v->reloaded));
}

static void strategy_valid(struct buf *out, const char *name, const struct api_view *v)
{
    plain(out, name, v->strategy_error.n == 0);
}

static void strategy_since(struct buf *out, const char *name, const struct api_view *v)
{
    plain(out, name, seconds(v->row.strategy_since));
}

static void store_up(struct buf *out, const char *name, const struct api_view *v)
{
    plain(out, name, !v->store_failing);
}

static void items_waiting(struct buf *out, const char *name, const struct api_view *v)
{
    plain(out, name, (double)v->row.dirty);
}

/* ---- sources ---- */

/* What the specification calls a StateSet: the label is named as the family. */
static void source_state(struct buf *out, const char *name, const struct api_view *v)
{
    static const char *const states[] = {"new", "syncing", "fresh", "stale", "paused"};

    for (size_t i = 0; i < v->n_sources; i++) {
        const struct source_row *r = health_source(v, v->sources[i].name);

        for (size_t j = 0; j < ARRAY_LEN(states); j++) {
            const struct label l[] = {
                {"source", v->sources[i].name},
                {name, str_of(states[j])},
            };

            sample(out, name, "", l, 2,
                   r == NULL ? j == 0 : str_eqz(r->state, states[j]));
        }
    }
}

/* One sample for each source the store knows, where `get` has a value. */
static void each_source(struct buf *out, const char *name, const struct api_view *v,
                        bool (*get)(const struct source_row *r, double *ret))
{
    for (size_t i = 0; i < v->n_sources; i++) {
        const struct source_row *r = health_source(v, v->sources[i].name);
        const struct label l = {"source", v->sources[i].name};
        double value;

        if (r != NULL && get(r, &value))
            sample(out, name, "", &l, 1, value);
    }
}

static bool last_ok(const struct source_row *r, double *ret)
{
    *ret = seconds(r->last_ok);
    return r->last_ok.ms > 0;
}

static bool last_try(const struct source_row *r, double *ret)
{
    *ret = seconds(r->last_try);
    return r->last_try.ms > 0;
}

static bool items(const struct source_row *r, double *ret)
{
    *ret = (double)r->items;
    return true;
}

static bool open_items(const struct source_row *r, double *ret)
{
    *ret = (double)r->open;
    return true;
}

static bool rate_limit(const struct source_row *r, double *ret)
{
    *ret = (double)r->rate_limit;
    return r->rate_limit >= 0;
}

static bool rate_remaining(const struct source_row *r, double *ret)
{
    *ret = (double)r->rate_remaining;
    return r->rate_remaining >= 0;
}

static bool skew(const struct source_row *r, double *ret)
{
    *ret = (double)r->clock_skew_ms / 1000.0;
    return r->last_try.ms > 0;
}

static void source_last_ok(struct buf *out, const char *name, const struct api_view *v)
{
    each_source(out, name, v, last_ok);
}

static void source_last_try(struct buf *out, const char *name, const struct api_view *v)
{
    each_source(out, name, v, last_try);
}

static void source_items(struct buf *out, const char *name, const struct api_view *v)
{
    each_source(out, name, v, items);
}

static void source_open(struct buf *out, const char *name, const struct api_view *v)
{
    each_source(out, name, v, open_items);
}

static void source_limit(struct buf *out, const char *name, const struct api_view *v)
{
    each_source(out, name, v, rate_limit);
}

static void source_remaining(struct buf *out, const char *name,
                             const struct api_view *v)
{
    each_source(out, name, v, rate_remaining);
}

static void source_skew(struct buf *out, const char *name, const struct api_view *v)
{
    each_source(out, name, v, skew);
}

static void source_running(struct buf *out, const char *name, const struct api_view *v)
{
    for (size_t i = 0; i < v->n_sources; i++) {
        const struct label l = {"source", v->sources[i].name};

        sample(out, name, "", &l, 1, v->sources[i].running);
    }
}

static void source_syncs(struct buf *out, const char *name, const struct api_view *v)
{
    for (size_t i = 0; i < v->n_sources; i++) {
        const struct label l = {"source", v->sources[i].name};

        sample(out, name, "_total", &l, 1, (double)v->sources[i].syncs);
    }
}

/* ---- scopes ---- */

static void each_scope(struct buf *out, const char *name, const struct api_view *v,
                       bool (*get)(const struct scope_row *r, double *ret))
{
    for (size_t i = 0; i < v->n_sources; i++) {
        const struct source_row *r = health_source(v, v->sources[i].name);

        for (size_t j = 0; r != NULL && j < r->n_scopes; j++) {
            const struct label l[] = {{"source", r->name},
                                      {"scope", r->scopes[j].name}};
            double value;

            if (get(&r->scopes[j], &value))
                sample(out, name, "", l, 2, value);
        }
    }
}

static bool failed(const struct scope_row *r, double *ret)
{
    *ret = str_eqz(r->state, "failed");
    return true;
}

static bool synced(const struct scope_row *r, double *ret)
{
    *ret = seconds(r->synced_at);
    return r->synced_at.ms > 0;
}

static bool scope_open_items(const struct scope_row *r, double *ret)
{
    *ret = (double)r->open;
    return true;
}

static void scope_failed(struct buf *out, const char *name, const struct api_view *v)
{
    each_scope(out, name, v, failed);
}

static void scope_synced(struct buf *out, const char *name, const struct api_view *v)
{
    each_scope(out, name, v, synced);
}

static void scope_open(struct buf *out, const char *name, const struct api_view *v)
{
    each_scope(out, name, v, scope_open_items);
}

/* ---- channels ---- */

static void each_channel(struct buf *out, const char *name, const char *suffix,
                         const struct api_view *v,
                         double (*get)(const struct channel_row *r))
{
    static const struct channel_row none;

    for (size_t i = 0; i < v->n_channels; i++) {
        const struct channel_row *r = health_channel(v, v->channels[i].name);
        const struct label l[] = {
            {"channel", v->channels[i].name},
            {"type", v->channels[i].type},
        };

        sample(out, name, suffix, l, 2, get(r != NULL ? r : &none));
    }
}

static double queued(const struct channel_row *r)
{
    return (double)r->queued;
}

static double dead(const struct channel_row *r)
{
    return (double)r->dead;
}

static double delivered(const struct channel_row *r)
{
    return (double)r->delivered;
}

static void channel_queued(struct buf *out, const char *name, const struct api_view *v)
{
    each_channel(out, name, "", v, queued);
}

static void channel_dead(struct buf *out, const char *name, const struct api_view *v)
{
    each_channel(out, name, "", v, dead);
}

static void channel_delivered(struct buf *out, const char *name,
                              const struct api_view *v)
{
    each_channel(out, name, "_total", v, delivered);
}

/* ---- findings and coverage ---- */

static const struct rule_count_row *rule_row(const struct api_view *v, const char *id)
{
    static const struct rule_count_row none;

    for (size_t i = 0; i < v->row.n_rules; i++) {
        if (str_eqz(v->row.rules[i].rule, id))
            return &v->row.rules[i];
    }
    return &none;
}

/* Every rule of the table, so that a series is there before its first finding. */
static void findings(struct buf *out, const char *name, const struct api_view *v)
{
    for (size_t i = 0; i < rules_count; i++) {
        const struct rule_count_row *r = rule_row(v, rules[i]->id);
        const struct {
            const char *state;
            int64_t n;
        } states[] = {
            {"pending", r->pending},
            {"firing", r->firing},
            {"baseline", r->baseline},
        };

        for (size_t j = 0; j < ARRAY_LEN(states); j++) {
            const struct label l[] = {
                {"rule", str_of(rules[i]->id)},
                {"state", str_of(states[j].state)},
            };

            sample(out, name, "", l, 2, (double)states[j].n);
        }
    }
}

static void epics(struct buf *out, const char *name, const struct api_view *v)
{
    const struct {
        const char *state;
        int64_t n;
    } states[] = {
        {"open", v->row.epics_open},
        {"linked", v->row.epics_linked},
        {"exempt", v->row.epics_exempt},
    };

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        const struct label l = {"state", str_of(states[i].state)};

        sample(out, name, "", &l, 1, (double)states[i].n);
    }
}

/* 0/0 is unknown, and an unknown has no sample. */
static void coverage(struct buf *out, const char *name, const struct api_view *v)
{
    int64_t of = v->row.epics_open - v->row.epics_exempt;

    if (of > 0)
        plain(out, name, (double)v->row.epics_linked / (double)of);
}

#define TIMESTAMP "gauge", "seconds"
#define GAUGE "gauge", ""

const struct metrics_family metrics_families[] = {
    {"alignd_build", "info", "", "The running program.", build},
    {"alignd_start_time_seconds", TIMESTAMP, "When alignd started.", start_time},
    {"alignd_read_time_seconds", TIMESTAMP, "When the store was last read for this.",
     read_time},
    {"alignd_config_valid", GAUGE, "1 while the configuration on disk loads.",
     conf_valid},
    {"alignd_config_load_time_seconds", TIMESTAMP,
     "When the configuration in force was loaded.", conf_loaded},
    {"alignd_strategy_valid", GAUGE, "1 while the strategy on disk loads.",
     strategy_valid},
    {"alignd_strategy_time_seconds", TIMESTAMP,
     "Since when the strategy in force has been.", strategy_since},
    {"alignd_store_up", GAUGE, "1 while the last operation of the store went well.",
     store_up},
    {"alignd_items_waiting", GAUGE, "Items that wait for evaluation.", items_waiting},
    {"alignd_source_state", "stateset", "", "The state of each source.", source_state},
    {"alignd_source_running", GAUGE, "1 while a sync of the source runs.",
     source_running},
    {"alignd_source_syncs", "counter", "", "Syncs ended since the start, well or not.",
     source_syncs},
    {"alignd_source_last_sync_time_seconds", TIMESTAMP,
     "When the source last synced completely.", source_last_ok},
    {"alignd_source_last_try_time_seconds", TIMESTAMP, "When a sync last began.",
     source_last_try},
    {"alignd_source_items", GAUGE, "Items stored of the source.", source_items},
    {"alignd_source_open_items", GAUGE, "Open items stored of the source.",
     source_open},
    {"alignd_source_rate_limit", GAUGE, "Requests the tracker allows in its window.",
     source_limit},
    {"alignd_source_rate_remaining", GAUGE, "Requests left in the tracker's window.",
     source_remaining},
    {"alignd_source_clock_skew_seconds", "gauge", "seconds",
     "The tracker's clock minus ours.", source_skew},
    {"alignd_scope_failed", GAUGE, "1 while the repository or project cannot be read.",
     scope_failed},
    {"alignd_scope_sync_time_seconds", TIMESTAMP,
     "When the scope last synced completely.", scope_synced},
    {"alignd_scope_open_items", GAUGE, "Open items stored of the scope.", scope_open},
    {"alignd_channel_queued_messages", GAUGE, "Messages that wait for delivery.",
     channel_queued},
    {"alignd_channel_dead_messages", GAUGE, "Messages that could not be delivered.",
     channel_dead},
    {"alignd_channel_delivered_messages", "counter", "", "Messages delivered.",
     channel_delivered},
    {"alignd_findings", GAUGE,
     "Findings by rule and state; what was there before is baseline.", findings},
    {"alignd_epics", GAUGE, "Open epic-level items; linked and exempt ones among them.",
     epics},
    {"alignd_coverage_ratio", "gauge", "ratio",
     "Linked open epics over those that should be.", coverage},
    {0},
};

static void write_family(struct buf *out, const struct metrics_family *f,
                         const struct api_view *v)
{
    buf_printf(out, "# TYPE %s %s\n", f->name, f->type);
    if (f->unit[0] != '\0')
        buf_printf(out, "# UNIT %s %s\n", f->name, f->unit);
    buf_printf(out, "# HELP %s %s\n", f->name, f->help);
    f->samples(out, f->name, v);
}

void metrics_write(struct buf *out, const struct api_view *view)
{
    buf_printf(out,
               "# TYPE alignd_up gauge\n"
               "# HELP alignd_up 1 once the store has been read.\n"
               "alignd_up %d\n",
               view != NULL);
    for (const struct metrics_family *f = metrics_families; f->name != NULL; f++) {
        if (view != NULL)
            write_family(out, f, view);
    }
    buf_addz(out, "# EOF\n");
}

bool metrics_get(struct db *db UNUSED, const struct api_env *env,
                 const struct api_request *req UNUSED, struct api_reply *reply,
                 struct err *e UNUSED)
{
    reply->content_type = METRICS_TYPE;
    metrics_write(&reply->body, env->view);
    return true;
}
