#include "connectors/trackers/github/github_wire.h"

#include "base/date.h"
#include "base/utf8.h"
#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_text.h"
#include "core/item.h"

enum {
    MAX_URL = 2000,
    MAX_ERROR_BODY = 64 << 10,
    MAX_MESSAGE = 120,
    MAX_REFERENCES = 20
};

/* Texts that few read, and long ones, by their place: see project.h. */
static const char *const issue_paths[] = {
    "[].id",
    "[].number",
    "[].title",
    "[].html_url@",
    "[].state",
    "[].state_reason",
    "[].body@",
    "[].user.login",
    "[].user.name",
    "[].labels[].name",
    "[].assignees[].login",
    "[].milestone.title",
    "[].pull_request.url",
    "[].created_at",
    "[].updated_at",
    "[].closed_at",
    "[].author_association",
    "[].type.name",
    "[].sub_issues_summary.total",
    "[].parent_issue_url",
    "[].issue_field_values[].issue_field_name",
    "[].issue_field_values[].data_type",
    "[].issue_field_values[].value",
    "[].issue_field_values[].single_select_option.name",
    "[].issue_field_values[].multi_select_options[].name",
};

bool github_wire_compile(struct arena *a, const struct project **ret, struct err *e)
{
    return project_compile(a, issue_paths, ARRAY_LEN(issue_paths), ret, e);
}

struct reader {
    const struct tracker_conf *conf;
    struct str scope; /* in the arena */
    struct str body;
    struct feed *out;
    struct arena *a;
};

/* ---- values ---- */

static struct str view(const json_t *v)
{
    return (struct str){json_string_value(v), json_string_length(v)};
}

/* A copy without NUL, which neither SQL nor a terminal would show. */
static struct str text(struct arena *a, const json_t *v, size_t max)
{
    struct str s = utf8_cut(view(v), max);
    char *copy = s.n > 0 ? arena_alloc(a, s.n + 1) : NULL;

    if (copy == NULL) {
        return STR_NONE;
    }
    for (size_t i = 0; i < s.n; i++) {
        copy[i] = s.p[i];
        if (copy[i] == '\0') {
            copy[i] = ' ';
        }
    }
    copy[s.n] = '\0';
    return (struct str){copy, s.n};
}

static struct wall time_of(const json_t *issue, const char *name)
{
    struct wall t;

    if (!date_parse_iso(view(json_object_get(issue, name)), &t)) {
        return (struct wall){0};
    }
    return t;
}

