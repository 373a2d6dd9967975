/*
 * What an edit of the strategy is called. Each key that the file can have stands here
 * with an edit of it and the sentences that come of it, or with the reason why none
 * does; the schema says which keys there are. Then: order, pairs, and what holds of any
 * two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/map.h"
#include "config/config.h"
#include "core/strategy_diff.h"

/* ---- two texts, one diff ---- */

/* What every node may have, each value to be found by the node's id. */
#define NODE(id, indent)                                                               \
    indent "why: why-" id "\n" indent "owner: own-" id "\n" indent "was: [was-" id     \
           "]\n" indent "docs: [{ title: doc-" id ", url: https://d.example/" id       \
           " }]\n" indent "visibility: board # " id "\n"
#define MATCH(id)                                                                      \
    "match: { labels: [lab-" id "], types: [typ-" id "], milestones: [mil-" id         \
    "], fix_versions: [fix-" id "], components: [com-" id "], projects: [pro-" id      \
    "], repos: [rep-" id "], fields: { fld-" id ": [val-" id "] }"

static const char *const base_parts[] = {
    "strategy: 1\n"
    "name: Acme\n"
    "review_by: 2027-01-15\n"
    "currency: EUR\n"
    "docs: [{ title: doc-all, url: https://d.example/all }]\n"
    "check_ins: checks.csv\n"
    "context: { origin: Two people, threats: A vendor }\n"
    "vision:\n"
    "  statement: No phone calls\n"
    "  customers: Clinics\n"
    "  differentiator: Billing rules\n"
    "  will: [booking]\n"
    "  wont: [hospitals, servers]\n"
    "  horizon: 2031\n",
    NODE("vision", "  "),
    "not_doing:\n"
    "  - id: no-onprem\n"
    "    title: On premises\n"
    "    " MATCH("nod") ", text: [air-gapped] }\n",
    NODE("no-onprem", "    "),
    "intents:\n"
    "  - id: upmarket\n"
    "    title: Win clinics\n"
    "    until: 2028-12-31\n"
    "    evidence: [study]\n",
    NODE("upmarket", "    "),
    "  - { id: depth, title: Depth }\n"
    "objectives:\n"
    "  - id: grow\n"
    "    title: They choose us\n"
    "    intent: upmarket\n"
    "    share: 100%\n"
    "    from: 2026-10-01\n"
    "    to: 2026-12-31\n",
    NODE("grow", "    "),
    "    key_results:\n"
    "      - id: nps\n"
    "        title: Score\n"
    "        baseline: 40\n"
    "        target: 60\n"
    "        start: 2026-10-02\n"
    "        by: 2026-12-30\n"
    "        unit: points\n"
    "        pace: linear\n"
    "        lag: 28d\n"
    "        check_in: 6d\n"
    "        value: { from: metrics, query: avg }\n",
    NODE("nps", "        "),
    "      - { id: uptime, title: Uptime, kind: keep, at_least: 99, at_most: 101,\n"
    "          by: 2026-11-30, value: { csv: up.csv, row: upr, column: upc } }\n"
    "      - { id: bugs, title: Bugs, kind: { keep: { at_least: 1, at_most: 7 } },\n"
    "          value: { items: { labels: [lab-val], types: [typ-val],\n"
    "            milestones: [mil-val], fix_versions: [fix-val],\n"
    "            components: [com-val], projects: [pro-val], repos: [rep-val],\n"
    "            fields: { fld-val: [val-val] } }, count: open } }\n"
    "      - { id: calls, title: Calls, baseline: 9, target: 3, by: 2027-02-01,\n"
    "          pace: { after: 2026-12-05 }, value: { from: amp, pointer: /a/b } }\n"
    "      - { id: steps, title: Steps, pace: { milestones: { 2026-11-01: 45 } } }\n"
    "  - { id: keep, title: They stay, intent: upmarket }\n"
    "initiatives:\n"
    "  - id: onboarding\n"
    "    title: Onboard\n"
    "    problem: Five weeks\n"
    "    moves: [nps, calls]\n"
    "    weights: { nps: 70%, calls: 30% }\n"
    "    status: active\n"
    "    start: 2026-10-05\n"
    "    due: 2026-12-15\n"
    "    rice: { reach: 400, impact: 2, confidence: 80%, effort: 30d }\n"
    "    needs: [pay]\n"
    "    costs: [{ what: SMS, amount: 1200, per: month }]\n"
    "    tracker: [PAY-12, PAY-13]\n"
    "    " MATCH("ini") " }\n",
    NODE("onboarding", "    "),
    "  - { id: portal, title: Portal, moves: [calls] }\n"
    "buckets:\n"
    "  - id: ktlo\n"
    "    title: Run\n"
    "    share: 15%\n"
    "    " MATCH("buc") " }\n",
    NODE("ktlo", "    "),
    "teams:\n"
    "  - id: pay\n"
    "    title: Payments\n"
    "    people: 8\n"
    "    tracked: true\n"
    "    key_results: [nps]\n"
    "    cost_per_person_day: 600\n"
    "    spread: 3\n"
    "    shares: { ktlo: 20%, grow: 80% }\n"
    "    " MATCH("tea") " }\n",
    NODE("pay", "    "),
    "people:\n"
    "  - { id: ana, name: Ana S, slack: U01, teams: t@x.example, discord: \"71\", mattermost: mana, google_chat: \"81\", github: gana, jira: jana, email:\n"
    "      a@x.example, fte: 0.5, away: [2026-12-21/2027-01-04] }\n"
    "bots: [renovate]\n"
    "holidays: [2026-12-25]\n"
    "competitors:\n"
    "  - id: rival\n"
    "    title: Rival\n"
    "    threat: 4\n"
    "    attacks: [upmarket]\n"
    "    evidence: 2026-09-30\n"
    "    note: Vendor\n",
    NODE("rival", "    "),
    "events:\n"
    "  - id: E-3\n"
    "    date: 2026-11-10\n"
    "    what: Price cut\n"
    "    affects: [upmarket, nps]\n"
    "    review_by: 2026-11-24\n",
    NODE("E-3", "    "),
    "decisions:\n"
    "  - id: D-12\n"
    "    date: 2026-09-14\n"
    "    chose: Defer\n"
    "    rejected: [Build]\n"
    "    because: First things\n"
    "    affects: [grow]\n"
    "    review_by: 2027-03-01\n"
    "    assumes: [pace(nps) >= -10%]\n",
    NODE("D-12", "    "),
    "retired: [old-init]\n",
};
static char base[8192]; /* the parts, put together by main */

