/* A day as the connectors tell it. */
#include "tests/company/look.h"

/* ---- marks ---- */

struct marks {
    struct arena *a;
    struct item *it;
    size_t cap;
};

static void mark(struct marks *m, enum mark_kind kind, const char *name,
                 struct str value)
{
    struct mark *k =
        arena_grow(m->a, &m->it->marks, &m->it->n_marks, &m->cap, sizeof *k);

    if (k != NULL)
        *k = (struct mark){kind, name == NULL ? STR_NONE : str_of(name), value};
}

/* As it was called when the item was written. */
static struct str written_id(const struct thing *t)
{
    return saga_name(t->saga, t->revs[0].at / COMPANY_DAY_MS);
}

static void mark_link(struct marks *m, const struct thing *t)
{
    const struct saga_cast *cast;
    struct str id = written_id(t);

    if (t->saga < 0 || t->saga >= SAGA_COUNT)
        return;
    cast = &saga_casts[t->saga];
    switch (t->method) {
    case BY_LABEL:
        mark(m, MARK_LABEL, NULL, arena_printf(m->a, "initiative:%.*s", STR_FMT(id)));
        break;
    case BY_REFERENCE:
        mark(m, MARK_REFERENCE, NULL, id);
        break;
    case BY_OWN_LABEL:
        mark(m, MARK_LABEL, NULL, str_of(cast->written));
        break;
    case BY_FIELD:
        mark(m, MARK_FIELD, "Strategic initiative", str_of(cast->written));
        break;
    case BY_COMPONENT:
        mark(m, MARK_COMPONENT, NULL, str_of(cast->written));
        break;
    case BY_FIX_VERSION:
        mark(m, MARK_FIX_VERSION, NULL, str_of(cast->written));
        break;
    case BY_MILESTONE:
        mark(m, MARK_MILESTONE, NULL, str_of(cast->written));
        break;
    case BY_LINK:
        mark(m, MARK_LINK, "implements",
             arena_printf(m->a, "%s-%d", scope_casts[cast->tracker_scope].name,
                          cast->tracker_number));
        break;
    case BY_REPO:
    case BY_TYPE:
    case BY_TRACKER:
    case BY_NOTHING:
        break;
    }
}

static void mark_rest(struct marks *m, const struct thing *t, const struct rev *r)
{
    bool jira = scope_casts[r->scope].source == COMPANY_JIRA;

    if (t->bug && !jira)
        mark(m, MARK_LABEL, NULL, STR("bug"));
    if (t->old_counter)
        mark(m, MARK_COMPONENT, NULL, STR("Old counter"));
    if (t->level == ITEM_LEVEL_EPIC && !jira)
        mark(m, MARK_LABEL, NULL, STR("epic"));
    if (r->marks & MARKED_EXEMPT)
        mark(m, MARK_LABEL, NULL, STR("strategy:none"));
    if (r->marks & MARKED_LATER)
        mark(m, MARK_LABEL, NULL, STR("strategy:later"));
    if (r->marks & MARKED_NOT_DOING)
        mark(m, MARK_LABEL, NULL, STR("central-kitchen"));
    if (r->marks & MARKED_UNKNOWN)
        mark(m, MARK_LABEL, NULL, STR("initiative:alergen-card"));
    if (r->marks & MARKED_SECOND)
        mark(m, MARK_REFERENCE, NULL, STR("kitchen-setup"));
    if (r->marks & MARKED_BULK)
        mark(m, MARK_LABEL, NULL, STR("seen-in-march"));
}

/* ---- items ---- */

static struct str status_of(const struct thing *t, const struct rev *r)
{
    if (scope_casts[r->scope].source == COMPANY_GITHUB)
        return r->category == ITEM_DONE ? STR("closed") : STR("open");
    if (t->icebox && r->category == ITEM_TODO)
        return STR("Icebox");
    if (r->category == ITEM_DONE)
        return r->outcome == ITEM_COMPLETED ? STR("Done") : STR("Won't do");
    return r->category == ITEM_TODO ? STR("To do") : STR("In progress");
}

static void fill_people(const struct company *c, const struct thing *t,
                        const struct rev *r, struct arena *a, struct item *it)
{
    it->author = look_account(c, t->reporter, r->scope);
    it->author_name = c->people[t->reporter].id;
    it->assignees = arena_array(a, 2, sizeof *it->assignees);
    for (int k = 0; it->assignees != NULL && k < 2; k++) {
        if (r->people[k] != NOBODY)
            it->assignees[it->n_assignees++] = look_account(c, r->people[k], r->scope);
    }
}

