#include "tests/simulation/troubles.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulation/chance.h"
#include "tests/simulation/clockwork.h"

static const char *const targets[] = {"/github", "/jira", "/slack", "/hook"};
static const char *const words[] = {
#define X(e, words) words,
    TROUBLES(X)
#undef X
};
static const int64_t minute = 60000, hour = 3600000;

static struct {
    struct trouble v[TROUBLES_MAX];
    size_t n;
    int64_t origin; /* true time */
    struct chance chance;
} plan;

/* ---- the plan ---- */

static bool is_of_chat(const struct trouble *t)
{
    return t->target >= 2;
}

static int64_t pick_number(struct chance *c, const struct trouble *t)
{
    static const int64_t statuses[] = {500, 502, 503, 504};
    static const int64_t steps[] = {-26, -3, -1, 1, 5, 30};

    switch ((int)t->kind) {
    case TROUBLE_STATUS:
        return statuses[chance_below(c, 4)];
    case TROUBLE_LIMIT:
        return chance_between(c, 1, 900); /* s */
    case TROUBLE_SLOW:
        return chance_between(c, 1000, 90000);
    case TROUBLE_CLOCK:
        return steps[chance_below(c, 6)] * hour + chance_between(c, 0, 50) * minute;
    case TROUBLE_CRASH:
        return chance_between(c, 1, 60); /* writes later */
    case TROUBLE_HIDE:
        return (int64_t)chance_below(c, 3);
    default:
        return (int64_t)chance_below(c, 1000);
    }
}

static void draw(struct chance *c, struct trouble *t, int64_t until)
{
    t->kind = chance_in(c, 1, 4) ? (enum trouble_kind)(TROUBLE_CRASH + (int)chance_below(c, 2))
                                 : (enum trouble_kind)chance_below(c, TROUBLE_KINDS);
    t->target = (int)chance_below(c, 4);
    if (t->kind == TROUBLE_GONE)
        t->target = 2 + t->target % 2;
    t->start = chance_between(c, 10 * minute, until - hour);
    t->length = chance_in(c, 1, 2) ? chance_between(c, minute, 2 * hour)
                                   : chance_between(c, hour, 40 * hour);
    if (t->kind == TROUBLE_SLEEP && t->length > 30 * hour)
        t->length = 30 * hour;
    if (t->start + t->length > until)
        t->length = until - t->start;
    t->n = pick_number(c, t);
    if (t->kind == TROUBLE_HIDE)
        t->target = t->n == 2;
    t->share = chance_in(c, 1, 2) ? 100 : 20 + chance_below(c, 60);
}

/* One after another: of a kind there is only one at a time. */
static bool overlaps(const struct trouble *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct trouble *o = &plan.v[i];

        if (o->kind == t->kind && o->start < t->start + t->length &&
            t->start < o->start + o->length)
            return true;
    }
    return false;
}

void troubles_init(uint64_t seed, int64_t until, uint32_t skip)
{
    size_t wanted;

    memset(&plan, 0, sizeof(plan));
    plan.origin = clockwork_truth().ms;
    chance_seed(&plan.chance, seed, CHANCE_FAULTS);
    wanted = (size_t)chance_between(&plan.chance, 4, 18);
    for (size_t i = 0; i < wanted; i++) {
        struct trouble *t = &plan.v[i];

        do
            draw(&plan.chance, t, until);
        while (overlaps(t, i));
    }
    plan.n = wanted;
    for (size_t i = 0; i < plan.n; i++)
        plan.v[i].begun = plan.v[i].over = (skip >> i & 1) != 0;
}

size_t troubles_count(void)
{
    return plan.n;
}

const char *trouble_words(const struct trouble *t, char ret[120])
{
    const char *of = t->kind <= TROUBLE_HIDE ? targets[t->target] : "alignd";

    (void)snprintf(ret, 120, "%s %s (%" PRId64 ", %u %%)", words[t->kind], of, t->n,
                   (unsigned)t->share);
    return ret;
}

