#include "tests/support/vendors/world.h"

#include <stdlib.h>
#include <string.h>

void world_finish(struct world *w)
{
    github_destroy(w->github);
    jira_destroy(w->jira);
    chat_destroy(w->chat);
    staff_destroy(w->people);
    faults_destroy(w->faults);
    counters_destroy(w->counters);
    free(w->latency_path);
    *w = (struct world){0};
}

static bool below(const char *path, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(path, prefix, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static void answer_vendor(struct world *w, const struct request *rq, struct reply *rp)
{
    if (below(rq->path, "/github")) {
        github_answer(w->github, rq, rp);
    } else if (below(rq->path, "/jira-dc")) {
        jira_answer(w->jira, JIRA_FACE_DC, rq, rp);
    } else if (below(rq->path, "/jira") || below(rq->path, "/ex/jira")) {
        jira_answer(w->jira, JIRA_FACE_CLOUD, rq, rp);
    } else if (below(rq->path, "/slack")) {
        chat_slack(w->chat, rq, rp);
    } else if (below(rq->path, "/hook")) {
        chat_hook(w->chat, rq, rp);
    } else if (below(rq->path, "/slack-api")) {
        chat_slack_app(w->chat, rq, rp);
    } else if (below(rq->path, "/teams")) {
        chat_teams(w->chat, rq, rp);
    } else if (below(rq->path, "/discord")) {
        chat_discord(w->chat, rq, rp);
    } else if (below(rq->path, "/mattermost")) {
        chat_mattermost(w->chat, rq, rp);
    } else if (below(rq->path, "/google-chat")) {
        chat_google(w->chat, rq, rp);
    } else if (!github_browse(w->github, rq->path, rp)) {
        reply_text(rp, 404, "text/plain", "nothing is played at this path\n");
    }
}

void world_answer(void *world, struct request *rq, struct reply *rp)
{
    struct world *w = world;
    struct fault *fault;

    /* No fault and no latency may lock out who set it. */
    if (below(rq->path, "/_control")) {
        rp->class_ = "control";
        control_answer(w, rq, rp);
        return;
    }
    rq->gzip = rq->gzip && w->gzip;
    if (!w->latency_path || below(rq->path, w->latency_path)) {
        rp->delay = w->latency;
    }
    fault = faults_match(w->faults, rq);
    if (fault && faults_replace(fault, rq, rp)) {
        rp->class_ = "fault";
        return;
    }
    answer_vendor(w, rq, rp);
    if (fault) {
        faults_bend(fault, rp);
    }
}

void world_answered(void *world, const struct request *rq, const struct reply *rp)
{
    struct world *w = world;

    counters_answered(w->counters, rq, rp);
}

void world_over(void *world, const struct reply *rp)
{
    struct world *w = world;

    (void)rp;
    counters_over(w->counters);
}
