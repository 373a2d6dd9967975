#include "connectors/trackers/jira/jira_changes.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/hash.h"
#include "connectors/trackers/jira/jira_json.h"
#include "connectors/wire/project.h"

enum { LOG_CEILING = 128 << 20, MAX_TEXT = 255 };

#define LAST_MS INT64_C(253402300799999) /* the year 9999 ends */

bool jira_log_init(struct jira_log *l)
{
    *l = (struct jira_log){.a = arena_create(LOG_CEILING)};
    return l->a != NULL;
}

void jira_log_finish(struct jira_log *l)
{
    arena_destroy(l->a);
    *l = (struct jira_log){.a = NULL};
}

static struct str keep(const struct jira_log *l, struct str s)
{
    return jira_copy(l->a, s, MAX_TEXT);
}

/* ---- people ---- */

static void add_alias(struct jira_log *l, const json_t *user)
{
    struct str key = jira_get(user, "key");
    struct str name = jira_get(user, "name");

    for (size_t i = 0; i < l->n_aliases; i++) {
        if (str_eq(l->aliases[i].key, key)) {
            return;
        }
    }
    if (key.n == 0 || name.n == 0) {
        return;
    }
    struct jira_alias *one =
        arena_grow(l->a, &l->aliases, &l->n_aliases, &l->cap_aliases, sizeof *one);

    if (one != NULL) {
        *one = (struct jira_alias){keep(l, key), keep(l, name)};
    }
}

static struct str name_of(const struct jira_log *l, struct str person)
{
    for (size_t i = 0; i < l->n_aliases; i++) {
        if (str_eq(l->aliases[i].key, person)) {
            return l->aliases[i].name;
        }
    }
    return person;
}

/* ---- changes ---- */

/* Documented as a date, and shown in the examples as seconds since 1970. */
static struct wall time_of(const json_t *history)
{
    const json_t *created = json_object_get(history, "created");
    json_int_t n = json_integer_value(created);

    if (!json_is_integer(created)) {
        return jira_get_time(history, "created");
    }
    n = n < INT64_C(100000000000) ? n * 1000 : n;
    return (struct wall){n < 0 || n > LAST_MS ? 0 : n};
}

static bool is_field(const json_t *item, const char *name)
{
    struct str id = jira_get(item, "fieldId"); /* names are translated */

    return str_eqz(id.n > 0 ? id : jira_get(item, "field"), name);
}

static void add_change(struct jira_log *l, size_t issue, struct wall at,
                       const json_t *item)
{
    bool of_status = is_field(item, "status");
    struct jira_change *c = of_status || is_field(item, "assignee")
                                ? arena_grow(l->a, &l->changes, &l->n_changes,
                                             &l->cap_changes, sizeof *c)
                                : NULL;

    if (c != NULL) {
        *c = (struct jira_change){
            .issue = issue,
            .order = l->n_changes,
            .at = at,
            .of_status = of_status,
            .from = keep(l, jira_get(item, "from")),
            .from_name = keep(l, jira_get(item, "fromString")),
            .to = keep(l, jira_get(item, "to")),
            .to_name = keep(l, jira_get(item, "toString")),
        };
    }
}

/* False: one of them has no date, so the log cannot be put in order. */
static bool add_histories(struct jira_log *l, size_t issue, const json_t *histories)
{
    for (size_t i = 0; i < json_array_size(histories); i++) {
        const json_t *history = json_array_get(histories, i);
        const json_t *items = json_object_get(history, "items");
        struct wall at = time_of(history);

        if (at.ms <= 0) {
            return false;
        }
        add_alias(l, json_object_get(history, "author"));
        for (size_t k = 0; k < json_array_size(items); k++) {
            add_change(l, issue, at, json_array_get(items, k));
        }
    }
    return json_is_array(histories);
}

/* ---- pages ---- */

