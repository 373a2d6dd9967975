#include "connectors/trackers/jira/jira_count.h"

#include <inttypes.h>

#include "connectors/trackers/jira/jira_json.h"
#include "connectors/trackers/jira/jira_notes.h"

enum {
    LEAST_COUNTED = 100, /* issues: a page */
    PART = 50,           /* an estimate may be off by one in so many, */
    SLACK = 10,          /* and some more: index lag, changes meanwhile */
};

bool jira_count_is_due(const struct tracker *t, const struct jira_walk *w)
{
    bool first = w->phase == PHASE_OPEN || w->phase == PHASE_CLOSED;

    return t->client.cloud && first && w->n_read >= LEAST_COUNTED;
}

static bool read_count(struct str body, int64_t *ret)
{
    json_t *root;
    struct err ignored; /* no estimate, then */

    if (!jira_parse(body, &root, &ignored)) {
        return false;
    }
    bool ok = jira_get_int(root, "count", ret);

    json_decref(root);
    return ok;
}

static bool is_short(const struct jira_walk *w, int64_t count)
{
    return (int64_t)w->n_read < count - count / PART - SLACK;
}

bool jira_count_answer(struct jira_answer *at, struct jira_walk *w,
                       const struct jira_reply *reply, bool *ret_ended)
{
    bool went_on = w->reached.ms > w->counted_at.ms;
    int64_t count;

    w->counting = false;
    *ret_ended = true;
    if (reply->verdict != REPLY_OK || !read_count(at->resp->body, &count) ||
        !is_short(w, count)) {
        return true;
    }
    w->counted_at = w->reached;
    if (went_on && jira_walk_restart(w)) {
        *ret_ended = false;
        return true;
    }
    struct str text = arena_printf(
        at->out->a, "%.*s: Jira counts %" PRId64 " %s issues and served %zu",
        STR_FMT(w->scopes[0]->key), count, w->phase == PHASE_OPEN ? "open" : "closed",
        w->n_read);

    return jira_add_note(at, "backfill", NOTE_WARN, text,
                         STR("read it in parts: several sources, each with a 'jql' for a "
                             "range of 'created'"));
}
