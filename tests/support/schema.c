#include "tests/support/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "tests/support/schema_form.h"
#include "tests/support/schema_text.h"

#define DEPTH_MAX 100 /* schemas within schemas, for one place and all below it */
#define WHERE_MAX 512
#define WHY_MAX 65536

struct check {
    const struct schema_rules *rules;
    struct buf *why;
    size_t deep; /* how long the place of the last failure is */
    unsigned depth;
};

/* A place in the value that one or more schemas speak about. */
struct place {
    const json_t *v;
    const char *at;
    json_t *named;   /* the members that a schema has named; NULL: nobody asks */
    bool has_names;  /* a schema names members */
    bool takes_more; /* a schema allows any other */
};

/* A keyword of a schema, and what the schema says with it. */
struct said {
    const struct keyword *keyword;
    const json_t *schema, *arg;
};

struct keyword {
    const char *name;
    /* NULL: says nothing about a value. */
    bool (*check)(struct check *c, const struct said *said, struct place *p);
    enum schema_form form;
    json_type of; /* of a count: what is counted */
    bool most;    /* of a bound: the upper one */
    bool json_only, openapi_only;
};

static bool check(struct check *c, const json_t *schema, struct place *p);

static bool wrong(struct check *c, const char *at, const char *fmt, ...) PRINTF(3, 4);
static bool wrong(struct check *c, const char *at, const char *fmt, ...)
{
    va_list ap;

    c->deep = strlen(at);
    buf_clear(c->why);
    buf_printf(c->why, "%s: ", *at ? at : "(root)");
    va_start(ap, fmt);
    buf_vprintf(c->why, fmt, ap);
    va_end(ap);
    return false;
}

static bool are_all_named(struct check *c, const struct place *p)
{
    const char *key;
    json_t *member;

    if (p->named == NULL || !p->has_names || p->takes_more)
        return true;
    json_object_foreach((json_t *)(uintptr_t)p->v, key, member)
    {
        char where[WHERE_MAX];

        snprintf(where, sizeof(where), "%s/%s", p->at, key);
        if (json_object_get(p->named, key) == NULL)
            return wrong(c, where, "in no schema");
    }
    return true;
}

/* A member or an element: a place of its own. */
static bool check_below(struct check *c, const json_t *schema, const json_t *v,
                        const char *at)
{
    struct place p = {.v = v, .at = at};
    bool ok;

    p.named = c->rules->closed && json_is_object(v) ? json_object() : NULL;
    ok = check(c, schema, &p) && are_all_named(c, &p);
    json_decref(p.named);
    return ok;
}

/* ---- of any value ---- */

