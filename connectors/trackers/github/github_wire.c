#include "connectors/trackers/github/github_wire.h"

#include "base/date.h"
#include "base/utf8.h"
#include "connectors/trackers/github/github.h"
#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_text.h"
#include "core/item.h"

enum {
    MAX_URL = 2000,
    MAX_ERROR_BODY = 64 << 10,
    MAX_MESSAGE = 120,
    MAX_REFERENCES = 20
};

/* X(index, path) */
#define ISSUE_PATHS(X)                                                                 \
    X(ID, "[].id")                                                                     \
    X(NUMBER, "[].number")                                                             \
    X(TITLE, "[].title")                                                               \
    X(HTML_URL, "[].html_url")                                                         \
    X(STATE, "[].state")                                                               \
    X(STATE_REASON, "[].state_reason")                                                 \
    X(BODY, "[].body")                                                                 \
    X(USER_LOGIN, "[].user.login")                                                     \
    X(USER_NAME, "[].user.name")                                                       \
    X(LABELS, "[].labels[].name")                                                      \
    X(ASSIGNEES, "[].assignees[].login")                                               \
    X(MILESTONE, "[].milestone.title")                                                 \
    X(PULL_REQUEST, "[].pull_request")                                                 \
    X(CREATED, "[].created_at")                                                        \
    X(UPDATED, "[].updated_at")                                                        \
    X(CLOSED, "[].closed_at")                                                          \
    X(ASSOCIATION, "[].author_association")                                            \
    X(TYPE, "[].type.name")                                                            \
    X(CHILDREN, "[].sub_issues_summary.total")                                         \
    X(BLOCKED_BY, "[].issue_dependencies_summary.blocked_by")                          \
    X(PARENT, "[].parent_issue_url")                                                   \
    X(FIELDS, "[].issue_field_values")

#define FIELD_PATHS(X)                                                                 \
    X(FIELD_NAME, "[].issue_field_name")                                               \
    X(FIELD_TYPE, "[].data_type")                                                      \
    X(FIELD_VALUE, "[].value")                                                         \
    X(FIELD_OPTION, "[].single_select_option.name")                                    \
    X(FIELD_OPTIONS, "[].multi_select_options[].name")

#define X(index, path) index,
enum issue_path { ISSUE_PATHS(X) };
enum field_path { FIELD_PATHS(X) };
#undef X

#define X(index, path) path,
static const char *const issue_paths[] = {ISSUE_PATHS(X)};
static const char *const field_paths[] = {FIELD_PATHS(X)};
#undef X

bool github_wire_compile(struct arena *a, struct github_wire *ret, struct err *e)
{
    ret->extras = NULL;
    return project_compile(a, issue_paths, ARRAY_LEN(issue_paths), &ret->issues, e) &&
           project_compile(a, field_paths, ARRAY_LEN(field_paths), &ret->fields, e);
}

struct reader {
    const struct github_wire *wire;
    const struct tracker_conf *conf;
    struct str scope; /* in the arena */
    struct feed *out;
    struct arena *a; /* out of memory shows in its failure */
    struct project_rows rows;
    size_t row; /* the issue being read */
    struct wall updated, closed; /* of it */
};

/* ---- values ---- */

static const struct project_cell *cells(const struct reader *r, enum issue_path path)
{
    return project_first(&r->rows, r->row, path);
}

static struct str raw(const struct project_cell *cell)
{
    return cell == NULL ? STR_NONE : cell->raw;
}

/* A string's text, mostly a view of the page; anything else is empty. */
static struct str plain(struct arena *a, struct str json)
{
    struct str s = STR_NONE;

    if (json.n < 2 || json.p[0] != '"') {
        return s;
    }
    s = (struct str){json.p + 1, json.n - 2};
    if (memchr(s.p, '\\', s.n) != NULL && !project_text(a, json, &s)) {
        return STR_NONE;
    }
    return s;
}

static struct str word(const struct reader *r, enum issue_path path)
{
    return plain(r->a, raw(cells(r, path)));
}

/* A copy without NUL, which neither SQL nor a terminal would show. */
static struct str copied(struct arena *a, struct str s, size_t max)
{
    s = utf8_cut(s, max);
    if (s.n == 0) {
        return STR_NONE;
    }
    char *copy = arena_strdup(a, s);