static const char *const search_paths[] = {
    "nextPageToken",
    "startAt",
    "total",
    "issues[].id",
    "issues[].fields.created",
    "issues[].fields.updated",
    "issues[].fields.status.id",
    "issues[].fields.status.name",
    "issues[].fields.assignee.accountId",
    "issues[].fields.assignee.name",
    "issues[].fields.assignee.key",
    "issues[].changelog.total",
    "issues[].changelog.histories[].created",
    "issues[].changelog.histories[].author.name",
    "issues[].changelog.histories[].author.key",
    "issues[].changelog.histories[].items[].field",
    "issues[].changelog.histories[].items[].fieldId",
    "issues[].changelog.histories[].items[].from",
    "issues[].changelog.histories[].items[].fromString",
    "issues[].changelog.histories[].items[].to",
    "issues[].changelog.histories[].items[].toString",
};

static const char *const bulk_paths[] = {
    "nextPageToken",
    "issueChangeLogs[].issueId",
    "issueChangeLogs[].changeHistories[].created",
    "issueChangeLogs[].changeHistories[].items[].field",
    "issueChangeLogs[].changeHistories[].items[].fieldId",
    "issueChangeLogs[].changeHistories[].items[].from",
    "issueChangeLogs[].changeHistories[].items[].fromString",
    "issueChangeLogs[].changeHistories[].items[].to",
    "issueChangeLogs[].changeHistories[].items[].toString",
};

static bool load(const char *const *paths, size_t n, struct str body, struct arena *a,
                 json_t **ret, struct err *e)
{
    const struct project *p;

    return project_compile(a, paths, n, &p, e) && project_load(p, body, ret, e);
}

/* Data Center sends the log along; what it cut off is not whole. */
static bool read_log(struct jira_log *l, size_t issue, const json_t *log)
{
    const json_t *histories = json_object_get(log, "histories");
    int64_t total = (int64_t)json_array_size(histories);

    (void)jira_get_int(log, "total", &total);
    return add_histories(l, issue, histories) &&
           total <= (int64_t)json_array_size(histories);
}

static bool read_issue(struct jira_log *l, const json_t *issue)
{
    const json_t *fields = json_object_get(issue, "fields");
    const json_t *assignee = json_object_get(fields, "assignee");
    const json_t *log = json_object_get(issue, "changelog");
    struct str id = jira_get(assignee, "accountId");
    struct str vid = jira_get(issue, "id");

    if (vid.n == 0 || !json_is_object(json_object_get(fields, "status"))) {
        return false;
    }
    struct jira_logged *one =
        arena_grow(l->a, &l->issues, &l->n_issues, &l->cap_issues, sizeof *one);

    if (one == NULL) {
        return true; /* arena_failed tells */
    }
    add_alias(l, assignee);
    id = id.n > 0 ? id : jira_get(assignee, "name");
    id = id.n > 0 ? id : jira_get(assignee, "key");
    *one = (struct jira_logged){
        .vid = keep(l, vid),
        .created = jira_get_time(fields, "created"),
        .status = keep(l, jira_get2(fields, "status", "id")),
        .status_name = keep(l, jira_get2(fields, "status", "name")),
        .assignee = keep(l, id),
        .whole = !json_is_object(log),
    };
    if (!one->whole) {
        one->whole = read_log(l, l->n_issues - 1, log);
    }
    return true;
}

static void note_place(const json_t *issue, size_t left, struct jira_page *page)
{
    struct wall t = jira_get_time(json_object_get(issue, "fields"), "updated");

    page->newest = t.ms > page->newest.ms ? t : page->newest;
    if (left <= JIRA_TAIL && t.ms != 0 &&
        (page->reached.ms == 0 || t.ms < page->reached.ms)) {
        page->reached = t;
    }
}

static bool read_list(struct jira_log *l, const json_t *list, struct arena *a,
                      struct jira_page *page, struct err *e)
{
    size_t n = json_array_size(list);
    size_t read = 0;

