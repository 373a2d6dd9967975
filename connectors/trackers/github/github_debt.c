#include "connectors/trackers/github/github_debt.h"

#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/trackers/github/github_walk.h"

enum {
    MAX_OWED = 10000,  /* issues remembered: about 200 KB */
    SAVE_EVERY = 25,   /* answers: what a crash asks for again */
    TELLS_OF_NONE = 3, /* answers 404 in a row: the host has none */
    MAX_OWED_BYTES = 1 << 20,
};

/* ---- what is owed ---- */

static struct github_owed *owe(struct tracker *t, struct github_debt *d,
                               struct github_scope *s, struct str vid,
                               struct str number)
{
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
    *o = (struct github_owed){.debt = d,
                              .scope = s,
                              .vid = arena_str(t->arena, vid),
                              .number = arena_str(t->arena, number)};
    struct github_owed **at = arena_grow(t->arena, &d->v, &d->n, &d->cap, sizeof *at);

    if (at == NULL || !map_set(d->by_vid, o->vid, o)) {
        return NULL;
    }
    *at = o;
    return o;
}

struct github_owed *github_debt_owe(struct tracker *t, struct github_debt *d,
                                    struct github_scope *s, const struct item *it)
{
    ptrdiff_t mark = str_chr(it->key, '#');

    return owe(t, d, s, it->vid, str_skip(it->key, (size_t)(mark + 1)));
}

bool github_debt_is_open(const struct tracker *t, const struct github_debt *d,
                         struct wall now)
{
    return d->kind->is_asked_for(t->conf->own) &&
           !github_memory_lacks(&t->memory, d->kind->feature, now);
}

/* ---- what is remembered of it: "12:1001 13:1002+", + in progress ---- */

bool github_debt_save(struct tracker *t, struct github_debt *d)
{
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
    return ok && github_memory_set(&t->memory, d->kind->part, part);
}

static bool load_one(struct tracker *t, struct github_debt *d, struct github_scope *s,
                     struct str word)
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
    o = owe(t, d, s, vid, number);
    if (o != NULL) {
        o->now.in_progress = in_progress;
    }
    return o != NULL || d->dropped;
}

static bool load(struct tracker *t, struct github_debt *d)
{
    json_t *part = github_memory_get(&t->memory, d->kind->part), *value;
    const char *name;

    json_object_foreach(part, name, value)
    {
        struct github_scope *s = github_scopes_find(&t->scopes, str_of(name));
        struct str text = {json_string_value(value), json_string_length(value)}, word;

        while (s != NULL && str_split(&text, ' ', &word)) {
            if (!load_one(t, d, s, word)) {
                return false;
            }
        }
    }
    return true;
}

bool github_debt_init(struct tracker *t, struct github_debt *d,
                      const struct github_debt_kind *kind)
{
    d->kind = kind;
    d->by_vid = map_create();
    return d->by_vid != NULL && load(t, d);
}

void github_debt_finish(struct github_debt *d)
{
    map_destroy(d->by_vid);
}

/* ---- what to ask ---- */

static bool add(struct tracker *t, struct github_owed *o)
{
    const struct github_debt_kind *kind = o->debt->kind;
    struct github_task *task = github_tasks_add(&t->tasks);

    if (task == NULL) {
        return false;
    }
    o->debt->asked++;
    *task = (struct github_task){
        .kind = kind->task,
        .scope = o->scope,
        .vid = o->vid,
        .path = arena_printf(t->arena, "%.*s/issues/%.*s/%s?per_page=%d",
                             STR_FMT(github_repo_path(o->scope, t->arena)),
                             STR_FMT(o->number), kind->path, GITHUB_PER_PAGE),
        .owed = o,
    };
    o->state = GITHUB_ASKED;
    return !arena_failed(t->arena);
}

