/*
 * The projection scanner held to jansson as the reference: for each document
 * "project, then parse" must be "parse, then project", and rows must hold what
 * the paths lead to. For test_project and the fuzz targets of the scanner;
 * functions are static, each projection is compiled before its first use.
 */
#ifndef TESTS_UNIT_PROJECT_REFERENCE_H
#define TESTS_UNIT_PROJECT_REFERENCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "connectors/wire/project.h"

enum { MAX_PATHS = 32 };

static struct str view(const char *z)
{
    return str_of(z);
}

static char *exact_copy(struct str s)
{
    char *copy = malloc(s.n + (s.n == 0));

    assert_non_null(copy);
    if (s.n > 0) {
        memcpy(copy, s.p, s.n);
    }
    return copy;
}

/* ---- the reference ---- */

struct wants {
    struct str v[MAX_PATHS]; /* what is left of each path that leads here */
    size_t n;
};

static bool wants_part(const struct wants *w, const char *part)
{
    for (size_t i = 0; i < w->n; i++) {
        if (str_eqz(w->v[i], part)) {
            return true;
        }
    }
    return false;
}

/* The paths that go on with `step`: "[]" or a name. */
static struct wants wants_below(const struct wants *w, struct str step)
{
    struct wants below = {.n = 0};

    for (size_t i = 0; i < w->n; i++) {
        struct str rest = w->v[i];

        if (!str_has_prefix(rest, step)) {
            continue;
        }
        rest = str_skip(rest, step.n);
        if (rest.n > 0 && strchr(".[@", rest.p[0]) == NULL) {
            continue;
        }
        if (rest.n > 0 && rest.p[0] == '.') {
            rest = str_skip(rest, 1);
        }
        below.v[below.n++] = rest;
    }
    return below;
}

static bool same_span(struct str in, const json_t *full, const json_t *got)
{
    struct str raw;
    json_error_t why;

    if (!project_span(in, got, &raw)) {
        return false;
    }
    json_t *value = json_loadb(raw.p, raw.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    bool same = value != NULL && json_equal(value, full) == 1;

    if (same && json_is_string(full)) {
        struct arena *a = arena_create(raw.n + 1024);
        struct str text;

        assert_true(project_text(a, raw, &text));
        assert_int_equal(text.n, json_string_length(full));
        assert_memory_equal(text.p, json_string_value(full), text.n);
        arena_destroy(a);
    }
    json_decref(value);
    return same;
}

static bool same_value(struct str in, const struct wants *w, const json_t *full,
                       const json_t *got);

static bool same_object(struct str in, const struct wants *w, const json_t *full,
                        const json_t *got)
{
    const char *name;
    json_t *value;
    size_t wanted = 0;

    json_object_foreach((json_t *)(uintptr_t)full, name, value)
    {
        bool can_be_named = name[0] != '\0' && strpbrk(name, ".[]@") == NULL;
        struct wants below = wants_below(w, view(name));

        if (!can_be_named || below.n == 0) {
            continue;
        }
        wanted++;
        if (!same_value(in, &below, value, json_object_get(got, name))) {
            return false;
        }
    }
    return json_is_object(got) && json_object_size(got) == wanted;
}

static bool same_array(struct str in, const struct wants *w, const json_t *full,
                       const json_t *got)
{
    struct wants below = wants_below(w, STR("[]"));
    size_t n = below.n > 0 ? json_array_size(full) : 0;

    if (!json_is_array(got) || json_array_size(got) != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!same_value(in, &below, json_array_get(full, i), json_array_get(got, i))) {
            return false;
        }
    }
    return true;
}

static bool same_value(struct str in, const struct wants *w, const json_t *full,
                       const json_t *got)
{
    if (wants_part(w, "@")) {
        return same_span(in, full, got);
    }
    if (wants_part(w, "")) {
        return json_equal(full, got) == 1;
    }
    if (json_is_object(full)) {
        return same_object(in, w, full, got);
    }
    if (json_is_array(full)) {
        return same_array(in, w, full, got);
    }
    return json_equal(full, got) == 1;
}

/* ---- one document, several projections ---- */

