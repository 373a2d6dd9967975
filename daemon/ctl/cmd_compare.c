#include "base/jsonw.h"
#include "config/config.h"
#include "core/compare.h"
#include "ctl/commands.h"
#include "ctl/compare_print.h"

enum { MAX_BODY = 1 << 20 };

/* ---- files ---- */

/* NULL: what is wrong has been said, *ret_code is how to exit. */
static struct strategy *load(struct ctl *c, struct str path, int *ret_code)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = NULL;
    struct err e;

    if (d == NULL) {
        err_nomem(&e);
        *ret_code = ctl_fail(c, CTL_SOFTWARE, &e);
        return NULL;
    }
    conf_diag_fit(d, c->term.columns);
    s = strategy_load(path.p, d); /* argv's, so it ends with NUL */
    if (s == NULL) {
        conf_diag_print(d, c->err);
        *ret_code = CTL_INVALID;
    }
    conf_diag_destroy(d);
    return s;
}

/* ---- without a daemon ---- */

static int answer(struct ctl *c, const struct client_reply *r, const char *before,
                  const char *after)
{
    if (args_has(&c->args, OPT_JSON))
        buf_add(c->out, buf_str(&r->body));
    else
        compare_print(c, r->json, before, after);
    return CTL_OK;
}

/* What two files say by themselves, in the form in which the daemon answers. */
static int compare_here(struct ctl *c, const struct strategy *from,
                        const struct strategy *to)
{
    struct client_reply r = {.status = 200};
    struct compare cmp;
    struct err e;
    int code;

    if (!compare_strategies(from, to, tz_local(c->term.tz, c->term.now).date, NULL,
                            c->a, &cmp)) {
        err_nomem(&e);
        return ctl_fail(c, CTL_SOFTWARE, &e);
    }
    buf_init(&r.body, (size_t)64 << 20);
    compare_write(&r.body, &cmp);
    r.json = json_loadb(buf_cstr(&r.body), r.body.n, 0, NULL);
    code = answer(c, &r, "FIRST", "SECOND");
    client_reply_finish(&r);
    return code;
}

/* ---- the command ---- */

/* The texts of its files; a calendar beside them stays here. */
static void put_texts(struct jsonw *w, const char *name, const struct strategy *s)
{
    jsonw_array(w, name);
    for (size_t i = 0; i < s->n_files; i++) {
        if (!s->files[i].beside)
            jsonw_str(w, NULL, s->files[i].text);
    }
    jsonw_end_array(w);
}

static bool write_body(struct buf *body, const struct strategy *from,
                       const struct strategy *to, struct err *e)
{
    struct jsonw w;

    jsonw_init(&w, body);
    jsonw_object(&w, NULL);
    put_texts(&w, "to", to);
    if (from != NULL)
        put_texts(&w, "from", from);
    jsonw_end_object(&w);
    return buf_check(body, e) &&
           (body->n <= MAX_BODY ||
            err_set(e, ERR_USAGE, "too large to send: alignd takes 1 MiB"));
}

static int ask(struct ctl *c, const struct strategy *from, const struct strategy *to)
{
    struct client_reply r = {.status = 0};
    struct buf body;
    struct err e;
    int code;

    buf_init(&body, (size_t)16 << 20);
    code = write_body(&body, from, to, &e)
               ? client_ask(c->socket, "POST", "/v1/compare", buf_str(&body), 0, &r, &e)
               : CTL_USAGE;
    if (code == CTL_OK)
        answer(c, &r, from != NULL ? "FIRST" : "NOW", from != NULL ? "SECOND" : "THEN");
    else if (from != NULL && (code == CTL_UNREACHABLE || code == CTL_NO_PERMISSION))
        code = compare_here(c, from, to);
    else
        ctl_fail(c, code, &e);
    client_reply_finish(&r);
    buf_finish(&body);
    return code;
}

int cmd_compare(struct ctl *c)
{
    struct strategy *first, *second = NULL;
    int code = CTL_OK;

    first = load(c, c->args.v[0], &code);
    if (first != NULL && c->args.n > 1)
        second = load(c, c->args.v[1], &code);
    if (code == CTL_OK)
        code = second != NULL ? ask(c, first, second) : ask(c, NULL, first);
    strategy_unref(first);
    strategy_unref(second);
    return code;
}

/* ---- whatif ---- */

/* An option that may be given more than once: comma separated. */
static void put_list(struct ctl *c, struct jsonw *w, const char *name,
                     enum args_option o)
{
    struct str value, all = STR_NONE;
    size_t at = 0;

    while (args_each(&c->args, o, &at, &value))
        all =
            all.n > 0 ? ctl_text(c, "%.*s,%.*s", STR_FMT(all), STR_FMT(value)) : value;
    if (all.n > 0)
        jsonw_str(w, name, all);
}

static void put_one(struct ctl *c, struct jsonw *w, const char *name,
                    enum args_option o)
{
    if (args_has(&c->args, o))
        jsonw_str(w, name, args_value(&c->args, o));
}

int cmd_compare_whatif(struct ctl *c)
{
    const uint64_t any = ARGS_OPT(OPT_MOVE) | ARGS_OPT(OPT_DROP) | ARGS_OPT(OPT_ADD) |
                         ARGS_OPT(OPT_SHARE);
    struct client_reply r;
    const json_t *root;
    struct jsonw w;
    struct buf body;
    int code;

    if ((c->args.given & any) == 0)
        return ctl_usage(c, "say what would change: --move, --drop, --add or --share");
    buf_init(&body, MAX_BODY);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    put_list(c, &w, "move", OPT_MOVE);
    put_list(c, &w, "drop", OPT_DROP);
    put_list(c, &w, "share", OPT_SHARE);
    put_one(c, &w, "add", OPT_ADD);
    put_one(c, &w, "moves", OPT_MOVES);
    put_one(c, &w, "reach", OPT_REACH);
    put_one(c, &w, "impact", OPT_IMPACT);
    put_one(c, &w, "confidence", OPT_CONFIDENCE);
    put_one(c, &w, "effort", OPT_EFFORT);
    jsonw_end_object(&w);
    code = ctl_send(c, "POST", STR("/v1/whatif"), buf_str(&body), &r, &root);
    if (root != NULL)
        compare_print(c, root, "NOW", "THEN");
    client_reply_finish(&r);
    buf_finish(&body);
    return code;
}