static struct str url_of(const struct rev *r, struct str key, struct arena *a)
{
    if (scope_casts[r->scope].source == COMPANY_JIRA)
        return arena_printf(a, "https://mealbell.atlassian.net/browse/%.*s",
                            STR_FMT(key));
    return arena_printf(a, "https://github.com/%s/issues/%d",
                        scope_casts[r->scope].name, r->number);
}

static int64_t closed_at(const struct thing *t, const struct rev *r)
{
    int64_t at = 0;

    for (const struct rev *k = t->revs; k <= r; k++) {
        if (k->category != ITEM_DONE)
            at = 0;
        else if (at == 0)
            at = k->at;
    }
    return at;
}

/* Jira's links name what is done, too; GitHub counts what is open. */
static struct str blocker_of(const struct company *c, const struct thing *t,
                             const struct rev *r, int64_t day, struct arena *a)
{
    const struct rev *b;

    if (t->waits_for < 0 || r->at < t->waits_from || r->outcome != ITEM_OPEN)
        return STR_NONE;
    b = look_rev(&c->things[t->waits_for], look_end(day));
    if (scope_casts[r->scope].source == COMPANY_GITHUB && b->outcome != ITEM_OPEN)
        return STR_NONE;
    return look_key(b, a);
}

static void fill_blocker(const struct company *c, const struct thing *t,
                         const struct rev *r, int64_t day, struct arena *a,
                         struct item *it)
{
    struct str key = blocker_of(c, t, r, day, a);

    if (key.n == 0)
        return;
    if (scope_casts[r->scope].source == COMPANY_GITHUB) {
        it->blocked_by = 1;
        return;
    }
    it->blockers = arena_array(a, 1, sizeof *it->blockers);
    if (it->blockers != NULL)
        it->blockers[it->n_blockers++] = key;
}

static void fill(const struct company *c, size_t i, const struct rev *r, int64_t day,
                 struct arena *a, struct item *it)
{
    const struct thing *t = &c->things[i];
    struct marks m = {.a = a, .it = it};
    const struct rev *parent =
        r->parent < 0 ? NULL : look_rev(&c->things[r->parent], look_end(day));

    it->vid = look_vid(i, r, a);
    it->key = look_key(r, a);
    it->scope = str_of(scope_casts[r->scope].name);
    it->title = t->title;
    it->excerpt = t->excerpt;
    it->url = url_of(r, it->key, a);
    it->type = str_of(t->type);
    it->status = status_of(t, r);
    it->level = t->level;
    it->category = (enum item_category)r->category;
    it->outcome = (enum item_outcome)r->outcome;
    it->created.ms = t->revs[0].at;
    it->updated.ms = r->at;
    it->closed.ms = closed_at(t, r);
    if (parent != NULL) {
        it->parent_vid = look_vid((size_t)r->parent, parent, a);
        it->parent_key = look_key(parent, a);
    }
    fill_people(c, t, r, a, it);
    fill_blocker(c, t, r, day, a, it);
    if (r->marks & MARKED_LINK)
        mark_link(&m, t);
    mark_rest(&m, t, r);
}

/* ---- histories, of Jira alone ---- */

static void add_span(const struct company *c, struct arena *a, const struct thing *t,
                     const struct rev *r, struct item_span *s)
{
    struct str who = STR_NONE;

    for (int k = 0; k < 2; k++) {
        if (r->people[k] != NOBODY)
            who = arena_printf(a, "%.*s%s%.*s", STR_FMT(who), who.n > 0 ? "," : "",
                               STR_FMT(look_account(c, r->people[k], r->scope)));
    }
    *s = (struct item_span){
        .started = {r->at}, .status = status_of(t, r), .assignees = who};
}

static bool is_same_hands(const struct rev *x, const struct rev *y)
{
    return x->category == y->category && x->people[0] == y->people[0] &&
           x->people[1] == y->people[1];
}

static bool add_history(const struct company *c, struct feed *f, struct str vid,
                        const struct thing *t, const struct rev *last)
{
    struct item_span *v = arena_array(f->a, t->n, sizeof *v);
    struct item_history *h;
    size_t n = 0;

    if (v == NULL)
        return false;
    for (const struct rev *r = t->revs; r <= last; r++) {
        if (r > t->revs && is_same_hands(r, r - 1))
            continue;
        if (n > 0 && v[n - 1].ended.ms == 0)
            v[n - 1].ended.ms = r->at;
        if (r->category == ITEM_IN_PROGRESS)
            add_span(c, f->a, t, r, &v[n++]);
    }
    if (n == 0)
        return true;
    h = feed_add_history(f, vid);
    if (h == NULL)
        return false;
    h->spans = v;
    h->n_spans = n;
    return true;
}

