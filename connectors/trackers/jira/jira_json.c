#include "connectors/trackers/jira/jira_json.h"

#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/utf8.h"

/* Without the bytes at fault, which are the server's and may be anything. */
static struct str reason(const json_error_t *je)
{
    struct str text = str_of(je->text);
    ptrdiff_t near = str_find(text, STR(" near '"));

    return near < 0 ? text : str_first(text, (size_t)near);
}

bool jira_parse(struct str body, json_t **ret, struct err *e)
{
    json_error_t je;
    /* A NUL in a title must not cost the page. */
    json_t *root = json_loadb(body.p != NULL ? body.p : "", body.n,
                              JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &je);

    if (root != NULL) {
        *ret = root;
        return true;
    }
    /* Most of its failed allocations jansson does not put into words. */
    if (json_error_code(&je) == json_error_out_of_memory || je.text[0] == '\0') {
        return err_nomem(e);
    }
    return err_set(e, ERR_PARSE, "answer of %zu bytes is not JSON: %.*s, byte %d",
                   body.n, STR_FMT(reason(&je)), je.position);
}

struct str jira_str(const json_t *v)
{
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)}
                             : STR_NONE;
}

struct str jira_get(const json_t *object, const char *key)
{
    return jira_str(json_object_get(object, key));
}

struct str jira_get2(const json_t *object, const char *key, const char *inner)
{
    return jira_get(json_object_get(object, key), inner);
}

bool jira_get_int(const json_t *object, const char *key, int64_t *ret)
{
    const json_t *v = json_object_get(object, key);

    if (json_is_integer(v)) {
        *ret = json_integer_value(v);
        return true;
    }
    return str_to_i64(jira_str(v), ret);
}

struct wall jira_get_time(const json_t *object, const char *key)
{
    struct wall t;

    return date_parse_iso(jira_get(object, key), &t) ? t : (struct wall){0};
}

struct str jira_copy(struct arena *a, struct str s, size_t max)
{
    char *p = arena_strdup(a, utf8_cut(s, max));

    if (p == NULL) {
        return STR_NONE;
    }
    struct str copy = {p, utf8_cut(s, max).n};

    for (char *nul = memchr(p, '\0', copy.n); nul != NULL;
         nul = memchr(nul, '\0', copy.n - (size_t)(nul - p))) {
        *nul = ' ';
    }
    return copy;
}

static void add_message(struct buf *out, size_t start, struct str name, struct str text)
{
    if (text.n == 0) {
        return;
    }
    if (out->n > start) {
        buf_addz(out, "; ");
    }
    if (name.n > 0) {
        buf_add(out, name);
        buf_addz(out, ": ");
    }
    buf_add(out, utf8_cut(text, out->ceiling - out->n)); /* the start says most */
}

void jira_error_text(struct str body, struct buf *out)
{
    json_t *root =
        json_loadb(body.p != NULL ? body.p : "", body.n, JSON_ALLOW_NUL, NULL);
    const json_t *messages = json_object_get(root, "errorMessages");
    json_t *errors = json_object_get(root, "errors");
    size_t start = out->n;
    const char *key;
    json_t *value;

    for (size_t i = 0; i < json_array_size(messages); i++) {
        add_message(out, start, STR_NONE, jira_str(json_array_get(messages, i)));
    }
    json_object_foreach(errors, key, value)
    {
        add_message(out, start, str_of(key), jira_str(value));
    }
    if (out->n == start) {
        add_message(out, start, STR_NONE, jira_get(root, "message"));
    }
    json_decref(root);
}
