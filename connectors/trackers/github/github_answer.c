#include "connectors/trackers/github/github_state.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "connectors/trackers/github/github_limit.h"
#include "connectors/trackers/github/github_wire.h"
#include "core/retry.h"

enum {
    MAX_TRIES = 4,     /* of one request that fails for no fault of ours */
    MAX_MALFORMED = 2, /* answers that cannot be read */
    MAX_LIMITED = 6,   /* rate limits in a row */
    MAX_MOVES = 2,
    MAX_PAGES = 10000, /* of one walk: a million issues */
    NARROW_FROM = 2,   /* the failure from which on pages are made smaller */
};

static const struct retry_policy retries = {
    .base = {2000},
    .max = {60000},
};

/* One answer on its way through; `nomem` is what ends it early. */
struct answer {
    struct tracker *t;
    struct github_scope *s;
    const struct http_response *resp;
    struct wall now;
    struct feed *out;
    bool nomem;
};

/* ---- what is told ---- */

static struct scope_event *tell(struct answer *an, enum scope_event_kind kind,
                                struct str scope)
{
    struct arena *a = an->out->a;
    struct scope_event *ev = feed_add_event(an->out, kind, arena_str(a, scope));

    an->nomem |= ev == NULL;
    return ev;
}

static void tell_cursor(struct answer *an, enum scope_event_kind kind)
{
    struct scope_event *ev = tell(an, kind, an->s->name);
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

/* Ends this sync of the repository; its cursor stays where it was. */
static void fail(struct answer *an, struct err why)
{
    struct scope_event *ev = tell(an, SCOPE_FAILED, an->s->name);

    an->s->finished = true;
    if (ev != NULL) {
        ev->err = why; /* the event says of which repository */
    }
}

/* Ends the sync of the whole source. */
static void stop(struct answer *an, struct err why)
{
    struct scope_event *ev = tell(an, SCOPE_FAILED, STR_NONE);

    an->t->stopped = true;
    if (ev != NULL) {
        ev->err = why;
    }
}

/* Limits belong to the token, so they hold for every repository. */
static void pause_all(struct answer *an, struct dur wait)
{
    struct wall until = wall_add(an->now, wait);

    if (until.ms <= an->t->paused_until.ms) {
        return;
    }
    an->t->paused_until = until;
    struct scope_event *ev = tell(an, SCOPE_PAUSED, STR_NONE);

    if (ev != NULL) {
        ev->until = until;
    }
}

/*
 * What begins a walk, so too late a time would lose changes: where the
 * server's clock and ours are days apart, one of them is wrong, and the
 * earlier time only costs reading more.
 */
static struct wall server_now(const struct answer *an)
{
    struct wall date = an->out->server_date;
    int64_t apart = wall_since(date, an->now).ms;

    if (date.ms <= 0 || apart > DUR_DAY(1).ms) {
        return an->now;
    }
    return date;
}

/* The request was answered as it should be. */
static void settle(struct answer *an)
{
    struct github_scope *s = an->s;

    s->tries = s->malformed = 0;
    an->t->limited = 0;
    if (!s->told) {
        struct scope_event *ev = tell(an, SCOPE_SEEN, s->name);

        s->told = true;
        if (ev != NULL) {
            ev->vid = arena_str(an->out->a, s->vid);
        }
    }
}

/* ---- trying again ---- */

static void try_later(struct answer *an, unsigned attempt)
{
    struct github_scope *s = an->s;
    struct dur after = {0};
    uint64_t random = hash64(s->name.p, s->name.n, attempt);

    if (an->resp != NULL && !github_retry_after(an->resp, an->now, &after)) {
        after = DUR_MS(0);
    }
    s->not_before = wall_add(an->now, retry_wait(&retries, attempt, random, after));
}

/* GitHub ends requests that take it ten seconds: smaller pages may get through. */
static void narrow(struct answer *an)
{
    struct github_scope *s = an->s;
    struct buf half;

    if (s->ask_repo) {
        return;
    }
    if (s->cursor.page.n == 0) {
        s->per_page = s->per_page > 25 ? s->per_page / 2 : s->per_page;
        return;
    }
    buf_init(&half, GITHUB_MAX_PATH);
    if (github_halve_page(&half, s->cursor.page) && buf_ok(&half)) {
        github_set_page(s, buf_str(&half));
    }
    buf_finish(&half);
}

static void on_trouble(struct answer *an, struct err why, bool too_much)
{
    struct github_scope *s = an->s;

    s->tries++;
    if (s->tries >= MAX_TRIES) {
        fail(an, why);
        return;
    }
    if (too_much && s->tries >= NARROW_FROM) {
        narrow(an);
    }
    try_later(an, s->tries - 1);
}

static void on_malformed(struct answer *an, struct err why)
{
    struct github_scope *s = an->s;

    if (why.kind == ERR_NOMEM) {
        an->nomem = true;
        return;
    }
    s->malformed++;
    if (s->malformed >= MAX_MALFORMED) {
        fail(an, why);
        return;
    }
    try_later(an, 0);
}

/* ---- walks ---- */

static void begin_walk(struct github_scope *s, enum github_walk walk, struct wall since)
{
    github_set_page(s, STR_NONE);
    s->cursor.walk = walk;
    s->cursor.since = since;
    s->cursor.newest = s->cursor.moved = (struct wall){0};
    s->cursor.by_update = false;
    s->n_marks = 0;
}

static bool add_mark(struct github_scope *s, struct github_mark mark)
{
    if (s->n_marks == s->cap_marks) {
        size_t cap = s->cap_marks > 0 ? s->cap_marks * 2 : 8;
        struct github_mark *marks = realloc(s->marks, cap * sizeof *marks);

        if (marks == NULL) {
            return false;
        }
        s->marks = marks;
        s->cap_marks = cap;
    }
    s->marks[s->n_marks++] = mark;
    return true;
}

static uint64_t hash_of(struct str s)
{
    return hash64(s.p, s.n, 0);
}

/*
 * The time up to which this walk of changes has missed nothing. An issue that
 * changed while its list was read moved to the end, the rest moved up, and the
 * first of the following page may have been skipped: then only what had been
 * read before that change counts.
 */
static struct wall watermark(const struct github_scope *s)
{
    const struct github_cursor *c = &s->cursor;
    struct wall mark = c->newest.ms > c->since.ms ? c->newest : c->since;

    /* The first mark is the walk's beginning, the second its first page. */
    if (s->n_marks <= 2 || c->moved.ms == 0) {
        return mark;
    }
    for (size_t i = s->n_marks - 1; i > 0; i--) {
        if (s->marks[i].at.ms < c->moved.ms) {
            return s->marks[i].last.ms < mark.ms ? s->marks[i].last : mark;
        }
    }
    return c->since;
}

/* Before a page is read: notes where and when its walk began. */
static void enter_page(struct answer *an)
{
    struct github_cursor *c = &an->s->cursor;
    bool first = c->page.n == 0;

    if (first && (c->walk == GITHUB_CHANGES || c->start.ms == 0)) {
        c->start = server_now(an);
    }
    if (first) {
        an->s->n_marks = 0;
    }
    if (an->s->n_marks == 0) {
        struct github_mark begin = {.at = c->start, .last = c->since};

        an->nomem |= !add_mark(an->s, begin);
        /* Resumed: the pages before this one are not known any more. */
        an->nomem |= !first && !add_mark(an->s, begin);
    }
}

static void note_page(struct answer *an, const struct github_page *page)
{
    struct github_cursor *c = &an->s->cursor;
    struct wall server = server_now(an);
    /* A date from the future must not carry the watermark there. */
    struct wall newest = page->newest.ms < server.ms ? page->newest : server;
    struct github_mark mark = {hash_of(buf_str(&an->s->url)), hash_of(an->resp->body),
                               server, newest};

    if (newest.ms > c->newest.ms) {
        c->newest = newest;
    }
    if (page->moved.ms > 0 && (c->moved.ms == 0 || page->moved.ms < c->moved.ms)) {
        c->moved = page->moved;
    }
    c->shifted |= c->walk == GITHUB_CLOSED && page->closed_since;
    an->nomem |= !add_mark(an->s, mark);
}

/* Keeps the answer's ETag if the same request comes next. */
static void keep_etag(struct answer *an, bool same_request)
{
    struct github_cursor *c = &an->s->cursor;
    struct str etag = http_header_get(an->resp, "etag");
    struct arena *a = an->t->arena;
    struct buf key;

    c->etag = c->etag_key = STR_NONE;
    if (!same_request || etag.n == 0 || etag.n > 300 || an->resp->moved) {
        return;
    }
    buf_init(&key, 200);
    github_etag_key(an->t, buf_str(&an->s->url), &key);
    c->etag = arena_str(a, etag);
    c->etag_key = arena_str(a, buf_str(&key));
    an->nomem |= !buf_ok(&key) || arena_failed(a);
    buf_finish(&key);
}

static void end_changes(struct answer *an)
{
    struct github_scope *s = an->s;
    struct wall mark = watermark(s);
    /*
     * More than one page: the first may stay as it is while the last one
     * changes. Smaller pages than usual: not what will be asked for.
     */
    bool same = s->n_marks == 2 && mark.ms == s->cursor.since.ms &&
                s->per_page == GITHUB_PER_PAGE;

    keep_etag(an, same);
    begin_walk(s, GITHUB_CHANGES, mark);
    s->cursor.start = (struct wall){0};
    s->finished = true;
    tell_cursor(an, SCOPE_SYNCED);
}

/* The open and the closed issues are read: from now on what changed since. */
static void end_first_walk(struct answer *an)
{
    struct github_cursor *c = &an->s->cursor;
    struct wall start = c->start;

    begin_walk(an->s, GITHUB_CHANGES, start);
    c->start = (struct wall){0};
    c->paged = c->shifted = c->second = false;
    an->s->finished = true;
    tell_cursor(an, SCOPE_SYNCED);
}

static void end_walk(struct answer *an)
{
    struct github_scope *s = an->s;
    struct github_cursor *c = &s->cursor;
    struct dur history = github_history(an->t->conf);

    if (c->walk == GITHUB_CHANGES) {
        end_changes(an);
    } else if (c->walk == GITHUB_OPEN && !c->second && history.ms > 0) {
        begin_walk(s, GITHUB_CLOSED, wall_add(c->start, DUR_MS(-history.ms)));
        tell_cursor(an, SCOPE_CHECKPOINT);
    } else if (c->walk == GITHUB_CLOSED && c->paged && c->shifted) {
        /* Each issue that was closed meanwhile may have hidden another. */
        begin_walk(s, GITHUB_OPEN, (struct wall){0});
        c->second = true;
        tell_cursor(an, SCOPE_CHECKPOINT);
    } else {
        end_first_walk(an);
    }
}

/* ---- pages ---- */

static bool is_json(const struct http_response *resp)
{
    struct str type = http_header_get(resp, "content-type");

    return type.n == 0 || str_find_nocase(type, STR("json")) >= 0;
}

/* Whether this walk has asked for that page already. */
static bool was_read(struct answer *an, struct str path)
{
    const struct github_scope *s = an->s;
    struct buf url;
    bool found;

    buf_init(&url, s->url.ceiling);
    buf_add(&url, str_first(an->t->base, an->t->base.n - an->t->base_url.path.n));
    buf_add(&url, path);
    found = str_eq(buf_str(&url), buf_str(&s->url));
    for (size_t i = 1; i < s->n_marks && !found; i++) {
        found = s->marks[i].path == hash_of(buf_str(&url));
    }
    an->nomem |= !buf_ok(&url);
    buf_finish(&url);
    return found;
}

/* Whether this walk has met that very page, under whatever address. */
static bool has_come_before(const struct answer *an)
{
    uint64_t content = hash_of(an->resp->body);

    for (size_t i = 1; i < an->s->n_marks; i++) {
        if (an->s->marks[i].content == content) {
            return true;
        }
    }
    return false;
}

/* Whether the page named by the Link header may be asked for. */
static bool check_next(struct answer *an, enum github_next next, struct str path)
{
    struct err why;

    if (next == GITHUB_NEXT_FOREIGN) {
        err_set(&why, ERR_REMOTE, "the next page is on another host: not followed");
    } else if (next == GITHUB_NEXT_PAGE && was_read(an, path)) {
        err_set(&why, ERR_REMOTE, "the next page is one that was read before");
    } else if (next == GITHUB_NEXT_PAGE && has_come_before(an)) {
        err_set(&why, ERR_REMOTE, "the same page comes again and again");
    } else if (next == GITHUB_NEXT_PAGE && an->s->n_marks > MAX_PAGES) {
        err_set(&why, ERR_LIMIT, "more than %d pages", MAX_PAGES);
    } else {
        return true;
    }
    fail(an, why);
    return false;
}

static void learn_vid(struct answer *an, struct str path)
{
    struct str id, name;

    if (github_path_repo(path, &id, &name) && id.n > 0 && !str_eq(id, an->s->vid)) {
        an->s->vid = arena_str(an->t->arena, id);
        an->s->told = false;
        an->nomem |= arena_failed(an->t->arena);
    }
}

static void on_page(struct answer *an)
{
    struct github_scope *s = an->s;
    struct github_page page;
    struct str path = STR_NONE;
    enum github_next next = github_link_next(an->resp, &an->t->base_url, &path);
    struct err why;

    if (!is_json(an->resp) || next == GITHUB_NEXT_MALFORMED) {
        err_set(&why, ERR_PARSE, "GitHub's answer is %s",
                next == GITHUB_NEXT_MALFORMED ? "without a readable Link header"
                                              : "not JSON");
        on_malformed(an, why);
        return;
    }
    enter_page(an);
    if (!check_next(an, next, path) || an->nomem) {
        return;
    }
    if (!github_wire_issues(&an->t->wire, an->t->conf, s->name, s->cursor.start,
                            an->resp->body, an->out, &page, &why)) {
        on_malformed(an, why);
        return;
    }
    if (next == GITHUB_NEXT_PAGE && page.elements == 0) {
        err_set(&why, ERR_REMOTE, "an empty page before the last one");
        on_malformed(an, why);
        return;
    }
    note_page(an, &page);
    if (next != GITHUB_NEXT_PAGE) {
        settle(an);
        end_walk(an);
        return;
    }
    learn_vid(an, path);
    settle(an);
    s->cursor.paged |= s->cursor.walk == GITHUB_OPEN;
    github_set_page(s, path);
    tell_cursor(an, SCOPE_CHECKPOINT);
}

static void on_not_modified(struct answer *an)
{
    struct github_scope *s = an->s;
    struct err why;

    if (s->conditional) {
        settle(an);
        s->finished = true;
        tell_cursor(an, SCOPE_SYNCED);
        return;
    }
    /* Some cache on the way: once more, and then it is a fault. */
    s->cursor.etag = s->cursor.etag_key = STR_NONE;
    if (++s->unasked > 1) {
        err_set(&why, ERR_REMOTE, "GitHub answered 304 to what was not conditional");
        fail(an, why);
    }
}

/* 422 to a page far down the list: such lists are read from a later date on. */
static void on_too_deep(struct answer *an)
{
    struct github_scope *s = an->s;
    struct github_cursor *c = &s->cursor;
    struct wall from = c->walk == GITHUB_CHANGES ? watermark(s) : c->newest;
    bool sorted = c->walk == GITHUB_CHANGES || c->by_update;
    struct err why;

    if (!sorted) {
        begin_walk(s, c->walk, c->since);
        c->by_update = true;
    } else if (from.ms > c->since.ms) {
        begin_walk(s, c->walk, from);
        c->by_update = c->walk != GITHUB_CHANGES;
    } else {
        err_set(&why, ERR_REMOTE, "GitHub lists too many issues of one moment");
        fail(an, why);
        return;
    }
    settle(an);
    tell_cursor(an, SCOPE_CHECKPOINT);
}

/* ---- renamed repositories ---- */

static bool is_other_scope(const struct answer *an, struct str name)
{
    for (size_t i = 0; i < an->t->n_scopes; i++) {
        const struct github_scope *s = &an->t->scopes[i];

        if (s != an->s && str_eq_nocase(s->name, name)) {
            return true;
        }
    }
    return false;
}

static void rename_scope(struct answer *an, struct str name)
{
    struct github_scope *s = an->s;
    struct err why;

    s->ask_repo = false;
    if (str_eq_nocase(name, s->name)) {
        return; /* asked once more under its name; MAX_MOVES ends a loop */
    }
    if (is_other_scope(an, name)) {
        err_set(&why, ERR_CONFLICT, "is now %.*s, which is listed, too", STR_FMT(name));
        fail(an, why);
        return;
    }
    struct scope_event *ev = tell(an, SCOPE_RENAMED, s->name);

    if (s->cursor.alias.n == 0) {
        s->cursor.alias = s->name;
    }
    s->name = arena_str(an->t->arena, name);
    begin_walk(s, s->cursor.walk, s->cursor.since);
    s->cursor.etag = s->cursor.etag_key = STR_NONE;
    if (ev != NULL) {
        ev->to = arena_str(an->out->a, name);
        ev->vid = arena_str(an->out->a, s->vid);
    }
    an->nomem |= arena_failed(an->t->arena);
    tell_cursor(an, SCOPE_CHECKPOINT);
}

/* The list has moved for good to `url`: under which name is asked for next. */
static void on_moved(struct answer *an, struct str url)
{
    struct github_scope *s = an->s;
    struct github_url to;
    struct str id, name;
    struct err why;

    if (++s->moves > MAX_MOVES) {
        err_set(&why, ERR_REMOTE, "redirected again and again");
        fail(an, why);
        return;
    }
    if (!github_url_parse(url, &to) || !github_url_same_origin(&to, &an->t->base_url) ||
        !github_path_repo(to.path, &id, &name)) {
        err_set(&why, ERR_REMOTE, "redirected to what is no repository here");
        fail(an, why);
        return;
    }
    if (name.n > 0) {
        rename_scope(an, name);
        return;
    }
    learn_vid(an, to.path);
    s->ask_repo = true;
}

static void on_repo(struct answer *an)
{
    struct str id, name;
    struct err why;

    if (!github_wire_repo(an->out->a, an->resp->body, &id, &name, &why)) {
        on_malformed(an, why);
        return;
    }
    an->s->vid = arena_str(an->t->arena, id);
    an->nomem |= arena_failed(an->t->arena);
    settle(an);
    rename_scope(an, name);
}

/* ---- refusals ---- */

static struct err refusal(const struct answer *an, enum err_kind kind,
                          const char *advice)
{
    struct str said = github_wire_message(an->out->a, an->resp->body, an->t->token);
    struct err why;

    err_set(&why, kind, "GitHub answered %d%s%.*s%s%s", an->resp->status,
            said.n > 0 ? ": " : "", STR_FMT(said), advice[0] != '\0' ? "; " : "",
            advice);
    return why;
}

static void on_forbidden(struct answer *an)
{
    struct tracker *t = an->t;
    struct str needed = http_header_get(an->resp, "x-accepted-github-permissions");
    struct str said = github_wire_message(an->out->a, an->resp->body, an->t->token);
    bool fresh = an->now.ms >= t->paused_until.ms;
    struct dur wait;

    if (github_limit_hit(an->resp, said, an->out, t->limited, an->now, &wait)) {
        struct err why = refusal(an, ERR_RATE, "");

        /* Requests that were out together meet the same limit once. */
        t->limited += fresh;
        if (t->limited > MAX_LIMITED) {
            err_after(&why, wait);
            stop(an, why);
        } else {
            pause_all(an, wait);
        }
        return;
    }
    struct str advice = STR("the token lacks a permission");

    if (needed.n > 0) {
        advice = arena_printf(an->out->a, "the token needs: %.*s", STR_FMT(needed));
    }
    fail(an, refusal(an, ERR_FORBIDDEN, advice.n > 0 ? advice.p : ""));
}

static void on_unknown_version(struct answer *an)
{
    if (an->s->versioned) {
        an->t->unversioned = true; /* asked again at once, without */
    } else {
        fail(an, refusal(an, ERR_REMOTE, ""));
    }
}

static void on_redirect(struct answer *an)
{
    bool permanent = an->resp->status == 301 || an->resp->status == 308;
    struct str to = http_header_get(an->resp, "location");

    /* io follows those within our origin; what comes here it did not. */
    if (permanent && to.n > 0 && !an->s->ask_repo) {
        on_moved(an, to);
    } else {
        fail(an, refusal(an, ERR_REMOTE, "a redirect that was not followed"));
    }
}

static void on_gone(struct answer *an)
{
    if (an->s->ask_repo) {
        fail(an, refusal(an, ERR_GONE, ""));
        return;
    }
    /* "Issues are disabled for this repo": not in GitHub's description. */
    settle(an);
    an->s->finished = true;
    (void)tell(an, SCOPE_DISABLED, an->s->name);
}

static void on_error(struct answer *an)
{
    struct github_scope *s = an->s;
    int status = an->resp->status;

    if (status == 401) {
        /* Trying on with a bad token locks accounts and addresses out. */
        stop(an, refusal(an, ERR_AUTH, "the token is wrong or has expired"));
    } else if (status == 403 || status == 429) {
        on_forbidden(an);
    } else if (status == 404) {
        fail(an, refusal(an, ERR_NOT_FOUND, "missing, or the token may not see it"));
    } else if (status == 410) {
        on_gone(an);
    } else if (status == 400) {
        on_unknown_version(an);
    } else if (status == 422 && !s->ask_repo && s->cursor.page.n > 0) {
        on_too_deep(an);
    } else if (status >= 500 || status == 408) {
        on_trouble(an, refusal(an, ERR_REMOTE, ""), true);
    } else if (status >= 300 && status < 400) {
        on_redirect(an);
    } else {
        fail(an, refusal(an, ERR_REMOTE, ""));
    }
}

static void on_failure(struct answer *an, const struct err *failure)
{
    on_trouble(an, *failure, failure->kind == ERR_LIMIT);
}

static void on_response(struct answer *an)
{
    const struct http_response *resp = an->resp;

    github_limit_read(resp, an->out);
    if ((resp->status == 200 || resp->status == 304) && resp->moved &&
        !an->s->ask_repo) {
        on_moved(an, resp->url);
    } else if (resp->status == 200 && an->s->ask_repo) {
        on_repo(an);
    } else if (resp->status == 200) {
        on_page(an);
    } else if (resp->status == 304 && !an->s->ask_repo) {
        on_not_modified(an);
    } else {
        on_error(an);
    }
}

/* Leaves the rest of the hour's budget to other users of the token. */
static void keep_reserve(struct answer *an)
{
    struct tracker *t = an->t;
    bool more = false;
    struct dur wait;

    for (size_t i = 0; i < t->n_scopes; i++) {
        more |= !t->scopes[i].finished;
    }
    if (more && !t->stopped &&
        github_limit_reserve(an->out, t->conf->budget.reserve, an->now, &wait)) {
        pause_all(an, wait);
    }
}

static struct github_scope *find_scope(struct tracker *t, uint32_t tag)
{
    for (size_t i = 0; i < t->n_scopes; i++) {
        if (t->scopes[i].out && t->scopes[i].tag == tag) {
            return &t->scopes[i];
        }
    }
    return NULL;
}

bool github_feed(struct tracker *t, uint32_t tag, const struct http_response *resp,
                 const struct err *failure, struct wall now, struct feed *out,
                 struct err *e)
{
    struct github_scope *s = find_scope(t, tag);
    struct answer an = {.t = t, .s = s, .resp = resp, .now = now, .out = out};

    if (s == NULL) {
        return err_set(e, ERR_USAGE, "no request has the tag %" PRIu32, tag);
    }
    s->out = false;
    t->out--;
    if (t->stopped) {
        return true; /* refused as a whole meanwhile */
    }
    if (failure != NULL) {
        on_failure(&an, failure);
    } else {
        on_response(&an);
        keep_reserve(&an);
    }
    if (an.nomem || arena_failed(out->a) || (!s->finished && !github_prepare(t, s))) {
        return err_nomem(e);
    }
    return true;
}
