#include <jansson.h>
#include <stdlib.h>

#include "config/alignd.h"
#include "config/config.h"
#include "config/routes.h"
#include "config/rules.h"
#include "config/sources.h"
#include "config/strategy.h"

/*
 * jansson's functions take NULL for "out of memory": a part that could not be
 * made is missing, which the test of the committed files would show.
 */

static json_t *keys_schema(const struct conf_key *keys);
static json_t *rows_schema(const struct bind_key *rows);

static json_t *parsed(const char *text)
{
    return json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
}

/* ---- values ---- */

static json_t *enum_schema(const char *const *choices)
{
    json_t *list = json_array();

    for (size_t i = 0; choices[i] != NULL; i++) {
        json_array_append_new(list, json_string(choices[i]));
        /* An editor's YAML reads these words as what they say. */
        if (strcmp(choices[i], "true") == 0 || strcmp(choices[i], "false") == 0) {
            json_array_append_new(list, json_boolean(choices[i][0] == 't'));
        }
    }
    return json_pack("{s:o}", "enum", list);
}

static json_t *int_schema(const struct conf_key *key)
{
    json_t *ret = json_pack("{s:s}", "type", "integer");

    if (key->min != 0 || key->max != 0) {
        json_object_set_new(ret, "minimum", json_integer(key->min));
        json_object_set_new(ret, "maximum", json_integer(key->max));
    }
    return ret;
}

static json_t *number_schema(const struct conf_key *key)
{
    json_t *ret = int_schema(key);

    json_object_set_new(ret, "type", json_string("number"));
    return ret;
}

/* YAML gives numbers and booleans where a text looks like one; texts they are here. */
#define TEXT_TYPES "[\"string\", \"number\", \"boolean\"]"

static json_t *conf_schema(const struct conf_key *key)
{
    switch (key->type) {
    case CONF_BOOL:
        return parsed("{\"type\": \"boolean\"}");
    case CONF_INT:
        return int_schema(key);
    case CONF_SPAN:
        return parsed("{\"type\": [\"string\", \"integer\"], \"pattern\": "
                      "\"^(0|[0-9]+(s|m|h|d|wd))$\"}");
    case CONF_STR:
        return parsed("{\"type\": " TEXT_TYPES "}");
    case CONF_URL:
        return parsed(
            "{\"type\": \"string\", \"pattern\": \"^[Hh][Tt][Tt][Pp][Ss]?://\"}");
    case CONF_ENUM:
        return enum_schema(key->choices);
    case CONF_PERCENT:
        return parsed("{\"type\": \"string\", \"pattern\": \"^[0-9.]+%$\"}");
    case CONF_STRS:
    case CONF_GLOBS:
        return parsed("{\"type\": [\"string\", \"number\", \"boolean\", \"array\"], "
                      "\"items\": {\"type\": " TEXT_TYPES "}}");
    case CONF_SECRET:
        return parsed("{\"type\": \"object\", \"properties\": {"
                      "\"credential\": {\"type\": \"string\"}, \"file\": {\"type\": "
                      "\"string\"}, \"env\": {\"type\": \"string\"}}, "
                      "\"additionalProperties\": false, \"minProperties\": 1, "
                      "\"maxProperties\": 1}");
    case CONF_SUB:
        return keys_schema(key->sub);
    case CONF_MAP:
        return parsed(
            "{\"type\": \"object\", \"additionalProperties\": {\"type\": " TEXT_TYPES
            "}}");
    }
    return NULL;
}