static bool is_type(const json_t *v, const char *type)
{
    return (strcmp(type, "object") == 0 && json_is_object(v)) ||
           (strcmp(type, "array") == 0 && json_is_array(v)) ||
           (strcmp(type, "string") == 0 && json_is_string(v)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
           (strcmp(type, "number") == 0 && json_is_number(v)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
           (strcmp(type, "null") == 0 && json_is_null(v));
}

static bool has_type(struct check *c, const struct said *said, struct place *p)
{
    const json_t *one;
    size_t i;

    if (json_is_string(said->arg))
        return is_type(p->v, json_string_value(said->arg)) ||
               wrong(c, p->at, "no %s", json_string_value(said->arg));
    json_array_foreach(said->arg, i, one)
    {
        if (is_type(p->v, json_string_value(one)))
            return true;
    }
    return wrong(c, p->at, "of none of the types");
}

static bool is_in_enum(struct check *c, const struct said *said, struct place *p)
{
    const json_t *one;
    size_t i;

    json_array_foreach(said->arg, i, one)
    {
        if (json_equal(one, p->v))
            return true;
    }
    return wrong(c, p->at, "not one of the enum");
}

static bool is_const(struct check *c, const struct said *said, struct place *p)
{
    return json_equal(said->arg, p->v) || wrong(c, p->at, "not the const");
}

static bool has_format(struct check *c, const struct said *said, struct place *p)
{
    const char *name = json_string_value(said->arg);

    return schema_has_format(name, p->v) || wrong(c, p->at, "no %s", name);
}

static bool has_pattern(struct check *c, const struct said *said, struct place *p)
{
    const char *pattern = json_string_value(said->arg);

    return !json_is_string(p->v) ||
           schema_has_pattern(pattern, json_string_value(p->v)) ||
           wrong(c, p->at, "not of the pattern %s", pattern);
}

/* What only requests have must not be in an answer. */
static bool is_not_sent(struct check *c, const struct said *said, struct place *p)
{
    return !json_is_true(said->arg) || wrong(c, p->at, "only in requests");
}

/* ---- bounds ---- */

static size_t measure(const json_t *v)
{
    return json_is_string(v)  ? utf8_count(str_of(json_string_value(v)))
           : json_is_array(v) ? json_array_size(v)
                              : json_object_size(v);
}

static bool has_size(struct check *c, const struct said *said, struct place *p)
{
    const struct keyword *k = said->keyword;
    json_int_t bound = json_integer_value(said->arg), n;

    if (json_typeof(p->v) != k->of)
        return true;
    n = (json_int_t)measure(p->v);
    return (k->most ? n <= bound : n >= bound) ||
           wrong(c, p->at, "%lld, which is %s %lld", (long long)n,
                 k->most ? "over" : "under", (long long)bound);
}

/* Integers beyond 2^53 are compared as such. */
static bool is_less(const json_t *a, const json_t *b)
{
    return json_is_integer(a) && json_is_integer(b)
               ? json_integer_value(a) < json_integer_value(b)
               : json_number_value(a) < json_number_value(b);
}

static bool is_within(struct check *c, const struct said *said, struct place *p)
{
    bool most = said->keyword->most;

    return !json_is_number(p->v) ||
           !(most ? is_less(said->arg, p->v) : is_less(p->v, said->arg)) ||
           wrong(c, p->at, "%s the bound", most ? "over" : "under");
}

/* ---- elements ---- */

static bool has_items(struct check *c, const struct said *said, struct place *p)
{
    const json_t *one;
    size_t i;

    json_array_foreach(p->v, i, one)
    {
        char where[WHERE_MAX];

        snprintf(where, sizeof(where), "%s/%zu", p->at, i);
        if (!check_below(c, said->arg, one, where))
            return false;
    }
    return true;
}

static bool is_unique(struct check *c, const struct said *said, struct place *p)
{
    const json_t *one;
    size_t i;

    if (!json_is_true(said->arg))
        return true;
    json_array_foreach(p->v, i, one)
    {
        for (size_t k = 0; k < i; k++) {
            if (json_equal(one, json_array_get(p->v, k)))
                return wrong(c, p->at, "%zu and %zu are the same", k, i);
        }
    }
    return true;
}

/* ---- members ---- */

static bool has_required(struct check *c, const struct said *said, struct place *p)
{
    const json_t *one;
    size_t i;

    json_array_foreach(said->arg, i, one)
    {
        const char *name = json_string_value(one);
        char where[WHERE_MAX];

        snprintf(where, sizeof(where), "%s/%s", p->at, name);
        if (json_is_object(p->v) && json_object_get(p->v, name) == NULL)
            return wrong(c, where, "required, and absent");
    }
    return true;
}

static void name_member(struct place *p, const char *key)
{
    if (p->named != NULL)
        (void)json_object_set_new(p->named, key, json_true());
}

static bool has_properties(struct check *c, const struct said *said, struct place *p)
{
    const char *key;
    json_t *member;

    p->has_names = p->has_names || json_object_size(said->arg) > 0;
    json_object_foreach((json_t *)(uintptr_t)p->v, key, member)
    {
        const json_t *s = json_object_get(said->arg, key);
        char where[WHERE_MAX];

        if (s == NULL)
            continue;
        snprintf(where, sizeof(where), "%s/%s", p->at, key);
        name_member(p, key);
        if (!check_below(c, s, member, where))
            return false;
    }
    return true;
}

/* Of the members that `properties` of the same schema does not name. */
static bool has_no_others(struct check *c, const struct said *said, struct place *p)
{
    const json_t *props = json_object_get(said->schema, "properties");
    const char *key;
    json_t *member;

    p->takes_more = p->takes_more || !json_is_false(said->arg);
    json_object_foreach((json_t *)(uintptr_t)p->v, key, member)
    {
        char where[WHERE_MAX];

        if (json_object_get(props, key) != NULL)
            continue;
        snprintf(where, sizeof(where), "%s/%s", p->at, key);
        if (json_is_false(said->arg))
            return wrong(c, where, "not in the schema");
        if (!check_below(c, said->arg, member, where))
            return false;
        name_member(p, key);
    }
    return true;
}

/* ---- schemas within schemas, about the same value ---- */

/* What a branch has named counts only where it fits. */
static bool fits(struct check *c, const json_t *schema, struct place *p)
{
    struct place branch = *p;

    branch.named = p->named != NULL ? json_copy(p->named) : NULL;
    if (!check(c, schema, &branch)) {
        json_decref(branch.named);
        return false;
    }
    json_decref(p->named);
    *p = branch;
    return true;
}

/* How many of the schemas fit; none: the reason is of the one that came closest. */
static size_t count_fits(struct check *c, const json_t *list, struct place *p)
{
    const json_t *one;
    struct buf closest;
    size_t i, n = 0, deep = 0;

    buf_init(&closest, WHY_MAX);
    json_array_foreach(list, i, one)
    {
        if (fits(c, one, p)) {
            n++;
        } else if (closest.n == 0 || c->deep > deep) {
            deep = c->deep;
            buf_clear(&closest);
            buf_add(&closest, buf_str(c->why));
        }
    }
    if (n == 0) {
        c->deep = deep;
        buf_clear(c->why);
        buf_add(c->why, buf_str(&closest));
    }
    buf_finish(&closest);
    return n;
}

static bool is_any_of(struct check *c, const struct said *said, struct place *p)
{
    return count_fits(c, said->arg, p) > 0;
}

static bool is_one_of(struct check *c, const struct said *said, struct place *p)
{
    size_t n = count_fits(c, said->arg, p);

    return n == 1 || (n > 1 && wrong(c, p->at, "%zu of oneOf fit", n));
}

static bool is_all_of(struct check *c, const struct said *said, struct place *p)
{
    const json_t *one;
    size_t i;

    json_array_foreach(said->arg, i, one)
    {
        if (!check(c, one, p))
            return false;
    }
    return true;
}

static bool is_as_referred(struct check *c, const struct said *said, struct place *p)
{
    const char *ref = json_string_value(said->arg);
    const json_t *to = schema_find(c->rules->root, ref + 1);

    return to != NULL ? check(c, to, p) : wrong(c, p->at, "no %s", ref);
}

/* ---- keywords ---- */

static const struct keyword keywords[] = {
    {"$ref", is_as_referred, FORM_REFERENCE},
    {"type", has_type, FORM_TYPE},
    {"enum", is_in_enum, FORM_VALUES},
    {"const", is_const, FORM_ANYTHING, .json_only = true},
    {"format", has_format, FORM_FORMAT},
    {"pattern", has_pattern, FORM_PATTERN},
    {"writeOnly", is_not_sent, FORM_FLAG, .openapi_only = true},
    {"minLength", has_size, FORM_COUNT, JSON_STRING},
    {"maxLength", has_size, FORM_COUNT, JSON_STRING, .most = true},
    {"minimum", is_within, FORM_NUMBER},
    {"maximum", is_within, FORM_NUMBER, .most = true},
    {"items", has_items, FORM_SCHEMA},
    {"minItems", has_size, FORM_COUNT, JSON_ARRAY},
    {"maxItems", has_size, FORM_COUNT, JSON_ARRAY, .most = true},
    {"uniqueItems", is_unique, FORM_FLAG},
    {"required", has_required, FORM_NAMES},
    {"properties", has_properties, FORM_NAMED_SCHEMAS},
    {"additionalProperties", has_no_others, FORM_SCHEMA},
    {"minProperties", has_size, FORM_COUNT, JSON_OBJECT},
    {"maxProperties", has_size, FORM_COUNT, JSON_OBJECT, .most = true},
    {"anyOf", is_any_of, FORM_SCHEMAS},
    {"oneOf", is_one_of, FORM_SCHEMAS},
    {"allOf", is_all_of, FORM_SCHEMAS},
    {"nullable", NULL, FORM_FLAG, .openapi_only = true}, /* check() sees to it */
    /* Annotations: for readers and editors, and what others refer to. */
    {"title", NULL},
    {"description", NULL},
    {"default", NULL},
    {"deprecated", NULL, FORM_FLAG},
    {"example", NULL, .openapi_only = true},
    {"examples", NULL, .json_only = true},
    {"$comment", NULL, .json_only = true},
    {"$schema", NULL, .json_only = true},
    {"$id", NULL, .json_only = true},
    {"$defs", NULL, FORM_NAMED_SCHEMAS, .json_only = true},
    {"definitions", NULL, FORM_NAMED_SCHEMAS, .json_only = true},
    /* An answer may have it; how it would be written in XML; a hint which schema of
       oneOf or anyOf will fit, which they find by themselves. */
    {"readOnly", NULL, FORM_FLAG, .openapi_only = true},
    {"xml", NULL, .openapi_only = true},
    {"discriminator", NULL, .openapi_only = true},
    /* What is otherwise in other versions; openapi_at_version applies it. */
    {"x-github-breaking-changes", NULL, .openapi_only = true},
};

/* NULL: unknown in that dialect, or its argument is not what it has to be. */
static const struct keyword *read_keyword(enum schema_dialect dialect, const char *name,
                                          const json_t *arg)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        const struct keyword *k = &keywords[i];
        bool other = dialect == SCHEMA_JSON ? k->openapi_only : k->json_only;

        if (strcmp(k->name, name) == 0)
            return !other && schema_has_form(dialect, k->form, arg) ? k : NULL;
    }
    return NULL;
}

