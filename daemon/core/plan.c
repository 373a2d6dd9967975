#include "core/plan.h"

const char *plan_reason_name(enum plan_reason r)
{
    switch (r) {
#define X(e, n, name, text)                                                            \
    case e:                                                                            \
        return name;
        PLAN_REASONS(X)
#undef X
    }
    return "?";
}

const char *plan_reason_text(enum plan_reason r)
{
    switch (r) {
#define X(e, n, name, text)                                                            \
    case e:                                                                            \
        return text;
        PLAN_REASONS(X)
#undef X
    }
    return "?";
}

enum { MORNING = 10 * 60, EVENING = 17 * 60 };

static bool was_told(const struct plan_input *in)
{
    return in->told.episode != 0 && in->told.episode == in->finding->episode;
}

static struct wall reminder_at(const struct plan_input *in,
                               const struct route_hit *route)
{
    return calendar_add(route->hours, in->told.at, route->repeat_interval);
}

/* What could be said to the destination; OVER, UNCHANGED: nothing. */
static enum plan_reason news_of(const struct plan_input *in,
                                const struct route_hit *route, struct wall now)
{
    bool ended = in->finding->state == FINDING_RESOLVED;

    if (!was_told(in)) {
        return ended ? PLAN_OVER : PLAN_NEW;
    }
    if (ended) {
        return in->told.resolved ? PLAN_UNCHANGED : PLAN_RESOLVED;
    }
    if (in->finding->severity > in->told.severity) {
        return PLAN_WORSE;
    }
    if (route != NULL && reminder_at(in, route).ms <= now.ms) {
        return PLAN_REMINDER;
    }
    return PLAN_UNCHANGED;
}

/* A state of the finding that keeps it from being told; NONE: no such state. */
static enum plan_reason held_back(const struct plan_input *in, enum plan_reason news,
                                  struct wall now)
{
    bool ended = news == PLAN_RESOLVED;

    if (in->stale) {
        return PLAN_SOURCE_STALE;
    }
    if (in->baseline) {
        return PLAN_BASELINE;
    }
    if (in->exempt && !ended) {
        return PLAN_EXEMPT;
    }
    if (in->silenced_until.ms > now.ms) {
        return PLAN_SILENCED;
    }
    if (in->snoozed_until.ms > now.ms && !ended) {
        return PLAN_SNOOZED;
    }
    if (in->acked && !ended) {
        return PLAN_ACKED;
    }
    if (in->inhibited && !ended) {
        return PLAN_INHIBITED;
    }
    if (news == PLAN_NEW && in->told.episode == 0 && in->first_until.ms > now.ms) {
        return PLAN_FIRST;
    }
    return PLAN_NONE;
}

static bool digest_only(const struct plan_input *in, enum plan_reason news)
{
    if (news == PLAN_RESOLVED) {
        return in->told.severity == SEV_INFO;
    }
    return in->finding->severity == SEV_INFO ||
           (news == PLAN_REMINDER && in->told.reminders >= PLAN_REMINDERS);
}

struct plan_step plan_decide(const struct plan_input *in, const struct route_hit *route,
                             struct wall now)
{
    struct plan_step step = {.reason = PLAN_NONE, .kind = PLAN_NONE};

    switch (in->finding->state) {
    case FINDING_NONE:
        return step;
    case FINDING_PENDING:
        step.reason = PLAN_PENDING;
        return step;
    case FINDING_FIRING:
    case FINDING_RESOLVED:
        break;
    }
    enum plan_reason news = news_of(in, route, now);

    step.reason = held_back(in, news, now);
    if (step.reason == PLAN_SILENCED) {
        step.next = in->silenced_until;
    } else if (step.reason == PLAN_SNOOZED) {
        step.next = in->snoozed_until;
    } else if (step.reason == PLAN_FIRST) {
        step.next = in->first_until;
    }
    if (step.reason != PLAN_NONE) {
        return step;
    }
    if (route == NULL) {
        step.reason = PLAN_UNROUTED;
    } else if (digest_only(in, news)) {
        step.reason = PLAN_DIGEST;
    } else if (news != PLAN_UNCHANGED && news != PLAN_OVER) {
        step.reason = PLAN_GROUPED;
        step.kind = news;
    } else {
        step.reason = news;
        if (in->finding->state == FINDING_FIRING) {
            step.next = reminder_at(in, route);
        }
    }
    return step;
}

static bool has_first_wait(enum rule_subject of)
{
    return of != RULE_ITEM && of != RULE_SOURCE && of != RULE_CHANNEL;
}

struct wall plan_first_until(const struct finding *f, enum rule_subject of,
                             const struct rule *r, const struct calendar *cal,
                             struct span wait)
{
    bool at_once = r != NULL && r->at_once && f->severity == SEV_HIGH;

    if (!has_first_wait(of) || at_once || f->state != FINDING_FIRING ||
        f->episode != 1) {
        return (struct wall){0};
    }
    return calendar_add(cal, f->fired, wait);
}

size_t plan_main(const struct plan_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (steps[i].reason == PLAN_GROUPED) {
            return i;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (steps[i].reason != PLAN_OVER) {
            return i;
        }
    }
    return 0;
}

