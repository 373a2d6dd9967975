#include "connectors/trackers/github/github_board.h"

#include <stdlib.h>

#include "connectors/trackers/github/github_board_memory.h"
#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_sync.h"

enum {
    PER_PAGE = 100,
    MAX_PAGES = 500,      /* GitHub holds 50,000 items in a project */
    MAX_ROWS = 512 << 10, /* bytes of all projects together: half of the memory */
    MAX_FIELD_PAGES = 5,
};

/* ---- notes ---- */

/* "projects.acme-7": keys are lower case, and a slash is none of their letters. */
static const char *note_key(struct arena *a, const struct github_board *b)
{
    char *key = arena_strdup(a, arena_printf(a, "projects.%.*s-%.*s", STR_FMT(b->owner),
                                             STR_FMT(b->number)));

    for (char *c = key; c != NULL && *c != '\0'; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
    }
    return key != NULL ? key : "";
}

static void note(struct github_answer *an, const struct github_board *b,
                 enum note_level level, struct str text, const char *fix)
{
    an->nomem |=
        !feed_add_note(an->out, note_key(an->out->a, b), level, text, str_of(fix));
}

static void note_fields(struct github_answer *an, const struct github_board *b)
{
    struct arena *a = an->out->a;
    struct str names = STR_NONE;

    for (size_t i = 0; i < b->fresh.fields.n; i++) {
        names = arena_printf(a, "%.*s%s%.*s", STR_FMT(names), i > 0 ? ", " : "",
                             STR_FMT(b->fresh.fields.v[i].name));
    }
    if (b->fresh.fields.n > 0) {
        note(an, b, NOTE_OK,
             arena_printf(a, "project %.*s: reads %.*s", STR_FMT(b->name),
                          STR_FMT(names)),
             "");
    } else {
        note(an, b, NOTE_WARN,
             arena_printf(a, "project %.*s has no field that is asked for",
                          STR_FMT(b->name)),
             "name its fields under fields:");
    }
}

/* ---- requests ---- */

/* Asks for that page, with the ETag it had when it was read under this token. */
static void ask(struct tracker *t, struct github_board *b, struct str path,
                const struct github_board_page *known)
{
    char mem[GITHUB_ETAG_KEY + 1];
    struct buf key;

    b->at = (struct github_board_page){.path = path};
    github_call_begin_at(&t->client, &b->call, path);
    buf_init_fixed(&key, mem, sizeof mem);
    github_etag_key(&t->client, buf_str(&b->call.url), &key);
    b->at.etag_key = arena_str(t->arena, buf_str(&key));
    if (known != NULL && known->etag.n > 0 && str_eq(known->path, path) &&
        str_eq(known->etag_key, b->at.etag_key)) {
        b->call.etag = known->etag;
    }
}

static struct str board_path(const struct tracker *t, const struct github_board *b,
                             const char *what)
{
    return arena_printf(t->arena, "%.*s/%s/%.*s/projectsV2/%.*s/%s?per_page=%d",
                        STR_FMT(t->client.base_url.path), b->user ? "users" : "orgs",
                        STR_FMT(b->owner), STR_FMT(b->number), what, PER_PAGE);
}

static void ask_fields(struct tracker *t, struct github_board *b)
{
    b->step = GITHUB_BOARD_FIELDS;
    b->field_pages = 0;
    b->fresh = (struct github_board_look){.n = 0};
    ask(t, b, board_path(t, b, "fields"), &b->known.list);
}

static void ask_items(struct tracker *t, struct github_board *b, struct str path)
{
    size_t n = b->fresh.n;

    ask(t, b, path, n < b->known.n ? &b->known.pages[n] : NULL);
}

static void ask_first_items(struct tracker *t, struct github_board *b)
{
    struct str path = board_path(t, b, "items");

    for (size_t i = 0; i < b->fresh.fields.n; i++) {
        path =
            arena_printf(t->arena, "%.*s%s%.*s", STR_FMT(path),
                         i == 0 ? "&fields=" : ",", STR_FMT(b->fresh.fields.v[i].id));
    }
    b->step = GITHUB_BOARD_ITEMS;
    ask_items(t, b, path);
}

/* ---- what the projects say ---- */

static bool lay_rows(struct tracker *t, const struct github_board *b, struct str rows)
{
    struct github_project_row row;

    while (github_project_next_row(&rows, &row)) {
        struct github_extra *x = map_get(t->boards.extras, row.key);

        if (x == NULL) {
            x = arena_alloc(t->arena, sizeof *x);
            if (x == NULL || !map_set(t->boards.extras, row.key, x)) {
                return false;
            }
        }
        if (!github_project_extra(&b->known.fields, row.values, t->arena, x)) {
            return false;
        }
    }
    return true;
}