static struct strategy *load(const char *text)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("strategy.yaml", str_of(text), d);

    if (s == NULL) {
        struct buf b;

        buf_init(&b, 1 << 16);
        conf_diag_print(d, &b);
        fail_msg("%s", buf_cstr(&b));
    }
    conf_diag_destroy(d);
    return s;
}

/* `text` with its one `from` replaced; malloc'd. */
static char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    char *ret;
    size_t n;

    if (at == NULL || strstr(at + 1, from) != NULL)
        fail_msg("'%s' does not stand there once", from);
    n = strlen(text) + strlen(to) + 1;
    ret = malloc(n);
    assert_non_null(ret);
    snprintf(ret, n, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return ret;
}

struct diffed {
    struct strategy *from, *to;
    struct arena *a;
    struct strategy_change *v;
    size_t n;
    struct buf text; /* the sentences, one a line */
};

static void diff(struct diffed *r, const char *from, const char *to)
{
    *r =
        (struct diffed){.from = load(from), .to = load(to), .a = arena_create(1 << 26)};
    assert_non_null(r->a);
    assert_true(
        strategy_diff(r->from, r->to, (struct date){2026, 11, 27}, r->a, &r->v, &r->n));
    buf_init(&r->text, 1 << 20);
    for (size_t i = 0; i < r->n; i++)
        buf_printf(&r->text, "%s%.*s", i > 0 ? "\n" : "", STR_FMT(r->v[i].text));
}

static void finish(struct diffed *r)
{
    strategy_unref(r->from);
    strategy_unref(r->to);
    arena_destroy(r->a);
    buf_finish(&r->text);
}

/* ---- what holds of any two: the way back is the mirror ---- */

static enum change_kind mirrored(enum change_kind k)
{
    return k == CHANGE_ADDED ? CHANGE_REMOVED : k == CHANGE_REMOVED ? CHANGE_ADDED : k;
}

static enum change_effect opposite(enum change_effect e)
{
    return e == EFFECT_EASIER   ? EFFECT_HARDER
           : e == EFFECT_HARDER ? EFFECT_EASIER
                                : EFFECT_NONE;
}

/* Ids are compared where no node was renamed: else each side has its own. */
static bool is_mirror(const struct strategy_change *x, const struct strategy_change *y,
                      bool ids)
{
    return x->change == mirrored(y->change) && strcmp(x->kind, y->kind) == 0 &&
           strcmp(x->field, y->field) == 0 && str_eq(x->old, y->new) &&
           str_eq(x->new, y->old) && x->effect == opposite(y->effect) &&
           (!ids || str_eq(x->id, y->id));
}

static bool renames(const struct diffed *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->v[i].field, "id") == 0)
            return true;
    }
    return false;
}

