#include "connectors/trackers/github/github_project.h"

#include <jansson.h>

#include "base/utf8.h"
#include "connectors/trackers/github/github_link.h"

/* X(index, path) */
#define FIELD_PATHS(X)                                                                 \
    X(FIELD_ID, "[].id")                                                               \
    X(FIELD_NAME, "[].name")
#define ITEM_PATHS(X)                                                                  \
    X(CONTENT_TYPE, "[].content_type")                                                 \
    X(CONTENT_URL, "[].content.html_url")                                              \
    X(CONTENT_STATE, "[].content.state")                                               \
    X(ARCHIVED, "[].archived_at")                                                      \
    X(FIELDS, "[].fields")
#define VALUE_PATHS(X)                                                                 \
    X(VALUE_ID, "[].id")                                                               \
    X(VALUE, "[].value")

#define X(index, path) index,
enum field_path { FIELD_PATHS(X) };
enum item_path { ITEM_PATHS(X) };
enum value_path { VALUE_PATHS(X) };
#undef X

#define X(index, path) path,
static const char *const field_paths[] = {FIELD_PATHS(X)};
static const char *const item_paths[] = {ITEM_PATHS(X)};
static const char *const value_paths[] = {VALUE_PATHS(X)};
#undef X

/* What `auto` stands for, besides a name like the key's own. */
static const struct {
    const char *key, *name;
} automatic[] = {
    {"points", "Story points"},
    {"points", "Estimate"},
    {"points", "Size"},
};

bool github_project_compile(struct arena *a, struct github_project_wire *ret,
                            struct err *e)
{
    return project_compile(a, field_paths, ARRAY_LEN(field_paths), &ret->fields, e) &&
           project_compile(a, item_paths, ARRAY_LEN(item_paths), &ret->items, e) &&
           project_compile(a, value_paths, ARRAY_LEN(value_paths), &ret->values, e);
}

bool github_project_name(struct str name, struct str *ret_owner, struct str *ret_number)
{
    char repo[200];
    ptrdiff_t slash = str_chr(name, '/');
    uint64_t n;
    int len;

    if (slash <= 0 || !str_to_u64(str_skip(name, (size_t)slash + 1), &n) || n == 0) {
        return false;
    }
    *ret_owner = str_first(name, (size_t)slash);
    *ret_number = str_skip(name, (size_t)slash + 1);
    /* Owners are those of repositories. */
    len = snprintf(repo, sizeof repo, "%.*s/x", STR_FMT(*ret_owner));
    return len > 0 && (size_t)len < sizeof repo &&
           github_repo_valid((struct str){repo, (size_t)len});
}

static struct str raw(const struct project_rows *rows, size_t row, size_t path)
{
    const struct project_cell *cell = project_first(rows, row, path);

    return cell != NULL ? cell->raw : STR_NONE;
}

/* ---- fields ---- */

static bool is_called(const struct str_pair *want, struct str name)
{
    if (!str_eqz(want->value, "auto")) {
        return str_eq_nocase(want->value, name);
    }
    for (size_t i = 0; i < ARRAY_LEN(automatic); i++) {
        if (str_eqz(want->key, automatic[i].key) &&
            str_eq_nocase(name, str_of(automatic[i].name))) {
            return true;
        }
    }
    return str_eq_nocase(want->key, name);
}

static bool is_wanted(const struct tracker_conf *conf, struct str name)
{
    for (size_t i = 0; i < conf->fields.n; i++) {
        if (is_called(&conf->fields.v[i], name)) {
            return true;
        }
    }
    return str_eq_nocase(name, github_status_field(conf));
}

/* Ids go into a query. */
static bool is_id(struct str id)
{
    uint64_t n;

    return str_to_u64(id, &n) && n > 0;
}

static bool add_field(const struct tracker_conf *conf, struct str id, struct str json,
                      struct arena *a, struct github_project_fields *ret)
{
    struct str name;

    if (!is_id(id) || ret->n == GITHUB_MAX_FIELDS) {
        return true;
    }
    if (!project_text(a, json, &name)) {
        return false;
    }
    name = utf8_cut(name, ITEM_MAX_VALUE);
    if (is_wanted(conf, name) && name.n > 0 && memchr(name.p, '\0', name.n) == NULL) {
        ret->v[ret->n++] = (struct github_project_field){
            .id = arena_str(a, id),
            .name = name,
            .is_status = str_eq_nocase(name, github_status_field(conf)),
        };
    }
    return !arena_failed(a);
}

bool github_project_read_fields(const struct github_project_wire *w,
                                const struct tracker_conf *conf, struct str body,
                                struct arena *a, struct github_project_fields *ret,
                                struct err *e)
{
    struct project_rows rows;
    size_t named = 0;
    bool ok = true;

    if (!project_rows(w->fields, body, &rows, e)) {
        return false;
    }
    for (size_t i = 0; ok && i < rows.n; i++) {
        struct str id = raw(&rows, i, FIELD_ID);

        named += is_id(id);
        ok = add_field(conf, id, raw(&rows, i, FIELD_NAME), a, ret) || err_nomem(e);
    }
    if (ok && rows.n > 0 && named == 0) {
        ok = err_set(e, ERR_PARSE, "not a list of fields");
    }
    project_rows_finish(&rows);
    return ok;
}

/* ---- items ---- */

static bool is_word(struct str json, const char *want)
{
    return json.n > 2 && json.p[0] == '"' &&
           str_eq_nocase(str_first(str_skip(json, 1), json.n - 2), str_of(want));
}