void troubles_print(uint32_t skip)
{
    for (size_t i = 0; i < plan.n; i++) {
        const struct trouble *t = &plan.v[i];
        char text[120];

        if ((skip >> i & 1) == 0)
            (void)printf("  fault %zu: day %.2f, for %.1f h: %s\n", i,
                         (double)t->start / (double)(24 * hour),
                         (double)t->length / (double)hour, trouble_words(t, text));
    }
}

/* ---- as time passes ---- */

int64_t troubles_next(void)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < plan.n; i++) {
        const struct trouble *t = &plan.v[i];
        int64_t at = plan.origin + t->start + (t->begun ? t->length : 0);

        if (!t->over && at < next)
            next = at;
    }
    return next;
}

struct trouble *troubles_due(void)
{
    int64_t now = clockwork_truth().ms - plan.origin;

    for (size_t i = 0; i < plan.n; i++) {
        struct trouble *t = &plan.v[i];

        if (t->over || t->start + (t->begun ? t->length : 0) > now)
            continue;
        t->over = t->begun;
        t->begun = true;
        return t;
    }
    return NULL;
}

int64_t troubles_calm_since(void)
{
    int64_t since = plan.origin;

    for (size_t i = 0; i < plan.n; i++) {
        const struct trouble *t = &plan.v[i];
        int64_t end = plan.origin + t->start + t->length;

        if (t->begun && !t->over)
            return INT64_MAX;
        if (t->begun && end > since && end <= clockwork_truth().ms)
            since = end;
    }
    return since;
}

/* ---- what requests meet ---- */

static void fault_of(const struct trouble *t, char ret[300])
{
    static const char *const halves[] = {"truncate", "html", "content-type"};

    if (t->kind == TROUBLE_STATUS)
        (void)snprintf(ret, 300, "{\"action\":\"status\",\"status\":%" PRId64 "}", t->n);
    else if (t->kind == TROUBLE_GONE)
        (void)snprintf(ret, 300, "{\"action\":\"status\",\"status\":410,"
                                 "\"body\":\"channel_is_archived\"}");
    else if (t->kind == TROUBLE_HALF)
        (void)snprintf(ret, 300, "{\"action\":\"%s\"}", halves[t->n % 3]);
    else if (t->target == 0)
        (void)snprintf(ret, 300, "{\"action\":\"github-%s-limit\",\"reset_in\":%" PRId64
                                 ",\"retry_after\":%" PRId64 "}",
                       t->n % 2 ? "primary" : "secondary", t->n, t->n);
    else
        (void)snprintf(ret, 300, "{\"action\":\"%s-limit\",\"retry_after\":%" PRId64 "}",
                       t->target == 1 ? "jira" : "slack", t->n);
}

/* A chat that has taken a message and answers with half of it has taken it: such
   answers of chats are lost ones. */
static void meet(const struct trouble *t, struct weather *ret)
{
    switch ((int)t->kind) {
    case TROUBLE_OUTAGE:
        ret->kind = NET_REFUSED;
        break;
    case TROUBLE_SLOW:
        ret->slow = t->n;
        break;
    case TROUBLE_LOST:
        ret->kind = NET_LOST;
        break;
    case TROUBLE_HALF:
    case TROUBLE_STATUS:
    case TROUBLE_LIMIT:
    case TROUBLE_GONE:
        ret->kind = t->kind == TROUBLE_HALF && is_of_chat(t) ? NET_LOST : NET_FAULT;
        fault_of(t, ret->fault);
        break;
    default:
        break;
    }
}

void troubles_weather(const char *path, struct weather *ret)
{
    for (size_t i = 0; i < plan.n; i++) {
        const struct trouble *t = &plan.v[i];

        if (t->begun && !t->over && t->kind < TROUBLE_HIDE &&
            strncmp(path, targets[t->target], strlen(targets[t->target])) == 0 &&
            chance_below(&plan.chance, 100) < t->share)
            meet(t, ret);
    }
}
