#include "config/bind.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>

#include "base/buf.h"
#include "config/diag.h"
#include "config/nearest.h"
#include "config/redact.h"
#include "config/url.h"
#include "core/calendar.h"

enum {
    TEXT_MAX = 1000, /* bytes of a string, where the row says nothing else */
    MESSAGE_MAX = 4096,
    ROWS_MAX = 64,   /* of all parts of one mapping */
    LIST_MAX = 5000, /* texts in one list: some checks compare them pairwise */
};

/* ---- origins ---- */

struct origins {
    struct arena *a;    /* borrowed: the configuration's */
    struct map *places; /* owned */
};

struct origins *origins_create(struct arena *a)
{
    struct origins *o = arena_alloc(a, sizeof *o);

    if (o == NULL) {
        return NULL;
    }
    o->a = a;
    o->places = map_create();
    return o->places == NULL ? NULL : o;
}

void origins_destroy(struct origins *o)
{
    if (o != NULL) {
        map_destroy(o->places);
    }
}

void origins_set(struct origins *o, const void *field, const struct yaml_at *at)
{
    uintptr_t *key = arena_alloc(o->a, sizeof *key);

    if (key == NULL) {
        return; /* the arena has failed, and with it the load */
    }
    *key = (uintptr_t)field;
    if (!map_set(o->places, (struct str){(const char *)key, sizeof *key},
                 (void *)(uintptr_t)at)) {
        /* A value that was given must not be taken for a default: fail the load. */
        (void)arena_alloc(o->a, SIZE_MAX / 2);
    }
}

const struct yaml_at *origins_at(const struct origins *o, const void *field)
{
    uintptr_t key = (uintptr_t)field;

    return map_get(o->places, (struct str){(const char *)&key, sizeof key});
}

uint32_t origins_line(const struct origins *o, const void *field)
{
    const struct yaml_at *at = origins_at(o, field);

    return at == NULL ? 0 : yaml_line(*at);
}

void bind_origin(struct binder *b, const void *field, const struct yaml_node *value)
{
    if (b->origins != NULL && value->at.file != NULL) {
        origins_set(b->origins, field, &value->at);
    }
}

/* ---- messages ---- */

static void add_place(struct buf *out, const struct place *where, const char *word)
{
    for (; where != NULL && where->what != NULL; where = where->up) {
        buf_printf(out, " %s %s", word, where->what);
        if (where->name.n > 0) {
            buf_printf(out, " \"%.*s\"", STR_FMT(where->name));
            return; /* a name says enough */
        }
        word = "of";
    }
}

/* A default that does not bind is a bug of a table, found by the tests. */
static void report(struct binder *b, bool error, struct yaml_at at, struct str hint,
                   const struct buf *message)
{
    const char *text = buf_cstr(message);

    if (at.file == NULL) {
        diag_error_file(b->d, STR_NONE, "default: %s", text);
    } else if (error) {
        diag_error(b->d, at, hint, "%s", text);
    } else {
        diag_warn(b->d, at, hint, "%s", text);
    }
}

void bind_error(struct binder *b, struct yaml_at at, struct str hint,
                const struct place *where, const char *fmt, ...)
{
    struct buf message;
    va_list ap;

    buf_init(&message, MESSAGE_MAX);
    va_start(ap, fmt);
    buf_vprintf(&message, fmt, ap);
    va_end(ap);
    add_place(&message, where, "in");
    report(b, true, at, hint, &message);
    buf_finish(&message);
}

void bind_warn(struct binder *b, struct yaml_at at, struct str hint,
               const struct place *where, const char *fmt, ...)
{
    struct buf message;
    va_list ap;

    buf_init(&message, MESSAGE_MAX);
    va_start(ap, fmt);
    buf_vprintf(&message, fmt, ap);
    va_end(ap);
    add_place(&message, where, "in");
    report(b, false, at, hint, &message);
    buf_finish(&message);
}