static json_t *list_schema(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

/* ---- own readers of alignd.yaml that have tables behind them ---- */

/* One alternative for each type: its own keys beside the common ones. */
static json_t *typed_schema(const struct bind_key *rows, const struct conf_key *own,
                            const char *type, bool url_needed)
{
    json_t *ret = rows_schema(rows);
    json_t *more = keys_schema(own);

    json_object_update(json_object_get(ret, "properties"),
                       json_object_get(more, "properties"));
    json_array_extend(json_object_get(ret, "required"),
                      json_object_get(more, "required"));
    if (url_needed) {
        json_array_append_new(json_object_get(ret, "required"), json_string("url"));
    }
    json_object_set_new(json_object_get(json_object_get(ret, "properties"), "type"),
                        "const", json_string(type));
    json_decref(more);
    return ret;
}

static json_t *sources_schema(void)
{
    json_t *any = json_array();

    for (size_t i = 0; trackers[i] != NULL; i++) {
        json_array_append_new(any, typed_schema(source_rows, trackers[i]->keys,
                                                trackers[i]->name,
                                                trackers[i]->default_url == NULL));
    }
    return list_schema(json_pack("{s:o}", "oneOf", any));
}

static json_t *channels_schema(void)
{
    json_t *any = json_array();

    for (size_t i = 0; chats[i] != NULL; i++) {
        json_array_append_new(
            any, typed_schema(channel_rows, chats[i]->keys, chats[i]->name, false));
    }
    return list_schema(json_pack("{s:o}", "oneOf", any));
}

static json_t *values_schema(void)
{
    json_t *any = json_array();

    for (size_t i = 0; value_types[i] != NULL; i++) {
        json_array_append_new(any, typed_schema(value_rows, value_types[i]->keys,
                                                value_types[i]->name, false));
    }
    return list_schema(json_pack("{s:o}", "oneOf", any));
}

static json_t *rules_schema(void)
{
    json_t *properties = json_object();

    for (size_t i = 0; i < rules_count; i++) {
        json_t *one = keys_schema(rule_keys);
        json_t *own = keys_schema(rules[i]->params);
        json_t *off = json_object_get(json_object_get(one, "properties"), "off");

        json_object_set_new(off, "default", json_boolean(rules[i]->off));
        json_object_update(json_object_get(one, "properties"),
                           json_object_get(own, "properties"));
        json_decref(own);
        json_object_set_new(properties, rules[i]->id,
                            json_pack("{s:s, s:[{s:s}, o]}", "description",
                                      rules[i]->title, "anyOf", "const", "off", one));
    }
    return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                     "additionalProperties", 0);
}

static json_t *epics_schema(void)
{
    return json_pack("{s:[{s:s}, o]}", "anyOf", "const", "none",
                     keys_schema(source_epics_keys));
}

/* The names of the first `n` labels. */
static json_t *labels_schema(size_t n)
{
    json_t *names = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(names,
                              json_string(route_label_name((enum route_label)i)));
    }
    return names;
}

static json_t *match_schema(void)
{
    json_t *names = labels_schema(ROUTE_LABEL_COUNT), *name;
    json_t *properties = json_object();
    size_t i;

    json_array_append_new(names, json_string("project")); /* a scope's, too */
    json_array_append_new(names, json_string("repo"));
    json_array_foreach(names, i, name)
    {
        json_object_set_new(
            properties, json_string_value(name),
            parsed("{\"type\": [\"string\", \"array\"], \"items\": {\"type\": "
                   "\"string\"}}"));
    }
    json_decref(names);
    return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                     "additionalProperties", 0);
}

static json_t *group_by_schema(void)
{
    return list_schema(json_pack("{s:o}", "enum", labels_schema(ROUTE_BY_label)));
}

static const struct {
    const char *key;
    json_t *(*schema)(void);
} own_schemas[] = {
    {"sources", sources_schema},   {"channels", channels_schema},
    {"rules", rules_schema},       {"epics", epics_schema},
    {"values", values_schema},     {"match", match_schema},
    {"group_by", group_by_schema}, {"type", json_object},
};

static json_t *call_schema(const struct bind_key *row)
{
    if (row->schema != NULL) {
        return parsed(row->schema);
    }
    if (row->table != NULL) {
        json_t *one = rows_schema(row->table->keys);

        return row->list ? list_schema(one) : one;
    }
    for (size_t i = 0; i < ARRAY_LEN(own_schemas); i++) {
        if (strcmp(own_schemas[i].key, row->key.name) == 0) {
            return own_schemas[i].schema();
        }
    }
    return NULL;
}

