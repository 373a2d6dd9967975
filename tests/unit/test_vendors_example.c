/* The example company holds every kind of case that the demo and the docs speak of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/attr.h"
#include "base/str.h"

#define COMPANY "config/examples/acme/company.json"

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static bool has_label(const json_t *issue, const char *label)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(issue, "labels"), i, one)
    {
        if (strcmp(json_string_value(one), label) == 0) {
            return true;
        }
    }
    return false;
}

static bool says(const json_t *issue, const char *line)
{
    return strstr(text(issue, "body"), line) ||
           strstr(text(issue, "description"), line);
}

struct count {
    size_t all, in_github, in_jira, epics, pulls, deleted;
    size_t by_label, by_field, by_body, by_parent, by_milestone, by_component;
    size_t bugs, none, later, unknown, retired, confidential, secured, hostile, on_prem;
    size_t bare; /* open epics that nothing links */
};

static bool is_linked(const json_t *issue)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(issue, "labels"), i, one)
    {
        struct str label = str_of(json_string_value(one));

        if (str_has_prefix(label, STR("initiative:")) ||
            str_has_prefix(label, STR("strategy:")) ||
            str_eqz(label, "import-quality")) {
            return true;
        }
    }
    return json_object_get(issue, "parent") || json_object_get(issue, "fields") ||
           json_object_get(issue, "milestone") ||
           json_object_get(issue, "components") || json_object_get(issue, "links") ||
           says(issue, "Initiative: ");
}

static void look(struct count *c, const json_t *i)
{
    const char *title = *text(i, "title") ? text(i, "title") : text(i, "summary");
    bool epic = strcmp(text(i, "type"), "Epic") == 0;

    c->all++;
    c->epics += epic;
    c->pulls += json_is_true(json_object_get(i, "pull_request"));
    c->deleted += json_is_true(json_object_get(i, "deleted"));
    c->by_label += has_label(i, "initiative:onboarding");
    c->by_field += json_object_get(i, "fields") != NULL;
    c->by_body +=
        says(i, "Initiative: insurer-billing") || says(i, "Initiative: onboarding");
    c->by_parent += json_object_get(i, "parent") != NULL;
    c->by_milestone += json_object_get(i, "milestone") != NULL;
    c->by_component += json_object_get(i, "components") != NULL;
    c->bugs += strcmp(text(i, "type"), "Bug") == 0;
    c->none += has_label(i, "strategy:none");
    c->later += has_label(i, "strategy:later");
    c->unknown +=
        has_label(i, "initiative:onbording") || says(i, "Initiative: loyalty-club");
    c->retired +=
        has_label(i, "initiative:old-portal") || has_label(i, "initiative:fax-bridge");
    c->confidential += has_label(i, "confidential");
    c->secured += json_object_get(i, "security") != NULL;
    c->hostile += strstr(title, "<!channel>") || strchr(title, '\033');
    c->on_prem += has_label(i, "on-prem");
    c->bare += epic && !is_linked(i) && strcmp(text(i, "state"), "closed") != 0 &&
               strcmp(text(i, "status"), "Idea") != 0;
}

static size_t look_at(struct count *c, const json_t *parts)
{
    const json_t *part, *issue;
    size_t i, k, n = 0;

    json_array_foreach(parts, i, part)
    {
        json_array_foreach(json_object_get(part, "issues"), k, issue)
        {
            look(c, issue);
            n++;
        }
    }
    return n;
}

static void every_case_is_there(void **state)
{
    json_error_t why;
    json_t *root = json_load_file(COMPANY, JSON_REJECT_DUPLICATES, &why);
    struct count c = {0};

    (void)state;
    if (!root) {
        fail_msg("%s:%d: %s", COMPANY, why.line, why.text);
    }
    c.in_github =
        look_at(&c, json_object_get(json_object_get(root, "github"), "repos"));
    c.in_jira = look_at(&c, json_object_get(json_object_get(root, "jira"), "projects"));
    assert_in_range(c.all, 60, 100);
    assert_in_range(c.in_github, 30, 70);
    assert_in_range(c.in_jira, 30, 70);
    assert_in_range(c.epics, 20, 60);
    assert_in_range(c.bare, 5, 15);
    {
        const struct {
            const char *what;
            size_t n;
        } rows[] = {
            {"label", c.by_label},
            {"field", c.by_field},
            {"body line", c.by_body},
            {"parent", c.by_parent},
            {"milestone", c.by_milestone},
            {"component", c.by_component},
            {"bug", c.bugs},
            {"strategy:none", c.none},
            {"strategy:later", c.later},
            {"unknown initiative", c.unknown},
            {"finished initiative", c.retired},
            {"confidential", c.confidential},
            {"security level", c.secured},
            {"hostile title", c.hostile},
            {"not-doing", c.on_prem},
            {"pull request", c.pulls},
            {"deleted", c.deleted},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            if (!rows[i].n) {
                fail_msg("no example of: %s", rows[i].what);
            }
        }
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_case_is_there)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