enum severity plan_urgency(enum plan_reason kind, enum severity s)
{
    return kind == PLAN_REMINDER && s == SEV_HIGH ? SEV_WARN : s;
}

/* Hours that some route on the way names, not the daemon's own. */
static bool names_hours(const struct route_hit *route)
{
    for (size_t i = 0; i < route->n_path; i++) {
        if (route->path[i]->has_hours) {
            return true;
        }
    }
    return false;
}

static struct wall later_of(struct wall a, struct wall b)
{
    return a.ms > b.ms ? a : b;
}

/* How often hours and mute windows may push each other; a week has no more. */
enum { MAX_PUSHES = 64, ODD_MINUTES = 180 };

/* The end of the window that `t` lies in; clocks may change in it. */
static struct wall window_end(const struct calendar *w, struct wall t)
{
    struct local l = tz_local(w->tz != NULL ? w->tz : tz_utc(), t);
    struct wall end = tz_wall(w->tz != NULL ? w->tz : tz_utc(), l.date, w->close);

    if (end.ms <= t.ms) {
        end = t;
    }
    for (int i = 0; i < ODD_MINUTES && calendar_is_open(w, end); i++) {
        end = wall_add(end, DUR_MIN(1));
    }
    return end;
}

static struct wall after_mute(const struct route_hit *route, struct wall t)
{
    for (size_t i = 0; i < route->n_mute; i++) {
        if (calendar_is_open(&route->mute[i], t)) {
            return window_end(&route->mute[i], t);
        }
    }
    return t;
}

/* The first time from `t` on at which the route may speak. `hours` NULL: any hour. */
static struct wall when_open(const struct route_hit *route, const struct calendar *hours,
                             struct wall t)
{
    for (int i = 0; i < MAX_PUSHES && t.ms != INT64_MAX; i++) {
        struct wall before = t;

        if (hours != NULL) {
            t = calendar_next_open(hours, t);
        }
        if (t.ms != INT64_MAX) {
            t = after_mute(route, t);
        }
        if (t.ms == before.ms) {
            return t;
        }
    }
    return (struct wall){INT64_MAX};
}

static const struct calendar *hours_of(const struct route_hit *route,
                                       const struct calendar *cal)
{
    return route->hours != NULL ? route->hours : cal;
}

static struct plan_due put_off(const struct route_hit *route,
                               const struct calendar *hours, struct wall t)
{
    struct plan_due due = {.at = when_open(route, hours, t)};

    due.reason = due.at.ms > t.ms ? PLAN_OUTSIDE_HOURS : PLAN_GROUPED;
    return due;
}

struct plan_due plan_group_due(const struct route_hit *route, const struct calendar *cal,
                               enum severity worst, struct wall first,
                               struct wall last_sent, struct wall now)
{
    const struct calendar *hours = hours_of(route, cal);
    bool any_hour = worst == SEV_HIGH && !names_hours(route);
    struct wall due;

    if (route->has_interval || worst == SEV_HIGH) {
        due = calendar_add(hours, first, route->group_wait);
    } else {
        due = calendar_next_at(hours, first, MORNING);
    }
    if (route->has_interval && last_sent.ms != 0) {
        due = later_of(due, calendar_add(hours, last_sent, route->group_interval));
    }
    return put_off(route, any_hour ? NULL : hours, later_of(due, now));
}

struct plan_due plan_over_due(const struct route_hit *route, const struct calendar *cal,
                              struct wall first, struct wall now)
{
    const struct calendar *hours = hours_of(route, cal);
    struct wall due =
        calendar_next_at(hours, first, hours->always ? EVENING : hours->close - 1);

    return put_off(route, hours, later_of(due, now));
}

void plan_budget_windows(const struct tz *tz, struct wall now, struct plan_window *ret_day,
                         struct plan_window *ret_week)
{
    const struct tz *zone = tz != NULL ? tz : tz_utc();
    int64_t day = date_to_days(tz_local(zone, now).date);
    int64_t monday = day - (day + 3) % 7; /* day 0 was a Thursday */

    ret_day->from = tz_wall(zone, date_from_days(day), 0);
    ret_day->to = tz_wall(zone, date_from_days(day + 1), 0);
    ret_week->from = tz_wall(zone, date_from_days(monday), 0);
    ret_week->to = tz_wall(zone, date_from_days(monday + 7), 0);
}

struct plan_due plan_budget(const struct route_hit *route, const struct calendar *cal,
                            const struct plan_sent *sent, struct plan_due due,
                            struct wall now)
{
    const struct calendar *hours = hours_of(route, cal);
    const struct route_budget *b = &route->budget;
    struct plan_window day;
    struct plan_window week;
    struct wall room = due.at;

    plan_budget_windows(hours->tz, now, &day, &week);
    if (b->day > 0 && sent->today >= b->day) {
        room = later_of(room, day.to);
    }
    if (b->week > 0 && sent->week >= b->week) {
        room = later_of(room, week.to);
    }
    if (room.ms <= due.at.ms) {
        return due;
    }
    if (!route->has_interval) {
        room = calendar_next_at(hours, wall_add(room, DUR_MS(-1)), MORNING);
    }
    return (struct plan_due){when_open(route, hours, room), PLAN_BUDGET};
}
