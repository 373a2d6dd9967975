#include "config/first_draft.h"

#include "base/map.h"
#include "base/yamlw.h"
#include "config/fresh_id.h"

/* Somebody, by the accounts that are taken for theirs. */
struct draft_person {
    struct str id, name, github, jira;
};

struct draft {
    struct arena *a;
    struct buf *out;
    struct map *ids, *people_ids; /* owned */
    struct draft_person *people;
    size_t n_people, cap_people;
    struct draft_result *result;
};

static void put_key(struct buf *out, const char *key, struct str text)
{
    if (text.n == 0)
        return;
    buf_addz(out, key);
    yamlw_text(out, text);
    buf_addc(out, '\n');
}

/* ---- alignd.yaml ---- */

static const char alignd_head[] =
    "# yaml-language-server: $schema=/usr/share/alignd/alignd.schema.json\n"
    "#\n"
    "# The configuration of alignd, drafted by alignctl init. alignd.yaml(5) explains every\n"
    "# key; `alignd -c FILE --check` tells every mistake with its line.\n"
    "\n"
    "# The strategy that work is held against; relative to this file.\n"
    "strategy: strategy.yaml\n"
    "\n"
    "# Under systemd these are found by themselves; elsewhere alignd needs them to run.\n"
    "# state: state\n"
    "# socket: alignd.sock\n"
    "\n"
    "# Waits such as 1wd count working days, and most messages keep to these hours.\n"
    "# timezone: Europe/Berlin # to be filled in\n"
    "# working_hours: \"Mon-Fri 09:00-17:30\"\n"
    "\n"
    "# Where the work is. Tokens are never written here: `credential: NAME` is the file\n"
    "# /etc/alignd/credentials/NAME, readable by root only.\n"
    "sources:\n";
static const char no_sources[] =
    "  - name: github\n"
    "    type: github\n"
    "    repos: [owner/repository] # to be filled in\n"
    "    # token: { credential: github-token } # read access to issues and metadata\n"
    "  # - name: jira\n"
    "  #   type: jira\n"
    "  #   url: https://company.atlassian.net\n"
    "  #   user: bot@company.example # Cloud only; Data Center has a token alone\n"
    "  #   token: { credential: jira-token }\n";
static const char alignd_tail[] =
    "\n"
    "# Where messages go: the log, until a chat is named. A webhook's address is a secret.\n"
    "# channels:\n"
    "#   - { name: product, type: slack, url: { credential: slack-product } }\n"
    "\n"
    "# Rules run with defaults that suit most; `alignctl rules` explains each.\n"
    "# rules:\n"
    "#   unlinked-work: { for: 1wd }\n";

static void put_token(const struct draft_source *s, struct buf *out)
{
    const char *name = s->jira ? "jira-token" : "github-token";

    if (s->token.from == SECRET_NONE) {
        buf_printf(out, "    # token: { credential: %s } # to be filled in\n", name);
        return;
    }
    buf_addz(out, s->token.from == SECRET_FILE ? "    token: { file: " : "    token: { env: ");
    yamlw_text(out, s->token.name);
    buf_printf(out, " } # for the service: { credential: %s }\n", name);
}

static void put_names(const struct survey *found, struct buf *out)
{
    struct str names[SURVEY_MAX_PLACES];
    size_t n = 0;

    for (size_t i = 0; i < found->n_places && n < SURVEY_MAX_PLACES; i++) {
        if (found->places[i].busy)
            names[n++] = found->places[i].name;
    }
    yamlw_list(out, names, n);
}

static void put_jira(const struct draft_source *s, struct buf *out)
{
    const struct survey *found = s->found;

    put_key(out, "    user: ", s->user);
    put_token(s, out);
    if (found->n_places > 0) {
        buf_addz(out, "    # All projects that the user sees are followed, or but some:\n"
                      "    # projects: { include: ");
        put_names(found, out);
        buf_addz(out, " }\n");
    }
    if (found->field.n > 0) {
        buf_addz(out, "    fields: { initiative: ");
        yamlw_text(out, found->field);
        buf_addz(out, " } # ");
        yamlw_comment(out, found->field_name);
        buf_addc(out, '\n');
    } else {
        buf_addz(out, "    # fields: { initiative: \"Strategic initiative\" } # the one that "
                      "names it, where there is one\n");
    }
}

static void put_github(const struct draft_source *s, struct buf *out)
{
    buf_addz(out, "    repos: ");
    put_names(s->found, out);
    buf_addc(out, '\n');
    put_token(s, out);
}