    if (copy == NULL) {
        return STR_NONE;
    }
    for (char *nul = memchr(copy, '\0', s.n); nul != NULL;
         nul = memchr(nul, '\0', s.n - (size_t)(nul - copy))) {
        *nul = ' ';
    }
    return (struct str){copy, s.n};
}

static struct str text(const struct reader *r, enum issue_path path, size_t max)
{
    return copied(r->a, word(r, path), max);
}

static int64_t number(const struct reader *r, enum issue_path path)
{
    int64_t n;

    return str_to_i64(raw(cells(r, path)), &n) ? n : 0;
}

static struct wall time_of(const struct reader *r, enum issue_path path)
{
    struct wall t;

    return date_parse_iso(word(r, path), &t) ? t : (struct wall){0};
}

static bool is_word(const struct reader *r, enum issue_path path, const char *want)
{
    return str_eq_nocase(word(r, path), str_of(want));
}

struct str github_status_field(const struct tracker_conf *conf)
{
    for (size_t i = 0; i < conf->fields.n; i++) {
        const struct str_pair *p = &conf->fields.v[i];

        if (str_eqz(p->key, "status") && !str_eqz(p->value, "auto")) {
            return p->value;
        }
    }
    return STR("Status");
}

static bool in_list(const struct str_list *list, struct str s)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq_nocase(list->v[i], s)) {
            return true;
        }
    }
    return false;
}

/* ---- marks ---- */

/* What a project says of the issue; NULL: nothing. */
static const struct github_extra *extra_of(const struct reader *r,
                                           const struct item *it)
{
    return r->wire->extras == NULL ? NULL : map_get(r->wire->extras, it->key);
}

static void add_mark(struct item *it, enum mark_kind kind, struct str name,
                     struct str value)
{
    if (value.n > 0 && it->n_marks < ITEM_MAX_MARKS) {
        it->marks[it->n_marks++] = (struct mark){kind, name, value};
    }
}

/* A string or a number, as it is written. */
static struct str value_text(struct arena *a, struct str json)
{
    bool is_number =
        json.n > 0 && (json.p[0] == '-' || (json.p[0] >= '0' && json.p[0] <= '9'));

    return is_number ? json : plain(a, json);
}

/*
 * A single_select `value` is the option's id and a multi_select one joins
 * names by commas, so the options are read where there are any.
 */
static void add_field_marks(struct reader *r, struct item *it,
                            const struct project_rows *fields, size_t row)
{
    struct str name = plain(r->a, raw(project_first(fields, row, FIELD_NAME)));
    struct str type = plain(r->a, raw(project_first(fields, row, FIELD_TYPE)));
    const struct project_cell *one = project_first(fields, row, FIELD_OPTION);
    const struct project_cell *many = project_first(fields, row, FIELD_OPTIONS);
    struct str said = value_text(r->a, raw(project_first(fields, row, FIELD_VALUE)));

    name = copied(r->a, name, ITEM_MAX_VALUE);
    if (name.n == 0) {
        return;
    }
    if (one != NULL || str_eqz(type, "single_select")) {
        said = plain(r->a, raw(one));
    }
    if (many == NULL) {
        add_mark(it, MARK_FIELD, name, copied(r->a, said, ITEM_MAX_VALUE));
    }
    for (; many != NULL; many = project_next(fields, many)) {
        said = plain(r->a, raw(many));
        add_mark(it, MARK_FIELD, name, copied(r->a, said, ITEM_MAX_VALUE));
    }
}

/* Whether what stands before a colon ends like a line item_read_references finds. */
static bool names_reference(const char *start, const char *end)
{
    struct str s = {start, (size_t)(end - start)};

    /* Blanks and emphasis may follow the word; a tab is written \t. */
    for (;;) {
        if (str_has_suffix(s, STR("\\t"))) {
            s.n -= 2;
        } else if (s.n > 0 && strchr("*_ ", s.p[s.n - 1]) != NULL) {
            s.n--;
        } else {
            break;
        }
    }
    struct str last8 = s.n > 8 ? str_skip(s, s.n - 8) : s;
    struct str last10 = s.n > 10 ? str_skip(s, s.n - 10) : s;

    return str_eq_nocase(last8, STR("strategy")) ||
           str_eq_nocase(last10, STR("initiative"));
}

