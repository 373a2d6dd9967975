#include "status/api.h"

#include "base/jsonw.h"
#include "status/api_handlers.h"
#include "status/server_uri.h"

enum { MAX_SEGMENTS = 6 };

#define ON_LOOP(path, query, run, doc)                                                 \
    {                                                                                  \
        "GET", path, API_LOOP, API_NO_ACTION, false, query, NULL, doc, run             \
    }
#define ON_READER(path, query, run, doc)                                               \
    {                                                                                  \
        "GET", path, API_READER, API_NO_ACTION, false, query, NULL, doc, run           \
    }
/* An answer computed from its body: changes nothing, so whoever may ask may have it. */
#define COMPUTED(path, fields, run, doc)                                               \
    {                                                                                  \
        "POST", path, API_READER, API_NO_ACTION, false, NULL, fields, doc, run         \
    }
/* The same, where it takes seconds. */
#define PLAYED(path, fields, run, doc)                                                 \
    {                                                                                  \
        "POST", path, API_ASIDE, API_NO_ACTION, false, NULL, fields, doc, run          \
    }
#define ON_ENGINE(method, path, fields, run, doc)                                      \
    {                                                                                  \
        method, path, API_ENGINE, API_NO_ACTION, true, NULL, fields, doc, run          \
    }
#define BY_APP(path, query, action, run, doc)                                          \
    {                                                                                  \
        "POST", path, API_ACTION, action, true, query, NULL, doc, run                  \
    }