struct projection {
    const char *name;
    const char *paths[MAX_PATHS];
    bool rows; /* all paths begin with "[]." */
    struct arena *arena;
    const struct project *compiled;
    struct wants wants;
};

static struct projection projections[] = {
    {"github",
     {"[].id", "[].number", "[].title", "[].body@", "[].user.login", "[].labels[].name",
      "[].assignees[].login", "[].milestone.title", "[].pull_request.url", "[].state",
      "[].updated_at", "[].type.name", "[].sub_issues_summary.total",
      "[].issue_field_values"}},
    {"jira",
     {"issues[].id", "issues[].key", "issues[].fields.summary",
      "issues[].fields.description@", "issues[].fields.labels",
      "issues[].fields.status.statusCategory.key", "issues[].fields.issuetype",
      "issues[].fields.customfield_10000", "total", "names", "nextPageToken"}},
    {"one",
     {"id", "number", "fields", "user", "labels[]", "body", "items[].title", "source",
      "exchanges[].request@", "exchanges[].response.status",
      "exchanges[].response.headers"}},
    {"rows",
     {"[].a", "[].b.c", "[].b.d[].e", "[].x[].id", "[].m[][]", "[].n[]", "[].body@"}},
    {"odd", {"a", "b.c", "b.d[].e", "[].a", "[][].b@", "[][][]", "x[][]", "n@"}},
};

static void compile(struct projection *p)
{
    struct err e;
    size_t n = 0;

    p->rows = true;
    while (n < MAX_PATHS && p->paths[n] != NULL) {
        p->wants.v[n] = view(p->paths[n]);
        p->rows = p->rows && str_has_prefix(p->wants.v[n], STR("[]."));
        n++;
    }
    p->wants.n = n;
    p->arena = arena_create(1 << 20);
    assert_non_null(p->arena);
    if (!project_compile(p->arena, p->paths, n, &p->compiled, &e)) {
        fail_msg("%s", e.msg);
    }
}

/* What jansson refuses and a skipping scanner may let pass. */
static bool may_be_skipped(const json_error_t *why)
{
    return json_error_code(why) == json_error_numeric_overflow ||
           json_error_code(why) == json_error_null_byte_in_key;
}

