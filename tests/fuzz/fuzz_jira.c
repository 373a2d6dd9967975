/*
 * Jira's side of a sync as the input: any answers, to each stage, of Cloud and
 * of Data Center, then the next syncs from what was told. WORDs of the script:
 *
 *   CONF cloud dc auto jql anonymous gateway all every   the source's settings
 *        list log            everything is listed; change logs are read
 *   MEMORY {"version":1...   what the source remembers
 *   CURSOR 1 s e ...   what is stored about project PAY before
 *   GO                 an answer as a well-behaved Jira would give it
 *
 * One body is the answer to the first search, after a well-behaved set-up.
 */
#include "connectors/trackers/jira/jira.h"
#include "tests/fuzz/sync.h"

static struct str include_some[] = {STR_INIT("PAY"), STR_INIT("web*")};
static struct str link_types[] = {STR_INIT("implements"), STR_INIT("Epic-Story Link")};
static struct str in_progress[] = {STR_INIT("In Review")};
static struct str epic_types[] = {STR_INIT("Epic"), STR_INIT("Feature")};
static struct str epic_labels[] = {STR_INIT("epic")};
static struct str_pair fields[] = {
    {STR_INIT("points"), STR_INIT("auto")},
    {STR_INIT("sprint"), STR_INIT("auto")},
    {STR_INIT("initiative"), STR_INIT("Initiative")},
    {STR_INIT("severity"), STR_INIT("customfield_10011")},
};

struct site {
    struct sync s;
    struct jira_conf own;
    bool cloud; /* how GO answers */
};

static void configure(struct site *s, struct str words)
{
    bool gateway = str_find(words, STR("gateway")) >= 0;

    s->cloud = str_find(words, STR("dc")) < 0;
    s->own = (struct jira_conf){
        .user = STR("bot@acme.example"),
        .token = {.from = SECRET_FILE, .value = STR("s3cr3t")},
        .projects = {.include = {include_some, 2}},
        .status_history =
            str_find(words, STR("log")) >= 0 ? JIRA_HISTORY_ON : JIRA_HISTORY_OFF,
    };
    s->s.list = str_find(words, STR("list")) >= 0;
    s->s.conf = (struct tracker_conf){
        .name = STR("jira"),
        .type = STR("jira"),
        .url = gateway ? STR("https://api.atlassian.com/ex/jira/1-2")
                       : STR("https://jira.example.com/ctx"),
        .history = SPAN_MS(INT64_C(180) * 86400000),
        .epics = {.types = {epic_types, 2}, .labels = {epic_labels, 1}},
        .link_types = {link_types, 2},
        .in_progress = {in_progress, 1},
        .fields = {fields, str_find(words, STR("all")) >= 0 ? 4 : 2},
        .budget = {.reserve = 0.2, .in_flight = 2},
        .own = &s->own,
    };
    if (str_find(words, STR("anonymous")) >= 0) {
        s->own.user = STR_NONE;
        s->own.token = (struct secret){.from = SECRET_NONE};
    }
    if (str_find(words, STR("cloud")) >= 0) {
        s->own.deployment = JIRA_CLOUD;
    } else if (!s->cloud && str_find(words, STR("auto")) < 0) {
        s->own.deployment = JIRA_DATACENTER;
    }
    if (str_find(words, STR("jql")) >= 0) {
        s->own.projects.include.n = 0;
        s->own.jql = STR("labels = \"x\" OR project = PAY");
    }
    if (str_find(words, STR("every")) >= 0) {
        s->own.projects.include.n = 0;
    }
}

/* ---- a well-behaved Jira ---- */

#define ISSUE(id, key, updated)                                                        \
    "{\"id\":\"" id "\",\"key\":\"" key "\",\"fields\":{\"updated\":\"" updated        \
    "\",\"summary\":\"s\",\"status\":{\"name\":\"Open\",\"statusCategory\":{\"key\":"  \
    "\"new\"}}}}"

