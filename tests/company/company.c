#include "tests/company/company.h"

#include <stdlib.h>
#include <string.h>

#include "tests/company/inside.h"

enum { DAYS = COMPANY_LAST - COMPANY_FIRST + 1 };

/* ---- what changed when ---- */

static bool in_range(int64_t day)
{
    return day >= COMPANY_FIRST && day <= COMPANY_LAST;
}

/* An item once for each day on which it changed. */
static size_t count_days(const struct company *c, size_t *ret_at)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_things; i++) {
        int64_t before = 0;

        for (size_t k = 0; k < c->things[i].n; k++) {
            int64_t day = c->things[i].revs[k].at / COMPANY_DAY_MS;

            if (day == before || !in_range(day))
                continue;
            before = day;
            if (ret_at != NULL)
                c->by_day[ret_at[day - COMPANY_FIRST]++] = i;
            else
                c->day_at[day - COMPANY_FIRST + 1]++;
            n++;
        }
    }
    return n;
}

static bool index_days(struct company *c)
{
    size_t n, *at = arena_array(c->a, DAYS + 1, sizeof *at);

    c->day_at = arena_array(c->a, DAYS + 1, sizeof *c->day_at);
    if (at == NULL || c->day_at == NULL)
        return false;
    n = count_days(c, NULL);
    for (int i = 0; i < DAYS; i++)
        c->day_at[i + 1] += c->day_at[i];
    memcpy(at, c->day_at, (DAYS + 1) * sizeof *at);
    c->by_day = arena_array(c->a, n + 1, sizeof *c->by_day);
    if (c->by_day == NULL)
        return false;
    (void)count_days(c, at);
    return true;
}

/* ---- making it ---- */

static void live(struct company *c)
{
    /* Numbers do not begin at one: there was work before. */
    for (int i = 0; i < SCOPES; i++)
        c->next_number[i] = 140 + 30 * i;
    for (c->day = PROLOGUE; c->day <= COMPANY_LAST && !c->failed; c->day++) {
        if (!company_is_working_day(c, c->day))
            continue;
        plants_day(c);
        epics_day(c);
        people_day(c);
        choose_day(c);
    }
}

static bool make(struct company *c, uint64_t seed, struct err *e)
{
    if (!versions_make(c, e) || !people_make(c, e))
        return false;
    c->calendar = (struct calendar){
        .days = 0x1f,
        .open = 9 * 60,
        .close = 17 * 60 + 30,
        .holidays = c->strategy->holidays,
        .n_holidays = c->strategy->n_holidays,
    };
    c->random.state = seed;
    live(c);
    checkins_make(c);
    if (!c->failed)
        plants_end(c);
    return (!c->failed && index_days(c) && !arena_failed(c->a)) || err_nomem(e);
}

struct company *company_create(uint64_t seed, struct err *e)
{
    struct company *c = calloc(1, sizeof *c);

    if (c == NULL || (c->a = arena_create((size_t)256 << 20)) == NULL) {
        free(c);
        err_nomem(e);
        return NULL;
    }
    if (!make(c, seed, e)) {
        company_destroy(c);
        return NULL;
    }
    return c;
}

void company_destroy(struct company *c)
{
    if (c == NULL)
        return;
    for (int i = 0; i < VERSIONS; i++) {
        /* Ours alone; the pointer is to const for those who only read. */
        union {
            const struct strategy *in;
            struct strategy *out;
        } s = {.in = c->versions[i].strategy};

        strategy_unref(s.out);
    }
    arena_destroy(c->a);
    free(c);
}

/* ---- the rest of what a day tells ---- */

size_t company_versions(const struct company *c, const struct company_version **ret)
{
    *ret = c->versions;
    return VERSIONS;
}

const struct company_version *company_version_at(const struct company *c, int64_t day)
{
    return &c->versions[version_index(day)];
}

size_t company_checkins(const struct company *c, int64_t day,
                        const struct company_checkin **ret)
{
    size_t i = 0, n = 0;

    while (i < c->n_checkins && date_to_days(c->checkins[i].said.day) < day)
        i++;
    while (i + n < c->n_checkins && date_to_days(c->checkins[i + n].said.day) == day)
        n++;
    *ret = c->checkins + i;
    return n;
}