bool github_debt_begin(struct tracker *t, struct github_debt *d, struct wall now)
{
    size_t n = 0;

    if (d->begun || t->stopped || !github_debt_is_open(t, d, now)) {
        return true;
    }
    d->begun = true;
    for (size_t i = 0; i < d->n && n < d->kind->most; i++, n++) {
        if (!add(t, d->v[i])) {
            return false;
        }
    }
    return github_tasks_prepare(&t->client, &t->tasks);
}

/* ---- what the answer means ---- */

/* The host has none, or none for this token: nothing is asked for until tomorrow. */
static void give_up(struct github_answer *an, const struct github_debt_kind *kind,
                    const char *text)
{
    struct tracker *t = an->t;

    github_tasks_drop(&t->tasks, kind->task);
    an->nomem |=
        !github_memory_set_lacks(&t->memory, kind->feature, true, an->now) ||
        !feed_add_note(an->out, kind->note, NOTE_WARN,
                       arena_printf(an->out->a, "%s: %s", kind->title, text),
                       str_of(kind->fix));
}

/* Whether asking once more, with a later sync, could do. */
static bool on_refused(struct github_answer *an, struct github_debt *d)
{
    int status = an->resp != NULL ? an->resp->status : 0;

    if (status == 404 && ++d->missing == TELLS_OF_NONE) {
        give_up(an, d->kind, d->kind->lacking);
    } else if (status == 403) {
        give_up(an, d->kind, an->why.msg);
    }
    /* These two are what an issue answers that is not there. */
    d->trouble |= status != 404 && status != 410;
    return status != 404 && status != 410;
}

static void tell_rest(struct github_answer *an, const struct github_debt *d)
{
    struct str text = STR_NONE;
    size_t left = 0;

    for (size_t i = 0; i < d->n; i++) {
        left += d->v[i]->state != GITHUB_PAID;
    }
    if (left > 0) {
        text = arena_printf(an->out->a, "%s: %zu issues wait for it%s", d->kind->title,
                            left, d->dropped ? ", others are left out" : "");
    }
    if (left > 0 && d->trouble) {
        an->nomem |= !feed_add_note(an->out, d->kind->note, NOTE_WARN,
                                    arena_printf(an->out->a,
                                                 "%.*s: %s could not be read",
                                                 STR_FMT(text), d->kind->answers),
                                    STR("the next sync tries again"));
    } else {
        an->nomem |= !feed_add_note(an->out, d->kind->note, NOTE_OK, text, STR_NONE);
    }
}

static void settle(struct github_answer *an, struct github_owed *o, bool later)
{
    struct github_debt *d = o->debt;

    /* Changed meanwhile: it is owed again. */
    if (o->state == GITHUB_ASKED) {
        o->state = later ? GITHUB_OWED : GITHUB_PAID;
    }
    d->asked--;
    if (++d->unsaved < SAVE_EVERY && d->asked > 0) {
        return;
    }
    an->nomem |= !github_debt_save(an->t, d);
    if (!github_memory_lacks(&an->t->memory, d->kind->feature, an->now)) {
        tell_rest(an, d);
    }
}

/* 304 is what nobody asked for. */
static enum github_debt_page on_read(struct github_answer *an, struct github_task *task)
{
    struct github_debt *d = task->owed->debt;
    enum github_debt_page page =
        an->resp->status == 200 ? d->kind->read(an, task) : GITHUB_PAGE_LATER;

    d->trouble |= page == GITHUB_PAGE_LATER;
    return page;
}

bool github_debt_answer(struct github_answer *an, struct github_task *task)
{
    struct github_debt *d = task->owed->debt;
    enum github_debt_page page = GITHUB_PAGE_DONE;

    switch (github_judge(an)) {
    case GITHUB_AGAIN:
        return true;
    case GITHUB_READ:
        page = on_read(an, task);
        if (page == GITHUB_PAGE_MORE) {
            return true;
        }
        break;
    case GITHUB_REFUSED:
        page = on_refused(an, d) ? GITHUB_PAGE_LATER : GITHUB_PAGE_DONE;
        break;
    case GITHUB_OVER:
        return false;
    }
    settle(an, task->owed, page == GITHUB_PAGE_LATER);
    return false;
}
