#include "connectors/trackers/jira/jira_survey.h"

#include "base/utf8.h"
#include "connectors/trackers/jira/jira_json.h"
#include "connectors/trackers/jira/jira_reply.h"
#include "connectors/trackers/jira/jira_request.h"
#include "connectors/trackers/jira/jira_wire.h"

enum {
    MAX_PAGES = 6,       /* of initiatives */
    MAX_RECENT_PAGES = 2, /* of the latest open work: who has any, and where */
    MAX_TYPES = 20,
    MAX_JQL = 32 << 10,
    ABOVE_EPICS = 2,
};

/* X(enumerator, what is asked for) */
#define STAGES(X)                                                                      \
    X(SERVER, "serverInfo")                                                            \
    X(MYSELF, "myself")                                                                \
    X(FIELDS, "field")                                                                 \
    X(TYPES, "issuetype")                                                              \
    X(PROJECTS, "project")                                                             \
    X(INITIATIVES, "search")                                                           \
    X(RECENT, "search")                                                                \
    X(DONE, "")

enum stage {
#define X(e, what) e,
    STAGES(X)
#undef X
};
static const char *const asked[] = {
#define X(e, what) what,
    STAGES(X)
#undef X
};

struct surveyor {
    struct survey *out;
    struct tracker_conf conf;
    struct jira_conf own;
    struct jira_client client;
    struct jira_walk *walk; /* the search at hand */
    struct jira_server server;
    struct buf jql;
    enum stage stage;
    unsigned pages;
    struct str types[MAX_TYPES]; /* names of those above epics */
    size_t n_types;
    bool levels;              /* types tell their level */
    size_t n_fields;          /* that could name an initiative */
    size_t n_recent;          /* issues seen */
    bool more_places, more;   /* some were left out */
};

/* ---- asking ---- */

static bool create(const struct survey_start *start, struct survey *out,
                   struct surveyor **ret, struct err *e)
{
    struct surveyor *s = arena_alloc(out->a, sizeof *s);

    if (s == NULL) {
        return err_nomem(e);
    }
    *s = (struct surveyor){.out = out};
    s->own.user = start->user;
    s->own.token = (struct secret){
        .from = start->token.n > 0 ? SECRET_ENV : SECRET_NONE,
        .value = start->token,
    };
    s->conf = (struct tracker_conf){.url = start->url, .own = &s->own};
    if (!jira_client_init(&s->client, &s->conf, e)) {
        return false;
    }
    s->client.fields = STR("summary,assignee,project");
    s->walk = jira_walk_create(out->a, PHASE_OPEN, NULL, 0, true);
    if (s->walk == NULL) {
        jira_client_finish(&s->client);
        return err_nomem(e);
    }
    buf_init(&s->jql, MAX_JQL);
    *ret = s;
    return true;
}

static void destroy(struct surveyor *s)
{
    if (s != NULL) {
        buf_finish(&s->jql);
        jira_walk_finish(s->walk);
        jira_client_finish(&s->client);
    }
}

/* Cloud refuses a search that nothing bounds. */
static void build_jql(struct surveyor *s)
{
    buf_clear(&s->jql);
    if (s->stage == RECENT) {
        buf_addz(&s->jql, "updated >= -90d AND statusCategory != Done ORDER BY updated "
                          "DESC");
        return;
    }
    buf_addz(&s->jql, "issuetype in (");
    for (size_t i = 0; i < s->n_types; i++) {
        buf_addz(&s->jql, i > 0 ? "," : "");
        jql_quote(&s->jql, s->types[i]);
    }
    buf_addz(&s->jql, ") AND statusCategory != Done ORDER BY created DESC");
}

static bool next(struct surveyor *s, struct http_request *ret)
{
    struct jira_call *call = &s->walk->call;
    struct str path;

    if (s->stage == MYSELF && s->own.token.from == SECRET_NONE) {
        s->stage++;
    }
    if (s->stage == INITIATIVES && s->n_types == 0) {
        s->stage++;
    }
    switch (s->stage) {
    case SERVER:
        return jira_request_get(&s->client, call, "/rest/api/2/serverInfo", ret);
    case MYSELF:
    case FIELDS:
    case TYPES:
        path = arena_printf(s->out->a, "/rest/api/%d/%s", s->client.cloud ? 3 : 2,
                            asked[s->stage]);
        return path.n > 0 && jira_request_get(&s->client, call, path.p, ret);
    case PROJECTS:
        return jira_request_projects(&s->client, call, 0, ret);
    case INITIATIVES:
    case RECENT:
        build_jql(s);
        return buf_ok(&s->jql) &&
               jira_request_walk(&s->client, s->walk, buf_str(&s->jql), ret);
    case DONE:
        break;
    }
    return false;
}