void bind_wrong(struct binder *b, const struct yaml_node *value, struct str hint,
                const struct place *where, const char *key, const char *fmt, ...)
{
    struct buf message;
    va_list ap;

    buf_init(&message, MESSAGE_MAX);
    buf_printf(&message, "'%s'", key);
    add_place(&message, where, "in");
    buf_addc(&message, ' ');
    va_start(ap, fmt);
    buf_vprintf(&message, fmt, ap);
    va_end(ap);
    report(b, true, value->at, hint, &message);
    buf_finish(&message);
}

/* ---- single values ---- */

bool bind_scalar(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const char *key, struct str *ret)
{
    if (value->kind != YAML_SCALAR) {
        bind_wrong(b, value, STR_NONE, where, key, "must be a single value, not %s",
                   yaml_kind_name(value));
        return false;
    }
    if (yaml_is_null(value) || value->text.n == 0) {
        bind_wrong(b, value, STR_NONE, where, key, "has no value");
        return false;
    }
    *ret = value->text;
    return true;
}

bool bind_str(struct binder *b, const struct yaml_node *value,
              const struct place *where, const char *key, size_t max, struct str *ret)
{
    struct str s;

    if (!bind_scalar(b, value, where, key, &s)) {
        return false;
    }
    if (s.n > max) {
        bind_wrong(b, value, STR_NONE, where, key, "is longer than %zu bytes", max);
        return false;
    }
    *ret = arena_str(b->a, s);
    return true;
}

bool bind_strs(struct binder *b, const struct yaml_node *value,
               const struct place *where, const char *key, size_t max,
               struct str_list *ret)
{
    bool ok = true;

    if (value->kind == YAML_SCALAR) {
        ret->v = arena_array(b->a, 1, sizeof *ret->v);
        ret->n = ret->v == NULL ? 0 : 1;
        return ret->v != NULL && bind_str(b, value, where, key, max, &ret->v[0]);
    }
    if (value->kind != YAML_SEQ) {
        bind_wrong(b, value, STR_NONE, where, key, "must be a list of texts, not %s",
                   yaml_kind_name(value));
        return false;
    }
    if (value->n > LIST_MAX) {
        bind_wrong(b, value, STR_NONE, where, key, "has more than %d entries",
                   LIST_MAX);
        return false;
    }
    ret->v = arena_array(b->a, value->n, sizeof *ret->v);
    if (ret->v == NULL) {
        return false;
    }
    ret->n = 0;
    for (const struct yaml_node *e = value->first; e != NULL; e = e->next) {
        if (bind_str(b, e, where, key, max, &ret->v[ret->n])) {
            ret->n++;
        } else {
            ok = false;
        }
    }
    return ok;
}

static bool is_id(struct str s, bool upper)
{
    if (s.n == 0 || s.n > 64) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    (upper && c >= 'A' && c <= 'Z');

        if (!word && (i == 0 || (c != '.' && c != '_' && c != '-'))) {
            return false;
        }
    }
    return true;
}

bool bind_id(struct binder *b, const struct yaml_node *value, const struct place *where,
             const char *key, bool upper, struct str *ret)
{
    struct str s;

    if (!bind_scalar(b, value, where, key, &s)) {
        return false;
    }
    if (!is_id(s, upper)) {
        bind_wrong(
            b, value, STR_NONE, where, key,
            "must be at most 64 of %sa-z 0-9 . _ - and begin with a letter or digit",
            upper ? "A-Z " : "");
        return false;
    }
    *ret = arena_str(b->a, s);
    return true;
}

bool bind_date(struct binder *b, const struct yaml_node *value,
               const struct place *where, const char *key, struct date *ret)
{
    struct str s;

    if (!bind_scalar(b, value, where, key, &s)) {
        return false;
    }
    if (!date_parse(s, ret)) {
        bind_wrong(b, value, STR_NONE, where, key,
                   "must be a date such as 2026-10-01, not '%.*s'", STR_FMT(s));
        return false;
    }
    return true;
}

