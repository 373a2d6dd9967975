#include "connectors/trackers/github/github_task.h"

#include "connectors/trackers/github/github_ask.h"
#include "connectors/trackers/github/github_sync.h"

bool github_tasks_init(struct github_tasks *tasks, struct arena *a)
{
    tasks->v = arena_array(a, GITHUB_MAX_TASKS, sizeof *tasks->v);
    for (size_t i = 0; i < GITHUB_WORKERS; i++) {
        github_call_init(&tasks->workers[i].call, NULL);
        tasks->workers[i].call.kind = GITHUB_CALL_TASK;
    }
    return tasks->v != NULL;
}

void github_tasks_finish(struct github_tasks *tasks)
{
    for (size_t i = 0; i < GITHUB_WORKERS; i++) {
        github_call_finish(&tasks->workers[i].call);
    }
}

struct github_task *github_tasks_add(struct github_tasks *tasks)
{
    return tasks->n < GITHUB_MAX_TASKS ? &tasks->v[tasks->n++] : NULL;
}

/* ---- workers ---- */

static void prepare(const struct github_client *c, struct github_worker *w)
{
    const struct github_task *task = w->task;

    if (task->at_root) {
        github_call_begin_at(c, &w->call, task->path);
    } else {
        github_call_begin(c, &w->call, NULL);
        buf_add(&w->call.url, task->path);
    }
    /* Where an issue went is the answer. */
    w->call.stay = task->kind != GITHUB_TASK_CONFIRM;
}

static void begin(struct github_worker *w, struct github_task *task)
{
    w->task = task;
    w->call.tries = w->call.malformed = 0;
    w->call.not_before = (struct wall){0};
}

bool github_tasks_prepare(const struct github_client *c, struct github_tasks *tasks)
{
    for (size_t i = 0; i < GITHUB_WORKERS; i++) {
        struct github_worker *w = &tasks->workers[i];

        if (w->call.out) {
            continue;
        }
        if (w->task == NULL && tasks->begun < tasks->n) {
            begin(w, &tasks->v[tasks->begun++]);
        }
        if (w->task != NULL) {
            prepare(c, w);
        }
        if (!github_call_ok(&w->call)) {
            return false;
        }
    }
    return true;
}

struct github_call *github_tasks_next(struct github_tasks *tasks, struct wall now)
{
    for (size_t i = 0; i < GITHUB_WORKERS; i++) {
        struct github_worker *w = &tasks->workers[i];

        if (w->task != NULL && !w->call.out && w->call.not_before.ms <= now.ms) {
            return &w->call;
        }
    }
    return NULL;
}

bool github_tasks_earliest(const struct github_tasks *tasks, struct wall *ret)
{
    bool any = false;

    for (size_t i = 0; i < GITHUB_WORKERS; i++) {
        const struct github_worker *w = &tasks->workers[i];

        if (w->task != NULL && (!any || w->call.not_before.ms < ret->ms)) {
            *ret = w->call.not_before;
            any = true;
        }
    }
    return any;
}

bool github_tasks_left(const struct github_tasks *tasks)
{
    struct wall when;

    return tasks->begun < tasks->n || github_tasks_earliest(tasks, &when);
}

void github_tasks_drop(struct github_tasks *tasks, enum github_task_kind kind)
{
    size_t kept = tasks->begun;

    for (size_t i = tasks->begun; i < tasks->n; i++) {
        if (tasks->v[i].kind != kind) {
            tasks->v[kept++] = tasks->v[i];
        }
    }
    tasks->n = kept;
}

void github_tasks_put_off(struct github_tasks *tasks)
{
    tasks->begun = tasks->n;
    for (size_t i = 0; i < GITHUB_WORKERS; i++) {
        tasks->workers[i].task = NULL;
    }
}

/* ---- answers ---- */

struct str github_repo_path(const struct github_scope *s, struct arena *a)
{
    return s->vid.n > 0 ? arena_printf(a, "/repositories/%.*s", STR_FMT(s->vid))
                        : arena_printf(a, "/repos/%.*s", STR_FMT(s->name));
}

static bool answer(struct github_answer *an, struct github_task *task)
{
    return task->owed != NULL ? github_debt_answer(an, task)
                              : github_ask_answer(an, task);
}

void github_task_answer(struct github_answer *an)
{
    struct github_tasks *tasks = &an->t->tasks;

    for (size_t i = 0; i < GITHUB_WORKERS; i++) {
        struct github_worker *w = &tasks->workers[i];

        /* What was put off while it was out has no task any more. */
        if (&w->call == an->call && w->task != NULL && !answer(an, w->task)) {
            w->task = NULL;
        }
    }
}
