/*
 * GitHub's side of a sync as the input: any answers with any headers to a
 * source of two repositories, then the next syncs from what was told. A
 * script may begin with CURSOR, what is stored about acme/web before.
 */
#include "connectors/trackers/github/github.h"
#include "tests/fuzz/sync.h"

static struct str repos[] = {STR_INIT("acme/web"), STR_INIT("acme/api")};
static struct str epic_types[] = {STR_INIT("Epic")};
static struct str epic_labels[] = {STR_INIT("epic"), STR_INIT("type: *")};
static struct str_pair fields[] = {{STR_INIT("initiative"), STR_INIT("Initiative")},
                                   {STR_INIT("points"), STR_INIT("Estimate")}};
static const struct github_conf own = {
    .repos = {repos, 2},
    .token = {.from = SECRET_FILE, .value = STR_INIT("tok-en")},
};
static const struct tracker_conf conf = {
    .name = STR_INIT("hub"),
    .type = STR_INIT("github"),
    .url = STR_INIT("https://ghe.example.com/api/v3"),
    .history = {.ms = INT64_C(180) * 86400000},
    .epics = {.types = {epic_types, 1}, .labels = {epic_labels, 2}, .min_children = 3},
    .fields = {fields, 2},
    .budget = {.reserve = 0.2, .in_flight = 2},
    .own = &own,
};

static struct str well(void *arg UNUSED, struct str url)
{
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

    sync_take_cursor(&s, &in, repos[0]);
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
