#include "connectors/trackers/github/github_history.h"

#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/trackers/github/github_walk.h"

enum {
    MAX_OWED = 10000,  /* issues remembered: about 200 KB */
    MAX_PAGES = 10,    /* of one timeline: a thousand events */
    SAVE_EVERY = 25,   /* answers: what a crash asks for again */
    TELLS_OF_NONE = 3, /* timelines missing in a row: the host has none */
    MAX_OWED_BYTES = 1 << 20,
};

#define PART "owed"
#define FEATURE "timeline"

/* ---- what is owed ---- */

static struct github_owed *owe(struct tracker *t, struct github_scope *s,
                               struct str vid, struct str number)
{
    struct github_debt *d = &t->debt;
    struct github_owed *o = map_get(d->by_vid, vid);

    if (o != NULL) {
        o->scope = s;
        o->state = GITHUB_OWED;
        return o;
    }
    if (d->n == MAX_OWED) {
        d->dropped = true;
        return NULL;
    }
    o = arena_alloc(t->arena, sizeof *o);
    if (o == NULL) {
        return NULL;
    }
    *o = (struct github_owed){.scope = s,
                              .vid = arena_str(t->arena, vid),
                              .number = arena_str(t->arena, number)};
    struct github_owed **at = arena_grow(t->arena, &d->v, &d->n, &d->cap, sizeof *at);

    if (at == NULL || !map_set(d->by_vid, o->vid, o)) {
        return NULL;
    }
    *at = o;
    return o;
}

static struct str join(struct arena *a, const struct item *it)
{
    struct str who = STR_NONE;

    for (size_t i = 0; i < it->n_assignees; i++) {
        who = arena_printf(a, "%.*s%s%.*s", STR_FMT(who), i > 0 ? "," : "",
                           STR_FMT(it->assignees[i]));
    }
    return who;
}

static bool owe_item(struct github_answer *an, const struct item *it)
{
    struct tracker *t = an->t;
    ptrdiff_t mark = str_chr(it->key, '#');
    struct github_owed *o;

    if (mark < 0) {
        return true;
    }
    o = owe(t, an->s, it->vid, str_skip(it->key, (size_t)mark + 1));
    if (o == NULL) {
        return t->debt.dropped;
    }
    o->now = (struct github_standing){
        .in_progress = it->category == ITEM_IN_PROGRESS,
        .status = arena_str(t->arena, it->status),
        .assignees = join(t->arena, it),
    };
    return !arena_failed(t->arena);
}

/* ---- what is remembered of it: "12:1001 13:1002+", + in progress ---- */

static bool save(struct tracker *t)
{
    struct github_debt *d = &t->debt;
    json_t *part = json_object();
    bool ok = part != NULL;
    size_t left = 0;

    for (size_t i = 0; ok && i < t->scopes.n; i++) {
        const struct github_scope *s = &t->scopes.v[i];
        struct buf b;

        buf_init(&b, MAX_OWED_BYTES);
        for (size_t k = 0; k < d->n; k++) {
            const struct github_owed *o = d->v[k];

            if (o->scope == s && o->state != GITHUB_PAID) {
                buf_printf(&b, "%s%.*s:%.*s%s", b.n > 0 ? " " : "", STR_FMT(o->number),
                           STR_FMT(o->vid), o->now.in_progress ? "+" : "");
                left++;
            }
        }
        ok = buf_ok(&b) &&
             (b.n == 0 || json_object_setn_new(part, s->name.p, s->name.n,
                                               json_stringn(b.p, b.n)) == 0);
        buf_finish(&b);
    }
    if (left == 0) {
        json_decref(part);
        part = NULL;
    }
    d->unsaved = 0;
    return ok && github_memory_set(&t->memory, PART, part);
}

static bool load_one(struct tracker *t, struct github_scope *s, struct str word)
{
    ptrdiff_t colon = str_chr(word, ':');
    bool in_progress = str_has_suffix(word, STR("+"));
    struct str vid, number;
    struct github_owed *o;
    uint64_t n;

    if (colon < 0) {
        return true;
    }
    number = str_first(word, (size_t)colon);
    vid = str_skip(word, (size_t)colon + 1);
    vid = str_first(vid, vid.n - in_progress);
    if (!str_to_u64(number, &n) || !str_to_u64(vid, &n)) {
        return true;
    }
    o = owe(t, s, vid, number);
    if (o != NULL) {
        o->now.in_progress = in_progress;
    }
    return o != NULL || t->debt.dropped;
}