static bool lay_all(struct tracker *t)
{
    struct github_boards *boards = &t->boards;

    map_destroy(boards->extras);
    boards->extras = map_create();
    t->wire.extras = boards->extras;
    if (boards->extras == NULL) {
        return false;
    }
    for (size_t i = 0; i < boards->n; i++) {
        const struct github_board *b = &boards->v[i];

        for (size_t k = 0; k < b->known.n; k++) {
            if (!lay_rows(t, b, b->known.pages[k].rows)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- what has changed ---- */

static bool add_refresh(struct tracker *t, struct str key)
{
    struct github_boards *boards = &t->boards;
    ptrdiff_t mark = str_chr(key, '#');
    struct github_scope *s =
        mark < 0 ? NULL : github_scopes_find(&t->scopes, str_first(key, (size_t)mark));
    struct github_refresh *r, **at;

    if (s == NULL || map_get(boards->by_key, key) != NULL) {
        return true;
    }
    r = arena_alloc(t->arena, sizeof *r);
    at = arena_grow(t->arena, &boards->refresh, &boards->n_refresh,
                    &boards->cap_refresh, sizeof *at);
    if (r == NULL || at == NULL) {
        return false;
    }
    *r = (struct github_refresh){.scope = s, .key = arena_str(t->arena, key)};
    *at = r;
    return map_set(boards->by_key, r->key, r);
}

/* What one row was when it was remembered. */
struct former {
    struct str values;
    bool met;
};

static bool load_formers(struct tracker *t, const struct github_board_look *look,
                         struct map *ret)
{
    for (size_t i = 0; i < look->n; i++) {
        struct str rows = look->pages[i].rows;
        struct github_project_row row;

        while (github_project_next_row(&rows, &row)) {
            struct former *f = arena_alloc(t->arena, sizeof *f);

            if (f == NULL || !map_set(ret, row.key, f)) {
                return false;
            }
            f->values = row.values;
        }
    }
    return true;
}

static bool same_fields(const struct github_project_fields *a,
                        const struct github_project_fields *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        if (!str_eq(a->v[i].id, b->v[i].id) || !str_eq(a->v[i].name, b->v[i].name)) {
            return false;
        }
    }
    return a->n == b->n;
}

/* Issues that are new with values, have others, or none any more. Closed ones that are
   new to us were closed before they were followed. */
static bool compare(struct tracker *t, struct github_board *b, struct map *formers,
                    bool *ret_changed)
{
    bool same = same_fields(&b->known.fields, &b->fresh.fields);
    struct github_project_row row;
    struct str key;
    void *value;

    *ret_changed = !same;
    for (size_t i = 0; i < b->fresh.n; i++) {
        struct str rows = b->fresh.pages[i].rows;

        while (github_project_next_row(&rows, &row)) {
            struct former *f = map_get(formers, row.key);
            bool differs = f == NULL || !same || !str_eq(f->values, row.values);

            if (f != NULL) {
                f->met = true;
            }
            *ret_changed |= differs;
            if (differs && (f != NULL || !row.closed) && !add_refresh(t, row.key)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < map_count(formers); i++) {
        map_at(formers, i, &key, &value);
        if (!((const struct former *)value)->met) {
            *ret_changed = true;
            if (!add_refresh(t, key)) {
                return false;
            }
        }
    }
    return true;
}

/* Whether all is as it was, ETags included: nothing to be written. */
static bool same_pages(const struct github_board_look *a,
                       const struct github_board_look *b)
{
    bool same = a->n == b->n && str_eq(a->list.etag, b->list.etag);

    for (size_t i = 0; same && i < a->n; i++) {
        same = str_eq(a->pages[i].etag, b->pages[i].etag) &&
               str_eq(a->pages[i].path, b->pages[i].path);
    }
    return same;
}

/* The look is complete: what it found takes the place of what was known. */
static bool take(struct tracker *t, struct github_board *b, struct wall now)
{
    struct map *formers = map_create();
    bool changed = false;
    bool resting = github_board_rests(b, now);
    bool ok = formers != NULL && load_formers(t, &b->known, formers) &&
              compare(t, b, formers, &changed);

    map_destroy(formers);
    if (!ok) {
        return false;
    }
    bool as_it_was = !changed && !resting && !b->missing && !b->trouble &&
                     same_pages(&b->known, &b->fresh);

    b->changed = changed || b->changed.ms == 0 ? now : b->changed;
    b->asked = now;
    b->missing = b->trouble = false;
    b->known = b->fresh;
    b->step = GITHUB_BOARD_OVER;
    return lay_all(t) && (as_it_was || github_board_save(t)) &&
           (!changed || github_board_save_waiting(t));
}

/* ---- answers ---- */

static void finish(struct github_answer *an, struct github_board *b)
{
    if (b->trouble) {
        note_fields(an, b);
    }
    an->nomem |= !take(an->t, b, an->now);
}

/* What it said last holds on. */
static void give_up(struct github_answer *an, struct github_board *b, struct str why)
{
    b->step = GITHUB_BOARD_OVER;
    note(an, b, NOTE_WARN,
         arena_printf(an->out->a, "project %.*s could not be read: %.*s",
                      STR_FMT(b->name), STR_FMT(why)),
         "what it said last holds; the next sync tries again");
    if (!b->trouble) {
        b->trouble = true;
        an->nomem |= !github_board_save(an->t);
    }
}

static struct str etag_of(const struct github_answer *an)
{
    struct str etag = http_header_get(an->resp, "etag");

    return etag.n <= 300 && !an->resp->moved ? arena_str(an->t->arena, etag) : STR_NONE;
}

static size_t bytes_of_rows(const struct tracker *t, const struct github_board *b)
{
    size_t n = 0;

    for (size_t i = 0; i < t->boards.n; i++) {
        const struct github_board_look *look =
            &t->boards.v[i] == b ? &b->fresh : &t->boards.v[i].known;

        for (size_t k = 0; k < look->n; k++) {
            n += look->pages[k].rows.n;
        }
    }
    return n;
}

static struct github_board_page *add_page(struct github_answer *an,
                                          struct github_board *b)
{
    struct github_board_page *page = arena_grow(
        an->t->arena, &b->fresh.pages, &b->fresh.n, &b->fresh.cap, sizeof *page);

    an->nomem |= page == NULL;
    return page;
}

static bool was_read(const struct github_board *b, struct str path)
{
    for (size_t i = 0; i < b->fresh.n; i++) {
        if (str_eq(b->fresh.pages[i].path, path)) {
            return true;
        }
    }
    return false;
}

/* After a page: the next one, or the end. */
static void go_on(struct github_answer *an, struct github_board *b,
                  enum github_next next, struct str path)
{
    if (next == GITHUB_NEXT_NONE) {
        finish(an, b);
    } else if (next != GITHUB_NEXT_PAGE || was_read(b, path) ||
               b->fresh.n == MAX_PAGES) {
        give_up(an, b, STR("its pages have no end"));
    } else if (bytes_of_rows(an->t, b) > MAX_ROWS) {
        note(an, b, NOTE_WARN,
             arena_printf(an->out->a, "project %.*s: only the first %zu items are read",
                          STR_FMT(b->name), b->fresh.n * PER_PAGE),
             "follow fewer projects, or archive items that are done");
        finish(an, b);
    } else {
        ask_items(an->t, b, arena_str(an->t->arena, path));
    }
}

static void on_items(struct github_answer *an, struct github_board *b)
{
    struct str path = STR_NONE;
    enum github_next next = github_link_next(an->resp, &an->t->client.base_url, &path);
    struct github_board_page *page;
    struct buf rows;
    struct err why;

    buf_init(&rows, MAX_ROWS);
    if (!github_project_read_items(&an->t->boards.wire, &b->fresh.fields,
                                   an->resp->body, &rows, &why)) {
        an->nomem |= why.kind == ERR_NOMEM;
        give_up(an, b, str_of(why.msg));
    } else if ((page = add_page(an, b)) != NULL) {
        *page = b->at;
        page->etag = etag_of(an);
        page->rows = arena_str(an->t->arena, buf_str(&rows));
        go_on(an, b, next, path);
    }
    buf_finish(&rows);
}

static void on_items_as_they_were(struct github_answer *an, struct github_board *b)
{
    size_t i = b->fresh.n;
    struct github_board_page *page = add_page(an, b);

    if (page == NULL) {
        return;
    }
    *page = b->known.pages[i];
    if (i + 1 < b->known.n) {
        go_on(an, b, GITHUB_NEXT_PAGE, b->known.pages[i + 1].path);
    } else {
        go_on(an, b, GITHUB_NEXT_NONE, STR_NONE);
    }
}

static void after_fields(struct github_answer *an, struct github_board *b)
{
    if (!same_fields(&b->known.fields, &b->fresh.fields) || b->missing) {
        note_fields(an, b);
    }
    if (b->fresh.fields.n > 0) {
        ask_first_items(an->t, b);
    } else {
        finish(an, b);
    }
}

static void on_fields(struct github_answer *an, struct github_board *b)
{
    struct str path = STR_NONE;
    enum github_next next = github_link_next(an->resp, &an->t->client.base_url, &path);
    struct err why;

    if (!github_project_read_fields(&an->t->boards.wire, an->t->conf, an->resp->body,
                                    an->t->arena, &b->fresh.fields, &why)) {
        an->nomem |= why.kind == ERR_NOMEM;
        give_up(an, b, str_of(why.msg));
    } else if (next == GITHUB_NEXT_NONE) {
        /* Of several pages the first may stay as it is while another changes. */
        b->fresh.list = b->at;
        b->fresh.list.etag = b->field_pages == 0 ? etag_of(an) : STR_NONE;
        after_fields(an, b);
    } else if (next == GITHUB_NEXT_PAGE && ++b->field_pages < MAX_FIELD_PAGES) {
        ask(an->t, b, arena_str(an->t->arena, path), NULL);
    } else {
        give_up(an, b, STR("its fields have no end"));
    }
}

static void on_answer(struct github_answer *an, struct github_board *b)
{
    bool as_it_was = an->resp->status == 304;

    github_settle(an);
    if (as_it_was && b->call.etag.n == 0) {
        give_up(an, b, STR("304 to what was not asked")); /* some cache on the way */
    } else if (b->step == GITHUB_BOARD_ITEMS) {
        (as_it_was ? on_items_as_they_were : on_items)(an, b);
    } else if (as_it_was) {
        b->fresh.fields = b->known.fields;
        b->fresh.list = b->known.list;
        after_fields(an, b);
    } else {
        on_fields(an, b);
    }
}

static void on_refused(struct github_answer *an, struct github_board *b)
{
    int status = an->resp != NULL ? an->resp->status : 0;

    if (status == 404 && b->step == GITHUB_BOARD_FIELDS && !b->user) {
        b->user = true;
        ask_fields(an->t, b);
        return;
    }
    if (status == 404 || status == 403) {
        note(
            an, b, NOTE_BAD,
            arena_printf(an->out->a, "project %.*s: %s", STR_FMT(b->name), an->why.msg),
            "let the token read projects, or take it out of projects:");
        b->user = false;
        b->missing = true;
        b->asked = an->now;
        b->step = GITHUB_BOARD_OVER;
        an->nomem |= !github_board_save(an->t);
        return;
    }
    give_up(an, b, str_of(an->why.msg));
}

void github_boards_answer(struct github_answer *an)
{
    struct github_board *b = NULL;

    for (size_t i = 0; i < an->t->boards.n; i++) {
        if (&an->t->boards.v[i].call == an->call) {
            b = &an->t->boards.v[i];
        }
    }
    if (b == NULL) {
        return;
    }
    switch (github_judge(an)) {
    case GITHUB_READ:
        on_answer(an, b);
        break;
    case GITHUB_AGAIN:
        /* Issues do not wait for a project in trouble. */
        if (b->call.not_before.ms > an->now.ms) {
            give_up(an, b,
                    an->failure != NULL ? str_of(an->failure->msg)
                                        : arena_printf(an->out->a, "GitHub answered %d",
                                                       an->resp->status));
        }
        break;
    case GITHUB_REFUSED:
        on_refused(an, b);
        break;
    case GITHUB_OVER:
        break;
    }
    an->nomem |= !github_call_ok(&b->call) || arena_failed(an->t->arena);
}

/* ---- life ---- */

static void set_up(struct github_board *b, struct str name)
{
    b->name = name;
    github_call_init(&b->call, NULL);
    b->call.kind = GITHUB_CALL_PROJECT;
    if (!github_project_name(name, &b->owner, &b->number)) {
        b->step = GITHUB_BOARD_OVER; /* the configuration was not checked */
    }
}

/* Issues that an earlier sync has not got. */
static bool load_waiting(struct tracker *t)
{
    for (size_t i = 0; i < github_board_waiting(t); i++) {
        struct str key = github_board_waits(t, i);

        if (key.n > 0 && !add_refresh(t, key)) {
            return false;
        }
    }
    return !arena_failed(t->arena);
}

bool github_boards_init(struct tracker *t, struct wall now, struct err *e)
{
    const struct github_conf *own = t->conf->own;
    struct github_boards *boards = &t->boards;

    if (own->projects.n == 0) {
        return true;
    }
    boards->v = arena_array(t->arena, own->projects.n, sizeof *boards->v);
    boards->by_key = map_create();
    if (boards->v == NULL || boards->by_key == NULL) {
        return err_nomem(e);
    }
    for (; boards->n < own->projects.n; boards->n++) {
        set_up(&boards->v[boards->n], own->projects.v[boards->n]);
    }
    if (!github_project_compile(t->arena, &boards->wire, e)) {
        return false;
    }
    if (!github_board_load(t)) {
        return err_nomem(e);
    }
    for (size_t i = 0; i < boards->n; i++) {
        struct github_board *b = &boards->v[i];

        if (b->step != GITHUB_BOARD_OVER && github_board_is_due(b, now)) {
            ask_fields(t, b);
        } else {
            b->step = GITHUB_BOARD_OVER;
        }
        if (!github_call_ok(&b->call)) {
            return err_nomem(e);
        }
    }
    return (lay_all(t) && load_waiting(t)) || err_nomem(e);
}

void github_boards_finish(struct tracker *t)
{
    for (size_t i = 0; i < t->boards.n; i++) {
        github_call_finish(&t->boards.v[i].call);
    }
    map_destroy(t->boards.extras);
    map_destroy(t->boards.by_key);
}

struct github_call *github_boards_next(struct tracker *t)
{
    for (size_t i = 0; i < t->boards.n; i++) {
        struct github_board *b = &t->boards.v[i];

        if (b->step != GITHUB_BOARD_OVER && !b->call.out) {
            return &b->call;
        }
    }
    return NULL;
}

bool github_boards_left(const struct tracker *t)
{
    for (size_t i = 0; i < t->boards.n; i++) {
        if (t->boards.v[i].step != GITHUB_BOARD_OVER) {
            return true;
        }
    }
    return false;
}

void github_boards_told(struct github_answer *an, bool failed)
{
    const struct github_boards *boards = &an->t->boards;
    size_t n = 0;

    for (size_t i = 0; i < boards->n_refresh; i++) {
        n += !boards->refresh[i]->met;
    }
    if (failed && n > 0) {
        an->nomem |= !feed_add_note(
            an->out, "projects", NOTE_WARN,
            arena_printf(an->out->a,
                         "projects say something new of %zu issues that could not be "
                         "read",
                         n),
            STR("the next sync tries again"));
    } else if (n == 0) {
        an->nomem |= !feed_add_note(an->out, "projects", NOTE_OK, STR_NONE, STR_NONE);
    }
}

void github_boards_met(struct github_answer *an, size_t first)
{
    bool any = false;

    for (size_t i = first; an->t->boards.n_refresh > 0 && i < an->out->n_items; i++) {
        struct github_refresh *r = map_get(an->t->boards.by_key, an->out->items[i].key);

        if (r != NULL && !r->met) {
            r->met = any = true;
        }
    }
    if (any) {
        an->nomem |= !github_board_save_waiting(an->t);
        github_boards_told(an, false);
    }
}

void github_boards_drop(struct github_answer *an, struct github_refresh *r)
{
    r->met = true;
    an->nomem |= !github_board_save_waiting(an->t);
    github_boards_told(an, false);
}

bool github_boards_refresh(struct tracker *t)
{
    struct github_boards *boards = &t->boards;

    if (boards->begun || t->stopped) {
        return true;
    }
    boards->begun = true;
    for (size_t i = 0, n = 0; i < boards->n_refresh && n < GITHUB_MAX_REFRESHED; i++) {
        struct github_refresh *r = boards->refresh[i];
        ptrdiff_t mark = str_chr(r->key, '#');
        struct github_task *task = r->met ? NULL : github_tasks_add(&t->tasks);

        if (task == NULL) {
            continue;
        }
        n++;
        *task = (struct github_task){
            .kind = GITHUB_TASK_REFRESH,
            .scope = r->scope,
            .refresh = r,
            .path = arena_printf(t->arena, "%.*s/issues/%.*s",
                                 STR_FMT(github_repo_path(r->scope, t->arena)),
                                 STR_FMT(str_skip(r->key, (size_t)mark + 1))),
        };
    }
    return !arena_failed(t->arena) && github_tasks_prepare(&t->client, &t->tasks);
}
