#include "connectors/trackers/github/github_ask.h"

#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_reply.h"

/* ---- what to ask ---- */

/* "4" of acme/web#4. */
static bool number_of(struct str key, struct str *ret)
{
    ptrdiff_t mark = str_chr(key, '#');
    uint64_t n;

    *ret = mark < 0 ? STR_NONE : str_skip(key, (size_t)mark + 1);
    return str_to_u64(*ret, &n) && n > 0;
}

static bool add(struct tracker *t, struct github_scope *s,
                const struct tracker_missing *m)
{
    struct github_task *task;
    struct str number;

    if (!number_of(m->key, &number) || m->vid.n == 0 ||
        t->tasks.missing == GITHUB_MAX_MISSING) {
        return true;
    }
    task = github_tasks_add(&t->tasks);
    if (task == NULL) {
        return true;
    }
    t->tasks.missing++;
    *task = (struct github_task){
        .kind = GITHUB_TASK_MISSING,
        .scope = s,
        .vid = arena_str(t->arena, m->vid),
        .path = arena_printf(t->arena, "%.*s/issues/%.*s",
                             STR_FMT(github_repo_path(s, t->arena)), STR_FMT(number)),
    };
    return !arena_failed(t->arena);
}

bool github_missing(struct tracker *t, struct str scope,
                    const struct tracker_missing *v, size_t n, struct err *e)
{
    struct github_scope *s = github_scopes_find(&t->scopes, scope);

    if (s == NULL || t->stopped) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (!add(t, s, &v[i])) {
            return err_nomem(e);
        }
    }
    return github_tasks_prepare(&t->client, &t->tasks) || err_nomem(e);
}

/* ---- what the answer means ---- */

static struct fate *tell(struct github_answer *an, const struct github_task *task,
                         enum item_fate kind, struct str detail)
{
    struct fate *f = feed_add_fate(an->out, kind, arena_str(an->out->a, task->vid));

    if (f != NULL) {
        f->detail = arena_str(an->out->a, detail);
    }
    an->nomem |= f == NULL;
    return f;
}

/* It is in the repository where it was, or another has its number there. */
static void found_here(struct github_answer *an, const struct github_task *task,
                       const struct github_one *one, struct item *it)
{
    it->scope = arena_str(an->out->a, task->scope->name);
    if (str_eq(one->id, task->vid)) {
        (void)tell(an, task, FATE_PRESENT, STR_NONE);
    } else {
        (void)tell(an, task, FATE_GONE, STR("another issue has its number now"));
    }
}

static void found_there(struct github_answer *an, const struct github_task *task,
                        const struct github_one *one, struct item *it)
{
    const struct github_scope *s =
        one->repo.n > 0 ? github_scopes_find(&an->t->scopes, one->repo) : NULL;
    if (s == NULL) {
        an->out->n_items--; /* nobody follows it there */
        (void)tell(an, task, FATE_OUTSIDE, one->repo);
        return;
    }
    it->scope = arena_str(an->out->a, s->name);
    /* Its repository was renamed while the list was read. */
    if (str_eq(one->id, task->vid)) {
        (void)tell(an, task, FATE_PRESENT, STR_NONE);
        return;
    }
    struct fate *f = tell(an, task, FATE_MOVED, s->name);

    if (f != NULL) {
        f->to_vid = one->id;
    }
}

/* What its project says now is on it already. What fails waits for the next sync. */
static void keep_here(struct github_answer *an, const struct github_task *task)
{
    if (an->out->n_items > 0) {
        an->out->items[0].scope = arena_str(an->out->a, task->scope->name);
    }
    github_boards_drop(an, task->refresh);
}

/* Pull requests are listed with the issues, and are none. */
static struct str pulls_of(const struct github_answer *an,
                           const struct github_task *task)
{
    return arena_printf(an->out->a, "the pull requests of %.*s",
                        STR_FMT(task->scope->name));
}

/* Always false: the task is over, and nothing is known. */
static bool gave_up(struct github_answer *an, const struct github_task *task)
{
    if (task->kind == GITHUB_TASK_REFRESH) {
        github_boards_told(an, true);
        return false;
    }
    an->t->list_failed = true;
    an->nomem |= !feed_add_note(
        an->out, "reconcile", NOTE_WARN,
        arena_printf(
            an->out->a,
            "what became of issues that the listing of %.*s lacks could not be "
            "told: %s",
            STR_FMT(task->scope->name), an->why.msg),
        STR("they are asked for after the next listing"));
    return false;
}