void draft_alignd(const struct draft_source *v, size_t n, struct buf *out)
{
    buf_addz(out, alignd_head);
    for (size_t i = 0; i < n; i++) {
        const char *type = v[i].jira ? "jira" : "github";

        buf_printf(out, "  - name: %s\n    type: %s\n", type, type);
        put_key(out, "    url: ", v[i].url);
        if (v[i].jira)
            put_jira(&v[i], out);
        else
            put_github(&v[i], out);
    }
    if (n == 0)
        buf_addz(out, no_sources);
    buf_addz(out, alignd_tail);
}

/* ---- people ---- */

/* "Ana Silva", "ana.silva" and "anasilva" are one word. */
static struct str squashed(struct draft *d, struct str s)
{
    char *p = arena_array(d->a, s.n + 1, 1);
    size_t n = 0;

    for (size_t i = 0; p != NULL && i < s.n; i++) {
        char ch = s.p[i];

        if (ch == ' ' || ch == '.' || ch == '-' || ch == '_')
            continue;
        p[n++] = (char)(ch >= 'A' && ch <= 'Z' ? ch | 0x20 : ch);
    }
    return (struct str){p, n};
}

static struct draft_person *same_person(struct draft *d, bool jira, struct str called)
{
    struct str key = squashed(d, called);

    for (size_t i = 0; i < d->n_people; i++) {
        struct draft_person *p = &d->people[i];
        struct str taken = jira ? p->jira : p->github;

        if (taken.n == 0 && key.n > 0 && str_eq(squashed(d, p->name), key))
            return p;
    }
    return NULL;
}

static void add_person(struct draft *d, bool jira, const struct survey_person *from)
{
    struct str called = from->name.n > 0 ? from->name : from->id;
    struct draft_person *p = same_person(d, jira, called);

    if (p != NULL) {
        d->result->merged++;
    } else {
        p = arena_grow(d->a, &d->people, &d->n_people, &d->cap_people, sizeof *p);
        if (p == NULL)
            return;
        *p = (struct draft_person){
            .id = fresh_id(d->people_ids, d->a, called, STR("person")), .name = called};
    }
    if (jira)
        p->jira = from->id;
    else
        p->github = from->id;
}

static struct str person_id(const struct draft *d, bool jira, struct str account)
{
    for (size_t i = 0; account.n > 0 && i < d->n_people; i++) {
        const struct draft_person *p = &d->people[i];

        if (str_eq(jira ? p->jira : p->github, account))
            return p->id;
    }
    return STR_NONE;
}

static void put_handle(struct buf *out, const char *key, struct str text)
{
    if (text.n == 0 || text.n > 200)
        return;
    buf_addz(out, key);
    yamlw_text(out, text);
}

static void put_people(struct draft *d)
{
    buf_addz(d->out, "\n# For ownership and mentions, never for ranking.\n");
    if (d->n_people == 0)
        buf_addz(d->out, "# people: # to be filled in\n"
                         "#   - { id: mia, name: Mia Novak, github: mianovak }\n");
    else
        buf_addz(d->out, "people:\n");
    for (size_t i = 0; i < d->n_people; i++) {
        const struct draft_person *p = &d->people[i];

        buf_addz(d->out, "  - { id: ");
        yamlw_text(d->out, p->id);
        put_handle(d->out, ", name: ", p->name);
        put_handle(d->out, ", github: ", p->github);
        put_handle(d->out, ", jira: ", p->jira);
        buf_addz(d->out, " }\n");
    }
    d->result->people = d->n_people;
}

/* ---- strategy.yaml ---- */

static const char strategy_head[] =
    "# yaml-language-server: $schema=/usr/share/alignd/strategy.schema.json\n"
    "#\n"
    "# A strategy, drafted by alignctl init. What only you know is marked \"to be filled\n"
    "# in\"; `alignctl lint strategy.yaml` tells what else it could say, and\n"
    "# alignd-strategy(5) explains every key.\n"
    "#\n"
    "# Ids are for good: links in trackers and all history hang on them. To rename one,\n"
    "# write the old id into `was` of the same entry.\n"
    "\n"
    "strategy: 1 # the version of this form\n"
    "name: Our company # to be filled in\n"
    "\n"
    "# What it is all for, in the words you would use to a new colleague. To be filled in:\n"
    "# vision:\n"
    "#   statement: What is different for whom, once you succeed\n"
    "#   customers: Whom it is for\n"
    "#   differentiator: Why they come to you and not to others\n"
    "#   will: [what you do for it]\n"
    "#   wont: [what you leave to others]\n"
    "#   horizon: 2030\n"
    "\n"
    "# What you have decided against, so that it is noticed when it happens anyway:\n"
    "# not_doing:\n"
    "#   - { id: no-resale, title: Resale, why: ..., match: { text: [resale] } }\n"
    "\n"
    "# Why you choose what you choose; the first is the most important:\n"
    "# intents:\n"
    "#   - { id: trust, title: ..., why: ..., owner: ... }\n"
    "\n"
    "# What is to be reached, by when, and how you will know.\n"
    "objectives:\n";

