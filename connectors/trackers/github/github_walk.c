#include "connectors/trackers/github/github_walk.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/hash.h"
#include "connectors/trackers/github/github_blockers.h"
#include "connectors/trackers/github/github_cursor.h"
#include "connectors/trackers/github/github_history.h"
#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_list.h"
#include "connectors/trackers/github/github_rename.h"
#include "connectors/trackers/github/github_wire.h"

enum {
    MAX_PAGES = 10000, /* of one walk: a million issues */
    PAGE_END = 2048,   /* bytes at either end that tell pages apart */
    NARROW_FROM = 2,   /* the failure from which on pages are made smaller */
};

/* ---- requests ---- */

struct wall github_walk_since(const struct github_scope *s)
{
    return s->cursor.walk == GITHUB_CHANGES ? s->cursor.since : (struct wall){0};
}

void github_walk_set_page(struct github_scope *s, struct str path)
{
    buf_clear(&s->page);
    buf_add(&s->page, path);
    s->cursor.page = buf_str(&s->page);
}

static void put_list_query(const struct github_scope *s, struct buf *url)
{
    static const char *const states[] = {
        [GITHUB_OPEN] = "open", [GITHUB_CLOSED] = "closed", [GITHUB_CHANGES] = "all"};
    const struct github_cursor *c = &s->cursor;
    bool by_update = c->walk == GITHUB_CHANGES || c->by_update;

    buf_printf(url, "state=%s&sort=%s&direction=asc&per_page=%d", states[c->walk],
               by_update ? "updated" : "created", s->per_page);
    if (c->since.ms > 0) {
        struct dur back = {-GITHUB_OVERLAP.ms};

        buf_addz(url, "&since=");
        date_print_iso(url, wall_add(c->since, back));
    }
}

static void put_url(const struct github_client *c, struct github_scope *s)
{
    struct buf *url = &s->call.url;
    struct str page = s->cursor.page;

    if (s->call.kind == GITHUB_CALL_ISSUES && page.n > 0) {
        /* A path from the cursor or a Link header, checked against our origin. */
        github_call_begin_at(c, &s->call, page);
        return;
    }
    github_call_begin(c, &s->call, NULL);
    if (s->call.kind == GITHUB_CALL_REPO && s->vid.n > 0) {
        buf_printf(url, "/repositories/%.*s", STR_FMT(s->vid));
    } else if (s->call.kind == GITHUB_CALL_REPO) {
        buf_printf(url, "/repos/%.*s", STR_FMT(s->name));
    } else {
        buf_printf(url, "/repos/%.*s/issues?", STR_FMT(s->name));
        put_list_query(s, url);
    }
}

static bool may_be_conditional(const struct github_scope *s)
{
    return s->call.kind == GITHUB_CALL_ISSUES && s->cursor.walk == GITHUB_CHANGES &&
           s->cursor.page.n == 0 && s->cursor.etag.n > 0;
}

bool github_walk_prepare(const struct github_client *c, struct github_scope *s)
{
    char mem[GITHUB_ETAG_KEY + 1];
    struct buf key;

    put_url(c, s);
    if (may_be_conditional(s)) {
        buf_init_fixed(&key, mem, sizeof mem);
        github_etag_key(c, buf_str(&s->call.url), &key);
        if (buf_ok(&key) && str_eq(buf_str(&key), s->cursor.etag_key)) {
            s->call.etag = s->cursor.etag;
        }
    }
    return github_call_ok(&s->call) && buf_ok(&s->page);
}

/* ---- walks ---- */

void github_walk_settle(struct github_answer *an)
{
    struct github_scope *s = an->s;

    github_settle(an);
    if (!s->told) {
        struct scope_event *ev = github_tell(an, SCOPE_SEEN, s->name);

        s->told = true;
        if (ev != NULL) {
            ev->vid = arena_str(an->out->a, s->vid);
        }
    }
}