static bool load(struct tracker *t)
{
    json_t *part = github_memory_get(&t->memory, PART), *value;
    const char *name;

    json_object_foreach(part, name, value)
    {
        struct github_scope *s = github_scopes_find(&t->scopes, str_of(name));
        struct str text = {json_string_value(value), json_string_length(value)}, word;

        while (s != NULL && str_split(&text, ' ', &word)) {
            if (!load_one(t, s, word)) {
                return false;
            }
        }
    }
    return true;
}

bool github_history_init(struct tracker *t, struct err *e)
{
    t->debt.by_vid = map_create();
    return t->debt.by_vid != NULL && load(t)
               ? github_timeline_compile(t->arena, &t->debt.events, e)
               : err_nomem(e);
}

void github_history_finish(struct tracker *t)
{
    map_destroy(t->debt.by_vid);
}

/* ---- what to ask ---- */

static bool is_asked_for(const struct tracker *t)
{
    const struct github_conf *own = t->conf->own;

    return own->status_history;
}

void github_history_owe(struct github_answer *an, size_t first)
{
    const struct github_scope *s = an->s;
    /* Each walk of changes reads a little that was read before. */
    struct wall since =
        s->cursor.walk == GITHUB_CHANGES ? s->cursor.since : (struct wall){0};
    bool any = false;

    if (!is_asked_for(an->t) || s->listing ||
        github_memory_lacks(&an->t->memory, FEATURE, an->now)) {
        return;
    }
    for (size_t i = first; i < an->out->n_items; i++) {
        const struct item *it = &an->out->items[i];

        if (it->category != ITEM_TODO && it->updated.ms > since.ms) {
            an->nomem |= !owe_item(an, it);
            any = true;
        }
    }
    an->nomem |= any && !save(an->t);
}

static bool add(struct tracker *t, struct github_owed *o)
{
    struct github_task *task = github_tasks_add(&t->tasks);
    struct github_timeline *timeline = arena_alloc(t->arena, sizeof *timeline);

    if (task == NULL || timeline == NULL) {
        return false;
    }
    timeline->a = t->arena;
    t->debt.asked++;
    *task = (struct github_task){
        .kind = GITHUB_TASK_HISTORY,
        .scope = o->scope,
        .vid = o->vid,
        .path = arena_printf(t->arena, "%.*s/issues/%.*s/timeline?per_page=%d",
                             STR_FMT(github_repo_path(o->scope, t->arena)),
                             STR_FMT(o->number), GITHUB_PER_PAGE),
        .owed = o,
        .timeline = timeline,
    };
    o->state = GITHUB_ASKED;
    return !arena_failed(t->arena);
}

bool github_history_begin(struct tracker *t, struct wall now)
{
    struct github_debt *d = &t->debt;
    size_t n = 0;

    if (d->begun || !is_asked_for(t) || t->stopped ||
        github_memory_lacks(&t->memory, FEATURE, now)) {
        return true;
    }
    d->begun = true;
    for (size_t i = 0; i < d->n && n < GITHUB_MAX_HISTORIES; i++, n++) {
        if (!add(t, d->v[i])) {
            return false;
        }
    }
    return github_tasks_prepare(&t->client, &t->tasks);
}

/* ---- what the answer means ---- */

static bool tell(struct github_answer *an, const struct github_task *task)
{
    struct arena *a = an->out->a;
    struct item_history *h;
    struct item_span *spans, *copy;
    size_t n;
    bool agrees;

    if (!github_timeline_spans(task->timeline, an->t->conf, &task->owed->now, &spans,
                               &n, &agrees)) {
        return false;
    }
    if (!agrees) {
        return true;
    }
    h = feed_add_history(an->out, arena_str(a, task->vid));
    copy = arena_array(a, n, sizeof *copy);
    if (h == NULL || (copy == NULL && n > 0)) {
        return false;
    }
    /* The feed's strings are to live as long as the feed. */
    for (size_t i = 0; i < n; i++) {
        copy[i] = spans[i];
        copy[i].status = arena_str(a, spans[i].status);
        copy[i].assignees = arena_str(a, spans[i].assignees);
    }
    h->spans = copy;
    h->n_spans = n;
    return true;
}