    page->returned = n;
    page->ids = arena_array(a, n, sizeof *page->ids);
    for (size_t i = 0; page->ids != NULL && i < n; i++) {
        const json_t *issue = json_array_get(list, i);
        struct str vid = jira_get(issue, "id");

        page->ids[i] = hash64(vid.p, vid.n, 0);
        note_place(issue, n - i, page);
        read += read_issue(l, issue);
    }
    if (arena_failed(a) || arena_failed(l->a)) {
        return err_nomem(e);
    }
    return n == 0 || read > 0
               ? true
               : err_set(e, ERR_PARSE, "none of %zu issues has an id and a status", n);
}

bool jira_log_read_issues(struct jira_log *l, struct str body, struct arena *a,
                          struct jira_page *ret, struct err *e)
{
    struct jira_page page = {.start = -1, .total = -1};
    json_t *root;
    bool ok;

    if (!load(search_paths, ARRAY_LEN(search_paths), body, a, &root, e)) {
        return false;
    }
    const json_t *issues = json_object_get(root, "issues");

    if (!json_is_array(issues) || !jira_read_place(root, &page)) {
        ok = err_set(e, ERR_PARSE, "search answer has no list of issues, or no place");
    } else {
        page.next = arena_str(a, page.next);
        ok = read_list(l, issues, a, &page, e);
    }
    json_decref(root);
    if (ok) {
        *ret = page;
    }
    return ok;
}

static size_t find_issue(const struct jira_log *l, struct str vid)
{
    size_t i = 0;

    while (i < l->n_issues && !str_eq(l->issues[i].vid, vid)) {
        i++;
    }
    return i;
}

static void read_bulk(struct jira_log *l, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        size_t issue = find_issue(l, jira_get(one, "issueId"));

        if (issue < l->n_issues &&
            !add_histories(l, issue, json_object_get(one, "changeHistories"))) {
            l->issues[issue].whole = false;
        }
    }
}

bool jira_log_read_changes(struct jira_log *l, struct str body, struct arena *a,
                           struct str *ret_next, struct err *e)
{
    json_t *root;

    if (!load(bulk_paths, ARRAY_LEN(bulk_paths), body, a, &root, e)) {
        return false;
    }
    const json_t *list = json_object_get(root, "issueChangeLogs");
    const json_t *next = json_object_get(root, "nextPageToken");
    bool ok = json_is_array(list) &&
              (next == NULL || json_is_null(next) || jira_str(next).n > 0);

    if (ok) {
        *ret_next = arena_str(a, jira_str(next));
        read_bulk(l, list);
    }
    json_decref(root);
    if (!ok) {
        return err_set(e, ERR_PARSE, "change logs are no list, or have no place");
    }
    return arena_failed(a) || arena_failed(l->a) ? err_nomem(e) : true;
}

bool jira_read_statuses(struct str body, struct arena *a, struct jira_statuses *ret,
                        struct err *e)
{
    struct jira_statuses all = {0};
    json_t *root;

    if (!jira_parse(body, &root, e)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(root); i++) {
        const json_t *status = json_array_get(root, i);
        struct str key = jira_get2(status, "statusCategory", "key");
        struct str id = jira_get(status, "id");
        struct jira_status *one =
            id.n > 0 ? arena_grow(a, &all.v, &all.n, &all.cap, sizeof *one) : NULL;

        if (one != NULL) {
            *one = (struct jira_status){jira_copy(a, id, MAX_TEXT),
                                        str_eqz(key, "indeterminate"),
                                        str_eqz(key, "done")};
        }
    }
    json_decref(root);
    if (arena_failed(a)) {
        return err_nomem(e);
    }
    *ret = all;
    return all.n > 0 ? true : err_set(e, ERR_PARSE, "list of statuses has none");
}

/* ---- stretches ---- */

struct telling {
    const struct jira_log *l;
    const struct jira_statuses *statuses;
    const struct str_list *in_progress;
    struct feed *out;
    struct item_span *spans;
    size_t n, cap;
};

