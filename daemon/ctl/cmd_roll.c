#include "core/roll.h"

#include <sys/stat.h>

#include "base/jsonw.h"
#include "config/config.h"
#include "config/roll_text.h"
#include "ctl/commands.h"
#include "ctl/field.h"

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

/* A further file of the directory. */
static bool write_file(struct roll *r, struct buf *out, struct err *e)
{
    buf_printf(out, "# %.*s.yaml: to stand beside the other files of the strategy.\n",
               STR_FMT(r->name));
    buf_addz(out, "objectives:\n");
    return roll_write(r, 2, out, e);
}

/* What is printed loads: it is read as the daemon will read it. */
static bool check(struct ctl *c, const struct strategy *s, bool directory,
                  struct str text, struct err *e)
{
    struct strategy_file *v = arena_array(c->a, s->n_files + 1, sizeof *v), *own;
    struct conf_diag *d = conf_diag_create();
    struct strategy *drafted = NULL;
    size_t n = s->n_files;

    if (v != NULL && d != NULL) {
        memcpy(v, s->files, s->n_files * sizeof *v);
        own = directory ? &v[n++] : first_file(v, n);
        if (directory)
            own->name = STR("zz-draft.yaml");
        own->text = text;
        drafted = strategy_load_files(v, n, d);
    }
    if (drafted == NULL)
        err_set(e, ERR_PARSE, "the draft would not load: %.*s",
                STR_FMT(d != NULL ? conf_diag_first(d) : STR("out of memory")));
    strategy_unref(drafted);
    conf_diag_destroy(d);
    return drafted != NULL;
}

static void print(struct ctl *c, const struct roll *r, const struct buf *text)
{
    struct jsonw w;

    if (!args_has(&c->args, OPT_JSON)) {
        buf_add(c->out, buf_str(text));
        return;
    }
    jsonw_init(&w, c->out);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "period", r->name);
    jsonw_int(&w, "objectives", (int64_t)r->objectives);
    jsonw_int(&w, "key_results", (int64_t)r->key_results);
    jsonw_str(&w, "text", buf_str(text));
    jsonw_end_object(&w);
    buf_addc(c->out, '\n');
}

/* What it says of the file, not of the draft: each error has its place there. */
static int refused(struct ctl *c, const struct conf_diag *d)
{
    conf_diag_print(d, c->err);
    return CTL_INVALID;
}

static int finish(struct ctl *c, struct roll *r, bool directory, struct buf *text)
{
    struct err e;
    bool ok = r->objectives > 0 ||
              err_set(&e, ERR_NOT_FOUND,
                      "no objective has its last day in the period before %.*s, so "
                      "there is nothing to draft",
                      STR_FMT(r->name));

    if (ok && check(c, r->s, directory, buf_str(text), &e)) {
        print(c, r, text);
        return CTL_OK;
    }
    return ctl_fail(c, e.kind == ERR_PARSE ? CTL_SOFTWARE : CTL_DRIFT, &e);
}

static int draft(struct ctl *c, struct roll *r, const char *path, struct conf_diag *d)
{
    bool directory = is_directory(path);
    struct buf text;
    struct err e;
    int code;

    buf_init(&text, (size_t)4 << 20);
    if (directory && !write_file(r, &text, &e))
        code = ctl_fail(c, CTL_SOFTWARE, &e);
    else if (!directory &&
             !roll_text(r, first_file(r->s->files, r->s->n_files), d, &text))
        code = refused(c, d);
    else
        code = finish(c, r, directory, &text);
    buf_finish(&text);
    return code;
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
