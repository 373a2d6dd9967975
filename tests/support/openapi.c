#include "tests/support/openapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES "x-github-breaking-changes"

json_t *openapi_load(const char *name)
{
    const char *shared = getenv("SHARED");
    char path[1024];

    snprintf(path, sizeof(path), "%s/data/openapi/%s.openapi.json",
             shared != NULL ? shared : "../shared", name);
    return json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
}

/* ---- changes ---- */

static void merge(json_t *into, const json_t *patch)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)patch, key, value)
    {
        json_t *before = json_object_get(into, key);

        if (json_is_null(value))
            json_object_del(into, key);
        else if (json_is_object(value) && json_is_object(before))
            merge(before, value);
        else
            json_object_set_new(into, key, json_deep_copy(value));
    }
}

bool openapi_amend(json_t *document, const char *path, struct buf *why)
{
    json_error_t at;
    json_t *list = json_load_file(path, JSON_REJECT_DUPLICATES, &at), *one;
    size_t i;
    bool ok = json_array_size(list) > 0;

    buf_clear(why);
    if (!ok)
        buf_printf(why, "%s:%d: %s", path, at.line, at.text);
    json_array_foreach(list, i, one)
    {
        const char *pointer = json_string_value(json_object_get(one, "at"));
        const json_t *to = pointer ? schema_find(document, pointer) : NULL;
        const json_t *patch = json_object_get(one, "patch");

        if (!json_is_object(to) || !json_is_object(patch)) {
            buf_printf(why, "%s: no %s", path, pointer ? pointer : "pointer");
            ok = false;
            break;
        }
        merge((json_t *)(uintptr_t)to, patch);
    }
    json_decref(list);
    return ok;
}

static size_t apply(json_t *to, const json_t *changes, const char *version)
{
    const json_t *one, *patch;
    size_t i, n = 0;

    json_array_foreach(changes, i, one)
    {
        const char *of = json_string_value(json_object_get(one, "version"));

        patch = json_object_get(one, "patch");
        if (of != NULL && strcmp(of, version) == 0 && json_is_object(patch)) {
            merge(to, patch);
            n++;
        }
    }
    return n;
}

size_t openapi_at_version(json_t *document, const char *version)
{
    json_t *below, *changes = json_incref(json_object_get(document, CHANGES));
    const char *key;
    size_t i, n = apply(document, changes, version);

    json_decref(changes);
    json_object_foreach(document, key, below)
    {
        /* A patch holds parts of schemas, an example is of no version here. */
        if (strcmp(key, CHANGES) != 0 && strcmp(key, "examples") != 0)
            n += openapi_at_version(below, version);
    }
    json_array_foreach(document, i, below)
    {
        n += openapi_at_version(below, version);
    }
    return n;
}

/* ---- all schemas of a document ---- */

static bool is_known_below(const json_t *v, size_t *n, struct buf *why);

static bool is_known(const json_t *schema, const char *where, size_t *n,
                     struct buf *why)
{
    struct buf at;
    bool ok = schema_is_known(SCHEMA_OPENAPI, schema, why);

    ++*n;
    if (ok)
        return true;
    buf_init(&at, 1 << 16);
    buf_printf(&at, "%s%s", where, buf_cstr(why));
    buf_clear(why);
    buf_add(why, buf_str(&at));
    buf_finish(&at);
    return false;
}

static bool are_known(const json_t *schemas, size_t *n, struct buf *why)
{
    const char *name;
    json_t *one;

    json_object_foreach((json_t *)(uintptr_t)schemas, name, one)
    {
        if (!is_known(one, name, n, why))
            return false;
    }
    return true;
}

static bool is_known_member(const char *key, const json_t *v, size_t *n,
                            struct buf *why)
{
    if (strcmp(key, "schema") == 0)
        return is_known(v, key, n, why);
    if (strcmp(key, "schemas") == 0)
        return are_known(v, n, why);
    /* What is said for readers, and what another version has. */
    if (strncmp(key, "example", 7) == 0 || strncmp(key, "x-", 2) == 0)
        return true;
    return is_known_below(v, n, why);
}

static bool is_known_below(const json_t *v, size_t *n, struct buf *why)
{
    const char *key;
    json_t *below;
    size_t i;

    json_object_foreach((json_t *)(uintptr_t)v, key, below)
    {
        if (!is_known_member(key, below, n, why))
            return false;
    }
    json_array_foreach(v, i, below)
    {
        if (!is_known_below(below, n, why))
            return false;
    }
    return true;
}

bool openapi_is_known(const json_t *document, size_t *ret_schemas, struct buf *why)
{
    buf_clear(why);
    *ret_schemas = 0;
    return is_known_below(document, ret_schemas, why);
}

/* ---- operations ---- */

static bool is_variable(struct str part)
{
    return part.n > 2 && part.p[0] == '{' && part.p[part.n - 1] == '}';
}