bool bind_number(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const char *key, double min, double max,
                 double *ret)
{
    struct str s;
    double v;

    if (!bind_scalar(b, value, where, key, &s)) {
        return false;
    }
    if (!value->plain || !str_to_double(s, &v)) {
        bind_wrong(b, value, STR_NONE, where, key, "must be a number, not '%.*s'",
                   STR_FMT(s));
        return false;
    }
    if (v < min) {
        bind_wrong(b, value, STR_NONE, where, key, "must be at least %g", min);
        return false;
    }
    if (v > max) {
        bind_wrong(b, value, STR_NONE, where, key, "must be at most %g", max);
        return false;
    }
    *ret = v;
    return true;
}

bool bind_percent(struct binder *b, const struct yaml_node *value,
                  const struct place *where, const char *key, double min, double max,
                  double *ret)
{
    struct str s;
    double v;

    if (!bind_scalar(b, value, where, key, &s)) {
        return false;
    }
    if (!str_has_suffix(s, STR("%")) || !str_to_double(str_first(s, s.n - 1), &v)) {
        bind_wrong(b, value, STR_NONE, where, key,
                   "must be a percentage such as 60%%, not '%.*s'", STR_FMT(s));
        return false;
    }
    if (v < min || v > max) {
        bind_wrong(b, value, STR_NONE, where, key, "must be from %g%% to %g%%", min,
                   max);
        return false;
    }
    *ret = v / 100;
    return true;
}

bool bind_choice(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const char *key, const char *const *choices,
                 int *ret)
{
    struct str s;
    struct buf list;
    bool found = false;

    if (!bind_scalar(b, value, where, key, &s)) {
        return false;
    }
    struct nearest near = nearest_to(s, !diag_is_full(b->d));

    buf_init(&list, MESSAGE_MAX);
    for (int i = 0; choices[i] != NULL; i++) {
        if (str_eqz(s, choices[i])) {
            *ret = i;
            found = true;
        }
        nearest_try(&near, str_of(choices[i]));
        buf_printf(&list, "%s%s", i == 0 ? "" : ", ", choices[i]);
    }
    if (!found) {
        bind_wrong(b, value, nearest_hint(&near, b->scratch), where, key,
                   "must be one of %s, not '%.*s'", buf_cstr(&list), STR_FMT(s));
    }
    buf_finish(&list);
    return found;
}

bool bind_is_map(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const char *key)
{
    if (value->kind == YAML_MAP) {
        return true;
    }
    if (yaml_is_null(value)) {
        bind_wrong(b, value, STR("give it a value, or remove the key"), where, key,
                   "has no value");
    } else {
        bind_wrong(b, value, STR_NONE, where, key, "must be a mapping, not %s",
                   yaml_kind_name(value));
    }
    return false;
}

/* ---- the types of base/conf_key.h ---- */

static void read_bool(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct conf_key *key, bool *ret)
{
    struct str s;

    if (!bind_scalar(b, value, where, key->name, &s)) {
        return;
    }
    if (!value->plain || (!str_eqz(s, "true") && !str_eqz(s, "false"))) {
        bind_wrong(b, value, STR_NONE, where, key->name,
                   "must be true or false, not '%.*s'", STR_FMT(s));
        return;
    }
    *ret = str_eqz(s, "true");
}

static void read_int(struct binder *b, const struct yaml_node *value,
                     const struct place *where, const struct conf_key *key,
                     int64_t *ret)
{
    bool bounded = key->min != 0 || key->max != 0;
    struct str s;
    int64_t v;

    if (!bind_scalar(b, value, where, key->name, &s)) {
        return;
    }
    if (!value->plain || !str_to_i64(s, &v)) {
        bind_wrong(b, value, STR_NONE, where, key->name,
                   "must be a whole number, not '%.*s'", STR_FMT(s));
        return;
    }
    if (bounded && (v < key->min || v > key->max)) {
        bind_wrong(b, value, STR_NONE, where, key->name, "must be from %lld to %lld",
                   (long long)key->min, (long long)key->max);
        return;
    }
    *ret = v;
}