/* Those that are asked most often stand first. */
const struct api_route api_routes[] = {
    ON_LOOP("/metrics", NULL, metrics_get, "Metrics in the OpenMetrics text format"),
    ON_LOOP("/healthz", NULL, api_status_healthz,
            "200 when every source is fresh and the store answers, else 503"),
    {"GET", "/v1/events", API_STREAM, API_NO_ACTION, false, "after last", NULL,
     "What happens, as it happens: findings, syncs, messages (server-sent events)", NULL},
    ON_LOOP(
        "/v1/status", NULL, api_status_get,
        "The state of sources, channels, rules, coverage and what is wrong with them"),
    ON_LOOP("/v1/doctor", NULL, api_doctor_get,
            "Everything alignd needs, checked one by one, with what to do about it"),
    ON_READER("/v1/findings",
              "rule state team severity subject scope source all limit cursor",
              api_findings_list,
              "Drift: what rules have found, and why it was or was not told"),
    ON_READER("/v1/findings/{id}", NULL, api_findings_one,
              "One finding with its inputs, reason and history"),
    ON_READER("/v1/items/{key}", NULL, api_items_one,
              "One item with its links, ancestors and findings"),
    ON_READER("/v1/items/{key}/why", NULL, api_items_why,
              "The chain from an item up to the vision"),
    ON_READER("/v1/items/{key}/suggestions", NULL, api_suggest_get,
              "What an item may belong to: initiatives and buckets, ranked, with the "
              "evidence"),
    ON_READER("/v1/unlinked", "team scope at limit cursor", api_items_unlinked,
              "Open epic-level items without a strategic link, oldest first"),
    ON_READER("/v1/gaps", "at limit cursor", api_gaps_get,
              "Where strategy and work do not meet: open epic-level items without a "
              "link, active initiatives without work"),
    ON_READER("/v1/coverage", "at", api_coverage_get,
              "How much of the open epic-level work is linked, by scope"),
    ON_READER("/v1/strategy", "at", api_strategy_get,
              "The strategy in force, or the one that was at a time"),
    ON_READER("/v1/strategy/versions", "limit cursor", api_versions_list,
              "The versions of the strategy, newest first, each with what it changed"),
    ON_READER("/v1/strategy/diff", "from to", api_versions_diff,
              "What moved between two versions of the strategy, in words"),
    ON_READER("/v1/initiatives", "at", api_initiatives_list,
              "Initiatives and buckets with the work linked to them"),
    ON_READER("/v1/initiatives/{id}", NULL, api_initiatives_one,
              "One initiative, and when what is open on it may be done"),
    ON_READER("/v1/key-results", "at", api_krs_list,
              "Key results: where each stands, and where its pace expects it"),
    ON_READER("/v1/key-results/{id}", "at", api_krs_one,
              "One key result with every value that was told of it"),
    ON_READER("/v1/split", "window team at", api_effort_split,
              "Where people's days went, beside what was planned"),
    ON_READER("/v1/teams", "window at", api_effort_teams,
              "Teams: their days, their distance from plan, how spread they are"),
    ON_READER("/v1/spread", "window team at", api_effort_spread,
              "How many initiatives each team works on, and with how many people"),
    ON_READER("/v1/needle", "window at", api_needle_get,
              "Key results: the days spent on what moves them, and how far they came"),
    ON_READER("/v1/cost", "window node at", api_cost_get,
              "What initiatives cost, by the days spent on them"),
    ON_READER("/v1/indices", "window", api_indices_get,
              "Legibility and synchronicity of the strategy, with their parts"),
    ON_READER("/v1/decisions", "due", api_decisions_list,
              "Decisions: what was chosen and why, when it is to be reviewed, whether "
              "what it assumes is true"),
    ON_READER("/v1/export", "audience format", api_export_get,
              "The strategy as an audience may see it, with coverage and key results"),
    ON_READER("/v1/competitors/{id}", NULL, api_rival_get,
              "What a competitor attacks, the most exposed first, and how it stands"),
    COMPUTED("/v1/events", "what affects? at? review_by? id?", api_event_reach,
             "What an event reaches in the strategy, with the work that is open there, "
             "and its lines for the strategy file; stores nothing"),
    COMPUTED("/v1/compare", "to from?", api_compare_post,
             "What another strategy would change: live work, people, costs, limits"),
    COMPUTED("/v1/whatif",
             "move? drop? add? moves? reach? impact? confidence? effort? share?",
             api_compare_whatif,
             "What a change of the strategy in force would mean, as compare tells it"),
    ON_READER("/v1/retro", "period", api_retro_get,
              "A period looked back on: days, key results, decisions and events"),
    ON_LOOP("/v1/rules", NULL, api_rules_list, "The rules and their settings"),
    ON_READER("/v1/rules/precision", NULL, api_rules_precision,
              "How the firings of each rule fared, and what would have spared those that "
              "nobody acted upon"),
    ON_LOOP("/v1/rules/{id}", NULL, api_rules_one, "One rule and its settings"),
    ON_LOOP("/v1/routes", NULL, api_routes_list,
            "The routes of findings to channels, as a tree in file order"),
    ON_READER("/v1/routes/test",
              "rule severity source scope team objective intent initiative owner label",
              api_routes_test,
              "The way of a finding with those labels to its channels, and what holds "
              "there"),
    ON_READER("/v1/audit", "limit cursor", api_journal_audit,
              "What people have changed, newest first"),
    ON_READER("/v1/outbox", "all bodies limit", api_journal_outbox,
              "Messages on their way, and those that could not be delivered"),
    COMPUTED("/v1/test", "idea reach? impact? confidence? effort?", api_test_idea,
             "Whether an idea fits the strategy, and what it would displace; stores "
             "nothing"),
    PLAYED("/v1/replay", "since config?", api_replay_post,
           "What would have been posted since a day, by the settings in force or others; "
           "posts and stores nothing"),
    ON_ENGINE("POST", "/v1/outbox/{id}/retry", NULL, api_writes_retry,
              "Sends an undeliverable message once more; id `all` sends each of them"),
    ON_ENGINE("POST", "/v1/channels/{name}/test", NULL, api_writes_channel_test,
              "Sends a harmless message to a channel"),
    ON_ENGINE("POST", "/v1/links", "item initiative", api_writes_link,
              "Links an item to an initiative or bucket"),
    ON_ENGINE("DELETE", "/v1/links/{key}", NULL, api_writes_unlink,
              "Takes back the link a person set"),
    ON_ENGINE("POST", "/v1/exemptions", "item rule? reason until?", api_writes_exempt,
              "Exempts an item from one rule or from all item rules"),
    ON_ENGINE("DELETE", "/v1/exemptions/{key}", NULL, api_writes_unexempt,
              "Takes back the exemptions of an item"),
    ON_READER("/v1/silences", "all limit", api_silences_list,
              "What people keep quiet, until when, and why"),
    ON_ENGINE("POST", "/v1/silences", "match reason until? for?", api_silences_add,
              "Keeps findings with some labels quiet for a time"),
    ON_ENGINE("DELETE", "/v1/silences/{id}", NULL, api_silences_end, "Ends a silence"),
    ON_ENGINE("POST", "/v1/findings/{id}/ack", NULL, api_silences_ack,
              "Says that someone is on it: no reminders"),
    ON_ENGINE("POST", "/v1/findings/{id}/snooze", "until? for?", api_silences_snooze,
              "Keeps a finding quiet until a time"),
    ON_ENGINE("POST", "/v1/check-ins", "key_result value at? confidence? note?",
              api_krs_check_in, "Says what a key result stands at"),
    {"DELETE", "/v1/check-ins/{id}", API_ENGINE, API_NO_ACTION, true, "at", NULL,
     "Takes back the last value told of a key result", api_krs_take_back},
    BY_APP("/v1/sync", "source list accept", API_SYNC, api_writes_sync,
           "Pulls one source now, or all of them"),
    BY_APP("/v1/reload", NULL, API_RELOAD, api_writes_reload,
           "Reads the configuration and the strategy again"),
    {0},
};