/* "\u00", which stands behind few of the backslashes. */
static bool has_low_unicode(struct str raw)
{
    const char *back;

    while ((back = memchr(raw.p, '\\', raw.n)) != NULL) {
        raw = str_skip(raw, (size_t)(back - raw.p));
        if (raw.n >= 4 && memcmp(raw.p, "\\u00", 4) == 0) {
            return true;
        }
        raw = str_skip(raw, 2); /* the scanner saw to it that an escape is whole */
    }
    return false;
}

/*
 * Whether a raw JSON string may hold such a line. Bodies are most of a page,
 * and hardly one in a hundred does: the others are not decoded.
 */
static bool may_refer(struct str raw)
{
    const char *from = raw.p;
    const char *end = raw.p + raw.n;
    const char *colon;

    /* ASCII written as \u00XX: possible, and not worth a second parser. */
    if (has_low_unicode(raw)) {
        return true;
    }
    while ((colon = memchr(from, ':', (size_t)(end - from))) != NULL) {
        if (names_reference(from, colon)) {
            return true;
        }
        from = colon + 1;
    }
    return false;
}

/* References and, of epic-level items, the excerpt. */
static bool read_body(struct reader *r, bool refers, struct item *it)
{
    bool epic = it->level >= ITEM_LEVEL_EPIC;
    struct str body;

    if (!epic && !refers) {
        return true;
    }
    /* Marks are views of it, so it is the arena's. */
    if (!project_text(r->a, raw(cells(r, BODY)), &body)) {
        return false;
    }
    if (refers) {
        it->n_marks += item_read_references(body, it->marks + it->n_marks);
    }
    return !epic || github_plain_text(r->a, body, ITEM_EXCERPT, &it->excerpt);
}

/* False: out of memory. What cannot be read is as good as absent. */
static bool read_fields(struct reader *r, struct project_rows *ret)
{
    struct str list = raw(cells(r, FIELDS));
    struct err e;

    *ret = (struct project_rows){0};
    return list.n <= 2 || project_rows(r->wire->fields, list, ret, &e) ||
           e.kind != ERR_NOMEM;
}

/* Labels come first: what is beyond ITEM_MAX_MARKS is dropped. */
static bool read_marks(struct reader *r, bool refers, struct item *it)
{
    const struct github_extra *extra = extra_of(r, it);
    struct project_rows fields;
    size_t room = 1; /* a milestone */

    if (!read_fields(r, &fields)) {
        return false;
    }
    room += extra != NULL ? extra->n_marks : 0;
    for (const struct project_cell *c = cells(r, LABELS); c != NULL;
         c = project_next(&r->rows, c)) {
        room++;
    }
    room =
        room + fields.n_cells < ITEM_MAX_MARKS ? room + fields.n_cells : ITEM_MAX_MARKS;
    it->marks =
        arena_array(r->a, room + (refers ? ITEM_MAX_REFERENCES : 0), sizeof *it->marks);
    if (it->marks != NULL) {
        for (const struct project_cell *c = cells(r, LABELS); c != NULL;
             c = project_next(&r->rows, c)) {
            struct str name = copied(r->a, plain(r->a, c->raw), ITEM_MAX_VALUE);

            add_mark(it, MARK_LABEL, STR_NONE, name);
        }
        add_mark(it, MARK_MILESTONE, STR_NONE, text(r, MILESTONE, ITEM_MAX_VALUE));
        for (size_t i = 0; i < fields.n; i++) {
            add_field_marks(r, it, &fields, i);
        }
        for (size_t i = 0; extra != NULL && i < extra->n_marks; i++) {
            const struct mark *m = &extra->marks[i];

            add_mark(it, m->kind, copied(r->a, m->name, ITEM_MAX_VALUE),
                     copied(r->a, m->value, ITEM_MAX_VALUE));
        }
    }
    project_rows_finish(&fields);
    return it->marks != NULL;
}

/* ---- one issue ---- */

static bool has_label(const struct item *it, const char *name)
{
    for (size_t i = 0; i < it->n_marks; i++) {
        if (it->marks[i].kind == MARK_LABEL &&
            str_eq_nocase(it->marks[i].value, str_of(name))) {
            return true;
        }
    }
    return false;
}

static bool has_epic_label(const struct tracker_conf *conf, const struct item *it)
{
    if (conf->epics.labels.n == 0) {
        return has_label(it, "epic");
    }
    for (size_t i = 0; i < it->n_marks; i++) {
        if (it->marks[i].kind == MARK_LABEL &&
            in_list(&conf->epics.labels, it->marks[i].value)) {
            return true;
        }
    }
    return false;
}