void github_walk_begin(struct github_scope *s, enum github_walk walk, struct wall since)
{
    github_walk_set_page(s, STR_NONE);
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

/* Tells pages apart: their length, their first issue's addresses, their last one's end.
   All of a page would be most of what is hashed in a walk. */
static uint64_t hash_of_page(struct str body)
{
    struct str end = body.n > PAGE_END ? str_skip(body, body.n - PAGE_END) : body;

    return hash64(end.p, end.n, hash_of(str_first(body, PAGE_END)) ^ body.n);
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
static void enter_page(struct github_answer *an)
{
    struct github_cursor *c = &an->s->cursor;
    bool first = c->page.n == 0;

    if (first && (c->walk == GITHUB_CHANGES || c->start.ms == 0)) {
        c->start = github_server_now(an);
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

static void note_page(struct github_answer *an, const struct github_page *page)
{
    struct github_cursor *c = &an->s->cursor;
    struct wall server = github_server_now(an);
    /* A date from the future must not carry the watermark there. */
    struct wall newest = page->newest.ms < server.ms ? page->newest : server;
    struct github_mark mark = {hash_of(buf_str(&an->s->call.url)),
                               hash_of_page(an->resp->body), server, newest};

    if (newest.ms > c->newest.ms) {
        c->newest = newest;
    }
    if (newest.ms > c->active.ms) {
        c->active = newest;
    }
    if (page->moved.ms > 0 && (c->moved.ms == 0 || page->moved.ms < c->moved.ms)) {
        c->moved = page->moved;
    }
    c->shifted |= c->walk == GITHUB_CLOSED && page->closed_since;
    an->nomem |= !add_mark(an->s, mark);
}

/* Keeps the answer's ETag if the same request comes next. */
static void keep_etag(struct github_answer *an, bool same_request)
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
    github_etag_key(&an->t->client, buf_str(&an->s->call.url), &key);
    c->etag = arena_str(a, etag);
    c->etag_key = arena_str(a, buf_str(&key));
    an->nomem |= !buf_ok(&key) || arena_failed(a);
    buf_finish(&key);
}

/* ---- quiet repositories ---- */

#define QUIET_AFTER DUR_DAY(30)
/* The store concludes nothing from a look that is an hour old. */
#define LOOK_EVERY DUR_MIN(55)
#define NEXT_LOOK DUR_MIN(20)
/* Of which a repository that has none had its last one. */
#define LONG_AGO ((struct wall){1})

static bool is_quiet(const struct github_cursor *c, struct wall now)
{
    struct wall last = c->active.ms > 0 ? c->active : c->since;

    return wall_since(now, last).ms > QUIET_AFTER.ms;
}

bool github_walk_may_wait(const struct tracker_conf *conf,
                          const struct github_cursor *c, struct wall now)
{
    /* Syncs come a twentieth late (core/retry.h), and take a while. */
    struct dur next = DUR_MS(conf->interval.ms / 10 * 11);
    struct dur age = wall_since(now, c->looked);

    return c->walk == GITHUB_CHANGES && c->page.n == 0 && c->looked.ms > 0 &&
           age.ms >= 0 && next.ms < LOOK_EVERY.ms && age.ms < LOOK_EVERY.ms - next.ms;
}

/* The walk is complete. A look soon after another one is not worth a write. */
static void note_look(struct github_answer *an)
{
    struct github_cursor *c = &an->s->cursor;
    struct dur age = wall_since(an->now, c->looked);

    if (!is_quiet(c, an->now)) {
        c->looked = (struct wall){0};
    } else if (age.ms < 0 || age.ms >= NEXT_LOOK.ms) {
        c->looked = an->now;
    }
}

static void end_changes(struct github_answer *an)
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
    github_walk_begin(s, GITHUB_CHANGES, mark);
    s->cursor.start = (struct wall){0};
    s->finished = true;
    note_look(an);
    github_tell_cursor(an, SCOPE_SYNCED);
    github_list_begin(an);
}

/* The open and the closed issues are read: from now on what changed since. */
static void end_first_walk(struct github_answer *an)
{
    struct github_cursor *c = &an->s->cursor;
    struct wall start = c->start;

    github_walk_begin(an->s, GITHUB_CHANGES, start);
    c->start = (struct wall){0};
    c->paged = c->shifted = c->second = false;
    c->active = c->active.ms > 0 ? c->active : LONG_AGO;
    an->s->finished = true;
    github_tell_cursor(an, SCOPE_SYNCED);
}

static void end_walk(struct github_answer *an)
{
    struct github_scope *s = an->s;
    struct github_cursor *c = &s->cursor;
    struct dur history = github_history(an->t->conf);

    if (s->listing) {
        github_list_end_walk(an);
    } else if (c->walk == GITHUB_CHANGES) {
        end_changes(an);
    } else if (c->walk == GITHUB_OPEN && !c->second && history.ms > 0) {
        github_walk_begin(s, GITHUB_CLOSED, wall_add(c->start, DUR_MS(-history.ms)));
        github_tell_cursor(an, SCOPE_CHECKPOINT);
    } else if (c->walk == GITHUB_CLOSED && c->paged && c->shifted) {
        /* Each issue that was closed meanwhile may have hidden another. */
        github_walk_begin(s, GITHUB_OPEN, (struct wall){0});
        c->second = true;
        github_tell_cursor(an, SCOPE_CHECKPOINT);
    } else {
        end_first_walk(an);
    }
}

/* ---- pages ---- */

void github_walk_malformed(struct github_answer *an, struct err why)
{
    if (github_malformed(an, why) == GITHUB_REFUSED && !an->nomem) {
        github_fail_scope(an, why);
    }
}

static bool is_json(const struct http_response *resp)
{
    struct str type = http_header_get(resp, "content-type");

    return type.n == 0 || str_find_nocase(type, STR("json")) >= 0;
}

/* Whether this walk has asked for that page already. */
static bool was_read(struct github_answer *an, struct str path)
{
    const struct github_scope *s = an->s;
    struct buf url;
    bool found;

    buf_init(&url, s->call.url.ceiling);
    buf_add(&url, str_first(an->t->client.base,
                            an->t->client.base.n - an->t->client.base_url.path.n));
    buf_add(&url, path);
    found = str_eq(buf_str(&url), buf_str(&s->call.url));
    for (size_t i = 1; i < s->n_marks && !found; i++) {
        found = s->marks[i].path == hash_of(buf_str(&url));
    }
    an->nomem |= !buf_ok(&url);
    buf_finish(&url);
    return found;
}

/* Whether this walk has met that very page, under whatever address. */
static bool has_come_before(const struct github_answer *an)
{
    uint64_t content = hash_of_page(an->resp->body);

    for (size_t i = 1; i < an->s->n_marks; i++) {
        if (an->s->marks[i].content == content) {
            return true;
        }
    }
    return false;
}

/* Whether the page named by the Link header may be asked for. */
static bool check_next(struct github_answer *an, enum github_next next, struct str path)
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
    github_fail_scope(an, why);
    return false;
}

void github_walk_learn_vid(struct github_answer *an, struct str path)
{
    struct str id, name;

    if (github_path_repo(path, &id, &name) && id.n > 0 && !str_eq(id, an->s->vid)) {
        an->s->vid = arena_str(an->t->arena, id);
        an->s->told = false;
        an->nomem |= arena_failed(an->t->arena);
    }
}

static void on_page(struct github_answer *an)
{
    struct github_scope *s = an->s;
    struct github_page page;
    struct str path = STR_NONE;
    enum github_next next = github_link_next(an->resp, &an->t->client.base_url, &path);
    struct err why;

    if (!is_json(an->resp) || next == GITHUB_NEXT_MALFORMED) {
        err_set(&why, ERR_PARSE, "GitHub's answer is %s",
                next == GITHUB_NEXT_MALFORMED ? "without a readable Link header"
                                              : "not JSON");
        github_walk_malformed(an, why);
        return;
    }
    enter_page(an);
    if (!check_next(an, next, path) || an->nomem) {
        return;
    }
    size_t first = an->out->n_items;

    if (!github_wire_issues(&an->t->wire, an->t->conf, s->name, s->cursor.start,
                            an->resp->body, an->out, &page, &why)) {
        github_walk_malformed(an, why);
        return;
    }
    github_history_owe(an, first);
    github_blockers_owe(an, first);
    github_boards_met(an, first);
    if (next == GITHUB_NEXT_PAGE && page.elements == 0) {
        err_set(&why, ERR_REMOTE, "an empty page before the last one");
        github_walk_malformed(an, why);
        return;
    }
    note_page(an, &page);
    if (next != GITHUB_NEXT_PAGE) {
        github_walk_settle(an);
        end_walk(an);
        return;
    }
    github_walk_learn_vid(an, path);
    github_walk_settle(an);
    s->cursor.paged |= s->cursor.walk == GITHUB_OPEN;
    github_walk_set_page(s, path);
    github_tell_cursor(an, SCOPE_CHECKPOINT);
}

static void on_not_modified(struct github_answer *an)
{
    struct github_scope *s = an->s;
    struct err why;

    if (s->call.etag.n > 0) {
        github_walk_settle(an);
        s->finished = true;
        note_look(an);
        github_tell_cursor(an, SCOPE_SYNCED);
        github_list_begin(an);
        return;
    }
    /* Some cache on the way: once more, and then it is a fault. */
    s->cursor.etag = s->cursor.etag_key = STR_NONE;
    if (++s->unasked > 1) {
        err_set(&why, ERR_REMOTE, "GitHub answered 304 to what was not conditional");
        github_fail_scope(an, why);
    }
}

/* 422 to a page far down the list: such lists are read from a later date on. */
static void on_too_deep(struct github_answer *an)
{
    struct github_scope *s = an->s;
    struct github_cursor *c = &s->cursor;
    struct wall from = c->walk == GITHUB_CHANGES ? watermark(s) : c->newest;
    bool sorted = c->walk == GITHUB_CHANGES || c->by_update;
    struct err why;

    if (!sorted) {
        github_walk_begin(s, c->walk, c->since);
        c->by_update = true;
    } else if (from.ms > c->since.ms) {
        github_walk_begin(s, c->walk, from);
        c->by_update = c->walk != GITHUB_CHANGES;
    } else {
        err_set(&why, ERR_REMOTE, "GitHub lists too many issues of one moment");
        github_fail_scope(an, why);
        return;
    }
    github_walk_settle(an);
    github_tell_cursor(an, SCOPE_CHECKPOINT);
}

/* GitHub ends requests that take it ten seconds: smaller pages may get through. */
static void narrow(struct github_answer *an)
{
    struct github_scope *s = an->s;
    struct buf half;

    if (s->call.kind != GITHUB_CALL_ISSUES) {
        return;
    }
    if (s->cursor.page.n == 0) {
        s->per_page = s->per_page > 25 ? s->per_page / 2 : s->per_page;
        return;
    }
    buf_init(&half, GITHUB_MAX_PATH);
    if (github_halve_page(&half, s->cursor.page) && buf_ok(&half)) {
        github_walk_set_page(s, buf_str(&half));
    }
    buf_finish(&half);
}

/* ---- answers ---- */

static bool is_permanent(int status)
{
    return status == 301 || status == 308;
}

/* What GitHub says of a list of issues by refusing it. */
static void on_refused(struct github_answer *an)
{
    const struct http_response *resp = an->resp;
    struct github_scope *s = an->s;
    bool issues = s->call.kind == GITHUB_CALL_ISSUES;
    struct str to = STR_NONE;

    if (resp != NULL && is_permanent(resp->status)) {
        to = http_header_get(resp, "location");
    }
    if (s->listing && (resp == NULL || resp->status != 422)) {
        github_list_fail(an, &an->why); /* the next walk will see what it is */
    } else if (issues && to.n > 0) {
        github_rename_moved(an, to);
    } else if (issues && resp != NULL && resp->status == 410) {
        /* "Issues are disabled for this repo": not in GitHub's description. */
        github_walk_settle(an);
        s->finished = true;
        (void)github_tell(an, SCOPE_DISABLED, s->name);
    } else if (issues && resp != NULL && resp->status == 422 && s->cursor.page.n > 0) {
        on_too_deep(an);
    } else {
        if (s->lost && an->why.kind == ERR_NOT_FOUND) {
            err_set(&an->why, ERR_NOT_FOUND,
                    "not among the repositories any more: deleted, or not visible");
        }
        github_fail_scope(an, an->why);
    }
}

static void on_answer(struct github_answer *an)
{
    struct github_scope *s = an->s;

    if (s->call.kind == GITHUB_CALL_REPO) {
        github_rename_answer(an);
    } else if (an->resp->moved && s->listing) {
        github_list_give_up(s);
    } else if (an->resp->moved) {
        github_rename_moved(an, an->resp->url);
    } else if (an->resp->status == 304) {
        on_not_modified(an);
    } else {
        on_page(an);
    }
}

void github_walk_answer(struct github_answer *an)
{
    switch (github_judge(an)) {
    case GITHUB_READ:
        on_answer(an);
        break;
    case GITHUB_AGAIN:
        if (an->too_much && an->s->call.tries >= NARROW_FROM) {
            narrow(an);
        }
        break;
    case GITHUB_REFUSED:
        on_refused(an);
        break;
    case GITHUB_OVER:
        break;
    }
}
