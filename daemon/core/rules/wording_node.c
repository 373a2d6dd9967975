/* What rules of strategy nodes say: dates, values, shares. */
#include "core/rules/wording.h"

static const struct tz *zone_of(const struct rule_input *in)
{
    return in->cal->tz != NULL ? in->cal->tz : tz_utc();
}

struct date wording_date_at(const struct rule_input *in, struct wall t)
{
    return tz_local(zone_of(in), t).date;
}

struct date wording_today(const struct rule_input *in)
{
    return wording_date_at(in, in->now);
}

struct wall wording_midnight(const struct rule_input *in, struct date d)
{
    return tz_wall(zone_of(in), d, 0);
}

struct str wording_date(struct arena *a, struct date d)
{
    char mem[16];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    date_print(&b, d);
    return arena_str(a, buf_str(&b));
}

struct str wording_day(struct arena *a, struct date d, struct date today)
{
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const char *month = months[(d.month + 11) % 12];

    return d.year == today.year ? arena_printf(a, "%d %s", d.day, month)
                                : arena_printf(a, "%d %s %d", d.day, month, d.year);
}

struct str wording_value(struct arena *a, const struct key_result *kr, double v)
{
    struct str unit = wording_short(kr->unit);
    const char *between = unit.n == 0 || str_eqz(unit, "%") ? "" : " ";

    return arena_printf(a, "%.6g%s%.*s", v, between, STR_FMT(unit));
}

struct str wording_shares(struct arena *a,
                          const struct effort_sum *sum)
{
    struct str planned = STR_NONE, actual = STR_NONE, names = STR_NONE;

    for (size_t i = 0; i < sum->n_shares; i++) {
        const struct effort_share *v = &sum->shares[i];
        const char *between = i > 0 ? "/" : "";

        planned = arena_printf(a, "%.*s%s%.0f", STR_FMT(planned), between,
                               100 * v->planned);
        actual = arena_printf(a, "%.*s%s%.0f", STR_FMT(actual), between,
                              sum->mapped > 0 ? 100 * v->days / sum->mapped : 0);
        names = arena_printf(a, "%.*s%s%.*s", STR_FMT(names), between,
                             STR_FMT(v->id.n > 0 ? v->id : STR("other")));
    }
    return arena_printf(a, "planned %.*s, actual %.*s (%.*s)", STR_FMT(planned),
                        STR_FMT(actual), STR_FMT(names));
}

static void date_member(struct jsonw *w, const char *key, struct date d)
{
    char mem[16];
    struct buf b;

    if (d.year == 0) {
        return;
    }
    buf_init_fixed(&b, mem, sizeof mem);
    date_print(&b, d);
    jsonw_str(w, key, buf_str(&b));
}

void wording_kr_facts(struct wording_facts *f, const struct rule_kr *k)
{
    const struct kr_pace_report *r = &k->report;
    struct jsonw *w = &f->w;

    jsonw_strz(w, "state", kr_state_name(r->state));
    if (r->has_value) {
        jsonw_double(w, "value", r->last.value);
        date_member(w, "date", r->last.date);
    }
    if (r->has_progress) {
        jsonw_double(w, "progress", r->progress);
    }
    if (r->has_expected) {
        jsonw_double(w, "expected", r->expected);
    }
    if (r->has_progress && r->has_expected) {
        jsonw_double(w, "pace", r->pace);
    }
    date_member(w, "start", r->start);
    date_member(w, "by", r->by);
}

void wording_effort_facts(struct wording_facts *f, const struct effort_sum *s,
                          size_t working_days)
{
    struct jsonw *w = &f->w;

    jsonw_double(w, "person_days", s->days);
    jsonw_double(w, "unmapped", s->days > 0 ? 1 - s->mapped / s->days : 0);
    jsonw_double(w, "people", s->people);
    jsonw_strz(w, "trust", trust_name(s->trust));
    jsonw_str(w, "weakest", s->weakest);
    if (working_days > 0) {
        jsonw_int(w, "working_days", (int64_t)working_days);
    }
    if (!s->has_plan) {
        return;
    }
    jsonw_array(w, "shares");
    for (size_t i = 0; i < s->n_shares; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "id", s->shares[i].id);
        jsonw_double(w, "planned", s->shares[i].planned);
        jsonw_double(w, "actual", s->mapped > 0 ? s->shares[i].days / s->mapped : 0);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}