static void read_span(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct conf_key *key,
                      struct span *ret)
{
    enum { DAY_MS = 86400000 };
    struct str s;
    struct span v;

    if (!bind_scalar(b, value, where, key->name, &s)) {
        return;
    }
    if (!span_parse(s, &v)) {
        bind_wrong(b, value, STR_NONE, where, key->name,
                   "must be a time such as 30s, 5m, 24h, 7d or 10wd, not '%.*s'",
                   STR_FMT(s));
        return;
    }
    /* A working day is at least a day, so it bounds both ways. */
    int64_t ms =
        v.wd > 0 ? (v.wd > INT64_MAX / DAY_MS ? INT64_MAX : v.wd * DAY_MS) : v.ms;
    const char *bound = ms < key->min ? "at least" : "at most";
    int64_t limit = ms < key->min ? key->min : key->max;

    if (ms < key->min || (key->max > 0 && ms > key->max)) {
        struct buf text;

        buf_init(&text, MESSAGE_MAX);
        span_print(&text, SPAN_MS(limit));
        bind_wrong(b, value, STR_NONE, where, key->name, "must be %s %s", bound,
                   buf_cstr(&text));
        buf_finish(&text);
        return;
    }
    *ret = v;
}

static void read_url(struct binder *b, const struct yaml_node *value,
                     const struct place *where, const struct conf_key *key,
                     struct str *ret)
{
    const char *wrong, *hint;
    struct str s;

    if (!bind_scalar(b, value, where, key->name, &s)) {
        return;
    }
    if (!url_check(s, &wrong, &hint)) {
        if (str_chr(s, '@') >= 0 && value->at.file != NULL) {
            yaml_hide(value->at);
        }
        bind_wrong(b, value, str_of(hint), where, key->name, "%s", wrong);
        return;
    }
    if (bind_str(b, value, where, key->name, TEXT_MAX, &s)) {
        *ret = s;
    }
}

static const char *const secret_kinds[] = {"credential", "file", "env", NULL};

/* A credential is a file name of one directory: systemd.exec(5), LoadCredential=. */
static bool is_credential_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '/' || s.p[i] == '\0' || (unsigned char)s.p[i] < ' ') {
            return false;
        }
    }
    return s.n > 0 && s.n <= 200 && s.p[0] != '.';
}