/* ---- one item's news ---- */

/* GitHub tells what an issue waits for in an answer of its own. */
static bool tell_blocker(const struct company *c, size_t i, const struct rev *r,
                         int64_t day, const struct item *it, struct feed *f)
{
    struct item_blockers *b = feed_add_blockers(f, it->vid);

    if (b == NULL || (b->keys = arena_array(f->a, 1, sizeof *b->keys)) == NULL)
        return false;
    b->keys[b->n++] = blocker_of(c, &c->things[i], r, day, f->a);
    return true;
}

static bool tell(const struct company *c, size_t i, const struct rev *r, int64_t day,
                 struct feed *f)
{
    struct item *it = feed_add_item(f);

    if (it == NULL)
        return false;
    fill(c, i, r, day, f->a, it);
    if (it->blocked_by > 0)
        return tell_blocker(c, i, r, day, it, f);
    return scope_casts[r->scope].source != COMPANY_JIRA ||
           add_history(c, f, it->vid, &c->things[i], r);
}

static bool tell_fate(enum item_fate kind, size_t i, const struct rev *was,
                      const struct rev *now, struct feed *f)
{
    struct fate *fate = feed_add_fate(f, kind, look_vid(i, was, f->a));

    if (fate == NULL)
        return false;
    if (kind == FATE_MOVED) {
        fate->to_vid = look_vid(i, now, f->a);
        fate->detail = str_of(scope_casts[now->scope].name);
    } else {
        fate->detail = STR("the query does not find it");
    }
    return true;
}

/* What changed on the day: how it was before, and is now. */
static bool tell_change(const struct company *c, size_t i, int64_t day, struct feed *f)
{
    const struct thing *t = &c->things[i];
    const struct rev *was = look_rev(t, look_end(day - 1));
    const struct rev *now = look_rev(t, look_end(day));

    if (now->out)
        return was == NULL || was->out || tell_fate(FATE_OUTSIDE, i, was, now, f);
    return tell(c, i, now, day, f) && (was == NULL || was->moves == now->moves ||
                                       tell_fate(FATE_MOVED, i, was, now, f));
}

/* ---- the day ---- */

static bool add_events(int64_t day, enum company_source source,
                       enum scope_event_kind kind, struct feed *f)
{
    for (int i = 0; i < SCOPES; i++) {
        struct scope_event *ev;

        if (scope_casts[i].source != source || day < scope_casts[i].from)
            continue;
        ev = feed_add_event(f, kind, str_of(scope_casts[i].name));
        if (ev == NULL)
            return false;
        if (kind == SCOPE_SYNCED)
            ev->cursor = arena_printf(f->a, "%lld", (long long)day);
    }
    return true;
}

/* All that is there of what is followed from this day on. */
static bool tell_new_scopes(const struct company *c, int64_t day,
                            enum company_source source, struct feed *f)
{
    for (size_t i = 0; i < c->n_things; i++) {
        const struct rev *r = look_rev(&c->things[i], look_end(day));

        if (r == NULL || scope_casts[r->scope].source != source ||
            scope_casts[r->scope].from != day || r->out)
            continue;
        if (!tell(c, i, r, day, f))
            return false;
    }
    return true;
}

bool company_day(const struct company *c, int64_t day, enum company_source source,
                 struct feed *f)
{
    if (day < COMPANY_FIRST || day > COMPANY_LAST)
        return true;
    if (!add_events(day, source, SCOPE_SEEN, f))
        return false;
    if (day == COMPANY_FIRST || day == COMPANY_PROJECT_ADDED) {
        if (!tell_new_scopes(c, day, source, f))
            return false;
    }
    for (size_t k = c->day_at[day - COMPANY_FIRST];
         k < c->day_at[day - COMPANY_FIRST + 1]; k++) {
        size_t i = c->by_day[k];
        const struct rev *r = look_rev(&c->things[i], look_end(day));

        if (scope_casts[r->scope].source == source &&
            day > scope_casts[r->scope].from && !tell_change(c, i, day, f))
            return false;
    }
    return add_events(day, source, SCOPE_SYNCED, f) && !arena_failed(f->a);
}