/* {"raw": ...} or the text itself. */
static const json_t *raw_text(const json_t *v)
{
    return json_is_object(v) ? json_object_get(v, "raw") : v;
}

/* What jansson may refuse in what the scanner took; anything else is memory. */
static bool is_fault(const json_error_t *why)
{
    enum json_error_code code = json_error_code(why);

    return code == json_error_duplicate_key || code == json_error_numeric_overflow ||
           code == json_error_null_byte_in_key;
}

/* Of a text, number or date the value itself; of a select, an iteration its name. */
static bool put_value(struct buf *out, struct str json)
{
    json_error_t why;
    json_t *root = json_loadb(json.p, json.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    const json_t *v = root;
    size_t from = out->n;

    if (root == NULL && json.n > 0 && !is_fault(&why)) {
        return false;
    }
    if (json_is_object(v)) {
        const json_t *name = json_object_get(v, "name");
        const json_t *title = json_object_get(v, "title");

        v = raw_text(name != NULL ? name : title != NULL ? title : v);
    }
    if (json_is_string(v)) {
        struct str s = {json_string_value(v), json_string_length(v)};

        buf_add(out, utf8_cut(s, ITEM_MAX_VALUE));
    } else if (json_is_number(v) && v == root) {
        buf_add(out, json);
    }
    for (size_t i = from; i < out->n; i++) {
        out->p[i] = (unsigned char)out->p[i] < ' ' ? ' ' : out->p[i];
    }
    json_decref(root);
    return true;
}

static bool put_values(struct buf *out, const struct github_project_fields *fields,
                       const struct project_rows *values)
{
    for (size_t f = 0; f < fields->n; f++) {
        buf_addc(out, '\t');
        for (size_t i = 0; i < values->n; i++) {
            if (str_eq(raw(values, i, VALUE_ID), fields->v[f].id)) {
                if (!put_value(out, raw(values, i, VALUE))) {
                    return false;
                }
                break;
            }
        }
    }
    return true;
}

static bool put_item(const struct github_project_wire *w,
                     const struct github_project_fields *fields,
                     const struct project_rows *rows, size_t row, struct arena *a,
                     struct buf *out, struct err *e)
{
    struct str list = raw(rows, row, FIELDS), url, repo, number;
    struct project_rows values = {0};
    size_t from = out->n;
    bool ok;

    if (!is_word(raw(rows, row, CONTENT_TYPE), "Issue") ||
        project_first(rows, row, ARCHIVED) != NULL) {
        return true;
    }
    if (!project_text(a, raw(rows, row, CONTENT_URL), &url)) {
        return err_nomem(e);
    }
    if (!github_issue_url(url, &repo, &number)) {
        return true; /* of a repository the token may not see */
    }
    if (list.n > 2 && !project_rows(w->values, list, &values, e)) {
        return e->kind != ERR_NOMEM;
    }
    buf_printf(out, "%s%.*s#%.*s",
               is_word(raw(rows, row, CONTENT_STATE), "closed") ? "-" : "",
               STR_FMT(repo), STR_FMT(number));
    ok = put_values(out, fields, &values);
    buf_addc(out, '\n');
    if (out->n - from > GITHUB_MAX_ROW) {
        buf_truncate(out, from);
    }
    project_rows_finish(&values);
    return ok || err_nomem(e);
}

bool github_project_read_items(const struct github_project_wire *w,
                               const struct github_project_fields *fields,
                               struct str body, struct buf *out, struct err *e)
{
    struct arena *a = arena_create(PROJECT_MAX_IN);
    struct project_rows rows = {0};
    size_t typed = 0;
    bool ok = a != NULL ? project_rows(w->items, body, &rows, e) : err_nomem(e);

    for (size_t i = 0; ok && i < rows.n; i++) {
        typed += project_first(&rows, i, CONTENT_TYPE) != NULL;
        ok = put_item(w, fields, &rows, i, a, out, e);
    }
    if (ok && rows.n > 0 && typed == 0) {
        ok = err_set(e, ERR_PARSE, "not a list of project items");
    }
    project_rows_finish(&rows);
    arena_destroy(a);
    return ok && buf_check(out, e);
}

/* ---- lines ---- */

bool github_project_next_row(struct str *rest, struct github_project_row *ret)
{
    struct str line;

    while (str_split(rest, '\n', &line)) {
        struct github_project_row row = {.closed = str_has_prefix(line, STR("-"))};

        line = str_skip(line, row.closed);
        if (str_split(&line, '\t', &row.key) && row.key.n > 0) {
            row.values = line;
            *ret = row;
            return true;
        }
    }
    return false;
}

bool github_project_extra(const struct github_project_fields *fields, struct str values,
                          struct arena *a, struct github_extra *ret)
{
    struct mark *marks = arena_array(a, ret->n_marks + fields->n, sizeof *marks);
    struct str value;
    size_t i = 0;

    if (marks == NULL) {
        return false;
    }
    if (ret->n_marks > 0) {
        memcpy(marks, ret->marks, ret->n_marks * sizeof *marks);
    }
    ret->marks = marks;
    for (; i < fields->n && str_split(&values, '\t', &value); i++) {
        const struct github_project_field *f = &fields->v[i];

        value = str_trim(value);
        if (value.n == 0) {
            continue;
        }
        if (!f->is_status) {
            marks[ret->n_marks++] =
                (struct mark){MARK_FIELD, arena_str(a, f->name), arena_str(a, value)};
        } else if (ret->status.n == 0) {
            ret->status = arena_str(a, value);
        }
    }
    return !arena_failed(a);
}
