#include <time.h>

#include "ctl/commands.h"
#include "ctl/field.h"

enum { POLL_MS = 100, RELOAD_TRIES = 100 };

static void pause_a_moment(void)
{
    struct timespec ts = {.tv_nsec = POLL_MS * 1000000L};

    nanosleep(&ts, NULL);
}

/* The daemon's state without printing it; a failure has been said. */
static int look(struct ctl *c, struct client_reply *r)
{
    struct err e;
    int code;

    *r = (struct client_reply){.status = 0};
    code = client_ask(c->socket, "GET", "/v1/status", STR_NONE, 0, r, &e);
    return code == CTL_OK ? code : ctl_fail(c, code, &e);
}

/* ---- sync ---- */

/* How many syncs have ended of the source (empty: of the slowest), and whether one runs
   or what was found is still judged. Value sources are asked with all of them. */
static int64_t syncs_ended(const json_t *root, struct str source, bool *busy)
{
    int64_t least = -1;
    const json_t *s;
    size_t i;

    *busy = field_bool(root, "evaluating") ||
            (source.n == 0 && field_bool(root, "reading_values"));
    json_array_foreach(field_arr(root, "sources"), i, s)
    {
        int64_t n = field_int(s, "syncs");

        if (source.n > 0 && !str_eq(field_str(s, "name"), source))
            continue;
        *busy = *busy || field_bool(s, "running");
        if (least < 0 || n < least)
            least = n;
    }
    return least;
}

static bool concerns(struct str part, struct str name, struct str source)
{
    if (str_eqz(part, "store"))
        return true;
    if (str_eqz(part, "key-result"))
        return source.n == 0;
    return str_eqz(part, "source") && (source.n == 0 || str_eq(name, source));
}

/* What is not well with the source (empty: any, of values too), or with the store that
   keeps what it says, on standard error. */
static bool tell_failures(struct ctl *c, const json_t *root, struct str source)
{
    const json_t *p;
    bool any = false;
    size_t i;

    json_array_foreach(field_arr(root, "problems"), i, p)
    {
        struct str name = field_str(p, "name"), part = field_str(p, "part");
        struct err e;

        if (!concerns(part, name, source))
            continue;
        err_set(&e, ERR_REMOTE, "%.*s%s%.*s: %.*s", STR_FMT(part),
                name.n > 0 ? " " : "", STR_FMT(name), STR_FMT(field_str(p, "text")));
        ctl_fail(c, CTL_DRIFT, &e);
        any = true;
    }
    return any;
}

/* A reload has removed what was waited for. Of every source: then there is none. */
static bool tell_removed(struct ctl *c, struct str source)
{
    struct err e;

    if (source.n == 0)
        return false;
    err_set(&e, ERR_NOT_FOUND, "source %.*s is not configured any more",
            STR_FMT(source));
    ctl_fail(c, CTL_DRIFT, &e);
    return true;
}

/* CTL_DRIFT: it is over, and not everything came. */
static int wait_for_sync(struct ctl *c, struct str source, int64_t before)
{
    for (;;) {
        struct client_reply r;
        bool busy, done, failed = false;
        int64_t ended;
        int code;

        pause_a_moment();
        code = look(c, &r);
        if (code != CTL_OK)
            return code;
        ended = syncs_ended(r.json, source, &busy);
        done = ended < 0 || (ended > before && !busy);
        if (done)
            failed = tell_failures(c, r.json, source) ||
                     (ended < 0 && tell_removed(c, source));
        client_reply_finish(&r);
        if (done)
            return failed ? CTL_DRIFT : CTL_OK;
    }
}

static int ask_for_sync(struct ctl *c, struct str source)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    buf_init(&path, CTL_PATH);
    buf_addz(&path, "/v1/sync");
    ctl_query(&path, "source", source);
    if (args_has(&c->args, OPT_LIST))
        ctl_query(&path, "list", STR("true"));
    if (args_has(&c->args, OPT_ACCEPT))
        ctl_query(&path, "accept", STR("true"));
    code = ctl_send(c, "POST", arena_str(c->a, buf_str(&path)), STR_NONE, &r, &root);
    buf_finish(&path);
    client_reply_finish(&r);
    return code;
}