/* ---- fields, types, projects ---- */

/* A custom field with "initiative" in its name, that holds a choice or a text. */
static bool names_initiative(const json_t *field)
{
    struct str type = jira_get2(field, "schema", "type");

    return json_is_true(json_object_get(field, "custom")) &&
           str_find_nocase(jira_get(field, "name"), STR("initiative")) >= 0 &&
           (str_eqz(type, "option") || str_eqz(type, "string") ||
            str_eqz(type, "array")) &&
           jira_field_is_usable(jira_get(field, "id"));
}

static void take_fields(struct surveyor *s, const json_t *root)
{
    for (size_t i = 0; i < json_array_size(root); i++) {
        const json_t *field = json_array_get(root, i);

        if (!names_initiative(field)) {
            continue;
        }
        s->n_fields++;
        s->out->field = jira_copy(s->out->a, jira_get(field, "id"), SURVEY_MAX_TEXT);
        s->out->field_name =
            jira_copy(s->out->a, jira_get(field, "name"), SURVEY_MAX_TEXT);
    }
    if (s->n_fields == 1) {
        survey_guessed(s->out, "field '%.*s' (%.*s) names an issue's initiative",
                       STR_FMT(s->out->field_name), STR_FMT(s->out->field));
    } else if (s->n_fields > 1) {
        survey_found(s->out, "%zu fields have 'initiative' in their name: which one is "
                             "meant is yours to say (fields: in alignd.yaml)",
                     s->n_fields);
        s->out->field = STR_NONE;
    }
}

static void add_type(struct surveyor *s, struct str name)
{
    for (size_t i = 0; i < s->n_types; i++) {
        if (str_eq(s->types[i], name)) {
            return;
        }
    }
    if (name.n > 0 && s->n_types < MAX_TYPES) {
        s->types[s->n_types++] = jira_copy(s->out->a, name, SURVEY_MAX_TEXT);
    }
}

static void take_types(struct surveyor *s, const json_t *root)
{
    int64_t level;

    for (size_t i = 0; i < json_array_size(root); i++) {
        const json_t *type = json_array_get(root, i);
        bool told = jira_get_int(type, "hierarchyLevel", &level);

        s->levels = s->levels || told;
        if (told ? level >= ABOVE_EPICS
                 : str_eq_nocase(jira_get(type, "name"), STR("initiative"))) {
            add_type(s, jira_get(type, "name"));
        }
    }
    if (s->n_types == 0) {
        survey_found(s->out, "no issue type above epics, so no initiatives");
    }
}

static void take_projects(struct surveyor *s, const json_t *root)
{
    const json_t *list = json_is_array(root) ? root : json_object_get(root, "values");
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n; i++) {
        const json_t *p = json_array_get(list, i);

        survey_add_place(s->out, jira_get(p, "key"), jira_get(p, "name"));
    }
    s->more_places = n > SURVEY_MAX_PLACES ||
                     json_is_false(json_object_get(root, "isLast"));
}

/* ---- issues ---- */

static struct str assignee(struct surveyor *s, const json_t *fields)
{
    const json_t *who = json_object_get(fields, "assignee");
    struct str id = jira_get(who, "accountId");

    id = id.n > 0 ? id : jira_get(who, "name");
    if (!json_is_false(json_object_get(who, "active"))) {
        survey_add_person(s->out, id, jira_get(who, "displayName"));
    }
    return id;
}

static void take_issue(struct surveyor *s, const json_t *issue)
{
    const json_t *fields = json_object_get(issue, "fields");
    struct str who = assignee(s, fields);

    survey_mark_busy(s->out, jira_get2(fields, "project", "key"));
    if (s->stage == RECENT) {
        s->n_recent++;
        return;
    }
    s->more = s->more || s->out->n_initiatives == SURVEY_MAX_INITIATIVES;
    survey_add_initiative(s->out, jira_get(issue, "key"), jira_get(fields, "summary"),
                          who);
}