static void hold_to_mirror(const char *from, const char *to)
{
    struct diffed there, back;
    bool *used;

    diff(&there, from, to);
    diff(&back, to, from);
    if (there.n != back.n)
        fail_msg("there:\n%s\nback:\n%s", buf_cstr(&there.text), buf_cstr(&back.text));
    used = calloc(there.n + 1, sizeof *used);
    for (size_t i = 0; i < there.n; i++) {
        bool found = false;

        for (size_t j = 0; j < back.n && !found; j++) {
            bool ranks = there.v[i].change == CHANGE_RERANKED;

            if (!used[j] &&
                is_mirror(&there.v[i], &back.v[j], !ranks && !renames(&there)))
                used[j] = found = true;
        }
        if (!found)
            fail_msg("no mirror of '%.*s' in:\n%s", STR_FMT(there.v[i].text),
                     buf_cstr(&back.text));
    }
    free(used);
    finish(&there);
    finish(&back);
}

static void expect(const char *from, const char *to, const char *sentences)
{
    struct diffed r;

    diff(&r, from, to);
    if (strcmp(buf_cstr(&r.text), sentences) != 0)
        fail_msg("not:\n%s\nbut:\n%s", sentences, buf_cstr(&r.text));
    finish(&r);
    hold_to_mirror(from, to);
}

/* ---- every key ---- */

struct edit {
    const char *key; /* as the schema nests it */
    const char *from, *to, *sentences;
};

#define MATCH_EDITS(path, id, name, words)                                             \
    {path ".labels", "lab-" id, "new", name " " words " (labels) changed"},            \
        {path ".types", "typ-" id, "new", name " " words " (types) changed"},          \
        {path ".milestones", "mil-" id, "new",                                         \
         name " " words " (milestones) changed"},                                      \
        {path ".fix_versions", "fix-" id, "new",                                       \
         name " " words " (fix versions) changed"},                                    \
        {path ".components", "com-" id, "new",                                         \
         name " " words " (components) changed"},                                      \
        {path ".projects", "pro-" id, "new", name " " words " (projects) changed"},    \
        {path ".repos", "rep-" id, "new", name " " words " (repositories) changed"},   \
    {                                                                                  \
        path ".fields", "val-" id, "new", name " " words " (fields) changed"           \
    }

#define KR "objectives.key_results."
#define PERSON "people: details of 1 changed"

