#include "connectors/trackers/github/github_rename.h"

#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_walk.h"
#include "connectors/trackers/github/github_wire.h"

enum { MAX_MOVES = 2 };

static void rename_scope(struct github_answer *an, struct str name)
{
    struct github_scope *s = an->s;
    struct err why;

    s->call.kind = GITHUB_CALL_ISSUES;
    if (str_eq_nocase(name, s->name)) {
        return; /* asked once more under its name; MAX_MOVES ends a loop */
    }
    if (github_scopes_have(&an->t->scopes, name, s)) {
        err_set(&why, ERR_CONFLICT, "is now %.*s, which is listed, too", STR_FMT(name));
        github_fail_scope(an, why);
        return;
    }
    struct scope_event *ev = github_tell(an, SCOPE_RENAMED, s->name);

    if (s->cursor.alias.n == 0) {
        s->cursor.alias = s->name;
    }
    s->name = arena_str(an->t->arena, name);
    s->list_due = true; /* its issues have new keys and do not count as updated */
    github_walk_begin(s, s->cursor.walk, s->cursor.since);
    s->cursor.etag = s->cursor.etag_key = STR_NONE;
    if (ev != NULL) {
        ev->to = arena_str(an->out->a, name);
        ev->vid = arena_str(an->out->a, s->vid);
    }
    an->nomem |= arena_failed(an->t->arena);
    github_tell_cursor(an, SCOPE_CHECKPOINT);
}

void github_rename_moved(struct github_answer *an, struct str url)
{
    struct github_scope *s = an->s;
    struct github_url to;
    struct str id, name;
    struct err why;

    if (++s->moves > MAX_MOVES) {
        err_set(&why, ERR_REMOTE, "redirected again and again");
        github_fail_scope(an, why);
        return;
    }
    if (!github_url_parse(url, &to) ||
        !github_url_same_origin(&to, &an->t->client.base_url) ||
        !github_path_repo(to.path, &id, &name)) {
        err_set(&why, ERR_REMOTE, "redirected to what is no repository here");
        github_fail_scope(an, why);
        return;
    }
    if (name.n > 0) {
        rename_scope(an, name);
        return;
    }
    github_walk_learn_vid(an, to.path);
    s->call.kind = GITHUB_CALL_REPO;
}

void github_rename_answer(struct github_answer *an)
{
    struct str id, name;
    struct err why;

    if (an->resp->status != 200) {
        err_set(&why, ERR_REMOTE, "GitHub answered %d to what was not conditional",
                an->resp->status);
        github_fail_scope(an, why);
        return;
    }
    if (!github_wire_repo(an->out->a, an->resp->body, &id, &name, &why)) {
        github_walk_malformed(an, why);
        return;
    }
    an->s->vid = arena_str(an->t->arena, id);
    an->nomem |= arena_failed(an->t->arena);
    github_walk_settle(an);
    rename_scope(an, name);
}
