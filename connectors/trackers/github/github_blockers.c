#include "connectors/trackers/github/github_blockers.h"

#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/trackers/github/github_walk.h"

/* ---- what is owed ---- */

void github_blockers_owe(struct github_answer *an, size_t first)
{
    struct tracker *t = an->t;
    struct wall since =
        an->s->listing ? (struct wall){0} : github_walk_since(an->s);
    bool any = false;

    if (!github_debt_is_open(t, &t->blockers, an->now)) {
        return;
    }
    for (size_t i = first; i < an->out->n_items; i++) {
        const struct item *it = &an->out->items[i];

        if (it->blocked_by > 0 && it->updated.ms > since.ms) {
            an->nomem |= github_debt_owe(t, &t->blockers, an->s, it) == NULL &&
                         !t->blockers.dropped;
            any = true;
        }
    }
    an->nomem |= any && !github_debt_save(t, &t->blockers);
}

/* ---- what the answer means ---- */

/* X(index, path) */
#define PATHS(X)                                                                       \
    X(ID, "[].id")                                                                     \
    X(HTML_URL, "[].html_url")                                                         \
    X(STATE, "[].state")

#define X(index, path) index,
enum path { PATHS(X) };
#undef X

static struct str word(const struct project_rows *rows, size_t row, enum path path,
                       struct arena *a)
{
    const struct project_cell *c = project_first(rows, row, path);
    struct str s = STR_NONE;

    return c != NULL && c->raw.p[0] == '"' && project_text(a, c->raw, &s) ? s
                                                                          : STR_NONE;
}

/* One odd element is passed over; nothing but odd ones is no list of issues. */
static bool is_issue_list(const struct project_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (project_first(rows, i, ID) != NULL) {
            return true;
        }
    }
    return rows->n == 0;
}

static struct str key_of(const struct project_rows *rows, size_t row, struct arena *a)
{
    struct str repo, number;

    if (str_eqz(word(rows, row, STATE, a), "closed") ||
        !github_issue_url(word(rows, row, HTML_URL, a), &repo, &number) ||
        repo.n + number.n >= ITEM_MAX_VALUE) {
        return STR_NONE;
    }
    return arena_printf(a, "%.*s#%.*s", STR_FMT(repo), STR_FMT(number));
}

static bool tell(struct github_answer *an, const struct github_task *task,
                 const struct project_rows *rows)
{
    struct arena *a = an->out->a;
    struct item_blockers *b = feed_add_blockers(an->out, arena_str(a, task->vid));

    if (b == NULL) {
        return false;
    }
    b->keys = arena_array(a, ITEM_MAX_BLOCKERS, sizeof *b->keys);
    for (size_t i = 0; b->keys != NULL && i < rows->n && b->n < ITEM_MAX_BLOCKERS;
         i++) {
        struct str key = key_of(rows, i, a);

        if (key.n > 0) {
            b->keys[b->n++] = key;
        }
    }
    return !arena_failed(a);
}

static bool read_rows(const struct project *p, struct str body, struct project_rows *ret,
                      struct err *e)
{
    if (!project_rows(p, body, ret, e)) {
        return false;
    }
    if (is_issue_list(ret)) {
        return true;
    }
    project_rows_finish(ret);
    return err_set(e, ERR_PARSE, "not a list of issues");
}

/* There are at most fifty; the first page is all of them. */
static enum github_debt_page read_page(struct github_answer *an, struct github_task *task)
{
    struct project_rows rows;
    struct err why;

    if (!read_rows(task->owed->debt->wire, an->resp->body, &rows, &why)) {
        if (why.kind == ERR_NOMEM) {
            an->nomem = true;
            return GITHUB_PAGE_DONE;
        }
        return github_malformed(an, why) == GITHUB_AGAIN ? GITHUB_PAGE_MORE
                                                         : GITHUB_PAGE_LATER;
    }
    github_settle(an);
    task->owed->debt->missing = 0;
    an->nomem |= !tell(an, task, &rows);
    project_rows_finish(&rows);
    return GITHUB_PAGE_DONE;
}

static bool is_asked_for(const struct github_conf *own)
{
    return own->dependencies;
}

bool github_blockers_init(struct tracker *t, struct err *e)
{
#define X(index, path) path,
    static const char *const paths[] = {PATHS(X)};
#undef X
    static const struct github_debt_kind kind = {
        .task = GITHUB_TASK_BLOCKERS,
        .most = GITHUB_MAX_BLOCKERS,
        .part = "blocked",
        .feature = "dependencies",
        .path = "dependencies/blocked_by",
        .note = "dependencies",
        .title = "dependencies",
        .answers = "answers",
        .lacking = "this host seems to have none to be asked for",
        .fix = "set dependencies: false, or let the token read issues",
        .is_asked_for = is_asked_for,
        .read = read_page,
    };

    return github_debt_init(t, &t->blockers, &kind)
               ? project_compile(t->arena, paths, ARRAY_LEN(paths), &t->blockers.wire, e)
               : err_nomem(e);
}