static void put_objective(struct draft *d)
{
    (void)fresh_id(d->ids, d->a, STR("first-objective"), STR_NONE); /* the first one */
    buf_addz(d->out,
             "  - id: first-objective\n"
             "    title: What is to be different for customers # to be filled in\n"
             "    # To be filled in: why, owner, share, from, to, and what is measured\n"
             "    # key_results:\n"
             "    #   - { id: first-result, title: ..., baseline: 0, target: 10, unit: \"%\", "
             "by: 2027-12-31, owner: ... }\n");
}

static void put_initiative(struct draft *d, bool jira, const struct survey_initiative *in)
{
    struct str owner = person_id(d, jira, in->owner);
    struct buf *out = d->out;

    buf_addz(out, "  - id: ");
    yamlw_text(out, fresh_id(d->ids, d->a, in->title,
                             in->key.n > 0 ? in->key : STR("milestone")));
    buf_addc(out, '\n');
    put_key(out, "    title: ", in->title);
    put_key(out, "    owner: ", owner);
    if (in->key.n > 0) {
        buf_addz(out, "    tracker: ");
        yamlw_list(out, &in->key, 1);
        buf_addc(out, '\n');
    } else if (!in->cut) {
        buf_addz(out, "    match: { milestones: ");
        yamlw_list(out, &in->title, 1);
        buf_addz(out, " }\n");
    }
    d->result->initiatives++;
}

static void put_initiatives(struct draft *d, const struct draft_source *v, size_t n)
{
    buf_addz(d->out,
             "\n# Bets on how to get there. To be filled in for each: problem, owner, start, due\n"
             "# and which key results it is to move, the main one first (moves: [...]).\n"
             "initiatives:\n");
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < v[i].found->n_initiatives; k++)
            put_initiative(d, v[i].jira, &v[i].found->initiatives[k]);
    }
    if (d->result->initiatives == 0)
        buf_addz(d->out, "  - id: first-initiative\n"
                         "    title: The first thing to do # to be filled in\n"
                         "    status: proposed\n");
}

static void put_team(struct draft *d, bool jira, const struct survey_place *place)
{
    struct buf *out = d->out;

    buf_addz(out, d->result->teams == 0 ? "teams:\n  - { id: " : "  - { id: ");
    yamlw_text(out, fresh_id(d->ids, d->a, place->title, place->name));
    buf_addz(out, ", title: ");
    yamlw_text(out, place->title.n > 0 ? place->title : place->name);
    buf_addz(out, jira ? ", match: { projects: " : ", match: { repos: ");
    yamlw_list(out, &place->name, 1);
    buf_addz(out, " } }\n");
    d->result->teams++;
}

static void put_teams(struct draft *d, const struct draft_source *v, size_t n)
{
    buf_addz(d->out, "\n# Work that no objective asks for and that is done all the same:\n"
                     "# buckets:\n"
                     "#   - { id: upkeep, title: Keep it running, share: 20%, match: { labels: "
                     "[bug] } }\n"
                     "\n# Who does the work. To be filled in for each: people (how many), "
                     "key_results.\n");
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < v[i].found->n_places; k++) {
            if (v[i].found->places[k].busy)
                put_team(d, v[i].jira, &v[i].found->places[k]);
        }
    }
    if (d->result->teams == 0)
        buf_addz(d->out, "# teams:\n"
                         "#   - { id: web, title: Web, people: 5, match: { repos: "
                         "[owner/repository] } }\n");
}

bool draft_strategy(const struct draft_source *v, size_t n, struct arena *a,
                    struct buf *out, struct draft_result *ret, struct err *e)
{
    struct draft d = {.a = a,
                      .out = out,
                      .ids = map_create(),
                      .people_ids = map_create(),
                      .result = ret};
    bool ok = d.ids != NULL && d.people_ids != NULL;

    *ret = (struct draft_result){0};
    for (size_t i = 0; ok && i < n; i++) {
        for (size_t k = 0; k < v[i].found->n_people; k++)
            add_person(&d, v[i].jira, &v[i].found->people[k]);
    }
    if (ok) {
        buf_addz(out, strategy_head);
        put_objective(&d);
        put_initiatives(&d, v, n);
        put_teams(&d, v, n);
        put_people(&d);
    }
    map_destroy(d.ids);
    map_destroy(d.people_ids);
    ok = ok && !arena_failed(a);
    return ok ? buf_check(out, e) : err_nomem(e);
}