static const struct edit edits[] = {
    {"name", "name: Acme", "name: Apex", "the strategy renamed 'Acme' -> 'Apex'"},
    {"review_by", "2027-01-15", "2027-02-15",
     "review of the whole 2027-01-15 -> 2027-02-15"},
    {"currency", "EUR", "USD", "currency changed"},
    {"docs.title", "doc-all", "Memo", "documents of the strategy changed"},
    {"docs.url", "d.example/all", "d.example/b", "documents of the strategy changed"},
    {"check_ins", "checks.csv", "c.csv", "file of check-ins changed"},
    {"context", "origin: Two people, threats", "origin: Three, now: Slow, risks",
     "context, origin: reworded\ncontext, now: given\ncontext, risks: given\n"
     "context, threats: taken out"},
    {"vision.statement", "No phone calls", "No calls", "vision statement reworded"},
    {"vision.customers", "  customers: Clinics\n", "", "vision customers taken out"},
    {"vision.differentiator", "Billing rules", "Rules",
     "vision differentiator reworded"},
    {"vision.will", "will: [booking]", "will: [booking, insurers]",
     "vision will: insurers added"},
    {"vision.wont", "wont: [hospitals, servers]", "wont: [servers, hospitals]",
     "vision won't: in another order"},
    {"vision.horizon", "2031", "2032", "vision horizon 2031 -> 2032"},
    {"not_doing.title", "On premises", "Own servers",
     "not-doing no-onprem renamed 'On premises' -> 'Own servers'"},
    MATCH_EDITS("not_doing.match", "nod", "not-doing no-onprem", "match"),
    {"not_doing.match.text", "air-gapped", "offline",
     "not-doing no-onprem match (words) changed"},
    {"intents.title", "Win clinics", "Win chains",
     "intent upmarket renamed 'Win clinics' -> 'Win chains'"},
    {"intents.until", "2028-12-31", "2029-12-31",
     "intent upmarket end 2028-12-31 -> 2029-12-31"},
    {"intents.evidence", "[study]", "[study, talks]",
     "intent upmarket evidence: talks added"},
    {"objectives.title", "They choose us", "They want us",
     "objective grow renamed 'They choose us' -> 'They want us'"},
    {"objectives.intent", "    intent: upmarket", "    intent: depth",
     "objective grow intent upmarket -> depth"},
    {"objectives.share", "    share: 100%\n", "",
     "objective grow planned share 100% -> none"},
    {"objectives.from", "from: 2026-10-01", "from: 2026-10-02",
     "objective grow first day 2026-10-01 -> 2026-10-02"},
    {"objectives.to", "    to: 2026-12-31\n", "",
     "objective grow last day 2026-12-31 -> none"},
    {KR "title", "Score", "NPS", "KR nps renamed 'Score' -> 'NPS'"},
    {KR "kind", "title: Steps", "title: Steps, kind: done",
     "KR steps kind reach -> done"},
    {KR "baseline", "baseline: 40", "baseline: 45",
     "KR nps baseline 40 -> 45, 33 days before its date (easier)"},
    {KR "target", "target: 60", "target: 50",
     "KR nps target 60 -> 50, 33 days before its date (easier)"},
    {KR "target", "target: 3", "target: 2",
     "KR calls target 3 -> 2, 66 days before its date (harder)"},
    {KR "target", "target: 3", "target: 12",
     "KR calls target 3 -> 12, 66 days before its date (it turns round)"},
    {KR "target", "title: Steps", "title: Steps, target: 12345678.5",
     "KR steps target none -> 12345678.5"},
    {KR "at_least", "at_least: 99", "at_least: 98",
     "KR uptime at least 99 -> 98, 3 days before its date (easier)"},
    {KR "at_most", "at_most: 101", "at_most: 100",
     "KR uptime at most 101 -> 100, 3 days before its date (harder)"},
    {KR "at_most", ", at_most: 101", "",
     "KR uptime at most 101 -> none, 3 days before its date (easier)"},
    {KR "kind.keep.at_least", "at_least: 1,", "at_least: 2,",
     "KR bugs at least 1 -> 2 (harder)"},
    {KR "kind.keep.at_most", "at_most: 7", "at_most: 8",
     "KR bugs at most 7 -> 8 (easier)"},
    {KR "by", "by: 2026-12-30", "by: 2027-01-30",
     "KR nps date 2026-12-30 -> 2027-01-30, 33 days before its date (easier)"},
    {KR "start", "start: 2026-10-02", "start: 2026-10-03",
     "KR nps first day 2026-10-02 -> 2026-10-03"},
    {KR "unit", "points", "stars", "KR nps unit points -> stars"},
    {KR "pace", "pace: linear", "pace: late", "KR nps pace changed"},
    {KR "pace.after", "2026-12-05", "2026-12-06", "KR calls pace changed"},
    {KR "pace.milestones", "2026-11-01: 45", "2026-11-01: 46", "KR steps pace changed"},
    {KR "lag", "28d", "21d", "KR nps lag changed"},
    {KR "check_in", "6d", "5d", "KR nps time between check-ins changed"},
    {KR "value.from", "from: metrics", "from: other", "KR nps value (source) changed"},
    {KR "value.query", "query: avg", "query: max", "KR nps value (query) changed"},
    {KR "value.pointer", "/a/b", "/a/c", "KR calls value (pointer) changed"},
    {KR "value.csv", "up.csv", "u.csv", "KR uptime value (file) changed"},
    {KR "value.row", "upr", "r", "KR uptime value (row) changed"},
    {KR "value.column", "upc", "c", "KR uptime value (column) changed"},
    {KR "value.count", "count: open", "count: done", "KR bugs value (count) changed"},
    MATCH_EDITS(KR "value.items", "val", "KR bugs", "counted items"),
    {"initiatives.title", "title: Onboard\n", "title: Land\n",
     "initiative onboarding renamed 'Onboard' -> 'Land'"},
    {"initiatives.problem", "Five weeks", "Six weeks",
     "initiative onboarding problem reworded"},
    {"initiatives.moves", "moves: [calls]", "moves: [nps]",
     "initiative portal moves calls -> nps"},
    {"initiatives.moves", "moves: [calls]", "moves: [uptime, calls]",
     "initiative portal moves: uptime added, now mainly uptime"},
    {"initiatives.moves", "moves: [nps, calls]", "moves: [calls, nps]",
     "initiative onboarding moves: in another order, now mainly calls\n"
     "initiative onboarding weights nps 70%, calls 30% -> calls 30%, nps 70%"},
    {"initiatives.weights", "nps: 70%, calls: 30%", "nps: 60%, calls: 40%",
     "initiative onboarding weights nps 70%, calls 30% -> nps 60%, calls 40%"},
    {"initiatives.status", "status: active", "status: done",
     "initiative onboarding status active -> done"},
    {"initiatives.start", "2026-10-05", "2026-10-06",
     "initiative onboarding first day 2026-10-05 -> 2026-10-06"},
    {"initiatives.due", "2026-12-15", "2026-12-16",
     "initiative onboarding due date 2026-12-15 -> 2026-12-16"},
    {"initiatives.rice.reach", "reach: 400", "reach: 500",
     "initiative onboarding estimate (RICE) changed"},
    {"initiatives.rice.impact", "impact: 2", "impact: 3",
     "initiative onboarding estimate (RICE) changed"},
    {"initiatives.rice.confidence", "confidence: 80%", "confidence: 70%",
     "initiative onboarding estimate (RICE) changed"},
    {"initiatives.rice.effort", "effort: 30d", "effort: 20d",
     "initiative onboarding estimate (RICE) changed"},
    {"initiatives.needs", "    needs: [pay]\n", "",
     "initiative onboarding needed teams pay -> none"},
    {"initiatives.costs.what", "what: SMS", "what: Mail",
     "initiative onboarding costs changed"},
    {"initiatives.costs.amount", "1200", "1300", "initiative onboarding costs changed"},
    {"initiatives.costs.per", "per: month", "per: once",
     "initiative onboarding costs changed"},
    {"initiatives.tracker", "[PAY-12, PAY-13]", "[PAY-13, PAY-14, PAY-15]",
     "initiative onboarding items in the tracker: PAY-14, PAY-15 added, PAY-12 "
     "removed"},
    MATCH_EDITS("initiatives.match", "ini", "initiative onboarding", "match"),
    {"buckets.title", "title: Run", "title: Keep running",
     "bucket ktlo renamed 'Run' -> 'Keep running'"},
    {"buckets.share", "share: 15%", "share: 14%",
     "bucket ktlo planned share 15% -> 14%"},
    MATCH_EDITS("buckets.match", "buc", "bucket ktlo", "match"),
    {"teams.title", "Payments", "Money", "team pay renamed 'Payments' -> 'Money'"},
    {"teams.people", "people: 8", "people: 9", "team pay number of people changed"},
    {"teams.tracked", "tracked: true", "tracked: false", "team pay tracked yes -> no"},
    {"teams.key_results", "key_results: [nps]", "key_results: [calls]",
     "team pay key results nps -> calls"},
    {"teams.cost_per_person_day", "    cost_per_person_day: 600\n", "",
     "team pay rate taken out"},
    {"teams.spread", "spread: 3", "spread: 4", "team pay spread changed"},
    {"teams.shares", "ktlo: 20%, grow: 80%", "ktlo: 30%, grow: 70%",
     "team pay own plan changed"},
    MATCH_EDITS("teams.match", "tea", "team pay", "match"),
    {"people.id", "id: ana,", "id: eva,", "people: 1 added, 1 removed"},
    {"people.name", "Ana S", "Ana T", PERSON},
    {"people.slack", "U01", "U02", PERSON},
    {"people.teams", "t@x.example", "u@x.example", PERSON},
    {"people.discord", "71", "72", PERSON},
    {"people.mattermost", "mana", "mano", PERSON},
    {"people.google_chat", "81", "82", PERSON},
    {"people.github", "gana", "gan", PERSON},
    {"people.jira", "jana", "jan", PERSON},
    {"people.email", "a@x.example", "b@x.example", PERSON},
    {"people.fte", "fte: 0.5", "fte: 0.6", PERSON},
    {"people.away", "2026-12-21/2027-01-04", "2026-12-22/2027-01-04", PERSON},
    {"bots", "[renovate]", "[renovate, dep]", "bots: 1 added"},
    {"holidays", "[2026-12-25]", "[2026-12-26, 2026-12-27]",
     "holidays: 2 added, 1 removed"},
    {"competitors.title", "title: Rival", "title: Other", "competitor rival renamed"},
    {"competitors.threat", "threat: 4", "threat: 5", "competitor rival threat changed"},
    {"competitors.attacks", "attacks: [upmarket]", "attacks: [depth]",
     "competitor rival what it attacks changed"},
    {"competitors.evidence", "2026-09-30", "2026-10-30",
     "competitor rival date of evidence changed"},
    {"competitors.note", "Vendor\n", "Big vendor\n", "competitor rival note reworded"},
    {"events.date", "2026-11-10", "2026-11-11", "event E-3 date changed"},
    {"events.what", "Price cut", "Price rise", "event E-3 what happened changed"},
    {"events.affects", "[upmarket, nps]", "[upmarket]",
     "event E-3 what it touches changed"},
    {"events.review_by", "2026-11-24", "2026-11-25", "event E-3 review changed"},
    {"decisions.date", "2026-09-14", "2026-09-15", "decision D-12 date changed"},
    {"decisions.chose", "Defer", "Build it", "decision D-12 choice changed"},
    {"decisions.rejected", "[Build]", "[Build, Buy]",
     "decision D-12 what was rejected changed"},
    {"decisions.because", "First things", "Time", "decision D-12 reason reworded"},
    {"decisions.affects", "affects: [grow]", "affects: [keep]",
     "decision D-12 what it touches changed"},
    {"decisions.review_by", "2027-03-01", "2027-03-02", "decision D-12 review changed"},
    {"decisions.assumes", "-10%", "-20%", "decision D-12 assumptions changed"},
    {"retired", "[old-init]", "[older]",
     "id older retired\nid old-init no longer retired"},
};