static bool check_keywords(struct check *c, const json_t *schema, struct place *p)
{
    const char *name;
    json_t *arg;

    json_object_foreach((json_t *)(uintptr_t)schema, name, arg)
    {
        const struct keyword *k = read_keyword(c->rules->dialect, name, arg);
        struct said said = {k, schema, arg};

        if (k == NULL)
            return wrong(c, p->at, "the schema's \"%s\" cannot be checked", name);
        if (k->check != NULL && !k->check(c, &said, p))
            return false;
    }
    return true;
}

static bool check(struct check *c, const json_t *schema, struct place *p)
{
    bool ok;

    if (json_is_true(schema))
        return true;
    if (!json_is_object(schema))
        return wrong(c, p->at, "there is no schema for it");
    if (c->depth == DEPTH_MAX)
        return wrong(c, p->at, "schemas within schemas without end");
    /* Nothing else of the schema is about null. 3.0.3 would have an enum name it as
       well, but the vendors' do not: GitHub's issue.state_reason is nullable, lists
       four texts, and is null in every open issue. */
    if (json_is_null(p->v) && c->rules->dialect == SCHEMA_OPENAPI &&
        json_is_true(json_object_get(schema, "nullable")))
        return true;
    c->depth++;
    ok = check_keywords(c, schema, p);
    c->depth--;
    return ok;
}