/* ---- rows ---- */

static json_t *row_schema(const struct bind_key *row)
{
    switch (row->form) {
    case BIND_CONF:
        return conf_schema(&row->key);
    case BIND_DATE:
        return parsed("{\"type\": \"string\", \"format\": \"date\"}");
    case BIND_NUMBER:
        return number_schema(&row->key);
    case BIND_ID:
        return parsed("{\"type\": [\"string\", \"integer\"], \"pattern\": "
                      "\"^[a-z0-9][a-z0-9._-]{0,63}$\"}");
    case BIND_ID_UPPER:
        return parsed("{\"type\": [\"string\", \"integer\"], \"pattern\": "
                      "\"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$\"}");
    case BIND_TABLE:
        return rows_schema(row->table->keys);
    case BIND_LIST:
        /* The one table that holds itself. */
        return list_schema(row->table == &route_table
                               ? json_pack("{s:s}", "$ref", "#/$defs/route")
                               : rows_schema(row->table->keys));
    case BIND_CALL:
        return call_schema(row);
    case BIND_LATER:
        return NULL;
    }
    return NULL;
}

static json_t *default_value(const struct conf_key *key, bool text)
{
    json_t *ret = text ? NULL : parsed(key->dflt);

    return ret != NULL ? ret : json_string(key->dflt);
}

static void add_property(json_t *schema, const struct conf_key *key, json_t *value,
                         bool text)
{
    if (key->doc != NULL) {
        json_object_set_new(value, "description", json_string(key->doc));
    }
    if (key->dflt != NULL) {
        json_object_set_new(value, "default", default_value(key, text));
    }
    if (key->required) {
        json_array_append_new(json_object_get(schema, "required"),
                              json_string(key->name));
    }
    json_object_set_new(json_object_get(schema, "properties"), key->name, value);
}

static json_t *object_schema(void)
{
    return json_pack("{s:s, s:{}, s:[], s:b}", "type", "object", "properties",
                     "required", "additionalProperties", 0);
}

static json_t *keys_schema(const struct conf_key *keys)
{
    json_t *ret = object_schema();

    for (; keys != NULL && keys->name != NULL; keys++) {
        add_property(ret, keys, conf_schema(keys),
                     keys->type == CONF_STR || keys->type == CONF_ENUM);
    }
    return ret;
}

static json_t *rows_schema(const struct bind_key *rows)
{
    json_t *ret = object_schema();

    for (; rows->key.name != NULL; rows++) {
        if (rows->form != BIND_LATER) {
            add_property(ret, &rows->key, row_schema(rows),
                         rows->form == BIND_CONF && rows->key.type == CONF_STR);
        }
    }
    return ret;
}

/* ---- files ---- */

static void print_schema(json_t *schema, const char *id, const char *title,
                         struct buf *out)
{
    char *text;

    json_object_set_new(schema, "$schema",
                        json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "$id", json_string(id));
    json_object_set_new(schema, "title", json_string(title));
    text = json_dumps(schema, JSON_INDENT(1) | JSON_SORT_KEYS);
    if (text == NULL) {
        out->failed = true;
    } else {
        buf_addz(out, text);
        buf_addc(out, '\n');
    }
    free(text);
    json_decref(schema);
}

void conf_schema_alignd(struct buf *out)
{
    json_t *schema = rows_schema(alignd_rows);

    json_object_set_new(schema, "$defs",
                        json_pack("{s:o}", "route", rows_schema(route_rows)));
    print_schema(schema, "alignd.schema.json", "alignd.yaml", out);
}

void conf_schema_strategy(struct buf *out)
{
    print_schema(rows_schema(strategy_rows), "strategy.schema.json", "strategy.yaml",
                 out);
}
