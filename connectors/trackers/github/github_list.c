#include "connectors/trackers/github/github_list.h"

#include "connectors/trackers/github/github_walk.h"

void github_list_begin(struct github_answer *an)
{
    struct github_scope *s = an->s;

    if (!s->list_due) {
        return;
    }
    s->list_due = false;
    s->listing = true;
    s->finished = false;
    s->kept = s->cursor;
    s->cursor = (struct github_cursor){.start = github_server_now(an)};
    github_walk_begin(s, GITHUB_OPEN, (struct wall){0});
    (void)github_tell(an, SCOPE_LISTING, s->name);
}

void github_list_give_up(struct github_scope *s)
{
    s->listing = false;
    s->finished = true;
    s->cursor = s->kept;
    s->call.kind = GITHUB_CALL_ISSUES;
    github_walk_set_page(s, STR_NONE);
}

/* The repository is as fresh as its changes are. */
void github_list_fail(struct github_answer *an, const struct err *why)
{
    an->t->list_failed = true;
    an->nomem |= !feed_add_note(an->out, "reconcile", NOTE_WARN,
                                arena_printf(an->out->a, "%.*s could not be listed: %s",
                                             STR_FMT(an->s->name), why->msg),
                                STR("a later sync tries again"));
    github_list_give_up(an->s);
}

static void end(struct github_answer *an, struct wall since)
{
    struct scope_event *ev = github_tell(an, SCOPE_LISTED, an->s->name);

    if (!an->t->list_failed) {
        an->nomem |= !feed_add_note(an->out, "reconcile", NOTE_OK, STR_NONE, STR_NONE);
    }

    if (ev != NULL) {
        ev->since = since;
    }
    github_list_give_up(an->s);
}

void github_list_end_walk(struct github_answer *an)
{
    struct github_scope *s = an->s;
    struct dur history = github_history(an->t->conf);

    if (s->cursor.walk == GITHUB_OPEN && history.ms > 0) {
        s->listed_since = wall_add(s->cursor.start, DUR_MS(-history.ms));
        github_walk_begin(s, GITHUB_CLOSED, s->listed_since);
    } else if (s->cursor.walk == GITHUB_OPEN) {
        /* No closed issue was listed: none is to be missed. */
        end(an, github_server_now(an));
    } else {
        end(an, s->listed_since);
    }
}