/* strategy-file.md, "Epic-level". */
static int level_of(const struct tracker_conf *conf, const struct item *it)
{
    int64_t least = conf->epics.min_children > 0 ? conf->epics.min_children : 3;
    bool by_type = conf->epics.types.n > 0
                       ? in_list(&conf->epics.types, it->type)
                       : str_eq_nocase(it->type, STR("Epic")) ||
                             str_eq_nocase(it->type, STR("Initiative"));
    /* Where a repository has no issue types, its bugs have a label. */
    bool is_bug = str_eq_nocase(it->type, STR("Bug")) ||
                  (it->type.n == 0 && has_label(it, "bug"));

    if (conf->epics.none) {
        return ITEM_LEVEL_BASE;
    }
    if (by_type || has_epic_label(conf, it) || (it->children >= least && !is_bug)) {
        return ITEM_LEVEL_EPIC;
    }
    return ITEM_LEVEL_BASE;
}

/* Of a project, else of the issue's own field; empty: neither has one. */
static struct str status_of(const struct reader *r, const struct item *it)
{
    const struct github_extra *extra = extra_of(r, it);
    struct str field = github_status_field(r->conf);

    if (extra != NULL && extra->status.n > 0) {
        return copied(r->a, extra->status, ITEM_MAX_VALUE);
    }
    for (size_t i = 0; i < it->n_marks; i++) {
        if (it->marks[i].kind == MARK_FIELD &&
            str_eq_nocase(it->marks[i].name, field)) {
            return it->marks[i].value;
        }
    }
    return STR_NONE;
}

bool github_counts_in_progress(const struct tracker_conf *conf, struct str word)
{
    return word.n > 0 && in_list(&conf->in_progress, word);
}

static bool is_in_progress(const struct tracker_conf *conf, const struct item *it)
{
    bool found = it->n_assignees > 0 || github_counts_in_progress(conf, it->status);

    for (size_t i = 0; i < it->n_marks && !found; i++) {
        found = it->marks[i].kind == MARK_LABEL &&
                github_counts_in_progress(conf, it->marks[i].value);
    }
    return found;
}

static void read_state(const struct reader *r, struct item *it)
{
    bool closed = is_word(r, STATE, "closed");

    if (!closed) {
        struct str status = status_of(r, it);

        it->status = status.n > 0 ? status : STR("open");
        it->category = is_in_progress(r->conf, it) ? ITEM_IN_PROGRESS : ITEM_TODO;
        it->outcome = ITEM_OPEN;
        return;
    }
    it->status = STR("closed");
    bool discarded = is_word(r, STATE_REASON, "not_planned") ||
                     is_word(r, STATE_REASON, "duplicate");

    it->category = ITEM_DONE;
    it->outcome = discarded ? ITEM_DISCARDED : ITEM_COMPLETED;
    it->closed = r->closed;
    /* Closed items without a date would read as open. */
    if (it->closed.ms == 0) {
        it->closed = it->updated;
    }
}

/* Open ones are counted; which they are is another answer (github_blockers.h). */
static void read_blocked(const struct reader *r, struct item *it)
{
    const struct github_conf *own = r->conf->own;
    int64_t n = number(r, BLOCKED_BY);

    if (own->dependencies && it->outcome == ITEM_OPEN && n > 0) {
        it->blocked_by = n;
    }
}

static bool read_people(struct reader *r, struct item *it)
{
    size_t n = 0;

    /* A deleted account's issues have no user; GitHub shows it as "ghost". */
    it->author = text(r, USER_LOGIN, ITEM_MAX_VALUE);
    it->author = it->author.n > 0 ? it->author : STR("ghost");
    it->author_name = text(r, USER_NAME, ITEM_MAX_VALUE);
    it->author_name = it->author_name.n > 0 ? it->author_name : it->author;
    it->outsider = is_word(r, ASSOCIATION, "NONE");
    for (const struct project_cell *c = cells(r, ASSIGNEES); c != NULL;
         c = project_next(&r->rows, c)) {
        n++;
    }
    if (n == 0) {
        return true;
    }
    it->assignees = arena_array(r->a, n, sizeof *it->assignees);
    if (it->assignees == NULL) {
        return false;
    }
    for (const struct project_cell *c = cells(r, ASSIGNEES); c != NULL;
         c = project_next(&r->rows, c)) {
        struct str who = copied(r->a, plain(r->a, c->raw), ITEM_MAX_VALUE);

        if (who.n > 0) {
            it->assignees[it->n_assignees++] = who;
        }
    }
    return true;
}

