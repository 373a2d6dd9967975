#include "config/match_keys.h"
#include "config/node_rows.h"
#include "config/shares.h"

/* ---- teams, people ---- */

#define TEAM(member) offsetof(struct team, member)

static void read_team_key_results(struct binder *b, const struct yaml_node *value,
                                  const struct place *where, const struct bind_key *key,
                                  void *out)
{
    struct team *t = out;
    struct str_list names = {0};

    if (!bind_strs(b, value, where, key->key.name, 64, &names) ||
        !nodes_check_twice(b, value, key->key.name, where)) {
        return;
    }
    t->key_results = arena_array(b->a, names.n, sizeof(struct key_result *));
    if (t->key_results != NULL) {
        t->n_key_results = names.n;
        nodes_want_ids(b, value, key->key.name, &t->node, KIND(KR), false,
                       (char *)t->key_results, sizeof(struct key_result *));
    }
}

static void read_shares(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_key *key,
                        void *out)
{
    static const struct conf_key pairs = {
        .name = "shares", .type = CONF_MAP, .max = 20};
    struct team *t = out;
    struct place here = {"shares", STR_NONE, where};
    double sum = 0;
    size_t bad = 0;

    bind_value(b, value, where, &pairs, &t->shares);
    if (value->kind != YAML_MAP) {
        return;
    }
    for (const struct yaml_node *v = value->first; v != NULL; v = v->next) {
        struct ref ref = {
            .value = v,
            .at = v->key->at,
            .id = v->key->text,
            .key = "shares",
            .from = &t->node,
            .kinds = KIND(OBJECTIVE) | KIND(BUCKET),
        };
        double share = 0;

        if (v->kind != YAML_SCALAR || yaml_is_null(v) ||
            !bind_percent(b, v, &here, arena_str(b->scratch, v->key->text).p, 0, 100,
                          &share)) {
            bad++;
        }
        sum += share;
        refs_want(nodes_refs(b), &ref);
    }
    if (bad == 0 && !shares_is_whole(sum)) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "add up to %.10g%%, not to 100%%", sum * 100);
    }
}

static void whole_team(struct binder *b, const struct yaml_node *map,
                       const struct place *where, void *out)
{
    struct team *t = out;

    (void)where;
    nodes_whole(b, map, NODE_TEAM, &t->node);
    t->cost_per_person_day =
        yaml_get(map, "cost_per_person_day") == NULL ? -1 : t->cost_per_person_day;
    t->spread = yaml_get(map, "spread") == NULL ? -1 : t->spread;
}

static const struct bind_key team_rows[] = {
    NODE_ID,
    NODE_TITLE,
    {.key = {.name = "people",
             .type = CONF_INT,
             .offset = TEAM(people),
             .min = 1,
             .max = 100000,
             .doc = "How many."}},
    {.key = {.name = "tracked",
             .type = CONF_BOOL,
             .offset = TEAM(tracked),
             .dflt = "true",
             .doc = "false: it has no tracker of its own."}},
    {.key = {.name = "key_results",
             .offset = TEAM(key_results),
             .doc = "Ids of its key results."},
     .form = BIND_CALL,
     .call = read_team_key_results,
     .schema = IDS_SCHEMA},
    NODE_NUMBER("cost_per_person_day", TEAM(cost_per_person_day), 0, 1000000,
                "Its rate."),
    NODE_NUMBER("spread", TEAM(spread), 1, 1000,
                "Initiatives that it may work on at a time."),
    {.key = {.name = "shares",
             .offset = TEAM(shares),
             .doc = "Its own plan: objectives and buckets with percentages."},
     .form = BIND_CALL,
     .call = read_shares,
     .schema = SHARES_SCHEMA},
    {.key = {.name = "match", .offset = TEAM(match), .doc = "Which items are its own."},
     .form = BIND_TABLE,
     .table = &match_table},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table team_table = {
    .what = "team",
    .name = "id",
    .keys = team_rows,
    .size = sizeof(struct team),
    .whole = whole_team,
};

#define PERSON(member) offsetof(struct person, member)

/* FROM/TO, both days included. */
static bool is_period(struct str s)
{
    struct str from, to;
    struct date a, b;
    ptrdiff_t slash = str_chr(s, '/');

    if (slash < 0) {
        return false;
    }
    from = str_first(s, (size_t)slash);
    to = str_skip(s, (size_t)slash + 1);
    return date_parse(from, &a) && date_parse(to, &b) && date_cmp(a, b) <= 0;
}

static void read_away(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    struct person *p = out;
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;

    if (!bind_strs(b, value, where, key->key.name, 64, &p->away)) {
        return;
    }
    for (; e != NULL; e = value->kind == YAML_SEQ ? e->next : NULL) {
        if (!is_period(e->text)) {
            bind_wrong(b, e, STR_NONE, where, key->key.name,
                       "must hold periods such as 2026-12-21/2027-01-04, not '%.*s'",
                       STR_FMT(e->text));
        }
    }
}

static void whole_person(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    (void)where;
    (void)out;
    refs_person(nodes_refs(b), yaml_get(map, "id"));
}

#define HANDLE(key_name, member, text)                                                 \
    {                                                                                  \
        .key = {                                                                       \
            .name = key_name,                                                          \
            .type = CONF_STR,                                                          \
            .offset = PERSON(member),                                                  \
            .max = 200,                                                                \
            .doc = text                                                                \
        }                                                                              \
    }

static const struct bind_key person_rows[] = {
    {.key = {.name = "id",
             .offset = PERSON(id),
             .required = true,
             .doc = "What owners are called in this file."},
     .form = BIND_ID},
    HANDLE("name", name, "Full name."),
    HANDLE("slack", slack, "Slack member id, for mentions."),
    HANDLE("teams", teams, "Microsoft Teams user principal name, for mentions."),
    HANDLE("discord", discord, "Discord user id, a number, for mentions."),
    HANDLE("mattermost", mattermost, "Mattermost user name, for mentions."),
    HANDLE("google_chat", google_chat, "Google Chat user id, a number, for mentions."),
    HANDLE("github", github, "GitHub login."),
    HANDLE("jira", jira, "Jira account id, or user name on Data Center."),
    HANDLE("email", email, "E-mail address."),
    {.key = {.name = "fte",
             .offset = PERSON(fte),
             .dflt = "1",
             .min = 0,
             .max = 1,
             .doc = "Part of full time."},
     .form = BIND_NUMBER},
    {.key = {.name = "away",
             .offset = PERSON(away),
             .doc = "Periods FROM/TO, both included."},
     .form = BIND_CALL,
     .call = read_away,
     .schema = IDS_SCHEMA},
    {{0}},
};
const struct bind_table person_table = {
    .what = "person",
    .name = "id",
    .keys = person_rows,
    .size = sizeof(struct person),
    .whole = whole_person,
};