/* *ret_later: it cannot be read, now. */
static bool on_page(struct github_answer *an, struct github_task *task, bool *ret_later)
{
    struct str path = STR_NONE;
    enum github_next next = github_link_next(an->resp, &an->t->client.base_url, &path);
    struct err why;

    if (!github_timeline_read(an->t->debt.events, an->resp->body, task->timeline,
                              &why)) {
        *ret_later = github_malformed(an, why) != GITHUB_AGAIN;
        an->t->debt.trouble |= *ret_later;
        return !*ret_later;
    }
    github_settle(an);
    an->t->debt.missing = 0;
    if (next == GITHUB_NEXT_NONE) {
        an->nomem |= !tell(an, task);
        return false;
    }
    if (next != GITHUB_NEXT_PAGE || ++task->pages == MAX_PAGES) {
        return false;
    }
    task->at_root = true;
    task->path = arena_str(an->t->arena, path);
    an->nomem |= arena_failed(an->t->arena);
    return true;
}

/* No timelines, or none for this token: nothing is asked for until tomorrow. */
static void give_up(struct github_answer *an, struct str text)
{
    struct tracker *t = an->t;

    github_tasks_drop(&t->tasks, GITHUB_TASK_HISTORY);
    an->nomem |= !github_memory_set_lacks(&t->memory, FEATURE, true, an->now) ||
                 !feed_add_note(an->out, "history", NOTE_WARN, text,
                                STR("set status_history: false, or let the token read "
                                    "issues"));
}

/* Whether asking once more, with a later sync, could do. */
static bool on_refused(struct github_answer *an)
{
    int status = an->resp != NULL ? an->resp->status : 0;

    if (status == 404 && ++an->t->debt.missing == TELLS_OF_NONE) {
        give_up(an, STR("status history: this host seems to have no timelines"));
    } else if (status == 403) {
        give_up(an, arena_printf(an->out->a, "status history: %s", an->why.msg));
    }
    /* These two are what an issue answers that is not there. */
    an->t->debt.trouble |= status != 404 && status != 410;
    return status != 404 && status != 410;
}

static void tell_rest(struct github_answer *an)
{
    const struct github_debt *d = &an->t->debt;
    struct str text = STR_NONE;
    size_t left = 0;

    for (size_t i = 0; i < d->n; i++) {
        left += d->v[i]->state != GITHUB_PAID;
    }
    if (left > 0) {
        text = arena_printf(an->out->a, "status history: %zu issues wait for it%s",
                            left, d->dropped ? ", others are left out" : "");
    }
    if (left > 0 && d->trouble) {
        an->nomem |=
            !feed_add_note(an->out, "history", NOTE_WARN,
                           arena_printf(an->out->a, "%.*s: timelines could not be read",
                                        STR_FMT(text)),
                           STR("the next sync tries again"));
    } else {
        an->nomem |= !feed_add_note(an->out, "history", NOTE_OK, text, STR_NONE);
    }
}

static void settle(struct github_answer *an, struct github_owed *o, bool later)
{
    struct github_debt *d = &an->t->debt;

    /* Changed meanwhile: its history is owed again. */
    if (o->state == GITHUB_ASKED) {
        o->state = later ? GITHUB_OWED : GITHUB_PAID;
    }
    d->asked--;
    if (++d->unsaved < SAVE_EVERY && d->asked > 0) {
        return;
    }
    an->nomem |= !save(an->t);
    if (!github_memory_lacks(&an->t->memory, FEATURE, an->now)) {
        tell_rest(an);
    }
}

bool github_history_answer(struct github_answer *an, struct github_task *task)
{
    bool later = false;

    switch (github_judge(an)) {
    case GITHUB_AGAIN:
        return true;
    case GITHUB_READ:
        if (an->resp->status != 200) {
            later = an->t->debt.trouble = true; /* 304, which nobody asked for */
        } else if (on_page(an, task, &later)) {
            return true;
        }
        break;
    case GITHUB_REFUSED:
        later = on_refused(an);
        break;
    case GITHUB_OVER:
        return false;
    }
    settle(an, task->owed, later);
    return false;
}
