/*
 * Makes the description that a checking proxy works by from an official one, where
 * that leaves out what its vendor does all the same:
 *
 *   describe IN OUT [--amend FILE]... [--twin FROM=TO]... [--reads] [--no-links]
 *
 * --amend: the patches of that file (tests/data/openapi) are applied.
 * --twin: every path that begins with FROM is there with TO as well, without the
 * path parameters that only FROM has. --reads: nothing but GET and POST is left, for
 * a client that never changes anything. --no-links: no list has a Link header, so
 * that a mock's lists end with their first page.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/support/openapi.h"

#define NAME_MAX_BYTES 512

static int die(const char *what, const char *why)
{
    fprintf(stderr, "describe: %s: %s\n", what, why);
    return 1;
}

/* ---- twins ---- */

static bool has_variable(const char *path, const char *name)
{
    char variable[NAME_MAX_BYTES];

    snprintf(variable, sizeof(variable), "{%s}", name);
    return strstr(path, variable) != NULL;
}

/* Drops the parameters in a path that no longer has them. */
static void drop_parameters(const json_t *root, json_t *item, const char *path)
{
    json_t *list = json_object_get(item, "parameters");

    for (size_t i = json_array_size(list); i-- > 0;) {
        const json_t *p = json_array_get(list, i);
        const char *ref = json_string_value(json_object_get(p, "$ref")), *in, *name;

        p = ref != NULL && ref[0] == '#' ? schema_find(root, ref + 1) : p;
        in = json_string_value(json_object_get(p, "in"));
        name = json_string_value(json_object_get(p, "name"));
        if (in != NULL && name != NULL && strcmp(in, "path") == 0 &&
            !has_variable(path, name))
            json_array_remove(list, i);
    }
}

static void add_twin(json_t *root, json_t *to, const char *path, const json_t *item)
{
    json_t *twin = json_deep_copy(item), *operation;
    const char *method;

    drop_parameters(root, twin, path);
    json_object_foreach(twin, method, operation)
    {
        drop_parameters(root, operation, path);
        json_object_del(operation, "operationId"); /* has to be unique */
    }
    json_object_set_new(to, path, twin);
}

/* How many paths have got a twin. */
static size_t add_twins(json_t *root, const char *from, const char *to)
{
    json_t *paths = json_object_get(root, "paths"), *twins = json_object(), *item;
    const char *path;
    size_t n = strlen(from);

    json_object_foreach(paths, path, item)
    {
        char twin[NAME_MAX_BYTES];

        if (strncmp(path, from, n) != 0 || (path[n] != '/' && path[n] != '\0'))
            continue;
        snprintf(twin, sizeof(twin), "%s%s", to, path + n);
        add_twin(root, twins, twin, item);
    }
    n = json_object_size(twins);
    json_object_update(paths, twins);
    json_decref(twins);
    return n;
}

static bool read_twin(json_t *root, const char *text)
{
    const char *equals = strchr(text, '=');
    char from[NAME_MAX_BYTES];

    if (equals == NULL || (size_t)(equals - text) >= sizeof(from))
        return false;
    snprintf(from, sizeof(from), "%.*s", (int)(equals - text), text);
    return add_twins(root, from, equals + 1) > 0;
}

/* ---- what is left out ---- */

static void drop_links(json_t *v)
{
    json_t *below;
    const char *key;
    size_t i;

    json_object_del(json_object_get(v, "headers"), "Link");
    json_object_foreach(v, key, below) drop_links(below);
    json_array_foreach(v, i, below) drop_links(below);
}

static int apply(json_t *root, const char *option, const char *value)
{
    struct buf why;
    int status = 0;

    buf_init(&why, 4096);
    if (strcmp(option, "--amend") == 0) {
        if (!openapi_amend(root, value, &why))
            status = die(value, buf_cstr(&why));
    } else if (strcmp(option, "--twin") != 0) {
        status = die(option, "no such option");
    } else if (!read_twin(root, value)) {
        status = die(value, "no such path");
    }
    buf_finish(&why);
    return status;
}

static void drop_writes(json_t *paths)
{
    static const char *const methods[] = {"put", "patch", "delete"};
    const char *path;
    json_t *item;

    json_object_foreach(paths, path, item)
    {
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
            json_object_del(item, methods[i]);
    }
}

int main(int argc, char **argv)
{
    json_error_t why;
    json_t *root = argc > 2 ? json_load_file(argv[1], 0, &why) : NULL;
    int status = 0;

    if (root == NULL)
        return die("usage: describe IN OUT OPTION...", argc > 2 ? why.text : "no IN");
    for (int i = 3; i < argc && status == 0; i++) {
        if (strcmp(argv[i], "--no-links") == 0) {
            drop_links(json_object_get(root, "paths"));
        } else if (strcmp(argv[i], "--reads") == 0) {
            drop_writes(json_object_get(root, "paths"));
        } else if (i + 1 < argc) {
            status = apply(root, argv[i], argv[i + 1]);
            i++;
        } else {
            status = die(argv[i], "no such option, or its value is missing");
        }
    }
    if (status == 0 && json_dump_file(root, argv[2], JSON_COMPACT) != 0)
        status = die(argv[2], "cannot be written");
    json_decref(root);
    return status;
}