static bool is_word(const json_t *v, const char *word)
{
    return str_eq_nocase(view(v), str_of(word));
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

static const json_t *field(const json_t *v, const char *outer, const char *inner)
{
    return json_object_get(json_object_get(v, outer), inner);
}

/* ---- marks ---- */

/* A label is an object or, as the schema allows, its bare name. */
static const json_t *label_name(const json_t *label)
{
    return json_is_string(label) ? label : json_object_get(label, "name");
}

static void add_mark(struct item *it, enum mark_kind kind, struct str name,
                     struct str value)
{
    if (value.n > 0 && it->n_marks < ITEM_MAX_MARKS) {
        it->marks[it->n_marks++] = (struct mark){kind, name, value};
    }
}

static struct str number_text(struct arena *a, const json_t *v)
{
    if (json_is_integer(v)) {
        return arena_printf(a, "%lld", (long long)json_integer_value(v));
    }
    return json_is_real(v) ? arena_printf(a, "%.15g", json_real_value(v)) : STR_NONE;
}

/*
 * A single_select `value` is the option's id and a multi_select one joins
 * names by commas, so the options are read where there are any.
 */
static void add_field_marks(struct reader *r, struct item *it, const json_t *v)
{
    struct str name =
        text(r->a, json_object_get(v, "issue_field_name"), ITEM_MAX_VALUE);
    const json_t *one = field(v, "single_select_option", "name");
    const json_t *many = json_object_get(v, "multi_select_options");
    const json_t *value = json_object_get(v, "value");
    struct str said = json_is_string(value) ? text(r->a, value, ITEM_MAX_VALUE)
                                            : number_text(r->a, value);

    if (name.n == 0) {
        return;
    }
    if (one != NULL || is_word(json_object_get(v, "data_type"), "single_select")) {
        said = text(r->a, one, ITEM_MAX_VALUE);
    }
    if (json_array_size(many) == 0) {
        add_mark(it, MARK_FIELD, name, said);
    }
    for (size_t i = 0; i < json_array_size(many); i++) {
        const json_t *option = json_object_get(json_array_get(many, i), "name");

        add_mark(it, MARK_FIELD, name, text(r->a, option, ITEM_MAX_VALUE));
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
    if (memmem(raw.p, raw.n, "\\u00", 4) != NULL) {
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
static bool read_body(struct reader *r, struct str raw, bool refers, struct item *it)
{
    bool epic = it->level >= ITEM_LEVEL_EPIC;
    struct str body;

    if (!epic && !refers) {
        return true;
    }
    if (!project_text(r->a, raw, &body)) {
        return false;
    }
    if (refers) {
        it->n_marks += item_read_references(body, it->marks + it->n_marks);
    }
    return !epic || github_plain_text(r->a, body, ITEM_EXCERPT, &it->excerpt);
}

static size_t count_marks(const json_t *labels, const json_t *fields)
{
    size_t n = json_array_size(labels) + 1; /* a milestone */

    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *many =
            json_object_get(json_array_get(fields, i), "multi_select_options");

        n += json_array_size(many) + 1;
    }
    return n < ITEM_MAX_MARKS ? n : ITEM_MAX_MARKS;
}

/* Labels come first: what is beyond ITEM_MAX_MARKS is dropped. */
static bool read_marks(struct reader *r, const json_t *issue, bool refers,
                       struct item *it)
{
    const json_t *labels = json_object_get(issue, "labels");
    const json_t *fields = json_object_get(issue, "issue_field_values");
    size_t room = count_marks(labels, fields) + (refers ? ITEM_MAX_REFERENCES : 0);
    struct str milestone =
        text(r->a, field(issue, "milestone", "title"), ITEM_MAX_VALUE);

    it->marks = arena_array(r->a, room, sizeof *it->marks);
    if (it->marks == NULL) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(labels); i++) {
        struct str name =
            text(r->a, label_name(json_array_get(labels, i)), ITEM_MAX_VALUE);

        add_mark(it, MARK_LABEL, STR_NONE, name);
    }
    add_mark(it, MARK_MILESTONE, STR_NONE, milestone);
    for (size_t i = 0; i < json_array_size(fields); i++) {
        add_field_marks(r, it, json_array_get(fields, i));
    }
    return true;
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

static void read_state(const json_t *issue, struct item *it)
{
    const json_t *reason = json_object_get(issue, "state_reason");
    bool closed = is_word(json_object_get(issue, "state"), "closed");

    it->status = closed ? STR("closed") : STR("open");
    if (!closed) {
        it->category = it->n_assignees > 0 ? ITEM_IN_PROGRESS : ITEM_TODO;
        it->outcome = ITEM_OPEN;
        return;
    }
    it->category = ITEM_DONE;
    it->outcome = is_word(reason, "not_planned") || is_word(reason, "duplicate")
                      ? ITEM_DISCARDED
                      : ITEM_COMPLETED;
    it->closed = time_of(issue, "closed_at");
    /* Closed items without a date would read as open. */
    if (it->closed.ms == 0) {
        it->closed = it->updated;
    }
}

static bool read_people(struct reader *r, const json_t *issue, struct item *it)
{
    const json_t *login = field(issue, "user", "login");
    const json_t *name = field(issue, "user", "name");
    const json_t *list = json_object_get(issue, "assignees");
    size_t n = json_array_size(list);

    /* A deleted account's issues have no user; GitHub shows it as "ghost". */
    it->author = json_string_length(login) > 0 ? text(r->a, login, ITEM_MAX_VALUE)
                                               : STR("ghost");
    it->author_name =
        json_string_length(name) > 0 ? text(r->a, name, ITEM_MAX_VALUE) : it->author;
    it->outsider = is_word(json_object_get(issue, "author_association"), "NONE");
    if (n > 0) {
        it->assignees = arena_array(r->a, n, sizeof *it->assignees);
        if (it->assignees == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct str who = text(r->a, json_object_get(json_array_get(list, i), "login"),
                              ITEM_MAX_VALUE);

        if (who.n > 0) {
            it->assignees[it->n_assignees++] = who;
        }
    }
    return true;
}

/* The repository as GitHub spells it, so that keys of one repository are alike. */
static struct str spelled(const struct reader *r, struct str url)
{
    struct str repo, number;

    if (github_issue_url(url, &repo, &number) && str_eq_nocase(repo, r->scope)) {
        return repo;
    }
    return r->scope;
}

static bool read_names(struct reader *r, const json_t *issue, struct item *it)
{
    struct str raw, url = STR_NONE, repo, number;
    long long id = json_integer_value(json_object_get(issue, "id"));
    long long n = json_integer_value(json_object_get(issue, "number"));
    struct str parent = view(json_object_get(issue, "parent_issue_url"));

    if (project_span(r->body, json_object_get(issue, "html_url"), &raw) &&
        raw.n <= MAX_URL && !project_text(r->a, raw, &url)) {
        return false;
    }
    if (str_has_prefix(url, STR("https://")) || str_has_prefix(url, STR("http://"))) {
        it->url = url;
    }
    it->scope = r->scope;
    it->vid = arena_printf(r->a, "%lld", id);
    it->key = arena_printf(r->a, "%.*s#%lld", STR_FMT(spelled(r, url)), n);
    it->title = text(r->a, json_object_get(issue, "title"), ITEM_MAX_TITLE);
    it->type = text(r->a, field(issue, "type", "name"), ITEM_MAX_VALUE);
    if (github_issue_url(parent, &repo, &number)) {
        it->parent_key =
            arena_printf(r->a, "%.*s#%.*s", STR_FMT(repo), STR_FMT(number));
    }
    return true;
}

static bool is_issue(const json_t *v)
{
    return json_integer_value(json_object_get(v, "id")) > 0 &&
           json_integer_value(json_object_get(v, "number")) > 0 &&
           json_is_string(json_object_get(v, "title"));
}

/* Every pull request is listed as an issue with this member. */
static bool is_pull_request(const json_t *v)
{
    const json_t *pr = json_object_get(v, "pull_request");

    return pr != NULL && !json_is_null(pr);
}

static bool read_issue(struct reader *r, const json_t *issue)
{
    struct item *it = feed_add_item(r->out);
    json_int_t children =
        json_integer_value(field(issue, "sub_issues_summary", "total"));
    struct str raw = STR_NONE;
    bool refers =
        project_span(r->body, json_object_get(issue, "body"), &raw) && may_refer(raw);

    if (it == NULL || !read_names(r, issue, it) || !read_people(r, issue, it) ||
        !read_marks(r, issue, refers, it)) {
        return false;
    }
    it->children = children > 0 ? children : 0;
    it->created = time_of(issue, "created_at");
    it->updated = time_of(issue, "updated_at");
    read_state(issue, it);
    it->level = level_of(r->conf, it);
    return read_body(r, raw, refers, it);
}

/* ---- pages ---- */

static void note_times(const json_t *v, struct wall start, struct github_page *page)
{
    struct wall updated = time_of(v, "updated_at");

    if (updated.ms > page->newest.ms) {
        page->newest = updated;
    }
    if (updated.ms >= start.ms &&
        (page->moved.ms == 0 || updated.ms < page->moved.ms)) {
        page->moved = updated;
    }
    page->closed_since |= time_of(v, "closed_at").ms >= start.ms;
}

static bool read_elements(struct reader *r, const json_t *list, struct wall start,
                          struct github_page *page)
{
    for (size_t i = 0; i < page->elements; i++) {
        const json_t *v = json_array_get(list, i);

        if (!is_issue(v)) {
            r->out->skipped++;
            continue;
        }
        note_times(v, start, page);
        if (is_pull_request(v)) {
            r->out->skipped++;
        } else if (!read_issue(r, v)) {
            return false;
        }
    }
    return !arena_failed(r->a);
}

/* One odd element is skipped; nothing but odd ones is no page of issues. */
static bool is_issue_list(const json_t *list)
{
    size_t n = json_array_size(list);
    size_t odd = 0;

    for (size_t i = 0; i < n; i++) {
        odd += !is_issue(json_array_get(list, i));
    }
    return json_is_array(list) && (n == 0 || odd < n);
}

bool github_wire_issues(const struct project *p, const struct tracker_conf *conf,
                        struct str scope, struct wall start, struct str body,
                        struct feed *out, struct github_page *ret, struct err *e)
{
    struct reader r = {.conf = conf, .body = body, .out = out, .a = out->a};
    struct github_page page = {0};
    json_t *list = NULL;
    bool ok = false;

    if (!project_load(p, body, &list, e)) {
        return false;
    }
    if (!is_issue_list(list)) {
        err_set(e, ERR_PARSE, "not a list of issues");
        goto out;
    }
    page.elements = json_array_size(list);
    r.scope = arena_str(out->a, scope);
    if (!read_elements(&r, list, start, &page)) {
        err_nomem(e);
        goto out;
    }
    *ret = page;
    ok = true;
out:
    json_decref(list);
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
    struct str name = view(json_object_get(root, "full_name"));
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

struct str github_wire_message(struct arena *a, struct str body)
{
    json_t *root = body.n > 0 && body.n <= MAX_ERROR_BODY
                       ? json_loadb(body.p, body.n, 0, NULL)
                       : NULL;
    struct str said = view(json_object_get(root, "message"));
    struct str kept = STR_NONE;
    struct buf out;

    buf_init(&out, 4 * MAX_MESSAGE + 8);
    utf8_print_safe(&out, said, MAX_MESSAGE);
    if (out.n > 0 && buf_ok(&out)) {
        kept = arena_str(a, str_trim(buf_str(&out)));
    }
    buf_finish(&out);
    json_decref(root);
    return kept;
}