/* Kinds of nodes: how their keys nest, whose base has one, how a sentence begins. */
static const struct {
    const char *path, *id, *name;
    bool closed;
} nodes[] = {
    {"vision", "vision", "vision", false},
    {"not_doing", "no-onprem", "not-doing no-onprem", false},
    {"intents", "upmarket", "intent upmarket", false},
    {"objectives", "grow", "objective grow", false},
    {"objectives.key_results", "nps", "KR nps", false},
    {"initiatives", "onboarding", "initiative onboarding", false},
    {"buckets", "ktlo", "bucket ktlo", false},
    {"teams", "pay", "team pay", false},
    {"competitors", "rival", "competitor rival", true},
    {"events", "E-3", "event E-3", true},
    {"decisions", "D-12", "decision D-12", true},
};
static const struct {
    const char *key, *from, *to, *told, *kept; /* %s: the id */
} node_edits[] = {
    {"why", "why-%s\n", "other\n", "why reworded", "why reworded"},
    {"owner", "own-%s\n", "ben\n", "owner own-%s -> ben", "owner changed"},
    {"was", "was: [was-%s]", "was: [formerly-%s]",
     "former id formerly-%s added\n%s former id was-%s removed", NULL},
    {"docs.title", "doc-%s,", "memo,", "documents doc-%s -> memo", "documents changed"},
    {"docs.url", "d.example/%s ", "d.example/n ", "documents doc-%s changed",
     "documents changed"},
    {"visibility", "board # %s\n", "team # %s\n", "visibility board -> team",
     "visibility changed"},
};

