#include "core/roll.h"

#include <sys/stat.h>

#include "base/jsonw.h"
#include "config/config.h"
#include "config/roll_text.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/patch.h"

#define DEFAULT_FILE "/etc/alignd/strategy.yaml"

/* ---- what the daemon knows ---- */

static void take_value(const struct strategy *s, const json_t *row,
                       struct kr_value *known)
{
    const json_t *last = field_obj(row, "last");

    for (size_t i = 0; last != NULL && i < s->n_key_results; i++) {
        if (!str_eq(s->key_results[i].node.id, field_str(row, "id")))
            continue;
        if (date_parse(field_str(last, "date"), &known[i].date))
            known[i].value = field_number(last, "value");
    }
}

/* Without the daemon all baselines stay open, and that is said. */
static struct kr_value *ask_values(struct ctl *c, const struct strategy *s)
{
    struct kr_value *known = arena_array(c->a, s->n_key_results + 1, sizeof *known);
    struct client_reply r = {.status = 0};
    const json_t *row;
    struct err e;
    size_t i;

    if (known == NULL)
        return NULL;
    if (client_ask(c->socket, "GET", "/v1/key-results", STR_NONE, 0, &r, &e) != CTL_OK)
        buf_addz(c->err, "alignctl: the daemon does not answer, so no value of a key "
                         "result is known: baselines are left open\n");
    json_array_foreach(field_arr(r.json, "key_results"), i, row)
        take_value(s, row, known);
    client_reply_finish(&r);
    return known;
}

/* ---- the text ---- */

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static struct strategy_file *first_file(struct strategy_file *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!v[i].beside)
            return &v[i];
    }
    return NULL;
}

/* What a file of the strategy becomes. */
struct rolled {
    struct str name, before, after; /* before.p NULL: it is new */
};
struct result {
    struct rolled *v;
    size_t n;
};

static struct str base_name(struct str path)
{
    for (ptrdiff_t at; (at = str_chr(path, '/')) >= 0;)
        path = str_skip(path, (size_t)at + 1);
    return path;
}

/* A name that no file of the directory has. */
static struct str new_name(const struct roll *r)
{
    struct str one = arena_printf(r->a, "%.*s.yaml", STR_FMT(r->name));

    for (size_t i = 0; i < r->s->n_files; i++) {
        if (str_eq(base_name(r->s->files[i].name), one)) {
            one = arena_printf(r->a, "%.*s-%.*s", (int)(one.n - 5), one.p,
                               STR_FMT(STR("draft.yaml")));
            i = (size_t)-1;
        }
    }
    return one;
}

/* What it says of a file, not of the draft: each error has its place there. */
static int refused(struct ctl *c, const struct conf_diag *d)
{
    conf_diag_print(d, c->err);
    return CTL_INVALID;
}

static void keep(struct result *res, const struct roll *r, struct str name,
                 struct str before, struct buf *text)
{
    res->v[res->n++] = (struct rolled){name, before, arena_str(r->a, buf_str(text))};
    buf_clear(text);
}

/* A further file of the directory, and the others that name what is in it. */
static int roll_directory(struct ctl *c, struct roll *r, struct conf_diag *d,
                          struct buf *text, struct result *res)
{
    const struct strategy *s = r->s;
    struct err e;

    buf_addz(text, "objectives:\n");
    if (!roll_write(r, 2, text, &e))
        return ctl_fail(c, CTL_SOFTWARE, &e);
    keep(res, r, new_name(r), STR_NONE, text);
    for (size_t i = 0; i < s->n_files; i++) {
        if (s->files[i].beside)
            continue;
        if (!roll_rest(r, &s->files[i], d, text))
            return refused(c, d);
        keep(res, r, base_name(s->files[i].name), s->files[i].text, text);
    }
    return CTL_OK;
}

static int roll_file(struct ctl *c, struct roll *r, struct conf_diag *d,
                     struct buf *text, struct result *res)
{
    const struct strategy_file *own = first_file(r->s->files, r->s->n_files);

    if (!roll_text(r, own, d, text))
        return refused(c, d);
    keep(res, r, base_name(own->name), own->text, text);
    return CTL_OK;
}

static struct strategy_file *beside(struct arena *a, const struct strategy *s,
                                    size_t more, size_t *ret_n)
{
    struct strategy_file *v = arena_array(a, s->n_files + more, sizeof *v);

    *ret_n = 0;
    for (size_t i = 0; v != NULL && i < s->n_files; i++) {
        if (s->files[i].beside)
            v[(*ret_n)++] = s->files[i];
    }
    return v;
}