int cmd_daemon_sync_and_wait(struct ctl *c, struct str source)
{
    struct client_reply before;
    int64_t ended;
    bool busy;
    int code = look(c, &before);

    if (code != CTL_OK)
        return code;
    ended = syncs_ended(before.json, source, &busy);
    client_reply_finish(&before);
    code = ask_for_sync(c, source);
    return code == CTL_OK ? wait_for_sync(c, source, ended) : code;
}

int cmd_daemon_sync(struct ctl *c)
{
    struct str source = c->args.n > 0 ? c->args.v[0] : STR_NONE;
    struct str name = source.n > 0 ? source : STR("every source");
    bool wait = args_has(&c->args, OPT_WAIT);
    int code;

    if (args_has(&c->args, OPT_ACCEPT) && source.n == 0)
        return ctl_usage(c, "name the source: alignctl sync SOURCE --accept");

    code = wait ? cmd_daemon_sync_and_wait(c, source) : ask_for_sync(c, source);
    if (code != CTL_OK || args_has(&c->args, OPT_JSON))
        return code;
    if (wait)
        term_line(&c->term, TERM_GOOD, "Synced %.*s.", STR_FMT(name));
    else
        term_line(&c->term, TERM_GOOD,
                  "Syncing %.*s now; alignctl status shows when it is done.",
                  STR_FMT(name));
    return CTL_OK;
}

/* ---- reload ---- */

/* Whether the reload's outcome is known: a newer one is in force, or it failed. */
static bool reload_ended(const json_t *root, int64_t before, bool had_error, int tries)
{
    const json_t *conf = field_obj(root, "configuration");

    if (field_int(conf, "generation") != before)
        return true;
    /* An error from before the reload says nothing until the reload has had its time.
     */
    return field_has(conf, "error") && (!had_error || tries > RELOAD_TRIES / 5);
}

static int tell_reload(struct ctl *c, const json_t *root, int64_t before)
{
    const json_t *conf = field_obj(root, "configuration");
    struct str error = field_str(conf, "error");
    struct err e;

    if (field_int(conf, "generation") != before) {
        const json_t *s = field_obj(root, "strategy");

        if (!args_has(&c->args, OPT_JSON))
            term_line(&c->term, TERM_GOOD, "Reloaded: strategy '%.*s' is in force.",
                      STR_FMT(field_str(s, "name")));
        return CTL_OK;
    }
    err_set(&e, ERR_CONFIG, "it does not load, what was in force stays: %.*s",
            STR_FMT(str_first(error, 150)));
    ctl_fail(c, CTL_INVALID, &e);
    buf_addz(c->err, "alignd --check shows every error\n");
    return CTL_INVALID;
}

static int watch_reload(struct ctl *c, int64_t before, bool had_error)
{
    for (int i = 0; i < RELOAD_TRIES; i++) {
        struct client_reply r;
        int code;

        pause_a_moment();
        code = look(c, &r);
        if (code != CTL_OK)
            return code;
        if (reload_ended(r.json, before, had_error, i)) {
            code = tell_reload(c, r.json, before);
            client_reply_finish(&r);
            return code;
        }
        client_reply_finish(&r);
    }
    if (!args_has(&c->args, OPT_JSON))
        term_line(&c->term, TERM_WARN,
                  "It is still being read; alignctl status tells the outcome.");
    return CTL_OK;
}

int cmd_daemon_reload(struct ctl *c)
{
    struct client_reply r;
    const json_t *root, *conf;
    int64_t before;
    bool had_error;
    int code = look(c, &r);

    if (code != CTL_OK)
        return code;
    conf = field_obj(r.json, "configuration");
    before = field_int(conf, "generation");
    had_error = field_has(conf, "error");
    client_reply_finish(&r);
    code = ctl_send(c, "POST", STR("/v1/reload"), STR_NONE, &r, &root);
    client_reply_finish(&r);
    return code == CTL_OK ? watch_reload(c, before, had_error) : code;
}