#undef ON_LOOP
#undef ON_READER
#undef COMPUTED
#undef PLAYED
#undef ON_ENGINE
#undef BY_APP

static bool run_refused(struct db *db UNUSED, const struct api_env *env UNUSED,
                        const struct api_request *req, struct api_reply *reply UNUSED,
                        struct err *e)
{
    if (arena_failed(req->a))
        return err_nomem(e);
    return err_set(e, ERR_USAGE, "%.*s", STR_FMT(req->refused));
}

static const struct api_route refusal = {.where = API_LOOP, .run = run_refused};

static const struct api_route *refuse(struct api_request *req, struct str why)
{
    req->refused = why;
    return &refusal;
}

/* ---- paths ---- */

/* The path's segments, decoded one by one: a %2F is no separator. */
static bool split_path(struct api_request *req, struct str *seg, size_t *ret_n)
{
    struct str rest = str_skip(req->path, 1), part;
    struct err e; /* api_find has one reason for all */
    size_t n = 0;

    *ret_n = 0;
    if (str_has_suffix(rest, STR("/")))
        return true; /* an empty last segment: no row has one */
    while (str_split(&rest, '/', &part)) {
        if (n == MAX_SEGMENTS)
            return true;
        if (!server_uri_decode(req->a, part, &seg[n++], &e))
            return false;
    }
    *ret_n = n;
    return true;
}

static bool ends_segment(char c)
{
    return c == '/' || c == '\0';
}

/* What follows the segment that `path` begins with, if that is `seg`; else NULL. Most
   rows differ in their first bytes, so they are not split up to be compared. */
static const char *skip_segment(const char *path, struct str seg)
{
    size_t n = 0;

    while (n < seg.n && path[n] == seg.p[n] && !ends_segment(path[n]))
        n++;
    return n == seg.n && ends_segment(path[n]) ? path + n : NULL;
}

static bool path_matches(const char *path, const struct str *seg, size_t n_seg,
                         struct api_request *req)
{
    size_t i = 0;

    req->n_args = 0;
    for (; path != NULL && *path == '/' && i < n_seg; i++) {
        if (*++path != '{') {
            path = skip_segment(path, seg[i]);
        } else if (seg[i].n > 0) {
            req->args[req->n_args++] = seg[i];
            path = strchr(path, '}') + 1;
        } else {
            path = NULL;
        }
    }
    return path != NULL && *path == '\0' && i == n_seg;
}

