#include "tests/conform/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const struct fixture *const fixtures[] = {
    &github_fixture, &github_org_fixture, &jira_cloud_fixture, &jira_dc_fixture, NULL,
};

const struct fixture *const more_fixtures[] = {
    &github_more_fixture,
    &jira_cloud_more_fixture,
    &jira_dc_more_fixture,
    NULL,
};

void answer_header(struct answer *ans, struct str name, struct str value)
{
    assert_true(ans->n_headers < SITE_HEADERS - 2); /* Content-Type, Date */
    ans->headers[ans->n_headers++] = (struct http_header){name, value};
}

void answer_json(struct site *s, struct answer *ans, const json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT);

    assert_non_null(text);
    ans->status = 200;
    ans->type = STR("application/json; charset=utf-8");
    ans->body = arena_str(s->a, str_of(text));
    free(text);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct str decode(const struct site *s, struct str text)
{
    char *out = arena_alloc(s->a, text.n + 1);
    size_t n = 0;

    assert_non_null(out);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '%') {
            assert_true(i + 2 < text.n);
            int c = hex_digit(text.p[i + 1]) * 16 + hex_digit(text.p[i + 2]);

            assert_true(c > 0);
            out[n++] = (char)c;
            i += 2;
        } else {
            out[n++] = text.p[i] == '+' ? ' ' : text.p[i];
        }
    }
    return (struct str){out, n};
}

bool site_param(const struct site *s, struct str url, const char *name, struct str *ret)
{
    ptrdiff_t mark = str_chr(url, '?');
    struct str query = mark < 0 ? STR_NONE : str_skip(url, (size_t)mark + 1);
    struct str part, key = str_of(name);

    while (str_split(&query, '&', &part)) {
        if (part.n > key.n && part.p[key.n] == '=' && str_has_prefix(part, key)) {
            *ret = decode(s, str_skip(part, key.n + 1));
            return true;
        }
    }
    return false;
}

/* ---- issues ---- */

static bool is_replaced(const json_t *later, const json_t *issue)
{
    const json_t *id = json_object_get(issue, "id"), *other;
    size_t i;

    json_array_foreach(later, i, other)
    {
        if (json_equal(json_object_get(other, "id"), id)) {
            return true;
        }
    }
    return false;
}

bool site_has_id(const json_t *issue, const char *id)
{
    const json_t *value = json_object_get(issue, "id");
    char text[32];

    if (!json_is_integer(value)) {
        return strcmp(json_string_value(value), id) == 0;
    }
    (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT,
                   json_integer_value(value));
    return strcmp(text, id) == 0;
}

bool site_is_vanished(const struct site *s, const json_t *issue)
{
    for (size_t i = 0; s->gone && s->fx->vanished[i] != NULL; i++) {
        if (site_has_id(issue, s->fx->vanished[i])) {
            return true;
        }
    }
    return false;
}

struct search {
    const struct site *s;
    const json_t *scope;
    site_wants_fn *wants;
    const void *arg;
    json_t *found;
};

/* Takes `issue`. */
static void add(const struct search *q, json_t *issue)
{
    if (!site_is_vanished(q->s, issue) && q->wants(q->s, q->scope, issue, q->arg)) {
        assert_int_equal(json_array_append(q->found, issue), 0);
    }
    json_decref(issue);
}

static void search_scope(const struct search *q)
{
    const json_t *later = json_object_get(q->scope, "later");
    json_t *issue;
    size_t i;

    json_array_foreach(json_object_get(q->scope, "issues"), i, issue)
    {
        if (!(q->s->later && is_replaced(later, issue))) {
            add(q, json_incref(issue));
        }
    }
    for (i = 0; q->s->later && i < json_array_size(later); i++) {
        issue = json_array_get(later, i);
        add(q, q->s->soon ? q->s->fx->dated(issue, SITE_SOON) : json_incref(issue));
    }
}

json_t *site_issues(const struct site *s, site_wants_fn *wants, const void *arg)
{
    struct search q = {s, NULL, wants, arg, json_array()};
    size_t i;
    const json_t *scope;

    assert_non_null(q.found);
    json_array_foreach(json_object_get(s->data, "scopes"), i, scope)
    {
        q.scope = scope;
        search_scope(&q);
    }
    return q.found;
}

void site_sort(json_t *list, struct wall (*time_of)(const json_t *issue))
{
    for (size_t i = 1; i < json_array_size(list); i++) {
        json_t *issue = json_incref(json_array_get(list, i));
        size_t to = i;

        while (to > 0 && time_of(json_array_get(list, to - 1)).ms > time_of(issue).ms) {
            to--;
        }
        assert_int_equal(json_array_remove(list, i), 0);
        assert_int_equal(json_array_insert_new(list, to, issue), 0);
    }
}