static const struct {
    const char *in_url, *body;
} well[] = {
    {"/serverInfo", "{\"deploymentType\":\"Cloud\",\"baseUrl\":\"https://a.example\"}"},
    {"/myself",
     "{\"accountId\":\"5b1\",\"name\":\"bot\",\"timeZone\":\"Europe/Berlin\"}"},
    {"/status", "[{\"id\":\"3\",\"statusCategory\":{\"key\":\"indeterminate\"}}]"},
    {"/changelog/bulkfetch",
     "{\"issueChangeLogs\":[{\"issueId\":\"1\",\"changeHistories\":[{\"created\":"
     "\"2026-01-01T00:00:00.000+0000\",\"items\":[{\"fieldId\":\"status\",\"from\":\"1\","
     "\"to\":\"3\",\"toString\":\"Doing\"}]}]}]}"},
    {"/approximate-count", "{\"count\":1}"},
    {"/issue/bulkfetch",
     "{\"issues\":[" ISSUE("2", "HR-7", "2026-01-01T00:00:00.000+0000") "]}"},
    {"/issue/", ISSUE("1", "HR-7", "2026-01-01T00:00:00.000+0000")},
    {"/field",
     "[{\"id\":\"customfield_10011\",\"name\":\"Severity\"},"
     "{\"id\":\"customfield_10012\",\"name\":\"Initiative\",\"schema\":{}},"
     "{\"id\":\"customfield_10013\",\"name\":\"Story Points\",\"schema\":{"
     "\"custom\":\"com.atlassian.jira.plugin.system.customfieldtypes:float\"}},"
     "{\"id\":\"customfield_10014\",\"name\":\"Epic Link\",\"schema\":{"
     "\"custom\":\"com.pyxis.greenhopper.jira:gh-epic-link\"}}]"},
    {"/project/search", "{\"values\":[{\"id\":\"1\",\"key\":\"PAY\"},"
                        "{\"id\":\"2\",\"key\":\"WEB\"}],\"isLast\":true,\"total\":2}"},
    {"/project", "[{\"id\":\"1\",\"key\":\"PAY\"},{\"id\":\"2\",\"key\":\"WEB\"}]"},
    {"4102444800000", "{\"issues\":[],\"total\":0,\"startAt\":0}"},
    {"/search",
     "{\"issues\":[" ISSUE(
         "1", "PAY-1", "2026-01-01T00:00:00.000+0000") "],"
                                                       "\"total\":1,\"startAt\":0}"},
};

static struct str well_behaved(void *arg, struct str url)
{
    const struct site *s = arg;

    if (!s->cloud && str_find(url, STR("/serverInfo")) >= 0) {
        return STR("{\"deploymentType\":\"Server\",\"baseUrl\":\"https://a.example\"}");
    }
    for (size_t i = 0; i < ARRAY_LEN(well); i++) {
        if (str_find(url, str_of(well[i].in_url)) >= 0) {
            return str_of(well[i].body);
        }
    }
    return STR("{}");
}

/* ---- the sync ---- */

static bool is_issue_search(struct str url)
{
    return str_find(url, STR("/search")) >= 0 && str_find(url, STR("/project")) < 0 &&
           str_find(url, STR("4102444800000")) < 0 &&
           str_find(url, STR("maxResults=1&")) < 0;
}

/* The first page of issues is the input, all before is well. */
static void run_one_body(struct sync *s, struct str body)
{
    while (sync_ask(s) && !is_issue_search(s->out[0].url)) {
        sync_feed_body(s, s->well(s->arg, s->out[0].url));
    }
    if (s->n_out > 0) {
        sync_feed_body(s, body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct site site = {.s = {.ops = &jira_ops, .now = {INT64_C(1795348800000)}}};
    struct sync *s = &site.s;
    struct fuzz_in in = {data, size};
    struct str words = STR_NONE;

    s->well = well_behaved;
    s->arg = &site;
    (void)script_take_word(&in, "CONF", &words);
    configure(&site, words);
    if (script_take_word(&in, "MEMORY", &words)) {
        feed_keep(&s->memory, words);
    }
    sync_take_cursor(s, &in, include_some[0]);
    sync_start(s);
    if (script_is_one_body(&in)) {
        run_one_body(s, fuzz_rest(&in));
    } else {
        sync_run(s, &in);
    }
    /* What was told must do for the sync after. */
    sync_start(s);
    (void)sync_ask(s);
    sync_finish(s);
    return 0;
}