/* ---- queries ---- */

static bool takes(const char *names, struct str name)
{
    struct str rest = str_of(names), part;

    while (str_split(&rest, ' ', &part)) {
        if (str_eq(part, name))
            return true;
    }
    return false;
}

static const struct api_route *check_query(const struct api_route *row,
                                           struct api_request *req)
{
    const struct str_pair_list *q = req->query;

    for (size_t i = 0; q != NULL && i < q->n; i++) {
        if (!takes(row->query, q->v[i].key))
            return refuse(
                req, arena_printf(req->a, "no query parameter '%.*s' here; %s%s",
                                  STR_FMT(str_first(q->v[i].key, 60)),
                                  row->query != NULL ? "there are: " : "none is taken",
                                  row->query != NULL ? row->query : ""));
        for (size_t j = 0; j < i; j++) {
            if (str_eq(q->v[i].key, q->v[j].key))
                return refuse(req,
                              arena_printf(req->a, "query parameter '%.*s' given twice",
                                           STR_FMT(q->v[i].key)));
        }
    }
    return row;
}

struct str api_query(const struct api_request *req, const char *name)
{
    for (size_t i = 0; req->query != NULL && i < req->query->n; i++) {
        if (str_eqz(req->query->v[i].key, name))
            return req->query->v[i].value;
    }
    return STR_NONE;
}

bool api_flag(const struct api_request *req, const char *name)
{
    return str_eqz(api_query(req, name), "true");
}

const struct api_route *api_find(struct api_request *req, int *ret_status)
{
    struct str method = str_eqz(req->method, "HEAD") ? STR("GET") : req->method;
    struct str seg[MAX_SEGMENTS];
    size_t n_seg;

    *ret_status = 404;
    if (!str_has_prefix(req->path, STR("/")))
        return NULL;
    if (!split_path(req, seg, &n_seg))
        return refuse(req, STR("the path is not percent-encoded UTF-8"));
    for (const struct api_route *r = api_routes; n_seg > 0 && r->method != NULL; r++) {
        if (!path_matches(r->path, seg, n_seg, req))
            continue;
        if (str_eqz(method, r->method))
            return check_query(r, req);
        *ret_status = 405;
    }
    return NULL;
}

/* ---- problems ---- */

int api_status_of(const struct err *e)
{
    switch (e->kind) {
    case ERR_NOT_FOUND:
        return 404;
    case ERR_USAGE:
        return 400;
    case ERR_FORBIDDEN:
        return 403;
    case ERR_CONFLICT:
        return 409;
    case ERR_LIMIT:
        return 413;
    case ERR_NONE:
    case ERR_NOMEM:
    case ERR_CONFIG:
    case ERR_IO:
    case ERR_NET:
    case ERR_AUTH:
    case ERR_GONE:
    case ERR_RATE:
    case ERR_REMOTE:
    case ERR_PARSE:
    case ERR_STORE:
    case ERR_FULL:
    case ERR_CANCELED:
    case ERR_CORRUPT:
        break;
    }
    return 500;
}

static const char *status_title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "Bad Request"},         {403, "Forbidden"}, {404, "Not Found"},
        {405, "Method Not Allowed"},  {409, "Conflict"},  {413, "Content Too Large"},
        {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        if (titles[i].status == status)
            return titles[i].title;
    }
    return "Internal Server Error";
}

void api_problem(struct api_reply *reply, int status, const struct err *e)
{
    struct jsonw w;

    reply->status = status;
    reply->content_type = "application/problem+json";
    buf_clear(&reply->body);
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_strz(&w, "type", "about:blank");
    jsonw_strz(&w, "title", status_title(status));
    jsonw_int(&w, "status", status);
    jsonw_strz(&w, "detail", e->msg);
    jsonw_strz(&w, "kind", err_kind_name(e->kind));
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
}
