/*
 * GitHub's side of a sync as the input: any answers with any headers to a
 * source of two repositories, then the next syncs from what was told. A
 * script may begin with CURSOR, what is stored about acme/web before, with
 * MEMORY, what the source remembers, and with WITH and what is asked for besides:
 * `list` (as a whole, and issues that are missing), `history`, `projects`, `org`
 * (all its repositories), `app` (instead of the token), `versions` (of the API:
 * else ours is remembered to be known).
 */
#include "connectors/trackers/github/github.h"
#include "tests/fuzz/sync.h"
#include "tests/support/rsa.h"

static struct str repos[] = {STR_INIT("acme/web"), STR_INIT("acme/api")};
static struct str epic_types[] = {STR_INIT("Epic")};
static struct str epic_labels[] = {STR_INIT("epic"), STR_INIT("type: *")};
static struct str_pair fields[] = {{STR_INIT("initiative"), STR_INIT("Initiative")},
                                   {STR_INIT("points"), STR_INIT("Estimate")}};
static struct str words[] = {STR_INIT("Doing"), STR_INIT("wip")};
static struct str projects[] = {STR_INIT("acme/7"), STR_INIT("ada/1")};
static const struct github_conf own = {
    .repos = {repos, 2},
    .token = {.from = SECRET_FILE, .value = STR_INIT("tok-en")},
    .projects = {projects, 0},
};
static const struct tracker_conf conf = {
    .name = STR_INIT("hub"),
    .type = STR_INIT("github"),
    .url = STR_INIT("https://ghe.example.com/api/v3"),
    .history = {.ms = INT64_C(180) * 86400000},
    .epics = {.types = {epic_types, 1}, .labels = {epic_labels, 2}, .min_children = 3},
    .fields = {fields, 2},
    .in_progress = {words, 2},
    .budget = {.reserve = 0.2, .in_flight = 2},
    .own = &own,
};

#define MEMORY "{\"v\":1,\"source\":{\"api\":\"2022-11-28\",\"api_at\":1795348800000}}"

/* Made once: the key decides nothing that is told. */
static struct str app_key(void)
{
    static struct rsa key;
    struct err e;

    FUZZ_CHECK(key.pkcs1 != NULL || rsa_create(&key, 2048, &e), "%s", e.msg);
    return str_of(key.pkcs1);
}

static struct str well(void *arg UNUSED, struct str url)
{
    if (str_has_suffix(url, STR("/installation"))) {
        return STR("{\"id\":456}");
    }
    if (str_has_suffix(url, STR("/access_tokens"))) {
        return STR("{\"token\":\"tok-en\",\"expires_at\":\"2026-11-22T13:00:00Z\"}");
    }
    if (str_has_suffix(url, STR("/versions"))) {
        return STR("[\"2022-11-28\",\"2026-03-10\"]");
    }
    if (str_find(url, STR("/installation/repositories")) > 0) {
        return STR("{\"total_count\":1,\"repositories\":[{\"id\":7,\"full_name\":"
                   "\"acme/site\"}]}");
    }
    if (str_find(url, STR("/repos?")) > 0) {
        return STR("[{\"id\":7,\"full_name\":\"acme/site\"},{\"id\":8,\"full_name\":"
                   "\"acme/old\",\"archived\":true}]");
    }
    if (str_find(url, STR("/fields?")) > 0) {
        return STR(
            "[{\"id\":2,\"name\":\"Status\"},{\"id\":5,\"name\":\"Initiative\"}]");
    }
    if (str_find(url, STR("/items?")) > 0) {
        return STR(
            "[{\"content_type\":\"Issue\",\"content\":{\"html_url\":"
            "\"https://ghe.example.com/acme/web/issues/4\"},\"fields\":[{\"id\":2,"
            "\"value\":{\"name\":{\"raw\":\"Doing\"}}}]}]");
    }
    if (str_find(url, STR("/timeline")) > 0) {
        return STR("[{\"event\":\"assigned\",\"created_at\":\"2026-11-22T11:00:00Z\","
                   "\"assignee\":{\"login\":\"ana\"}}]");
    }
    if (str_find(url, STR("/issues/")) > 0) {
        return STR("{\"id\":1,\"number\":4,\"title\":\"t\",\"state\":\"open\","
                   "\"html_url\":\"https://ghe.example.com/acme/api/issues/4\"}");
    }
    return str_find(url, STR("/issues?")) < 0
               ? STR("{\"id\":7,\"full_name\":\"acme/site\"}")
               : STR("[{\"id\":1,\"number\":4,\"title\":\"t\",\"state\":\"open\","
                     "\"updated_at\":\"2026-11-22T11:00:00Z\"}]");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sync s = {.ops = &github_ops,
                     .conf = conf,
                     .now = {INT64_C(1795348800000)},
                     .well = well};
    struct fuzz_in in = {data, size};
    struct github_conf asked = own;
    struct str text;

    sync_take_cursor(&s, &in, repos[0]);
    feed_keep(&s.memory, STR(MEMORY));
    if (script_take_word(&in, "MEMORY", &text)) {
        feed_keep(&s.memory, text);
    }
    if (script_take_word(&in, "WITH", &text)) {
        s.list = str_find(text, STR("list")) >= 0;
        asked.status_history = str_find(text, STR("history")) >= 0;
        asked.projects.n = str_find(text, STR("projects")) >= 0 ? 2 : 0;
        asked.org = str_find(text, STR("org")) >= 0 ? STR("acme") : STR_NONE;
        if (str_find(text, STR("versions")) >= 0) {
            feed_keep(&s.memory, STR_NONE);
        }
        if (str_find(text, STR("app")) >= 0) {
            asked.token = (struct secret){.from = SECRET_NONE};
            asked.app.id = 7;
            asked.app.key.value = app_key();
        }
    }
    s.conf.own = &asked;
    sync_start(&s);
    if (!script_is_one_body(&in)) {
        sync_run(&s, &in);
    } else if (sync_ask(&s)) {
        sync_feed_body(&s, fuzz_rest(&in));
    }
    /* What was told must do for the sync after. */
    sync_start(&s);
    (void)sync_ask(&s);
    sync_finish(&s);
    return 0;
}