static bool has_duplicates(struct str in)
{
    json_error_t why;
    json_t *root =
        json_loadb(in.p, in.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    bool dup = root == NULL && json_error_code(&why) == json_error_duplicate_key;

    json_decref(root);
    return dup;
}

/* jansson passes over a NUL behind a word or a number, where no JSON has one. */
static bool may_be_refused(struct str in)
{
    return has_duplicates(in) || str_chr(in, '\0') >= 0;
}

/* ---- rows ---- */

/* All that a path leads to in one element, in order; null is nothing. */
struct found {
    const json_t *v[4096];
    size_t n;
};

/* Whether no other path of the projection wants a member of the same elements. */
static bool is_lone(const struct projection *p, const char *path, const char *rest)
{
    size_t same = 0;
    struct str prefix = {path, (size_t)(rest - path)};

    for (size_t i = 0; i < p->wants.n; i++) {
        same += str_has_prefix(p->wants.v[i], prefix);
    }
    return same == 1 && strpbrk(rest, ".[") == NULL;
}

static void find_in_array(const struct projection *p, const char *path,
                          const char *rest, const json_t *list, struct found *f);

static void find_from(const struct projection *p, const char *path, const char *rest,
                      const json_t *v, struct found *f)
{
    if (rest[0] == '.') {
        rest++;
    }
    if (rest[0] == '\0' || rest[0] == '@') {
        if (v != NULL && !json_is_null(v)) {
            assert_in_range(f->n, 0, ARRAY_LEN(f->v) - 1);
            f->v[f->n++] = v;
        }
    } else if (strncmp(rest, "[]", 2) == 0) {
        find_in_array(p, path, rest + 2, v, f);
    } else {
        size_t n = strcspn(rest, ".[@");
        char name[PROJECT_MAX_NAME + 1];

        snprintf(name, sizeof name, "%.*s", (int)n, rest);
        find_from(p, path, rest + n, json_object_get(v, name), f);
    }
}

static void find_in_array(const struct projection *p, const char *path,
                          const char *rest, const json_t *list, struct found *f)
{
    const json_t *v;
    size_t i;

    json_array_foreach(list, i, v)
    {
        bool scalar = !json_is_object(v) && !json_is_array(v) && !json_is_null(v);

        if (rest[0] == '.' && scalar) {
            if (is_lone(p, path, rest + 1)) {
                f->v[f->n++] = v;
            }
        } else {
            find_from(p, path, rest, v, f);
        }
    }
}

static void same_cells(const char *what, const struct projection *p,
                       const struct project_rows *rows, size_t row, size_t path,
                       const json_t *element)
{
    const struct project_cell *cell = project_first(rows, row, path);
    struct found f = {.n = 0};

    find_from(p, p->paths[path], p->paths[path] + 2, element, &f);
    for (size_t i = 0; i < f.n; i++) {
        json_t *got = cell == NULL ? NULL
                                   : json_loadb(cell->raw.p, cell->raw.n,
                                                JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

        if (json_equal(got, f.v[i]) != 1) {
            fail_msg("%s: %s, element %zu, value %zu differs", what, p->paths[path],
                     row, i);
        }
        json_decref(got);
        cell = project_next(rows, cell);
    }
    if (cell != NULL) {
        fail_msg("%s: %s, element %zu has more", what, p->paths[path], row);
    }
}

static void check_rows(const char *what, const struct projection *p, struct str in,
                       const json_t *full, const json_error_t *why)
{
    struct project_rows rows;
    struct err e;

    if (!project_rows(p->compiled, in, &rows, &e)) {
        if (json_is_array(full) && json_array_size(full) <= PROJECT_MAX_ROWS &&
            !may_be_refused(in)) {
            fail_msg("%s, rows: refused: %s\n%.*s", what, e.msg,
                     STR_FMT(str_first(in, 2000)));
        }
        return;
    }
    if (full == NULL && !may_be_skipped(why)) {
        fail_msg("%s, rows: taken\n%.*s", what, STR_FMT(str_first(in, 2000)));
    }
    if (full != NULL) {
        assert_true(json_is_array(full));
        assert_int_equal(rows.n, json_array_size(full));
        for (size_t i = 0; i < rows.n; i++) {
            for (size_t j = 0; j < p->wants.n; j++) {
                same_cells(what, p, &rows, i, j, json_array_get(full, i));
            }
        }
    }
    project_rows_finish(&rows);
}

static void check_one(const char *what, const struct projection *p, struct str in,
                      const json_t *full, const json_error_t *why)
{
    json_t *got = NULL;
    struct err e;
    bool ok = project_load(p->compiled, in, &got, &e);

    if (ok && full == NULL && !may_be_skipped(why)) {
        fail_msg("%s, %s: taken, but jansson: %s\n%.*s", what, p->name, why->text,
                 STR_FMT(str_first(in, 2000)));
    }
    if (ok && full != NULL && !same_value(in, &p->wants, full, got)) {
        fail_msg("%s, %s: another value\n%.*s", what, p->name,
                 STR_FMT(str_first(in, 2000)));
    }
    if (!ok && full != NULL && !may_be_refused(in)) {
        fail_msg("%s, %s: refused: %s\n%.*s", what, p->name, e.msg,
                 STR_FMT(str_first(in, 2000)));
    }
    json_decref(got);
}

/* Returns whether jansson took it. */
static bool check(const char *what, struct str doc)
{
    /* In memory of its own size AddressSanitizer sees reads beyond the end. */
    struct str in = {exact_copy(doc), doc.n};
    json_error_t why = {0};
    json_t *full = json_loadb(in.p, in.n, JSON_ALLOW_NUL, &why);
    bool valid = full != NULL;

    for (size_t i = 0; i < ARRAY_LEN(projections); i++) {
        check_one(what, &projections[i], in, full, &why);
        if (projections[i].rows) {
            check_rows(what, &projections[i], in, full, &why);
        }
    }
    json_decref(full);
    free((void *)(uintptr_t)in.p);
    return valid;
}

#endif