/* POSIX, 8.1: names of environment variables. */
static bool is_variable_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!(c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              (i > 0 && c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return s.n > 0;
}

static void read_secret(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct conf_key *key,
                        struct secret *ret)
{
    static const char form[] = "{credential: NAME}, {file: PATH} or {env: NAME}";
    struct str name;
    int kind;

    if (value->kind != YAML_MAP) {
        /* Whatever stands there is taken for the secret itself. */
        yaml_hide(value->at);
        bind_wrong(b, value, arena_printf(b->scratch, "write %s", form), where,
                   key->name, "is a secret: it is named here, not written here");
        return;
    }
    if (value->n != 1) {
        bind_wrong(b, value, STR_NONE, where, key->name, "must be one of %s", form);
        return;
    }
    const struct yaml_node *v = value->first;

    if (!bind_choice(b, v->key, where, key->name, secret_kinds, &kind) ||
        !bind_str(b, v, where, secret_kinds[kind], TEXT_MAX, &name)) {
        return;
    }
    ret->from = kind == 0 ? SECRET_CREDENTIAL : kind == 1 ? SECRET_FILE : SECRET_ENV;
    ret->name = name;
    bind_origin(b, &ret->name, v); /* where config/secrets.c says what is wrong with it */
    if (kind == 0 && !is_credential_name(name)) {
        bind_wrong(b, v, STR_NONE, where, "credential", "must be a plain file name");
    }
    if (kind == 2 && !is_variable_name(name)) {
        bind_wrong(b, v, STR_NONE, where, "env", "must be the name of a variable");
    }
    if (kind == 2) {
        bind_warn(b, v->at, STR("use {credential: NAME}"), where,
                  "what the environment holds can be read in /proc: '%s'", key->name);
    }
}

static void read_map(struct binder *b, const struct yaml_node *value,
                     const struct place *where, const struct conf_key *key,
                     struct str_pair_list *ret)
{
    if (!bind_is_map(b, value, where, key->name)) {
        return;
    }
    ret->v = arena_array(b->a, value->n, sizeof *ret->v);
    ret->n = 0;
    if (ret->v == NULL) {
        return;
    }
    struct place here = {key->name, STR_NONE, where};

    for (const struct yaml_node *e = value->first; e != NULL; e = e->next) {
        struct str_pair *p = &ret->v[ret->n];
        struct str name = arena_str(b->a, e->key->text);
        size_t max = key->max > 0 ? (size_t)key->max : TEXT_MAX;

        /* arena_str ends with a NUL, which is what messages need. */
        if (name.p != NULL && bind_str(b, e, &here, name.p, max, &p->value)) {
            p->key = name;
            ret->n++;
        }
    }
}

static void read_sub(struct binder *b, const struct yaml_node *value,
                     const struct place *where, const struct conf_key *key, void *ret)
{
    struct place here = {key->name, STR_NONE, where};
    struct bind_part part = {.keys = key->sub, .out = ret};

    if (bind_is_map(b, value, where, key->name)) {
        bind_mapping(b, value, &here, &part, 1);
    }
}

void bind_value(struct binder *b, const struct yaml_node *value,
                const struct place *where, const struct conf_key *key, void *field)
{
    size_t max = key->max > 0 ? (size_t)key->max : TEXT_MAX;

    if (key->type != CONF_SUB) { /* whose first member has the same address */
        bind_origin(b, field, value);
    }
    switch (key->type) {
    case CONF_BOOL:
        read_bool(b, value, where, key, field);
        return;
    case CONF_INT:
        read_int(b, value, where, key, field);
        return;
    case CONF_SPAN:
        read_span(b, value, where, key, field);
        return;
    case CONF_STR:
        (void)bind_str(b, value, where, key->name, max, field);
        return;
    case CONF_URL:
        read_url(b, value, where, key, field);
        return;
    case CONF_ENUM:
        (void)bind_choice(b, value, where, key->name, key->choices, field);
        return;
    case CONF_PERCENT:
        (void)bind_percent(b, value, where, key->name, (double)key->min,
                           key->max > 0 ? (double)key->max : 100, field);
        return;
    case CONF_STRS:
    case CONF_GLOBS:
        (void)bind_strs(b, value, where, key->name, max, field);
        return;
    case CONF_SECRET:
        read_secret(b, value, where, key, field);
        return;
    case CONF_SUB:
        read_sub(b, value, where, key, field);
        return;
    case CONF_MAP:
        read_map(b, value, where, key, field);
        return;
    }
}

/* ---- rows ---- */

static void *field_of(void *out, size_t offset)
{
    return (char *)out + offset;
}

static void later_key(struct binder *b, const struct yaml_node *at,
                      const struct place *where, const char *name)
{
    bind_wrong(b, at, STR_NONE, where, name, "is not supported by this version");
}

static void bind_row(struct binder *b, const struct yaml_node *value,
                     const struct place *where, const struct bind_key *row, void *out)
{
    void *field = field_of(out, row->key.offset);
    const char *name = row->key.name;
    double max =
        row->key.min == 0 && row->key.max == 0 ? HUGE_VAL : (double)row->key.max;
    double min =
        row->key.min == 0 && row->key.max == 0 ? -HUGE_VAL : (double)row->key.min;

    switch (row->form) {
    case BIND_CONF:
        bind_value(b, value, where, &row->key, field);
        return;
    case BIND_DATE:
        (void)bind_date(b, value, where, name, field);
        return;
    case BIND_NUMBER:
        (void)bind_number(b, value, where, name, min, max, field);
        return;
    case BIND_ID:
        (void)bind_id(b, value, where, name, false, field);
        bind_origin(b, field, value);
        return;
    case BIND_ID_UPPER:
        (void)bind_id(b, value, where, name, true, field);
        return;
    case BIND_TABLE:
        if (bind_is_map(b, value, where, name)) {
            struct place here = {name, STR_NONE, where};

            bind_table_read(b, value, &here, row->table, field);
        }
        return;
    case BIND_LIST:
        bind_list_read(b, value, where, name, row->table, field,
                       field_of(out, row->n_offset));
        return;
    case BIND_CALL:
        bind_origin(b, field, value);
        row->call(b, value, where, row, out);
        return;
    case BIND_LATER:
        later_key(b, value->key, where, name);
        return;
    }
}

static size_t row_count(const struct bind_part *p)
{
    size_t n = 0;

    if (p->rows != NULL) {
        while (p->rows[n].key.name != NULL) {
            n++;
        }
        return n;
    }
    while (p->keys != NULL && p->keys[n].name != NULL) {
        n++;
    }
    return n;
}

static const struct conf_key *row_key(const struct bind_part *p, size_t i)
{
    return p->rows != NULL ? &p->rows[i].key : &p->keys[i];
}

static void part_bind(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_part *p, size_t i)
{
    if (p->rows != NULL) {
        bind_row(b, value, where, &p->rows[i], p->out);
    } else {
        bind_value(b, value, where, &p->keys[i], field_of(p->out, p->keys[i].offset));
    }
}

static void unknown_key(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_part *parts,
                        size_t n_parts)
{
    struct nearest near = nearest_to(value->key->text, !diag_is_full(b->d));
    bool secret = redact_is_key(value->key->text);

    if (!diag_is_full(b->d)) {
        for (size_t p = 0; p < n_parts; p++) {
            for (size_t i = 0; i < row_count(&parts[p]); i++) {
                nearest_try(&near, str_of(row_key(&parts[p], i)->name));
                secret = secret || (row_key(&parts[p], i)->type == CONF_SECRET &&
                                    str_eqz(near.best, row_key(&parts[p], i)->name));
            }
        }
    }
    if (secret && value->kind == YAML_SCALAR && value->at.from != value->key->at.from) {
        yaml_hide(value->at);
    }
    bind_error(b, value->key->at, nearest_hint(&near, b->scratch), where,
               "unknown key '%.*s'", STR_FMT(value->key->text));
}

/* Literal secrets are made unreadable before any error shows their line. */
static void hide_secrets(const struct yaml_node *map, const struct bind_part *parts,
                         size_t n_parts)
{
    for (size_t p = 0; p < n_parts; p++) {
        for (size_t i = 0; i < row_count(&parts[p]); i++) {
            const struct conf_key *key = row_key(&parts[p], i);
            const struct yaml_node *v =
                key->type == CONF_SECRET ? yaml_get(map, key->name) : NULL;

            if (v != NULL && v->kind != YAML_MAP && v->at.from != v->key->at.from) {
                yaml_hide(v->at);
            }
        }
    }
}

static const struct yaml_node *default_node(struct binder *b, const char *dflt)
{
    if (dflt[0] != '[' && dflt[0] != '{') {
        struct yaml_node *n = arena_alloc(b->scratch, sizeof *n);

        if (n != NULL) {
            *n = (struct yaml_node){
                .kind = YAML_SCALAR, .plain = true, .text = str_of(dflt)};
        }
        return n;
    }
    size_t nodes = 1000;
    struct yaml_node *n =
        yaml_read(b->scratch, STR("(default)"), str_of(dflt), &nodes, b->d);

    if (n != NULL) {
        n->at.file = NULL;
    }
    return n;
}

static void default_bind(struct binder *b, const struct place *where,
                         const struct bind_part *p, size_t i)
{
    const struct conf_key *key = row_key(p, i);
    struct origins *kept = b->origins;

    b->origins = NULL;
    if (key->dflt != NULL) {
        const struct yaml_node *n = default_node(b, key->dflt);

        if (n != NULL) {
            part_bind(b, n, where, p, i);
        }
    } else if (p->rows != NULL && p->rows[i].form == BIND_TABLE) {
        struct bind_part sub = {.rows = p->rows[i].table->keys,
                                .out = field_of(p->out, key->offset)};

        bind_defaults(b, where, &sub);
    } else if ((p->rows == NULL || p->rows[i].form == BIND_CONF) &&
               key->type == CONF_SUB) {
        struct bind_part sub = {.keys = key->sub, .out = field_of(p->out, key->offset)};

        bind_defaults(b, where, &sub);
    }
    b->origins = kept;
}

void bind_defaults(struct binder *b, const struct place *where,
                   const struct bind_part *part)
{
    for (size_t i = 0; i < row_count(part); i++) {
        default_bind(b, where, part, i);
    }
}

/* What a mapping is called at the head of a sentence: source "jira". */
static void missing_key(struct binder *b, const struct yaml_node *map,
                        const struct place *where, const char *key)
{
    struct yaml_at at = map->at;

    at.to = at.from + 1;
    bind_error(b, at, STR_NONE, where, "'%s' is missing", key);
}

void bind_mapping(struct binder *b, const struct yaml_node *map,
                  const struct place *where, const struct bind_part *parts,
                  size_t n_parts)
{
    bool present[ROWS_MAX] = {false};
    size_t base = 0;

    hide_secrets(map, parts, n_parts);
    for (const struct yaml_node *v = map->first; v != NULL; v = v->next) {
        bool found = false;

        base = 0;
        for (size_t p = 0; p < n_parts && !found; p++) {
            size_t rows = row_count(&parts[p]);

            for (size_t i = 0; i < rows && !found; i++) {
                assert(base + i < ROWS_MAX);
                if (str_eqz(v->key->text, row_key(&parts[p], i)->name)) {
                    found = present[base + i] = true;
                    part_bind(b, v, where, &parts[p], i);
                }
            }
            base += rows;
        }
        if (!found) {
            unknown_key(b, v, where, parts, n_parts);
        }
    }
    base = 0;
    for (size_t p = 0; p < n_parts; p++) {
        size_t rows = row_count(&parts[p]);

        for (size_t i = 0; i < rows; i++) {
            assert(base + i < ROWS_MAX);
            if (present[base + i]) {
                continue;
            }
            if (row_key(&parts[p], i)->required) {
                missing_key(b, map, where, row_key(&parts[p], i)->name);
            } else {
                default_bind(b, where, &parts[p], i);
            }
        }
        base += rows;
    }
}

void bind_table_read(struct binder *b, const struct yaml_node *map,
                     const struct place *where, const struct bind_table *table,
                     void *out)
{
    struct bind_part part = {.rows = table->keys, .out = out};

    bind_mapping(b, map, where, &part, 1);
    if (table->whole != NULL) {
        table->whole(b, map, where, out);
    }
}

void bind_list_read(struct binder *b, const struct yaml_node *list,
                    const struct place *where, const char *key,
                    const struct bind_table *table, void **ret, size_t *ret_n)
{
    if (list->kind != YAML_SEQ) {
        bind_wrong(b, list, STR_NONE, where, key, "must be a list, not %s",
                   yaml_kind_name(list));
        return;
    }
    char *array = arena_array(b->a, list->n, table->size);
    size_t n = 0;

    if (array == NULL) {
        return;
    }
    for (const struct yaml_node *e = list->first; e != NULL; e = e->next) {
        const struct yaml_node *name =
            table->name == NULL ? NULL : yaml_get(e, table->name);
        struct place here = {
            .what = table->what,
            .name = name != NULL && name->kind == YAML_SCALAR ? name->text : STR_NONE,
            .up = where,
        };

        if (e->kind != YAML_MAP) {
            bind_wrong(b, e, STR_NONE, where, key, "must hold mappings, not %s",
                       yaml_kind_name(e));
        } else {
            bind_table_read(b, e, &here, table, array + n * table->size);
        }
        n++;
    }
    *ret = array;
    *ret_n = n;
}
