/* One issue with the fields asked for, as every search and lookup returns it. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "tests/support/vendors/jira_site.h"

static bool names(const json_t *list, const char *name)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (json_is_string(one) && strcmp(json_string_value(one), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool excludes(const json_t *list, const char *name)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const char *text = json_string_value(one);

        if (text && text[0] == '-' && strcmp(text + 1, name) == 0) {
            return true;
        }
    }
    return false;
}

/* "-description" alone means all but that. */
static bool takes_all(const json_t *list)
{
    const json_t *one;
    size_t i;

    if (names(list, "*all") || names(list, "*navigable")) {
        return true;
    }
    json_array_foreach(list, i, one)
    {
        const char *text = json_string_value(one);

        if (!text || text[0] != '-') {
            return false;
        }
    }
    return true;
}

/* Cloud's default, and a list of ids alone, is answered without anything else. */
bool jira_show_is_ids(const json_t *list)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const char *text = json_string_value(one);

        if (!text || (strcmp(text, "id") != 0 && strcmp(text, "key") != 0)) {
            return false;
        }
    }
    return json_array_size(list) > 0;
}

static json_t *project_fields(json_t *all, const json_t *list)
{
    json_t *o = json_object(), *value;
    bool every = !list || takes_all(list);
    const char *name;

    json_object_foreach(all, name, value)
    {
        if ((every || names(list, name)) && !excludes(list, name)) {
            (void)json_object_set(o, name, value);
        }
    }
    return o;
}

json_t *jira_show(struct jira *j, enum jira_form f, struct jira_issue *i,
                  const json_t *list, bool ids)
{
    char id[24];
    struct buf b;
    json_t *o;

    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%" PRId64, i->id);
    if (ids) {
        o = json_pack("{s:s}", "id", id);
        if (names(list, "key")) {
            (void)json_object_set_new(o, "key", json_string(i->key));
        }
        return o;
    }
    return json_pack(
        "{s:s, s:s, s:o, s:s, s:o}", "expand",
        "operations,versionedRepresentations,editmeta,changelog,renderedFields", "id",
        id, "self",
        jira_shape_url(j, f, "rest/api/%s/issue/%s", f == JIRA_CLOUD_V3 ? "3" : "2",
                       id),
        "key", i->key, "fields", project_fields(jira_render(j, i, f), list));
}

void jira_show_names(const struct jira *j, enum jira_form f, const json_t *list,
                     const char *expand, json_t *root)
{
    json_t *fields, *all_names, *schemas;
    const json_t *one;
    size_t i;

    if (!expand || (!strstr(expand, "names") && !strstr(expand, "schema"))) {
        return;
    }
    fields = jira_shape_fields(j, f);
    all_names = json_object();
    schemas = json_object();
    json_array_foreach(fields, i, one)
    {
        const char *id = json_text(one, "id", "");

        if (!list || takes_all(list) || names(list, id)) {
            (void)json_object_set(all_names, id, json_object_get(one, "name"));
            (void)json_object_set(schemas, id, json_object_get(one, "schema"));
        }
    }
    if (strstr(expand, "names")) {
        (void)json_object_set(root, "names", all_names);
    }
    if (strstr(expand, "schema")) {
        (void)json_object_set(root, "schema", schemas);
    }
    json_decref(all_names);
    json_decref(schemas);
    json_decref(fields);
}