/* How many variables the template takes to be the path; -1: it is not. */
static int variables(struct str template, struct str path)
{
    struct str want, is;
    int n = 0;

    while (str_split(&template, '/', &want)) {
        if (!str_split(&path, '/', &is) ||
            (is_variable(want) ? is.n == 0 : !str_eq(want, is)))
            return -1;
        n += is_variable(want);
    }
    return str_split(&path, '/', &is) ? -1 : n;
}

const json_t *openapi_operation(const json_t *document, const char *method,
                                struct str path, const char **ret_template)
{
    const json_t *found = NULL;
    const char *template;
    char name[16] = "";
    int best = -1;
    json_t *one;

    for (size_t i = 0; method[i] != '\0' && i + 1 < sizeof(name); i++)
        name[i] = (char)(method[i] | 0x20);
    json_object_foreach(json_object_get(document, "paths"), template, one)
    {
        int n = variables(str_of(template), path);

        if (n >= 0 && (best < 0 || n < best)) {
            best = n;
            found = json_object_get(one, name);
            *ret_template = template;
        }
    }
    return found;
}

static const json_t *follow(const json_t *document, const json_t *v)
{
    const char *ref = json_string_value(json_object_get(v, "$ref"));

    return ref == NULL ? v : ref[0] == '#' ? schema_find(document, ref + 1) : NULL;
}

const json_t *openapi_response(const json_t *document, const json_t *operation,
                               int status)
{
    const json_t *all = json_object_get(operation, "responses"), *one;
    char code[16];

    snprintf(code, sizeof(code), "%d", status);
    one = json_object_get(all, code);
    return follow(document, one != NULL ? one : json_object_get(all, "default"));
}

/* ---- answers ---- */

/* A header is text: one that is described as a number has to read as one. */
static json_t *header_value(const json_t *schema, struct str text)
{
    const char *type = json_string_value(json_object_get(schema, "type"));
    int64_t n;

    if (type != NULL && strcmp(type, "integer") == 0 && str_to_i64(text, &n))
        return json_integer(n);
    return json_stringn(text.p, text.n);
}

static bool check_header(const struct schema_rules *how, const char *name,
                         const json_t *schema, struct str text, struct buf *why)
{
    struct buf what;
    json_t *v;
    bool ok;

    if (text.n == 0 && !str_has_prefix(str_of(name), STR("X-RateLimit-")))
        return true;
    buf_init(&what, 1 << 16);
    v = header_value(schema, text);
    ok = schema_check_by(how, schema, v, &what);
    if (!ok)
        buf_printf(why, "header %s: %s", name, buf_cstr(&what));
    json_decref(v);
    buf_finish(&what);
    return ok;
}

static bool check_headers(const struct schema_rules *how, const json_t *response,
                          const struct probe_reply *reply, struct buf *why)
{
    const char *name;
    json_t *one;

    json_object_foreach(json_object_get(response, "headers"), name, one)
    {
        const json_t *header = follow(how->root, one);

        if (!check_header(how, name, json_object_get(header, "schema"),
                          probe_header(reply, name), why))
            return false;
    }
    return true;
}

/* The schema of the body in the type it came in; NULL: the type is not described. */
static const json_t *body_schema(const json_t *content, struct str type)
{
    ptrdiff_t end = str_chr(type, ';');
    const char *name;
    json_t *one;

    type = str_trim(end < 0 ? type : str_first(type, (size_t)end));
    json_object_foreach((json_t *)(uintptr_t)content, name, one)
    {
        if (str_eq_nocase(str_of(name), type))
            return json_object_get(one, "schema");
    }
    return NULL;
}

static bool check_body(const struct schema_rules *how, const json_t *schema,
                       const struct probe_reply *reply, struct buf *why)
{
    json_error_t at;
    json_t *v = json_loadb(buf_cstr(&reply->body), reply->body.n,
                           JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &at);
    bool ok;

    if (v == NULL) {
        buf_printf(why, "no JSON: %s", at.text);
        return false;
    }
    ok = schema_check_by(how, schema, v, why);
    json_decref(v);
    return ok;
}

bool openapi_check(const struct schema_rules *how, const json_t *document,
                   const json_t *response, const struct probe_reply *reply,
                   bool *ret_body_checked, struct buf *why)
{
    struct schema_rules rules = *how;
    const json_t *content = json_object_get(response, "content"), *schema;
    struct str type = probe_header(reply, "Content-Type");

    rules.root = document;
    *ret_body_checked = false;
    buf_clear(why);
    if (!check_headers(&rules, response, reply, why))
        return false;
    if (reply->status == 204 || reply->status == 304) {
        buf_addz(why, reply->body.n > 0 ? "a body with this status" : "");
        return reply->body.n == 0;
    }
    if (json_object_size(content) == 0)
        return true;
    schema = body_schema(content, type);
    if (schema == NULL) {
        buf_printf(why, "Content-Type \"%.*s\" is not described", STR_FMT(type));
        return false;
    }
    *ret_body_checked = true;
    return check_body(&rules, schema, reply, why);
}