size_t company_plants(const struct company *c, const struct company_plant **ret)
{
    *ret = c->plants;
    return c->n_plants;
}

#define SOURCES(jql)                                                                   \
    "strategy: strategy.yaml\n"                                                        \
    "state: state\n"                                                                   \
    "socket: alignd.sock\n"                                                            \
    "timezone: Europe/Berlin\n"                                                        \
    "working_hours: \"Mon-Fri 09:00-17:30\"\n"                                         \
    "sources:\n"                                                                       \
    "  - name: jira\n"                                                                 \
    "    type: jira\n"                                                                 \
    "    url: https://mealbell.atlassian.net\n"                                        \
    "    user: bot@mealbell.example\n"                                                 \
    "    token: { env: COMPANY_TOKEN }\n"                                              \
    "    jql: '" jql "'\n"                                                             \
    "    interval: 24h\n"                                                              \
    "    fields: { initiative: Strategic initiative }\n"                               \
    "    link_types: [implements]\n"                                                   \
    "    ideas: { statuses: [Icebox] }\n"                                              \
    "  - name: github\n"                                                               \
    "    type: github\n"                                                               \
    "    repos: [mealbell/diets, mealbell/app, mealbell/platform, mealbell/infra]\n"   \
    "    token: { env: COMPANY_TOKEN }\n"                                              \
    "    interval: 24h\n"
#define ONE_CHANNEL                                                                    \
    "channels:\n"                                                                      \
    "  - { name: product, type: journal }\n"                                           \
    "  - { name: ops, type: journal }\n"                                               \
    "operations_channel: ops\n"                                                        \
    "routes:\n"                                                                        \
    "  - { channel: product, group_wait: 1m, group_interval: 1h, budget: off,\n"         \
    "      hours: always }\n"
#define TEAM_CHANNEL(team) "  - { name: team-" team ", type: journal }\n"
#define TEAM_ROUTE(team) "  - { match: { team: " team " }, channel: team-" team " }\n"
#define TEAM_DIGEST(team)                                                              \
    "  - { channel: team-" team ", when: \"Mon 09:00\", content: [drift] }\n"
#define TEAMS(X)                                                                       \
    X("supply") X("kitchen") X("ordering") X("payments") X("diets") X("app")           \
    X("platform") X("schools")
#define TEAM_CHANNELS                                                                  \
    "channels:\n"                                                                      \
    "  - { name: product, type: journal }\n"                                           \
    "  - { name: ops, type: journal }\n" TEAMS(TEAM_CHANNEL) "operations_channel: "    \
    "ops\nroutes:\n" TEAMS(TEAM_ROUTE) "  - { channel: product }\n"                    \
    "digests:\n  - { channel: product, when: \"Mon 09:00\" }\n" TEAMS(TEAM_DIGEST)

#define QUERY_FIRST "project in (KIT, ORD, PAY)"
#define QUERY_ADDED "project in (SUP, KIT, ORD, PAY)"
#define QUERY_NARROWED                                                                 \
    "project in (SUP, KIT, ORD, PAY) and"                                              \
    " (component is empty or component != \"Old counter\")"

const char *company_conf(int64_t day)
{
    if (day < COMPANY_PROJECT_ADDED)
        return SOURCES(QUERY_FIRST) ONE_CHANNEL;
    if (day < COMPANY_QUERY_NARROWED)
        return SOURCES(QUERY_ADDED) ONE_CHANNEL;
    return SOURCES(QUERY_NARROWED) ONE_CHANNEL;
}

const char *company_mail_conf(int64_t day)
{
    if (day < COMPANY_PROJECT_ADDED)
        return SOURCES(QUERY_FIRST) TEAM_CHANNELS;
    if (day < COMPANY_QUERY_NARROWED)
        return SOURCES(QUERY_ADDED) TEAM_CHANNELS;
    return SOURCES(QUERY_NARROWED) TEAM_CHANNELS;
}

uint64_t company_fingerprint(int64_t day, enum company_source source)
{
    if (source == COMPANY_GITHUB)
        return 1;
    return day < COMPANY_PROJECT_ADDED ? 1 : day < COMPANY_QUERY_NARROWED ? 2 : 3;
}
