#include "connectors/trackers/github/github_sync.h"

#include "connectors/trackers/github/github_cursor.h"
#include "connectors/trackers/github/github_list.h"

/* ---- events ---- */

struct scope_event *github_tell(struct github_answer *an, enum scope_event_kind kind,
                                struct str scope)
{
    struct arena *a = an->out->a;
    struct scope_event *ev = feed_add_event(an->out, kind, arena_str(a, scope));

    an->nomem |= ev == NULL;
    return ev;
}

void github_tell_cursor(struct github_answer *an, enum scope_event_kind kind)
{
    if (an->s->listing) {
        return;
    }
    struct scope_event *ev = github_tell(an, kind, an->s->name);
    struct buf cursor;

    buf_init(&cursor, 64 << 10);
    github_cursor_write(&an->s->cursor, &cursor);
    if (ev != NULL) {
        ev->cursor = arena_str(an->out->a, buf_str(&cursor));
        ev->vid = arena_str(an->out->a, an->s->vid);
    }
    an->nomem |= !buf_ok(&cursor);
    buf_finish(&cursor);
}

void github_fail_scope(struct github_answer *an, struct err why)
{
    if (an->s->listing) {
        github_list_fail(an, &why);
        return;
    }
    struct scope_event *ev = github_tell(an, SCOPE_FAILED, an->s->name);

    an->s->finished = true;
    if (ev != NULL) {
        ev->err = why; /* the event says of which repository */
    }
}

void github_fail_source(struct github_answer *an, struct err why)
{
    struct scope_event *ev = github_tell(an, SCOPE_FAILED, STR_NONE);

    an->t->stopped = true;
    if (ev != NULL) {
        ev->err = why;
    }
}

void github_pause(struct github_answer *an, struct dur wait)
{
    struct wall until = wall_add(an->now, wait);

    if (until.ms <= an->t->paused_until.ms) {
        return;
    }
    an->t->paused_until = until;
    struct scope_event *ev = github_tell(an, SCOPE_PAUSED, STR_NONE);

    if (ev != NULL) {
        ev->until = until;
    }
}

/* ---- time ---- */

/*
 * Too late a time would lose changes: where the server's clock and ours are
 * days apart, one of them is wrong, and the earlier time only costs reading
 * more.
 */
struct wall github_server_now(const struct github_answer *an)
{
    struct wall date = an->out->server_date;
    int64_t apart = wall_since(date, an->now).ms;

    if (date.ms <= 0 || apart > DUR_DAY(1).ms) {
        return an->now;
    }
    return date;
}

struct dur github_history(const struct tracker_conf *conf)
{
    int64_t days = conf->history.wd < 100000 ? conf->history.wd : 100000;

    return conf->history.ms > 0 ? DUR_MS(conf->history.ms) : DUR_DAY(days * 7 / 5);
}