/* The repository as GitHub spells it, so that keys of one repository are alike. */
static struct str spelled(const struct reader *r, struct str url)
{
    struct str repo, n;

    if (github_issue_url(url, &repo, &n) && str_eq_nocase(repo, r->scope)) {
        return repo;
    }
    return r->scope;
}

static struct str issue_key(struct arena *a, struct str repo, struct str n)
{
    char *key = arena_alloc(a, repo.n + n.n + 2);

    if (key == NULL) {
        return STR_NONE;
    }
    memcpy(key, repo.p, repo.n);
    key[repo.n] = '#';
    memcpy(key + repo.n + 1, n.p, n.n);
    key[repo.n + 1 + n.n] = '\0';
    return (struct str){key, repo.n + 1 + n.n};
}

static void read_names(struct reader *r, struct item *it)
{
    struct str url = word(r, HTML_URL), repo, n;

    if (url.n <= MAX_URL &&
        (str_has_prefix(url, STR("https://")) || str_has_prefix(url, STR("http://")))) {
        it->url = copied(r->a, url, MAX_URL);
    }
    it->scope = r->scope;
    it->vid = arena_str(r->a, raw(cells(r, ID)));
    it->key = issue_key(r->a, spelled(r, url), raw(cells(r, NUMBER)));
    it->title = text(r, TITLE, ITEM_MAX_TITLE);
    it->type = text(r, TYPE, ITEM_MAX_VALUE);
    if (github_issue_url(word(r, PARENT), &repo, &n)) {
        it->parent_key = issue_key(r->a, repo, n);
    }
}

static void read_times(struct reader *r)
{
    r->updated = time_of(r, UPDATED);
    r->closed = time_of(r, CLOSED);
}

static bool is_issue(const struct reader *r)
{
    struct str title = raw(cells(r, TITLE));

    return number(r, ID) > 0 && number(r, NUMBER) > 0 && title.n > 0 &&
           title.p[0] == '"';
}

static bool read_issue(struct reader *r)
{
    struct item *it = feed_add_item(r->out);
    struct str body = raw(cells(r, BODY));
    bool refers = body.n > 0 && body.p[0] == '"' && may_refer(body);
    int64_t children = number(r, CHILDREN);

    if (it == NULL) {
        return false;
    }
    read_names(r, it);
    if (!read_people(r, it) || !read_marks(r, refers, it)) {
        return false;
    }
    it->children = children > 0 ? children : 0;
    it->created = time_of(r, CREATED);
    it->updated = r->updated;
    read_state(r, it);
    read_blocked(r, it);
    it->level = level_of(r->conf, it);
    return read_body(r, refers, it);
}

/* ---- pages ---- */

static void note_times(const struct reader *r, struct wall start,
                       struct github_page *page)
{
    struct wall updated = r->updated;

    if (updated.ms > page->newest.ms) {
        page->newest = updated;
    }
    if (updated.ms >= start.ms &&
        (page->moved.ms == 0 || updated.ms < page->moved.ms)) {
        page->moved = updated;
    }
    page->closed_since |= r->closed.ms >= start.ms;
}

static bool read_elements(struct reader *r, struct wall start, struct github_page *page)
{
    for (r->row = 0; r->row < r->rows.n; r->row++) {
        if (!is_issue(r)) {
            r->out->skipped++;
            continue;
        }
        read_times(r);
        note_times(r, start, page);
        /* Every pull request is listed as an issue with this member. */
        if (cells(r, PULL_REQUEST) != NULL) {
            r->out->skipped++;
        } else if (!read_issue(r)) {
            return false;
        }
    }
    return !arena_failed(r->a);
}

/* One odd element is skipped; nothing but odd ones is no page of issues. */
static bool is_issue_list(struct reader *r)
{
    for (r->row = 0; r->row < r->rows.n; r->row++) {
        if (is_issue(r)) {
            return true;
        }
    }
    return r->rows.n == 0;
}

bool github_wire_issues(const struct github_wire *w, const struct tracker_conf *conf,
                        struct str scope, struct wall start, struct str body,
                        struct feed *out, struct github_page *ret, struct err *e)
{
    struct reader r = {.wire = w, .conf = conf, .out = out, .a = out->a};
    struct github_page page = {0};
    bool ok = false;