/* A status that is no more is in no list: only its name can tell. */
static bool is_work(const struct telling *t, struct str id, struct str name)
{
    for (size_t i = 0; i < t->statuses->n; i++) {
        const struct jira_status *s = &t->statuses->v[i];

        if (str_eq(s->id, id) && (s->done || s->in_progress)) {
            return s->in_progress;
        }
    }
    for (size_t i = 0; i < t->in_progress->n; i++) {
        if (str_eq_nocase(name, t->in_progress->v[i])) {
            return true;
        }
    }
    return false;
}

struct state {
    struct str status, status_name, assignee;
    struct wall since;
};

/* The stretch in which the issue was as `s`; of no length: none. */
static void add_span(struct telling *t, const struct state *s, struct wall end)
{
    struct arena *a = t->out->a;

    if (!is_work(t, s->status, s->status_name) || end.ms == s->since.ms) {
        return;
    }
    struct item_span *span = arena_grow(a, &t->spans, &t->n, &t->cap, sizeof *span);

    if (span != NULL) {
        *span = (struct item_span){s->since, end, arena_str(a, s->status_name),
                                   arena_str(a, name_of(t->l, s->assignee))};
    }
}

/* What it was before the first change of each kind; without one, what it is. */
static struct state first_state(const struct jira_logged *now,
                                const struct jira_change *v, size_t n)
{
    struct state s = {now->status, now->status_name, now->assignee, now->created};
    bool status = false, assignee = false;

    for (size_t i = 0; i < n; i++) {
        if (v[i].of_status && !status) {
            s.status = v[i].from;
            s.status_name = v[i].from_name;
            status = true;
        } else if (!v[i].of_status && !assignee) {
            s.assignee = v[i].from;
            assignee = true;
        }
    }
    if (n > 0 && (s.since.ms == 0 || s.since.ms > v[0].at.ms)) {
        s.since = v[0].at; /* imported issues may be older than their date says */
    }
    return s;
}

static bool tell_one(struct telling *t, const struct jira_logged *issue,
                     const struct jira_change *v, size_t n)
{
    struct state s = first_state(issue, v, n);

    t->spans = NULL;
    t->n = t->cap = 0;
    for (size_t i = 0; i < n; i++) {
        add_span(t, &s, v[i].at);
        s.since = v[i].at;
        if (v[i].of_status) {
            s.status = v[i].to;
            s.status_name = v[i].to_name;
        } else {
            s.assignee = v[i].to;
        }
    }
    add_span(t, &s, (struct wall){0});
    struct item_history *h = feed_add_history(t->out, arena_str(t->out->a, issue->vid));

    if (h != NULL) {
        h->spans = t->spans;
        h->n_spans = t->n;
    }
    return h != NULL && !arena_failed(t->out->a);
}

static int by_issue_and_time(const void *a, const void *b)
{
    const struct jira_change *x = a, *y = b;

    if (x->issue != y->issue) {
        return x->issue < y->issue ? -1 : 1;
    }
    if (x->at.ms != y->at.ms) {
        return x->at.ms < y->at.ms ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

bool jira_log_tell(struct jira_log *l, const struct jira_statuses *statuses,
                   const struct str_list *in_progress, struct feed *out)
{
    struct telling t = {.l = l, .statuses = statuses, .in_progress = in_progress, .out = out};
    size_t from = 0;

    if (l->n_changes > 0) {
        qsort(l->changes, l->n_changes, sizeof *l->changes, by_issue_and_time);
    }
    for (size_t i = 0; i < l->n_issues; i++) {
        size_t to = from;

        while (to < l->n_changes && l->changes[to].issue == i) {
            to++;
        }
        const struct jira_change *v = to > from ? &l->changes[from] : NULL;

        if (l->issues[i].whole && !tell_one(&t, &l->issues[i], v, to - from)) {
            return false;
        }
        from = to;
    }
    return true;
}
