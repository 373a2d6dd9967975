#include "connectors/trackers/github/github_timeline.h"

#include "base/date.h"
#include "connectors/trackers/github/github_wire.h"

enum { MAX_WHO = 4096 }; /* bytes of a span's assignees */

/* X(index, path) */
#define EVENT_PATHS(X)                                                                 \
    X(EVENT, "[].event")                                                               \
    X(CREATED, "[].created_at")                                                        \
    X(ASSIGNEE, "[].assignee.login")                                                   \
    X(LABEL, "[].label.name")

#define X(index, path) index,
enum event_path { EVENT_PATHS(X) };
#undef X

static const struct {
    const char *name;
    enum event_path what;
} kinds[] = {
    [GITHUB_EVENT_ASSIGNED] = {"assigned", ASSIGNEE},
    [GITHUB_EVENT_UNASSIGNED] = {"unassigned", ASSIGNEE},
    [GITHUB_EVENT_LABELED] = {"labeled", LABEL},
    [GITHUB_EVENT_UNLABELED] = {"unlabeled", LABEL},
    [GITHUB_EVENT_CLOSED] = {"closed", EVENT},
    [GITHUB_EVENT_REOPENED] = {"reopened", EVENT},
};

bool github_timeline_compile(struct arena *a, const struct project **ret, struct err *e)
{
#define X(index, path) path,
    static const char *const paths[] = {EVENT_PATHS(X)};
#undef X

    return project_compile(a, paths, ARRAY_LEN(paths), ret, e);
}

/* ---- pages ---- */

/* In the arena; empty: absent, or no string. */
static struct str text(const struct github_timeline *t, const struct project_rows *rows,
                       size_t row, enum event_path path)
{
    const struct project_cell *cell = project_first(rows, row, path);
    struct str s = STR_NONE;

    return cell != NULL && project_text(t->a, cell->raw, &s) ? s : STR_NONE;
}

static bool find_kind(struct str name, enum github_event_kind *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_eqz(name, kinds[i].name)) {
            *ret = (enum github_event_kind)i;
            return true;
        }
    }
    return false;
}

static bool read_event(struct github_timeline *t, const struct project_rows *rows,
                       size_t row)
{
    struct github_event ev = {.what = STR_NONE}, *kept;

    if (!find_kind(text(t, rows, row, EVENT), &ev.kind) ||
        !date_parse_iso(text(t, rows, row, CREATED), &ev.at)) {
        return !arena_failed(t->a);
    }
    ev.what = text(t, rows, row, kinds[ev.kind].what);
    kept = arena_grow(t->a, &t->v, &t->n, &t->cap, sizeof *kept);
    if (kept != NULL) {
        *kept = ev;
    }
    return kept != NULL && !arena_failed(t->a);
}

static bool is_event_list(const struct project_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (project_first(rows, i, EVENT) != NULL) {
            return true;
        }
    }
    return rows->n == 0;
}

bool github_timeline_read(const struct project *p, struct str body,
                          struct github_timeline *t, struct err *e)
{
    struct project_rows rows;
    bool ok = true;

    if (!project_rows(p, body, &rows, e)) {
        return false;
    }
    if (!is_event_list(&rows)) {
        ok = err_set(e, ERR_PARSE, "not a list of events");
    }
    for (size_t i = 0; ok && i < rows.n; i++) {
        ok = read_event(t, &rows, i) || err_nomem(e);
    }
    project_rows_finish(&rows);
    return ok;
}

/* ---- spans ---- */

struct names {
    struct str *v;
    size_t n, cap;
};

struct telling {
    struct arena *a;
    const struct tracker_conf *conf;
    bool closed;
    struct names assigned, labels; /* labels: those that count */
    struct item_span *spans;
    size_t n, cap;
    bool running; /* the last span has no end yet */
};