    if (!project_rows(w->issues, body, &r.rows, e)) {
        return false;
    }
    if (!is_issue_list(&r)) {
        err_set(e, ERR_PARSE, "not a list of issues");
        goto out;
    }
    page.elements = r.rows.n;
    r.scope = arena_str(out->a, scope);
    if (!read_elements(&r, start, &page)) {
        err_nomem(e);
        goto out;
    }
    *ret = page;
    ok = true;
out:
    project_rows_finish(&r.rows);
    return ok;
}

/* ---- one issue asked for ---- */

/* Pages are arrays, and so is what their scanner takes: [BODY] is one of one. */
static struct str as_page(struct arena *a, struct str body)
{
    char *page = arena_alloc(a, body.n + 2);

    if (page == NULL) {
        return STR_NONE;
    }
    page[0] = '[';
    memcpy(page + 1, body.p, body.n);
    page[body.n + 1] = ']';
    return (struct str){page, body.n + 2};
}

static bool read_one(struct reader *r, struct str scope, struct github_one *one,
                     struct err *e)
{
    struct str repo, n;

    if (r->rows.n != 1 || !is_issue(r)) {
        return err_set(e, ERR_PARSE, "not an issue");
    }
    if (github_issue_url(word(r, HTML_URL), &repo, &n)) {
        one->repo = arena_str(r->a, repo);
    }
    r->scope = one->repo.n > 0 && !str_eq_nocase(one->repo, scope)
                   ? one->repo
                   : arena_str(r->a, scope);
    one->id = arena_str(r->a, raw(cells(r, ID)));
    one->pull = cells(r, PULL_REQUEST) != NULL;
    read_times(r);
    return (one->pull || read_issue(r)) && !arena_failed(r->a) ? true : err_nomem(e);
}

bool github_wire_issue(const struct github_wire *w, const struct tracker_conf *conf,
                       struct str scope, struct str body, struct feed *out,
                       struct github_one *ret, struct err *e)
{
    struct reader r = {.wire = w, .conf = conf, .out = out, .a = out->a};
    struct github_one one = {0};
    struct str page = STR_NONE;
    bool ok;

    if (body.n == 0 || body.n > PROJECT_MAX_IN) {
        return err_set(e, ERR_PARSE, "not an issue");
    }
    page = as_page(out->a, body);
    if (page.n == 0) {
        return err_nomem(e);
    }
    if (!project_rows(w->issues, page, &r.rows, e)) {
        return false;
    }
    ok = read_one(&r, scope, &one, e);
    project_rows_finish(&r.rows);
    if (ok) {
        *ret = one;
    }
    return ok;
}

/* ---- small replies ---- */

bool github_wire_repo(struct arena *a, struct str body, struct str *ret_id,
                      struct str *ret_name, struct err *e)
{
    static const char *const paths[] = {"id", "full_name"};
    const struct project *p;
    json_t *root = NULL;

    if (!project_compile(a, paths, ARRAY_LEN(paths), &p, e) ||
        !project_load(p, body, &root, e)) {
        return false;
    }
    json_int_t id = json_integer_value(json_object_get(root, "id"));
    const json_t *full = json_object_get(root, "full_name");
    struct str name = {json_string_value(full), json_string_length(full)};
    bool ok = id > 0 && github_repo_valid(name);

    if (ok) {
        *ret_id = arena_printf(a, "%lld", (long long)id);
        *ret_name = arena_str(a, name);
        ok = !arena_failed(a) || err_nomem(e);
    } else {
        err_set(e, ERR_PARSE, "not a repository");
    }
    json_decref(root);
    return ok;
}

struct str github_wire_message(struct arena *a, struct str body, struct str secret)
{
    json_t *root = body.n > 0 && body.n <= MAX_ERROR_BODY
                       ? json_loadb(body.p, body.n, 0, NULL)
                       : NULL;
    const json_t *message = json_object_get(root, "message");
    struct str said = {json_string_value(message), json_string_length(message)};
    struct str kept = STR_NONE;
    struct buf out;

    buf_init(&out, 4 * MAX_MESSAGE + 8);
    if (secret.n == 0 || str_find(said, secret) < 0) {
        utf8_print_safe(&out, said, MAX_MESSAGE);
    }
    if (out.n > 0 && buf_ok(&out)) {
        kept = arena_str(a, str_trim(buf_str(&out)));
    }
    buf_finish(&out);
    json_decref(root);
    return kept;
}
