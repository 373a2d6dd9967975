#include "status/params.h"

#include <jansson.h>

#include "base/date.h"
#include "core/calendar.h"
#include "core/tz.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, MAX_DAYS = 3660 };

bool params_limit(const struct api_request *req, int64_t *ret, struct err *e)
{
    struct str text = api_query(req, "limit");
    int64_t n = LIMIT_DEFAULT;

    if (text.n > 0 && (!str_to_i64(text, &n) || n < 1 || n > LIMIT_MAX))
        return err_set(e, ERR_USAGE, "limit is a number from 1 to %d", LIMIT_MAX);
    *ret = n;
    return true;
}

bool params_flag(const struct api_request *req, const char *name, bool *ret,
                 struct err *e)
{
    struct str text = api_query(req, name);

    if (str_eqz(text, "1") || str_eqz(text, "true"))
        *ret = true;
    else if (text.n == 0 || str_eqz(text, "0") || str_eqz(text, "false"))
        *ret = false;
    else
        return err_set(e, ERR_USAGE, "%s is 1 or 0", name);
    return true;
}

bool params_window(const struct api_request *req, int64_t dflt, int64_t *ret,
                   struct err *e)
{
    struct str text = api_query(req, "window");
    struct span s;

    *ret = dflt;
    if (text.n == 0)
        return true;
    if (!span_parse(text, &s) || s.wd > 0 || s.ms < DUR_DAY(1).ms ||
        s.ms % DUR_DAY(1).ms != 0 || s.ms / DUR_DAY(1).ms > MAX_DAYS)
        return err_set(e, ERR_USAGE, "'%.*s' is no window: write days, as in 28d",
                       STR_FMT(str_first(text, 40)));
    *ret = s.ms / DUR_DAY(1).ms;
    return true;
}

bool params_id(struct str text, const char *what, int64_t *ret, struct err *e)
{
    if (str_to_i64(text, ret) && *ret > 0)
        return true;
    return err_set(e, ERR_USAGE, "'%.*s' is not the number of %s",
                   STR_FMT(str_first(text, 40)), what);
}

/* ---- bodies ---- */

static const struct params_field *find_field(const struct params_field *fields,
                                             size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eqz(name, fields[i].name))
            return &fields[i];
    }
    return NULL;
}

static bool take_string(struct arena *a, const struct params_field *f, const json_t *v,
                        struct str *ret, struct err *e)
{
    struct str text;

    if (!json_is_string(v))
        return err_set(e, ERR_USAGE, "'%s' must be a string", f->name);
    text = (struct str){json_string_value(v), json_string_length(v)};
    if (f->list == NULL)
        text = str_trim(text);
    if (text.n > f->max)
        return err_set(e, ERR_USAGE, "'%s' is longer than %zu bytes", f->name, f->max);
    *ret = arena_str(a, text);
    return arena_failed(a) ? err_nomem(e) : true;
}

static bool take_list(struct arena *a, const struct params_field *f, const json_t *v,
                      struct err *e)
{
    size_t n = json_is_array(v) ? json_array_size(v) : 1;

    f->list->v = arena_array(a, n + 1, sizeof *f->list->v);
    if (f->list->v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        if (!take_string(a, f, json_is_array(v) ? json_array_get(v, i) : v,
                         &f->list->v[i], e))
            return false;
    }
    f->list->n = n;
    return true;
}

static bool take_member(struct arena *a, const struct params_field *f, const json_t *v,
                        struct err *e)
{
    if (json_is_null(v))
        return true;
    return f->list != NULL ? take_list(a, f, v, e) : take_string(a, f, v, f->ret, e);
}

static bool is_empty(const struct params_field *f)
{
    return f->list != NULL ? f->list->n == 0 : f->ret->n == 0;
}

static bool take_members(json_t *root, struct arena *a,
                         const struct params_field *fields, size_t n, struct err *e)
{
    const char *name;
    json_t *v;

    for (size_t i = 0; i < n; i++) {
        if (fields[i].list != NULL)
            *fields[i].list = (struct str_list){NULL, 0};
        else
            *fields[i].ret = STR_NONE;
    }
    json_object_foreach(root, name, v)
    {
        const struct params_field *f = find_field(fields, n, str_of(name));

        if (f == NULL)
            return err_set(e, ERR_USAGE, "unknown member '%.60s' in the body", name);
        if (!take_member(a, f, v, e))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (fields[i].required && is_empty(&fields[i]))
            return err_set(e, ERR_USAGE, "'%s' is missing or empty", fields[i].name);
    }
    return true;
}

bool params_body(const struct api_request *req, struct arena *a,
                 const struct params_field *fields, size_t n, struct err *e)
{
    json_error_t at;
    json_t *root;
    bool ok;

    if (req->body.n == 0)
        return err_set(e, ERR_USAGE, "a JSON object is needed as the body");
    root = json_loadb(req->body.p, req->body.n, JSON_REJECT_DUPLICATES, &at);
    if (root == NULL && json_error_code(&at) == json_error_out_of_memory)
        return err_nomem(e);
    if (root == NULL)
        return err_set(e, ERR_USAGE, "the body is not JSON: line %d, column %d: %.120s",
                       at.line, at.column, at.text);
    ok = json_is_object(root) ? take_members(root, a, fields, n, e)
                              : err_set(e, ERR_USAGE, "the body must be a JSON object");
    json_decref(root);
    return ok;
}

bool params_until(const struct api_env *env, struct str text, struct wall *ret,
                  struct err *e)
{
    struct date d;

    *ret = (struct wall){0};
    if (text.n == 0)
        return true;
    if (date_parse(text, &d))
        *ret = tz_wall(env->conf->cal.tz, date_from_days(date_to_days(d) + 1), 0);
    else if (!date_parse_iso(text, ret))
        return err_set(e, ERR_USAGE, "'%.*s' is no date: write 2026-12-31",
                       STR_FMT(text));
    if (ret->ms > env->now.ms)
        return true;
    return err_set(e, ERR_USAGE, "'%.*s' is over: until is a date to come",
                   STR_FMT(text));
}

bool params_end(const struct api_env *env, struct str until, struct str duration,
                struct wall *ret, struct err *e)
{
    struct span s;

    if ((until.n > 0) == (duration.n > 0))
        return err_set(e, ERR_USAGE, "one of 'until' and 'for' is needed");
    if (until.n > 0)
        return params_until(env, until, ret, e);
    if (!span_parse(duration, &s) || (s.ms == 0 && s.wd == 0))
        return err_set(e, ERR_USAGE, "'%.*s' is no time: write 3d, 5wd or 4h",
                       STR_FMT(duration));
    *ret = calendar_add(&env->conf->cal, env->now, s);
    return true;
}