static void names_set(struct arena *a, struct names *names, struct str name, bool on)
{
    for (size_t i = 0; i < names->n; i++) {
        if (str_eq_nocase(names->v[i], name)) {
            if (!on) {
                names->n--;
                memmove(&names->v[i], &names->v[i + 1],
                        (names->n - i) * sizeof *names->v);
            }
            return;
        }
    }
    struct str *added =
        on ? arena_grow(a, &names->v, &names->n, &names->cap, sizeof *added) : NULL;

    if (added != NULL) {
        *added = name;
    }
}

static struct str joined(struct arena *a, const struct names *names)
{
    char mem[MAX_WHO];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    for (size_t i = 0; i < names->n; i++) {
        buf_addz(&b, i > 0 ? "," : "");
        buf_add(&b, names->v[i]);
    }
    return arena_str(a, buf_str(&b));
}

static void apply(struct telling *t, const struct github_event *ev)
{
    switch (ev->kind) {
    case GITHUB_EVENT_ASSIGNED:
    case GITHUB_EVENT_UNASSIGNED:
        /* The account may be gone by now, but that somebody had it is known. */
        names_set(t->a, &t->assigned, ev->what.n > 0 ? ev->what : STR("ghost"),
                  ev->kind == GITHUB_EVENT_ASSIGNED);
        break;
    case GITHUB_EVENT_LABELED:
    case GITHUB_EVENT_UNLABELED:
        if (github_counts_in_progress(t->conf, ev->what)) {
            names_set(t->a, &t->labels, ev->what, ev->kind == GITHUB_EVENT_LABELED);
        }
        break;
    case GITHUB_EVENT_CLOSED:
        t->closed = true;
        break;
    case GITHUB_EVENT_REOPENED:
        t->closed = false;
        break;
    }
}

/* After an event: ends the span that runs, begins the one that runs from now on. */
static void turn(struct telling *t, struct wall at)
{
    bool in_progress = !t->closed && (t->assigned.n > 0 || t->labels.n > 0);
    struct str who = joined(t->a, &t->assigned);
    struct item_span *last = t->n > 0 ? &t->spans[t->n - 1] : NULL;

    if (t->running && last != NULL) {
        if (in_progress && str_eq(last->assignees, who)) {
            return;
        }
        last->ended = at;
        t->running = false;
        /* Several events of one moment are one. */
        t->n -= last->ended.ms <= last->started.ms;
    }
    if (!in_progress) {
        return;
    }
    last = arena_grow(t->a, &t->spans, &t->n, &t->cap, sizeof *last);
    if (last != NULL) {
        *last =
            (struct item_span){.started = at, .status = STR("open"), .assignees = who};
        t->running = true;
    }
}

/* Pages come in order of time, but nothing says that they must. */
static void sort(struct github_event *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct github_event ev = v[i];
        size_t j = i;

        for (; j > 0 && v[j - 1].at.ms > ev.at.ms; j--) {
            v[j] = v[j - 1];
        }
        v[j] = ev;
    }
}

static void tell_standing(struct item_span *last, const struct github_standing *now)
{
    last->status = now->status.n > 0 ? now->status : last->status;
    last->assignees = now->assignees.n > 0 ? now->assignees : last->assignees;
}

bool github_timeline_spans(const struct github_timeline *t,
                           const struct tracker_conf *conf,
                           const struct github_standing *now, struct item_span **ret,
                           size_t *ret_n, bool *ret_agrees)
{
    struct telling telling = {.a = t->a, .conf = conf};

    sort(t->v, t->n);
    for (size_t i = 0; i < t->n; i++) {
        apply(&telling, &t->v[i]);
        turn(&telling, t->v[i].at);
    }
    if (telling.running) {
        tell_standing(&telling.spans[telling.n - 1], now);
    }
    *ret = telling.spans;
    *ret_n = telling.n;
    *ret_agrees = telling.running == now->in_progress;
    return !arena_failed(t->a);
}
