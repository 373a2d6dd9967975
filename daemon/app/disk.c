#include <stdio.h>
#include <stdlib.h>

#include "app/app_state.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/log.h"

const struct err *app_store_error(const struct app *a)
{
    const struct err *error = &a->eval_error;

    for (size_t i = 0; error->kind == ERR_NONE && i < a->n_syncs; i++)
        error = sync_run_store_error(a->syncs[i]);
    for (size_t i = 0; error->kind == ERR_NONE && i < a->n_outboxes; i++)
        error = outbox_run_store_error(a->outboxes[i]);
    return error;
}

/* ---- told through the outbox, when the store works ---- */

struct tell_op {
    struct live *live; /* one reference */
    struct wall now;
    struct buf text;
};

static bool tell_on_engine(struct db *db, void *arg, struct err *e)
{
    struct tell_op *op = arg;

    return db_tell_operations(db, &op->live->eval, buf_str(&op->text), op->now, e);
}

static void tell_op_destroy(struct tell_op *op)
{
    live_unref(op->live);
    buf_finish(&op->text);
    free(op);
}

static void tell_done(void *arg, bool ok, const struct err *err)
{
    if (!ok)
        log_error("operations channel: %s", err->msg);
    tell_op_destroy(arg);
}

static void tell_again(struct app *a)
{
    struct tell_op *op = calloc(1, sizeof(*op));
    struct err e;

    if (op == NULL)
        return;
    op->live = live_ref(a->live);
    op->now = clock_wall(a->clock);
    buf_init(&op->text, 1000);
    buf_addz(&op->text, a->full ? "There is room again on the disk of alignd's state "
                                  "directory, after "
                                : "alignd can write its database again, after ");
    date_print_dur(&op->text, wall_since(op->now, a->stuck_since));
    buf_addz(&op->text,
             ". Syncs and messages go on where they stopped; nothing is lost.");
    log_info("%s", buf_cstr(&op->text));
    if (!store_submit(a->store, tell_on_engine, tell_done, op, &e))
        tell_op_destroy(op);
}

/* ---- watching ---- */

static void tell_stuck(struct app *a, const struct err *error)
{
    char text[700];

    if (a->full)
        snprintf(
            text, sizeof(text),
            "The disk of alignd's state directory (%.200s) is full: nothing is "
            "synced, judged or told until there is room. It then goes on by itself.",
            buf_cstr(&a->state_dir));
    else
        snprintf(text, sizeof(text),
                 "alignd cannot write its database: %s. Nothing is synced, judged or "
                 "told until it can. It then goes on by itself.",
                 error->msg);
    log_error("%s", text);
    if (a->alarm != NULL && !a->opt.dry_run)
        alarm_send(a->alarm, str_of(text));
}

void app_watch_store(struct app *a)
{
    const struct err *error = app_store_error(a);

    if (a->phase != STOP_NOT || !a->ready)
        return;
    if (error->kind == ERR_CORRUPT) {
        log_error("the database is damaged (%s): stopping, so that the next start sets "
                  "it aside and takes the last backup",
                  error->msg);
        app_stop(a, APP_SOFTWARE);
    } else if ((error->kind == ERR_FULL || error->kind == ERR_STORE) &&
               a->stuck_since.ms == 0) {
        a->stuck_since = clock_wall(a->clock);
        a->full = error->kind == ERR_FULL;
        tell_stuck(a, error);
    } else if (error->kind == ERR_NONE && a->stuck_since.ms != 0) {
        tell_again(a);
        a->stuck_since = (struct wall){0};
        for (size_t i = 0; i < a->n_outboxes; i++)
            outbox_run_kick(a->outboxes[i]);
    }
}
