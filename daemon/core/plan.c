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

enum { MAX_REMINDERS = 2, MORNING = 10 * 60 };

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
           (news == PLAN_REMINDER && in->told.reminders >= MAX_REMINDERS);
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

struct wall plan_group_due(const struct route_hit *route, const struct calendar *cal,
                           enum severity worst, struct wall first,
                           struct wall last_sent, struct wall now)
{
    const struct calendar *hours = route->hours != NULL ? route->hours : cal;
    struct wall due;

    if (route->has_interval || worst == SEV_HIGH) {
        due = calendar_add(hours, first, route->group_wait);
    } else {
        due = calendar_next_at(hours, first, MORNING);
    }
    if (route->has_interval && last_sent.ms != 0) {
        due = later_of(due, calendar_add(hours, last_sent, route->group_interval));
    }
    due = later_of(due, now);
    if (worst == SEV_HIGH && !names_hours(route)) {
        return due;
    }
    return calendar_next_open(hours, due);
}
