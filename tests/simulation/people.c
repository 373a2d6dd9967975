#include "tests/simulation/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulation/chance.h"
#include "tests/simulation/clockwork.h"
#include "tests/simulation/record.h"

enum { FIRST_THINGS = 60, PLACES = 3, NODES = 5 };

const char people_url[] = "http://127.0.0.1:8080";
const char *const truth_names[TRUTHS_N] = {
#define X(e, id) [e] = id,
    TRUTHS(X)
#undef X
};

static const char *const repos[] = {"acme/web", "acme/pay"};

/* What a label may name: nothing, an initiative, or (the last) nothing that exists. */
static const char *const links[] = {"",        "onboarding", "billing", "reports",
                                    "old-portal", "fresh",   "onbording"};
enum { LINKS = 7 };

enum node_state { NODE_ABSENT, NODE_ACTIVE, NODE_DONE, NODE_DROPPED };
static const char *const node_words[] = {"", "active", "done", "dropped"};

static struct {
    struct world *world;
    struct chance chance;
    struct thing things[THINGS_MAX];
    size_t n;
    int64_t numbers[PLACES];
    enum node_state nodes[NODES]; /* of links[1..] */
    unsigned edition;             /* of the strategy's texts */
    bool strategy_changed, hands_off, rest;
    struct thing *wants_excuse;
    int64_t next;
} all;

/* ---- the truth ---- */

static bool holds(const struct thing *t, enum truth which)
{
    enum node_state node =
        t->link >= 1 && t->link <= NODES ? all.nodes[t->link - 1] : NODE_ABSENT;

    if (!t->open || t->gone || t->exempt || t->excused)
        return false;
    switch (which) {
    case TRUTH_UNLINKED:
        return t->epic && t->link == 0;
    case TRUTH_UNKNOWN:
        return t->link > 0 && node == NODE_ABSENT;
    case TRUTH_RETIRED:
        return node == NODE_DONE || node == NODE_DROPPED;
    case TRUTHS_N:
        break;
    }
    return false;
}

static void work_out(void)
{
    int64_t now = clockwork_truth().ms;

    for (size_t i = 0; i < all.n; i++) {
        struct thing *t = &all.things[i];

        for (int k = 0; k < TRUTHS_N; k++) {
            bool h = holds(t, (enum truth)k);

            /* By another link it is another fact, which is to be seen first. */
            if (h != t->truth[k].holds || (h && t->link != t->truth[k].link)) {
                t->truth[k].holds = h;
                t->truth[k].link = t->link;
                t->truth[k].since = now;
            }
        }
    }
}

/* ---- in the trackers ---- */

static json_t *labels_of(const struct thing *t)
{
    json_t *v = json_array();
    char label[64];

    if (t->place < 2 && t->epic)
        (void)json_array_append_new(v, json_string("epic"));
    if (t->link > 0) {
        (void)snprintf(label, sizeof(label), "initiative:%s", links[t->link]);
        (void)json_array_append_new(v, json_string(label));
    }
    if (t->exempt)
        (void)json_array_append_new(v, json_string("strategy:none"));
    return v;
}

static const char *title_of(const struct thing *t, char ret[100])
{
    static const char *const what[] = {"Booking page",  "Invoice export", "Reminder text",
                                       "Import wizard", "Audit trail",    "Night batch"};

    (void)snprintf(ret, 100, "%s %s %lld", what[t->number % 6], t->epic ? "epic" : "story",
                   (long long)t->number);
    return ret;
}

/* The issue as a company file has it. */
static json_t *form_of(const struct thing *t)
{
    char title[100];
    json_t *o = t->place < 2
                    ? json_pack("{s:s, s:I, s:s, s:s, s:o}", "repo", repos[t->place],
                                "number", (json_int_t)t->number, "title",
                                title_of(t, title), "state", t->open ? "open" : "closed",
                                "labels", labels_of(t))
                    : json_pack("{s:s, s:s, s:s, s:s, s:o}", "key", t->key, "summary",
                                title_of(t, title), "type", t->epic ? "Epic" : "Story",
                                "status", t->open ? "To Do" : "Done", "labels",
                                labels_of(t));

    return o;
}

static void store(struct thing *t, json_t *form)
{
    struct wall now = clockwork_truth();
    struct err e;

    t->changed_at = now.ms;
    (void)json_object_set_new(form, "updated", json_string("now"));
    if (t->place < 2 ? !github_change(all.world->github, form, now, &e)
                     : !jira_change(all.world->jira, form, now, &e))
        record_fail("%s cannot be changed: %s", t->key, e.msg);
    json_decref(form);
}

static struct thing *new_thing(int place, bool epic)
{
    struct thing *t = &all.things[all.n];

    if (all.n == THINGS_MAX)
        return NULL;
    all.n++;
    memset(t, 0, sizeof(*t));
    t->place = place;
    t->number = ++all.numbers[place];
    t->epic = epic;
    t->open = true;
    if (place < 2)
        (void)snprintf(t->key, sizeof(t->key), "%s#%lld", repos[place],
                       (long long)t->number);
    else
        (void)snprintf(t->key, sizeof(t->key), "OPS-%lld", (long long)t->number);
    return t;
}