static const struct {
    const char *key, *why;
} ignored[] = {
    {"strategy", "has but one value"},
    {"vision.was", "a vision has no id"},
    {"holidays.ics", "names where the days stand, which are compared"},
};

static void key_by_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        char *text = edited(base, edits[i].from, edits[i].to);

        expect(base, text, edits[i].sentences);
        free(text);
    }
}

/* The printf of the rows above: every %s is the id but the second of `was`. */
static void put(char *out, size_t n, const char *format, const char *id,
                const char *name)
{
    struct buf b;
    size_t nth = 0;

    buf_init_fixed(&b, out, n);
    for (const char *p = format; *p != '\0'; p++) {
        if (p[0] == '%' && p[1] == 's') {
            buf_addz(&b, ++nth == 2 && strchr(format, '\n') != NULL ? name : id);
            p++;
        } else {
            buf_addc(&b, *p);
        }
    }
    assert_true(buf_ok(&b));
}

static bool is_ignored(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++) {
        if (strcmp(ignored[i].key, key) == 0)
            return true;
    }
    return false;
}

static void keys_of_any_node(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(nodes) * ARRAY_LEN(node_edits); i++) {
        size_t of = i / ARRAY_LEN(node_edits), e = i % ARRAY_LEN(node_edits);
        bool closed = nodes[of].closed && node_edits[e].kept != NULL;
        char key[100], from[200], to[200], words[300], sentence[400], *text;

        snprintf(key, sizeof key, "%s.%s", nodes[of].path, node_edits[e].key);
        if (is_ignored(key))
            continue;
        put(from, sizeof from, node_edits[e].from, nodes[of].id, "");
        put(to, sizeof to, node_edits[e].to, nodes[of].id, "");
        put(words, sizeof words, closed ? node_edits[e].kept : node_edits[e].told,
            nodes[of].id, nodes[of].name);
        snprintf(sentence, sizeof sentence, "%s %s", nodes[of].name, words);
        text = edited(base, from, to);
        expect(base, text, sentence);
        free(text);
    }
}

/* ---- no key is forgotten ---- */

/* Collects the leaves below "properties"; lists and choices add nothing to the path. */
static size_t walk(const json_t *v, const char *path, struct map *keys, struct arena *a)
{
    const char *name;
    json_t *part;
    size_t i, n = 0;

    if (json_is_array(v)) {
        json_array_foreach(v, i, part) n += walk(part, path, keys, a);
        return n;
    }
    json_object_foreach(json_object_get(v, "properties"), name, part)
    {
        struct str key = arena_printf(a, "%s%s%s", path, *path ? "." : "", name);

        /* An id is what nodes pair by: see below. */
        if (walk(part, key.p, keys, a) == 0 && strcmp(name, "id") != 0)
            assert_true(map_set(keys, key, part));
        n++;
    }
    if (json_is_object(v)) {
        n += walk(json_object_get(v, "items"), path, keys, a);
        n += walk(json_object_get(v, "anyOf"), path, keys, a);
    }
    return n;
}