/* ---- for everybody ---- */

const json_t *schema_find(const json_t *root, const char *pointer)
{
    struct str rest = str_of(pointer), part;

    if (!str_split(&rest, '/', &part) || part.n > 0)
        return *pointer ? NULL : root;
    while (root != NULL && str_split(&rest, '/', &part)) {
        char name[WHERE_MAX];
        size_t n = 0;

        for (size_t i = 0; i < part.n && n + 1 < sizeof(name); i++) {
            bool escaped = part.p[i] == '~' && i + 1 < part.n;

            i += escaped;
            name[n++] = !escaped ? part.p[i] : part.p[i] == '1' ? '/' : '~';
        }
        name[n] = '\0';
        root = json_object_get(root, name);
    }
    return root;
}

bool schema_check_by(const struct schema_rules *rules, const json_t *schema,
                     const json_t *value, struct buf *why)
{
    struct check c = {.rules = rules, .why = why};

    buf_clear(why);
    return check_below(&c, schema, value, "");
}

bool schema_check(const json_t *schema, const json_t *value, struct buf *why)
{
    struct schema_rules rules = {.root = schema, .dialect = SCHEMA_JSON};

    return schema_check_by(&rules, schema, value, why);
}

/* ---- the schema alone ---- */

static bool is_known(enum schema_dialect dialect, const json_t *schema,
                     struct buf *path, struct buf *why);

static bool is_known_at(enum schema_dialect dialect, const json_t *schema,
                        const char *step, struct buf *path, struct buf *why)
{
    size_t before = path->n;
    bool ok;

    buf_printf(path, "/%s", step);
    ok = is_known(dialect, schema, path, why);
    buf_truncate(path, before);
    return ok;
}

/* The schemas that a keyword's argument holds. */
static bool are_known(enum schema_dialect dialect, enum schema_form form,
                      const json_t *arg, struct buf *path, struct buf *why)
{
    const char *name;
    json_t *one;
    size_t i;

    if (form == FORM_SCHEMA)
        return is_known(dialect, arg, path, why);
    if (form == FORM_SCHEMAS) {
        json_array_foreach(arg, i, one)
        {
            char step[24];

            snprintf(step, sizeof(step), "%zu", i);
            if (!is_known_at(dialect, one, step, path, why))
                return false;
        }
    }
    if (form == FORM_NAMED_SCHEMAS) {
        json_object_foreach((json_t *)(uintptr_t)arg, name, one)
        {
            if (!is_known_at(dialect, one, name, path, why))
                return false;
        }
    }
    return true;
}

static bool is_known(enum schema_dialect dialect, const json_t *schema,
                     struct buf *path, struct buf *why)
{
    size_t before = path->n;
    const char *name;
    json_t *arg;

    if (json_is_boolean(schema))
        return true;
    if (!json_is_object(schema)) {
        buf_printf(why, "%s: no schema", buf_cstr(path));
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)schema, name, arg)
    {
        const struct keyword *k = read_keyword(dialect, name, arg);

        buf_printf(path, "/%s", name);
        if (k == NULL) {
            buf_printf(why, "%s: cannot be checked", buf_cstr(path));
            return false;
        }
        if (!are_known(dialect, k->form, arg, path, why))
            return false;
        buf_truncate(path, before);
    }
    return true;
}

bool schema_is_known(enum schema_dialect dialect, const json_t *schema, struct buf *why)
{
    struct buf path;
    bool ok;

    buf_init(&path, WHY_MAX);
    buf_clear(why);
    ok = is_known(dialect, schema, &path, why);
    buf_finish(&path);
    return ok;
}