static struct thing *pick(bool epic)
{
    for (int tries = 0; tries < 50; tries++) {
        struct thing *t = &all.things[chance_below(&all.chance, all.n)];

        if (!t->gone && t->epic == epic)
            return t;
    }
    return NULL;
}

/* ---- what people do ---- */

static void create(bool epic)
{
    struct thing *t = new_thing((int)chance_below(&all.chance, PLACES), epic);
    json_t *form;

    if (t == NULL)
        return;
    if (epic && chance_in(&all.chance, 1, 2))
        t->link = (int)chance_below(&all.chance, LINKS);
    form = form_of(t);
    (void)json_object_set_new(form, "created", json_string("now"));
    (void)json_object_set_new(form, t->place < 2 ? "author" : "reporter",
                              json_string("ben"));
    record("people: new %s, link '%s'", t->key, links[t->link]);
    store(t, form);
}

static void change(struct thing *t, const char *how)
{
    record("people: %s %s, link '%s'", how, t->key, links[t->link]);
    store(t, form_of(t));
}

static void relink(void)
{
    struct thing *t = pick(true);

    if (t == NULL)
        return;
    t->link = (int)chance_below(&all.chance, LINKS);
    t->exempt = chance_in(&all.chance, 1, 10);
    change(t, "label");
}

static void unlink_one(void)
{
    struct thing *t = pick(true);

    if (t == NULL)
        return;
    t->link = 0;
    t->exempt = false;
    change(t, "unlink");
}

static void turn(void)
{
    struct thing *t = pick(chance_in(&all.chance, 2, 3));

    if (t == NULL)
        return;
    t->open = !t->open;
    change(t, t->open ? "reopen" : "close");
}

static void lose(void)
{
    struct thing *t = pick(chance_in(&all.chance, 2, 3));
    json_t *form;
    char old[32];

    if (t == NULL)
        return;
    form = form_of(t);
    if (t->place == 2 && chance_in(&all.chance, 1, 2)) { /* to a project not followed */
        memcpy(old, t->key, sizeof(old));
        (void)snprintf(t->key, sizeof(t->key), "ARC-%lld", (long long)t->number);
        record("people: move %s to %s", old, t->key);
        (void)json_object_set_new(form, "key", json_string(t->key));
        (void)json_object_set_new(form, "was", json_pack("[s]", old));
    } else {
        record("people: delete %s", t->key);
        (void)json_object_set_new(form, "deleted", json_true());
    }
    t->gone = true;
    store(t, form);
}

static void touch(void)
{
    struct thing *t = pick(chance_in(&all.chance, 1, 2));

    if (t != NULL)
        change(t, "touch");
}

static void edit_strategy(void)
{
    size_t i = (size_t)chance_below(&all.chance, NODES);

    if (all.hands_off)
        return;
    all.nodes[i] = (enum node_state)chance_between(&all.chance, NODE_ACTIVE, NODE_DROPPED);
    all.edition++;
    all.strategy_changed = true;
    record("people: initiative %s is %s now", links[i + 1], node_words[all.nodes[i]]);
}

static void excuse(void)
{
    if (all.wants_excuse == NULL)
        all.wants_excuse = pick(true);
}

static void act(void)
{
    static const struct {
        uint64_t weight;
        void (*act)(void);
    } acts[] = {{25, relink}, {10, unlink_one}, {17, turn}, {5, lose}, {13, touch},
                {5, edit_strategy}, {4, excuse}};
    uint64_t draw = chance_below(&all.chance, 114);

    if (draw < 35) {
        create(draw < 20);
        return;
    }
    draw -= 35;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (draw < acts[i].weight) {
            acts[i].act();
            return;
        }
        draw -= acts[i].weight;
    }
}

/* On working days by day, and now and then at any other time. */
static int64_t pause_after(int64_t now)
{
    int64_t day = now / 86400000, hour = now / 3600000 % 24;
    bool working = (day + 3) % 7 < 5 && hour >= 7 && hour < 18;

    return chance_between(&all.chance, 1000, working ? 80 * 60000 : 12 * 3600000);
}

/* Who got no answer asks again, also when nobody does anything else. */
int64_t people_next(void)
{
    bool asks = all.wants_excuse != NULL && all.wants_excuse->unsure;

    return all.rest && !asks ? INT64_MAX : all.next;
}

void people_act(void)
{
    if (!all.rest)
        act();
    work_out();
    all.next = clockwork_truth().ms + pause_after(clockwork_truth().ms);
}

void people_rest(void)
{
    all.rest = true;
}

struct thing *people_to_excuse(void)
{
    struct thing *t = all.wants_excuse;

    all.wants_excuse = NULL;
    if (t != NULL)
        t->unsure = false;
    return t;
}

void people_excused(struct thing *t)
{
    record("people: %s is exempt by command", t->key);
    t->excused = true;
    work_out();
}

void people_unsure(struct thing *t)
{
    all.wants_excuse = t;
    t->unsure = true;
    for (int k = 0; k < TRUTHS_N; k++)
        t->truth[k].since = clockwork_truth().ms;
}