static void every_key_is_there(void **state)
{
    struct arena *a = arena_create(1 << 22);
    struct map *keys = map_create(), *have = map_create();
    struct buf text;
    json_t *root;

    (void)state;
    buf_init(&text, 1 << 22);
    conf_schema_strategy(&text);
    root = json_loadb(buf_cstr(&text), text.n, 0, NULL);
    assert_non_null(root);
    walk(root, "", keys, a);
    assert_true(map_count(keys) > 150);
    for (size_t i = 0; i < ARRAY_LEN(edits); i++)
        assert_true(map_set(have, str_of(edits[i].key), keys));
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        assert_true(map_set(have, str_of(ignored[i].key), keys));
    for (size_t i = 0; i < ARRAY_LEN(nodes) * ARRAY_LEN(node_edits); i++)
        assert_true(
            map_set(have,
                    arena_printf(a, "%s.%s", nodes[i / ARRAY_LEN(node_edits)].path,
                                 node_edits[i % ARRAY_LEN(node_edits)].key),
                    keys));
    for (size_t i = 0; i < map_count(keys); i++) {
        struct str key;
        void *value;

        map_at(keys, i, &key, &value);
        if (map_get(have, key) == NULL)
            fail_msg("what becomes of an edit of %.*s?", STR_FMT(key));
    }
    json_decref(root);
    buf_finish(&text);
    map_destroy(keys);
    map_destroy(have);
    arena_destroy(a);
}

/* ---- nodes: pairs, places ---- */

static void nothing_moved(void **state)
{
    struct diffed r;
    char *text = edited(base, "name: Acme", "name:   Acme # a comment");

    (void)state;
    diff(&r, base, base);
    assert_int_equal(r.n, 0);
    finish(&r);
    diff(&r, base, text);
    assert_int_equal(r.n, 0);
    buf_clear(&r.text);
    strategy_diff_summary(&r.text, r.v, r.n);
    assert_string_equal(buf_cstr(&r.text), "nothing but its text");
    finish(&r);
    free(text);
}

#define HEAD "strategy: 1\nname: A\n"
#define INITS "initiatives: [{ id: i, title: I }]\n"
#define OBS(list) HEAD "objectives: [" list "]\n" INITS
#define OB(id) "{ id: " id ", title: T }"
#define KRS(of_a, of_b)                                                                \
    HEAD "objectives:\n  - { id: a, title: A, key_results: [" of_a                     \
         "] }\n  - { id: b, title: B, key_results: [" of_b "] }\n" INITS

static void nodes_pair_and_rank(void **state)
{
    static const struct {
        const char *from, *to, *sentences;
    } rows[] = {
        /* One more does not rank the rest anew, wherever it stands. */
        {OBS(OB("a") "," OB("b")), OBS(OB("new") "," OB("a") "," OB("b")),
         "objective new added: T"},
        {OBS(OB("a") "," OB("b") "," OB("c")), OBS(OB("b") "," OB("c")),
         "objective a removed: T"},
        {OBS(OB("a") "," OB("b") "," OB("c")), OBS(OB("c") "," OB("a") "," OB("b")),
         "objective c re-ranked up: now before a"},
        {OBS(OB("a") "," OB("b") "," OB("c")), OBS(OB("b") "," OB("c") "," OB("a")),
         "objective a re-ranked down: now last"},
        {OBS(OB("a") "," OB("b") "," OB("c") "," OB("d")),
         OBS(OB("x") "," OB("b") "," OB("c") "," OB("a") "," OB("d")),
         "objective x added: T\nobjective a re-ranked down: now before d"},
        /* By `was`, and back. */
        {OBS(OB("a") "," OB("b")), OBS("{ id: z, was: a, title: T }," OB("b")),
         "objective renamed a -> z"},
        {OBS("{ id: z, was: a, title: T }"), OBS(OB("a")), "objective renamed z -> a"},
        /* The name went to another: that one is new, and nobody's successor. */
        {OBS(OB("a")), OBS("{ id: b, was: [c], title: T }," OB("a")),
         "objective b added: T"},
        /* From one objective to another, and its rank among those that stayed. */
        {KRS(OB("k") "," OB("l") "," OB("m"), OB("n")),
         KRS(OB("m") "," OB("l"), OB("k") "," OB("n")),
         "KR k objective a -> b\nKR m re-ranked up: now before l"},
        {KRS(OB("k"), ""), KRS("", "{ id: k, title: T, by: 2026-11-26 }"),
         "KR k objective a -> b\nKR k date none -> 2026-11-26, 1 day after its date"},
        /* What only follows a renamed node has not moved. */
        {HEAD
         "intents: [" OB("u") "]\nobjectives: [{ id: a, title: A, intent: u, "
                              "key_results: [" OB(
                                  "k") "] }]\ninitiatives: [{ id: i, title: I, moves: "
                                       "k }]\n",
         HEAD "intents: [{ id: v, was: u, title: T }]\nobjectives: [{ id: b, was: a, "
              "title: A, intent: v, key_results: [{ id: l, was: k, title: T }] }]\n"
              "initiatives: [{ id: i, title: I, moves: l }]\n",
         "intent renamed u -> v\nobjective renamed a -> b\nKR renamed k -> l"},
        /* An id that is of another kind now. */
        {OBS(OB("a")) "buckets: [" OB("x") "]\n", OBS(OB("a") "," OB("x")),
         "objective x added: T\nbucket x removed: T"},
        {OBS(OB("a")), OBS(OB("a")) "vision: { statement: S }\n", "vision added"},
        {OBS(OB("a")),
         OBS(OB("a")) "decisions: [{ id: D-1, date: 2026-01-01, chose: Secret }]\n"
                      "competitors: [" OB("x") "]\n",
         "competitor x added\ndecision D-1 added"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect(rows[i].from, rows[i].to, rows[i].sentences);
}

/* Nothing of what is closed is in any member. */
static void closed_values_are_not_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        char *text = edited(base, edits[i].from, edits[i].to);
        struct diffed r;

        diff(&r, base, text);
        for (size_t j = 0; j < r.n; j++) {
            bool closed = str_has_suffix(r.v[j].text, STR(" changed")) ||
                          strcmp(r.v[j].kind, "competitor") == 0;

            if (closed && r.v[j].old.n + r.v[j].new.n > 0)
                fail_msg("'%.*s' is told", STR_FMT(r.v[j].text));
        }
        finish(&r);
        free(text);
    }
}

