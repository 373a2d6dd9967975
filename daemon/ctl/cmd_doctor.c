#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "ctl/commands.h"
#include "ctl/field.h"

#define DEFAULT_CONFIG "/etc/alignd/alignd.yaml"

struct doctor {
    struct ctl *c;
    struct str part, name; /* of the heading above */
    size_t n, n_wrong;
};

/* ---- one line ---- */

static void put_heading(struct doctor *d, struct str part, struct str name)
{
    if (str_eq(part, d->part) && str_eq(name, d->name))
        return;
    d->part = part;
    d->name = name;
    term_gap(&d->c->term);
    term_line(&d->c->term, TERM_BOLD, "%.*s%s%.*s", STR_FMT(part),
              name.n > 0 ? " " : "", STR_FMT(name));
}

static void put_check(struct doctor *d, struct str level, struct str what,
                      struct str text, struct str fix)
{
    struct ctl *c = d->c;
    enum term_style style = TERM_GOOD;

    if (str_eqz(level, "warn"))
        style = TERM_WARN;
    else if (!str_eqz(level, "ok"))
        style = TERM_BAD;
    d->n++;
    d->n_wrong += style != TERM_GOOD;
    term_wrap(
        &c->term, style, 2, 7,
        ctl_text(c, "%-4.*s %.*s: %.*s", STR_FMT(level), STR_FMT(what), STR_FMT(text)));
    if (fix.n > 0)
        term_wrap(&c->term, TERM_PLAIN, 7, 9, fix);
}

static int verdict(struct doctor *d, int code)
{
    struct ctl *c = d->c;

    term_gap(&c->term);
    if (d->n_wrong == 0)
        term_line(&c->term, TERM_GOOD, "All is well: %zu checks.", d->n);
    else
        term_line(&c->term, TERM_BAD, "%zu of %zu checks need attention.", d->n_wrong,
                  d->n);
    if (code == CTL_OK && d->n_wrong > 0 && args_has(&c->args, OPT_FAIL))
        return CTL_DRIFT;
    return code;
}

/* ---- where alignd does not run ---- */

static void check_socket(struct doctor *d)
{
    struct ctl *c = d->c;
    struct group *g;
    struct stat st;

    put_heading(d, STR("socket"), STR_NONE);
    if (stat(c->socket, &st) != 0) {
        put_check(d, STR("bad"), STR("path"),
                  ctl_text(c, "%s: %s", c->socket, strerror(errno)),
                  STR("sudo systemctl start alignd.socket alignd"));
        return;
    }
    g = getgrgid(st.st_gid);
    put_check(d, STR("ok"), STR("path"),
              g != NULL ? ctl_text(c, "%s, mode %04o, group %s", c->socket,
                                   (unsigned)st.st_mode & 07777U, g->gr_name)
                        : ctl_text(c, "%s, mode %04o, group %u", c->socket,
                                   (unsigned)st.st_mode & 07777U, (unsigned)st.st_gid),
              STR_NONE);
}

static void check_config(struct doctor *d)
{
    struct ctl *c = d->c;
    struct str given = args_value(&c->args, OPT_CONFIG);
    const char *path = given.n > 0 ? arena_strdup(c->a, given) : DEFAULT_CONFIG;
    struct conf_diag *diag = conf_diag_create();
    struct strategy *s = NULL;
    struct conf_env env;
    struct conf *conf;

    if (diag == NULL || path == NULL) {
        conf_diag_destroy(diag);
        return;
    }
    conf_env_read(&env);
    conf = conf_load(path, &env, diag);
    if (conf != NULL)
        s = strategy_load(conf->strategy_path.p, diag);
    put_heading(d, STR("configuration"), STR_NONE);
    if (conf_diag_errors(diag) > 0 || s == NULL)
        put_check(d, STR("bad"), STR("files"),
                  ctl_text(c, "%.*s", STR_FMT(conf_diag_first(diag))),
                  ctl_text(c, "alignd -c %s --check shows every error", path));
    else
        put_check(d, STR("ok"), STR("files"),
                  ctl_text(c, "%s and strategy '%.*s' load: %zu sources, %zu channels",
                           path, STR_FMT(s->name), conf->n_sources, conf->n_channels),
                  STR_NONE);
    if (conf != NULL && access(conf->state_dir.p, F_OK) != 0) {
        put_heading(d, STR("state"), STR_NONE);
        put_check(d, STR("warn"), STR("directory"),
                  ctl_text(c, "%.*s: %s", STR_FMT(conf->state_dir), strerror(errno)),
                  STR("its first start makes it"));
    }
    strategy_unref(s);
    conf_destroy(conf);
    conf_diag_destroy(diag);
}

static int without_daemon(struct ctl *c, int code, const struct err *e)
{
    struct doctor d = {.c = c};

    ctl_fail(c, code, e);
    if (args_has(&c->args, OPT_JSON))
        return code;
    check_config(&d);
    check_socket(&d);
    put_heading(&d, STR("alignd"), STR_NONE);
    put_check(&d, STR("bad"), STR("running"), STR("it does not answer here"),
              STR("sudo systemctl enable --now alignd.socket alignd; journalctl -u "
                  "alignd tells why it ends"));
    return verdict(&d, code);
}

/* ---- asked of the daemon ---- */

static int show(struct ctl *c, const json_t *root)
{
    struct doctor d = {.c = c};
    const json_t *k;
    size_t i;

    json_array_foreach(field_arr(root, "checks"), i, k)
    {
        struct str text = field_str(k, "text");

        put_heading(&d, field_str(k, "part"), field_str(k, "name"));
        if (field_has(k, "at"))
            text = ctl_text(c, "%.*s (%.*s)", STR_FMT(text),
                            STR_FMT(ctl_ago(c, field_time(k, "at"))));
        put_check(&d, field_str(k, "level"), field_str(k, "what"), text,
                  field_str(k, "fix"));
    }
    return verdict(&d, CTL_OK);
}

int cmd_doctor(struct ctl *c)
{
    struct client_reply r = {.status = 0};
    struct err e;
    int code;

    if (args_has(&c->args, OPT_SYNC)) {
        size_t said = c->out->n;

        code = cmd_daemon_sync_and_wait(c, STR_NONE);
        buf_truncate(c->out, said); /* one document with --json */
        if (code != CTL_OK && code != CTL_DRIFT && code != CTL_UNREACHABLE)
            return code;
    }
    code = client_ask(c->socket, "GET", "/v1/doctor", STR_NONE, 0, &r, &e);
    if (code == CTL_UNREACHABLE)
        return without_daemon(c, code, &e);
    if (code != CTL_OK)
        return ctl_fail(c, code, &e);
    if (args_has(&c->args, OPT_JSON)) {
        buf_add(c->out, buf_str(&r.body));
        if (args_has(&c->args, OPT_FAIL) &&
            field_int(r.json, "warn") + field_int(r.json, "bad") > 0)
            code = CTL_DRIFT;
    } else {
        code = show(c, r.json);
    }
    client_reply_finish(&r);
    return code;
}
