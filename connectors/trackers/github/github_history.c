#include "connectors/trackers/github/github_history.h"

#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/trackers/github/github_walk.h"

enum { MAX_PAGES = 10 }; /* of one timeline: a thousand events */

/* ---- what is owed ---- */

static struct str join(struct arena *a, const struct item *it)
{
    struct str who = STR_NONE;

    for (size_t i = 0; i < it->n_assignees; i++) {
        who = arena_printf(a, "%.*s%s%.*s", STR_FMT(who), i > 0 ? "," : "",
                           STR_FMT(it->assignees[i]));
    }
    return who;
}

static bool owe_item(struct github_answer *an, const struct item *it)
{
    struct tracker *t = an->t;
    struct github_owed *o = github_debt_owe(t, &t->histories, an->s, it);

    if (o == NULL) {
        return t->histories.dropped;
    }
    o->now = (struct github_standing){
        .in_progress = it->category == ITEM_IN_PROGRESS,
        .status = arena_str(t->arena, it->status),
        .assignees = join(t->arena, it),
    };
    return !arena_failed(t->arena);
}

void github_history_owe(struct github_answer *an, size_t first)
{
    const struct github_scope *s = an->s;
    struct wall since = github_walk_since(s);
    bool any = false;

    if (s->listing || !github_debt_is_open(an->t, &an->t->histories, an->now)) {
        return;
    }
    for (size_t i = first; i < an->out->n_items; i++) {
        const struct item *it = &an->out->items[i];

        if (it->category != ITEM_TODO && it->updated.ms > since.ms) {
            an->nomem |= !owe_item(an, it);
            any = true;
        }
    }
    an->nomem |= any && !github_debt_save(an->t, &an->t->histories);
}

/* ---- what the answer means ---- */

static bool tell(struct github_answer *an, const struct github_task *task)
{
    struct arena *a = an->out->a;
    struct item_history *h;
    struct item_span *spans, *copy;
    size_t n;
    bool agrees;

    if (!github_timeline_spans(task->timeline, an->t->conf, &task->owed->now, &spans,
                               &n, &agrees)) {
        return false;
    }
    if (!agrees) {
        return true;
    }
    h = feed_add_history(an->out, arena_str(a, task->vid));
    copy = arena_array(a, n, sizeof *copy);
    if (h == NULL || (copy == NULL && n > 0)) {
        return false;
    }
    /* The feed's strings are to live as long as the feed. */
    for (size_t i = 0; i < n; i++) {
        copy[i] = spans[i];
        copy[i].status = arena_str(a, spans[i].status);
        copy[i].assignees = arena_str(a, spans[i].assignees);
    }
    h->spans = copy;
    h->n_spans = n;
    return true;
}

static bool begin(struct github_answer *an, struct github_task *task)
{
    if (task->timeline == NULL) {
        task->timeline = arena_alloc(an->t->arena, sizeof *task->timeline);
        if (task->timeline != NULL) {
            task->timeline->a = an->t->arena;
        }
    }
    return task->timeline != NULL;
}

static enum github_debt_page read_page(struct github_answer *an, struct github_task *task)
{
    struct str path = STR_NONE;
    enum github_next next = github_link_next(an->resp, &an->t->client.base_url, &path);
    struct err why;

    if (!begin(an, task)) {
        an->nomem = true;
        return GITHUB_PAGE_DONE;
    }
    if (!github_timeline_read(task->owed->debt->wire, an->resp->body, task->timeline,
                              &why)) {
        return github_malformed(an, why) == GITHUB_AGAIN ? GITHUB_PAGE_MORE
                                                         : GITHUB_PAGE_LATER;
    }
    github_settle(an);
    task->owed->debt->missing = 0;
    if (next == GITHUB_NEXT_NONE) {
        an->nomem |= !tell(an, task);
        return GITHUB_PAGE_DONE;
    }
    if (next != GITHUB_NEXT_PAGE || ++task->pages == MAX_PAGES) {
        return GITHUB_PAGE_DONE;
    }
    task->at_root = true;
    task->path = arena_str(an->t->arena, path);
    an->nomem |= arena_failed(an->t->arena);
    return GITHUB_PAGE_MORE;
}

static bool is_asked_for(const struct github_conf *own)
{
    return own->status_history;
}

bool github_history_init(struct tracker *t, struct err *e)
{
    static const struct github_debt_kind kind = {
        .task = GITHUB_TASK_HISTORY,
        .most = GITHUB_MAX_HISTORIES,
        .part = "owed",
        .feature = "timeline",
        .path = "timeline",
        .note = "history",
        .title = "status history",
        .answers = "timelines",
        .lacking = "this host seems to have no timelines",
        .fix = "set status_history: false, or let the token read issues",
        .is_asked_for = is_asked_for,
        .read = read_page,
    };

    return github_debt_init(t, &t->histories, &kind)
               ? github_timeline_compile(t->arena, &t->histories.wire, e)
               : err_nomem(e);
}