/* Any two of a random walk of edits: the diff with itself is empty, the way back
 * mirrors. */
static void any_two_mirror(void **state)
{
    uint64_t random = 7;
    char *texts[12];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        texts[i] = strdup(base);
        for (size_t tries = 0; tries < 6; tries++) {
            const struct edit *e;
            const char *at;

            random = random * 6364136223846793005U + 1442695040888963407U;
            e = &edits[(random >> 33) % ARRAY_LEN(edits)];
            at = strstr(texts[i], e->from);
            if (at != NULL && strstr(at + 1, e->from) == NULL &&
                strcmp(e->key, "people.id") != 0 && strstr(e->key, "moves") == NULL) {
                char *next = edited(texts[i], e->from, e->to);

                free(texts[i]);
                texts[i] = next;
            }
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(texts) * ARRAY_LEN(texts); i++)
        hold_to_mirror(texts[i / ARRAY_LEN(texts)], texts[i % ARRAY_LEN(texts)]);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free(texts[i]);
}

/* However little memory there is, it ends, and says so. */
static void memory_runs_out(void **state)
{
    struct strategy *from = load(base), *to = load(OBS(OB("grow") "," OB("new")));
    struct strategy_change *v;
    size_t n, failures = 0;

    (void)state;
    for (size_t ceiling = 64; ceiling < 32768; ceiling += 64) {
        struct arena *a = arena_create(ceiling);

        failures += !strategy_diff(from, to, (struct date){2026, 1, 1}, a, &v, &n);
        arena_destroy(a);
    }
    assert_in_range(failures, 50, 500);
    strategy_unref(from);
    strategy_unref(to);
}

/* What is the same costs nothing that stays. */
static void many_nodes_need_little(void **state)
{
    struct buf text;
    struct strategy *s;
    struct strategy_change *v;
    struct arena *a = arena_create(4 << 20);
    size_t n;

    (void)state;
    buf_init(&text, 1 << 20);
    buf_addz(&text, HEAD "objectives: [" OB("o") "]\ninitiatives:\n");
    for (size_t i = 0; i < 8000; i++)
        buf_printf(&text, "  - { id: i%zu, title: T, match: { labels: [a, b, c] } }\n",
                   i);
    s = load(buf_cstr(&text));
    assert_true(strategy_diff(s, s, (struct date){2026, 1, 1}, a, &v, &n));
    assert_int_equal(n, 0);
    strategy_unref(s);
    arena_destroy(a);
    buf_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_by_key),
        cmocka_unit_test(keys_of_any_node),
        cmocka_unit_test(every_key_is_there),
        cmocka_unit_test(nothing_moved),
        cmocka_unit_test(nodes_pair_and_rank),
        cmocka_unit_test(closed_values_are_not_told),
        cmocka_unit_test(any_two_mirror),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(many_nodes_need_little),
    };
    struct buf b;

    buf_init_fixed(&b, base, sizeof base);
    for (size_t i = 0; i < ARRAY_LEN(base_parts); i++)
        buf_addz(&b, base_parts[i]);
    if (!buf_ok(&b))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