void people_leave_strategy(bool leave)
{
    all.hands_off = leave;
}

void people_hide(int place, bool hidden)
{
    bool project = place == 2;
    json_t *o = json_pack("{s:s, s:b}", project ? "project" : "repo",
                          project ? "OPS" : repos[place], "hidden", hidden);
    struct err e;

    if (project ? !jira_change_project(all.world->jira, o, &e)
                : !github_change_repo(all.world->github, o, &e))
        record_fail("place %d cannot be hidden: %s", place, e.msg);
    json_decref(o);
}

struct thing *people_things(size_t *ret_n)
{
    *ret_n = all.n;
    return all.things;
}

struct thing *people_find(const char *key)
{
    for (size_t i = 0; i < all.n; i++) {
        if (strcmp(all.things[i].key, key) == 0)
            return &all.things[i];
    }
    return NULL;
}

/* ---- the strategy ---- */

bool people_strategy_changed(void)
{
    bool changed = all.strategy_changed;

    all.strategy_changed = false;
    return changed;
}

void people_strategy(struct buf *out)
{
    buf_printf(out,
               "strategy: 1\n"
               "name: Acme\n"
               "objectives:\n"
               "  - id: grow\n"
               "    title: Multi-site clinics choose us first (%u)\n"
               "    why: They decide once for all of their sites\n"
               "    key_results:\n"
               "      - { id: nps, title: Multi-site NPS, baseline: 40, target: 60,\n"
               "          start: 2026-10-01, by: 2027-12-31, unit: points }\n"
               "teams:\n"
               "  - { id: payments, title: Payments, people: 4,\n"
               "      match: { repos: [acme/pay] } }\n"
               "  - { id: web, title: Web, people: 5,\n"
               "      match: { repos: [acme/web], projects: [OPS] } }\n"
               "initiatives:\n",
               all.edition);
    for (int i = 0; i < NODES; i++) {
        if (all.nodes[i] != NODE_ABSENT)
            buf_printf(out, "  - { id: %s, title: The %s, moves: [nps], status: %s }\n",
                       links[i + 1], links[i + 1], node_words[all.nodes[i]]);
    }
}

/* ---- the start ---- */

static json_t *company(void)
{
    json_t *issues[PLACES] = {json_array(), json_array(), json_array()};

    for (int i = 0; i < FIRST_THINGS; i++) {
        struct thing *t = new_thing(i % PLACES, chance_in(&all.chance, 1, 2));
        char age[16];
        json_t *form;

        if (t->epic && chance_in(&all.chance, 2, 3))
            t->link = (int)chance_below(&all.chance, LINKS);
        t->open = !chance_in(&all.chance, 1, 4);
        form = form_of(t);
        (void)snprintf(age, sizeof(age), "-%dd", 70 - i);
        (void)json_object_del(form, "repo");
        (void)json_object_set_new(form, "created", json_string(age));
        (void)json_object_set_new(form, "updated", json_string(age));
        (void)json_object_set_new(form, t->place < 2 ? "author" : "reporter",
                                  json_string("ben"));
        (void)json_array_append_new(issues[t->place], form);
    }
    return json_pack(
        "{s:[{s:s, s:s, s:s, s:s}], s:{s:[{s:s, s:i, s:o}, {s:s, s:i, s:o}]},"
        " s:{s:[{s:s, s:s, s:i, s:o}, {s:s, s:s, s:i, s:[]}]}}",
        "people", "id", "ben", "name", "Ben Okoro", "github", "ben", "jira", "ben",
        "github", "repos", "name", repos[0], "id", 1, "issues", issues[0], "name",
        repos[1], "id", 2, "issues", issues[1], "jira", "projects", "key", "OPS", "name",
        "Operations", "id", 10001, "issues", issues[2], "key", "ARC", "name", "Archive",
        "id", 10002, "issues");
}

void people_init(uint64_t seed, struct world *w)
{
    static const struct github_options gh = {
        .site = people_url, .rate_limit = 5000, .cursor_after = 1000};
    static const struct jira_options jira = {.site = people_url};
    static const struct chat_options chat = {.print = false};
    struct wall now = clockwork_truth();
    json_t *root;
    struct err e;

    memset(&all, 0, sizeof(all));
    all.world = w;
    chance_seed(&all.chance, seed, CHANCE_PEOPLE);
    for (int i = 0; i < NODES; i++)
        all.nodes[i] = i < 3 ? NODE_ACTIVE : i == 3 ? NODE_DONE : NODE_ABSENT;
    root = company();
    memset(w, 0, sizeof(*w));
    w->people = staff_create();
    w->faults = faults_create();
    w->github = github_create(&gh, w->people, &e);
    w->jira = jira_create(&jira, w->people, &e);
    w->chat = chat_create(&chat, &e);
    if (root == NULL || !staff_load(w->people, json_object_get(root, "people"), &e) ||
        !github_load(w->github, json_object_get(root, "github"), now, &e) ||
        !jira_load(w->jira, json_object_get(root, "jira"), now, &e))
        record_fail("no company: %s", e.msg);
    json_decref(root);
    work_out();
    all.next = now.ms + 3600000;
}