/* What is printed loads: it is read as the daemon will read it. */
static bool check(const struct roll *r, const struct result *res, struct err *e)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *drafted = NULL;
    size_t n;
    struct strategy_file *v = beside(r->a, r->s, res->n, &n);

    for (size_t i = 0; v != NULL && i < res->n; i++)
        v[n++] = (struct strategy_file){.name = res->v[i].name,
                                        .text = res->v[i].after};
    if (v != NULL && d != NULL)
        drafted = strategy_load_files(v, n, d);
    if (drafted == NULL)
        err_set(e, ERR_PARSE, "the draft would not load: %.*s",
                STR_FMT(d != NULL ? conf_diag_first(d) : STR("out of memory")));
    strategy_unref(drafted);
    conf_diag_destroy(d);
    return drafted != NULL;
}

static void print_json(struct ctl *c, const struct roll *r, const struct result *res)
{
    struct jsonw w;

    jsonw_init(&w, c->out);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "period", r->name);
    jsonw_int(&w, "objectives", (int64_t)r->objectives);
    jsonw_int(&w, "key_results", (int64_t)r->key_results);
    jsonw_str(&w, "text", res->v[0].after);
    jsonw_array(&w, "files");
    for (size_t i = 0; i < res->n; i++) {
        if (str_eq(res->v[i].before, res->v[i].after))
            continue;
        jsonw_object(&w, NULL);
        jsonw_str(&w, "name", res->v[i].name);
        jsonw_str(&w, "text", res->v[i].after);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(c->out, '\n');
}

static void print(struct ctl *c, const struct roll *r, bool directory,
                  const struct result *res)
{
    if (args_has(&c->args, OPT_JSON)) {
        print_json(c, r, res);
        return;
    }
    if (!directory) {
        buf_add(c->out, res->v[0].after);
        return;
    }
    for (size_t i = 0; i < res->n; i++)
        patch_write(c->out, res->v[i].name, res->v[i].before, res->v[i].after);
}

static int finish(struct ctl *c, const struct roll *r, bool directory,
                  const struct result *res)
{
    struct err e;
    bool ok = r->objectives > 0 ||
              err_set(&e, ERR_NOT_FOUND,
                      "no objective has its last day in the period before %.*s, so "
                      "there is nothing to draft",
                      STR_FMT(r->name));

    if (ok && check(r, res, &e)) {
        print(c, r, directory, res);
        return CTL_OK;
    }
    return ctl_fail(c, e.kind == ERR_PARSE ? CTL_SOFTWARE : CTL_DRIFT, &e);
}

static int draft(struct ctl *c, struct roll *r, const char *path, struct conf_diag *d)
{
    bool directory = is_directory(path);
    struct result res = {.v = arena_array(c->a, r->s->n_files + 1, sizeof *res.v)};
    struct buf text;
    struct err e;
    int code;

    if (res.v == NULL) {
        (void)err_nomem(&e);
        return ctl_fail(c, CTL_SOFTWARE, &e);
    }
    buf_init(&text, (size_t)4 << 20);
    code = (directory ? roll_directory : roll_file)(c, r, d, &text, &res);
    buf_finish(&text);
    return code == CTL_OK ? finish(c, r, directory, &res) : code;
}

static struct str lower(struct ctl *c, struct str s)
{
    char *p = arena_strdup(c->a, s);

    for (size_t i = 0; p != NULL && i < s.n; i++)
        p[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
    return (struct str){p, p != NULL ? s.n : 0};
}

int cmd_roll(struct ctl *c)
{
    /* argv's, so it ends with NUL */
    const char *path = c->args.n > 2 ? c->args.v[2].p : DEFAULT_FILE;
    struct roll r = {.a = c->a};
    struct strategy *s;
    struct conf_diag *d;
    int code;

    if (c->args.n < 2 || !period_parse(c->args.v[1], &r.period))
        return ctl_usage(c,
                         "which period? alignctl strategy roll 2027Q1 [FILE]; 2027H1 "
                         "and 2027 will do, too");
    d = conf_diag_create();
    s = d != NULL ? strategy_load(path, d) : NULL;
    if (s == NULL) {
        if (d != NULL)
            conf_diag_print(d, c->err);
        conf_diag_destroy(d);
        return d != NULL ? CTL_INVALID : CTL_SOFTWARE;
    }
    r.s = s;
    r.name = lower(c, c->args.v[1]);
    r.known = ask_values(c, s);
    code = draft(c, &r, path, d);
    strategy_unref(s);
    conf_diag_destroy(d);
    return code;
}