/* The next page, or false: that was the last one. */
static bool turn_page(struct surveyor *s, const json_t *root, size_t n)
{
    struct jira_page page = {.returned = n, .start = -1, .total = -1};
    unsigned max = s->stage == RECENT ? MAX_RECENT_PAGES : MAX_PAGES;
    bool last;

    if (!jira_read_place(root, &page)) {
        return false;
    }
    last = s->client.cloud ? page.next.n == 0
                           : page.start + (int64_t)n >= page.total || n == 0;
    s->pages++;
    buf_clear(&s->walk->token);
    buf_add(&s->walk->token, page.next);
    s->walk->start += (int64_t)n;
    if (!last && s->pages == max && s->stage == INITIATIVES) {
        s->more = true;
    }
    return !last && s->pages < max;
}

static bool take_page(struct surveyor *s, const json_t *root, struct err *e)
{
    const json_t *issues = json_object_get(root, "issues");
    size_t n = json_array_size(issues);

    if (!json_is_array(issues)) {
        return err_set(e, ERR_PARSE, "Jira's answer to search holds no issues");
    }
    for (size_t i = 0; i < n; i++) {
        take_issue(s, json_array_get(issues, i));
    }
    if (turn_page(s, root, n)) {
        return true;
    }
    buf_clear(&s->walk->token);
    s->walk->start = 0;
    s->pages = 0;
    s->stage++;
    return true;
}

/* ---- all together ---- */

static void conclude(struct surveyor *s)
{
    struct survey *out = s->out;

    survey_found(out,
                 "Jira %s: projects: %zu%s; open initiatives: %zu%s; issues of late: %zu, "
                 "their assignees: %zu",
                 s->client.cloud ? "Cloud" : "Data Center", out->n_places,
                 s->more_places ? " (the first ones; there are more)" : "",
                 out->n_initiatives, s->more ? " (the newest; there are more)" : "",
                 s->n_recent, out->n_people);
    if (s->n_types > 0 && s->levels) {
        survey_guessed(out, "each open issue of a type above epics (%.*s%s) is an "
                            "initiative, its assignee the owner",
                       STR_FMT(s->types[0]), s->n_types > 1 ? " and others" : "");
    } else if (s->n_types > 0) {
        survey_guessed(out, "each open issue of type %.*s is an initiative, its assignee "
                            "the owner",
                       STR_FMT(s->types[0]));
    }
    if (out->n_people > 0) {
        survey_guessed(out, "who has open work in Jira is one of the people");
    }
    if (out->n_places > 0) {
        survey_guessed(out, "each project of Jira with open work belongs to one team");
    }
}

static bool take(struct surveyor *s, struct str body, struct err *e)
{
    bool ok = true;
    struct str account;
    json_t *root;

    if (s->stage == SERVER) {
        ok = jira_read_server(body, s->out->a, &s->server, e);
        s->client.cloud = ok && s->server.cloud;
        s->stage++;
        return ok;
    }
    if (s->stage == MYSELF) {
        ok = jira_read_myself(body, s->out->a, &account, e);
        if (ok) {
            survey_found(s->out, "Jira knows the account as %.*s", STR_FMT(account));
        }
        s->stage++;
        return ok;
    }
    if (!jira_parse(body, &root, e)) {
        return false;
    }
    if (s->stage == INITIATIVES || s->stage == RECENT) {
        ok = take_page(s, root, e);
    } else {
        if (s->stage == FIELDS) {
            take_fields(s, root);
        } else if (s->stage == TYPES) {
            take_types(s, root);
        } else {
            take_projects(s, root);
        }
        s->stage++;
    }
    json_decref(root);
    return ok;
}

static bool feed(struct surveyor *s, const struct http_response *resp, struct wall now,
                 struct err *e)
{
    struct jira_reply reply;

    jira_judge(resp, NULL, asked[s->stage], now, &reply);
    if (reply.verdict != REPLY_OK) {
        *e = reply.err;
        if (jira_client_is_echoed(&s->client, str_of(e->msg))) {
            err_set(e, reply.err.kind, "Jira answered %d to %s", resp->status,
                    asked[s->stage]);
        }
        return false;
    }
    if (!take(s, resp->body, e)) {
        return false;
    }
    if (s->stage == DONE) {
        conclude(s);
    }
    return !arena_failed(s->out->a) || err_nomem(e);
}

const struct survey_ops jira_survey = {
    .create = create,
    .next = next,
    .feed = feed,
    .destroy = destroy,
};