static bool on_issue(struct github_answer *an, const struct github_task *task)
{
    struct github_one one;
    struct err why;

    if (!github_wire_issue(&an->t->wire, an->t->conf, task->scope->name, an->resp->body,
                           an->out, &one, &why)) {
        return github_malformed(an, why) == GITHUB_AGAIN || gave_up(an, task);
    }
    github_settle(an);
    if (task->kind == GITHUB_TASK_REFRESH) {
        keep_here(an, task);
    } else if (one.pull) {
        (void)tell(an, task, FATE_OUTSIDE, pulls_of(an, task));
    } else if (task->kind == GITHUB_TASK_MISSING) {
        found_here(an, task, &one, &an->out->items[an->out->n_items - 1]);
    } else {
        found_there(an, task, &one, &an->out->items[an->out->n_items - 1]);
    }
    return false;
}

/*
 * Transferred, or its repository was renamed a moment ago: the issue itself
 * will tell. Followed once and by hand, for the token must not go elsewhere.
 */
static bool on_redirect(struct github_answer *an, struct github_task *task)
{
    struct str to = http_header_get(an->resp, "location"), id, name;
    struct github_url url;

    if (task->kind != GITHUB_TASK_MISSING || !github_url_parse(to, &url) ||
        !github_url_same_origin(&url, &an->t->client.base_url) ||
        url.path.n > GITHUB_MAX_PATH || !github_path_repo(url.path, &id, &name) ||
        str_find(url.path, STR("/issues/")) < 0) {
        return false;
    }
    github_settle(an);
    task->kind = GITHUB_TASK_MOVED;
    task->path = arena_str(an->t->arena, url.path);
    task->at_root = true;
    an->nomem |= arena_failed(an->t->arena);
    return true;
}

/* 404 says that of a repository out of sight, too. */
static bool on_not_found(struct github_answer *an, struct github_task *task)
{
    if (task->kind == GITHUB_TASK_MOVED) {
        (void)tell(an, task, FATE_HIDDEN,
                   STR("transferred to where the token may not read"));
        return false;
    }
    if (task->kind == GITHUB_TASK_CONFIRM) {
        return gave_up(an, task);
    }
    github_settle(an);
    task->kind = GITHUB_TASK_CONFIRM;
    task->at_root = false;
    task->path = github_repo_path(task->scope, an->t->arena);
    an->nomem |= arena_failed(an->t->arena);
    return true;
}

static bool on_refused(struct github_answer *an, struct github_task *task)
{
    bool confirm = task->kind == GITHUB_TASK_CONFIRM;
    struct str said = str_of(an->why.msg);

    if (task->kind == GITHUB_TASK_REFRESH && an->resp != NULL &&
        (an->resp->status == 404 || an->resp->status == 410)) {
        github_boards_drop(an, task->refresh);
        return false;
    }
    if (an->resp == NULL || task->kind == GITHUB_TASK_REFRESH) {
        return gave_up(an, task);
    }
    switch (an->resp->status) {
    case 301:
    case 302:
    case 307:
    case 308:
        return on_redirect(an, task) || gave_up(an, task);
    case 403:
        if (confirm) {
            break;
        }
        (void)tell(an, task, FATE_HIDDEN, said);
        return false;
    case 404:
        return on_not_found(an, task);
    case 410:
        /* Of a repository whose issues were switched off meanwhile it tells nothing. */
        if (confirm || str_find_nocase(said, STR("disabled")) >= 0) {
            break;
        }
        (void)tell(an, task, FATE_DELETED, STR_NONE);
        return false;
    default:
        break;
    }
    return gave_up(an, task);
}

bool github_ask_answer(struct github_answer *an, struct github_task *task)
{
    switch (github_judge(an)) {
    case GITHUB_READ:
        break;
    case GITHUB_AGAIN:
        return true;
    case GITHUB_REFUSED:
        return on_refused(an, task);
    case GITHUB_OVER:
        return false;
    }
    if (an->resp->status != 200) {
        err_set(&an->why, ERR_REMOTE, "GitHub answered %d", an->resp->status);
        return gave_up(an, task);
    }
    if (task->kind != GITHUB_TASK_CONFIRM) {
        return on_issue(an, task);
    }
    github_settle(an);
    (void)tell(an, task, FATE_GONE, STR("deleted, or hidden from the token"));
    return false;
}
