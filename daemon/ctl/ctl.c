#include "ctl/ctl.h"

#include <stdarg.h>
#include <string.h>

#include "base/date.h"
#include "base/utf8.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/remote.h"

/* ---- messages ---- */

int ctl_fail(struct ctl *c, int code, const struct err *e)
{
    buf_addz(c->err, "alignctl: ");
    utf8_print_safe(c->err, str_of(e->msg), 1000);
    buf_addc(c->err, '\n');
    return code;
}

int ctl_usage(struct ctl *c, const char *fmt, ...)
{
    struct buf text;
    va_list ap;

    buf_init(&text, 4096);
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    buf_addz(c->err, "alignctl: ");
    utf8_print_safe(c->err, buf_str(&text), 1000);
    buf_addc(c->err, '\n');
    buf_finish(&text);
    return CTL_USAGE;
}

/* ---- JSON on a terminal ---- */

/* How much of it stands before a hostile character, and that one's length; 0: there is
   none. Line ends are between values, and stay. */
static size_t safe_part(struct str s, uint32_t *ret_cp, size_t *ret_n)
{
    size_t n = 0;

    while (n < s.n) {
        if ((unsigned char)s.p[n] < 0x7f) {
            n++;
            continue;
        }
        *ret_n = utf8_next(str_skip(s, n), ret_cp);
        if (utf8_hostile(*ret_cp))
            return n;
        n += *ret_n;
    }
    *ret_n = 0;
    return n;
}

static void add_escaped(struct buf *out, uint32_t cp)
{
    if (cp > 0xffff)
        buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (cp >> 10)),
                   (unsigned)(0xdc00 + (cp & 0x3ff)));
    else
        buf_printf(out, "\\u%04x", (unsigned)cp);
}

void ctl_json_safe(struct buf *json)
{
    struct str rest = buf_str(json);
    struct buf safe;
    uint32_t cp;
    size_t n;

    (void)safe_part(rest, &cp, &n);
    if (n == 0)
        return;
    buf_init(&safe, json->ceiling * 3); /* no escape is longer than that */
    while (rest.n > 0) {
        size_t plain = safe_part(rest, &cp, &n);

        buf_add(&safe, str_first(rest, plain));
        if (n > 0)
            add_escaped(&safe, cp);
        rest = str_skip(rest, plain + n);
    }
    buf_finish(json);
    *json = safe;
}

/* ---- asking ---- */

static int answer(struct ctl *c, int code, struct client_reply *r, const struct err *e,
                  const json_t **ret_json)
{
    *ret_json = NULL;
    if (code != CTL_OK)
        return ctl_fail(c, code, e);
    if (args_has(&c->args, OPT_JSON)) {
        buf_add(c->out, buf_str(&r->body));
        if (!str_has_suffix(buf_str(&r->body), STR("\n")))
            buf_addc(c->out, '\n');
    } else {
        *ret_json = r->json;
    }
    return CTL_OK;
}

int ctl_get(struct ctl *c, struct str path, int also, struct client_reply *ret,
            const json_t **ret_json)
{
    struct err e;
    int code;

    *ret = (struct client_reply){.status = 0};
    code = client_ask(c->socket, "GET", path.p, STR_NONE, also, ret, &e);
    return answer(c, code, ret, &e, ret_json);
}

int ctl_send(struct ctl *c, const char *method, struct str path, struct str body,
             struct client_reply *ret, const json_t **ret_json)
{
    struct err e;
    int code;

    *ret = (struct client_reply){.status = 0};
    code = client_ask(c->socket, method, path.p, body, 0, ret, &e);
    return answer(c, code, ret, &e, ret_json);
}

/* Adds the rows of the next page. *more: there are further ones. */
static int next_page(struct ctl *c, struct str path, const char *member, json_t *root,
                     int64_t want, bool *more)
{
    struct client_reply r = {.status = 0};
    json_t *rows = field_arr(root, member);
    struct buf text;
    struct err e;
    int code;

    buf_init(&text, CTL_PATH);
    buf_add(&text, path);
    ctl_query(&text, "limit", ctl_text(c, "%lld", (long long)want));
    ctl_query(&text, "cursor", field_str(root, "next"));
    code = client_ask(c->socket, "GET", buf_cstr(&text), STR_NONE, 0, &r, &e);
    buf_finish(&text);
    if (code != CTL_OK)
        return ctl_fail(c, code, &e);
    if (json_array_extend(rows, field_arr(r.json, member)) != 0 ||
        json_object_set(root, "next", json_object_get(r.json, "next")) != 0)
        code = CTL_SOFTWARE;
    *more = json_array_size(field_arr(r.json, member)) > 0 &&
            field_str(r.json, "next").n > 0;
    client_reply_finish(&r);
    return code;
}

int ctl_get_list(struct ctl *c, struct str path, const char *member,
                 struct client_reply *ret, const json_t **ret_json)
{
    enum { PAGE = 1000 };
    int64_t limit;
    struct buf first;
    struct err e;
    bool more;
    int code;

    *ret = (struct client_reply){.status = 0};
    *ret_json = NULL;
    if (!args_limit(&c->args, 100, &limit, &e))
        return ctl_fail(c, CTL_USAGE, &e);
    buf_init(&first, CTL_PATH);
    buf_add(&first, path);
    ctl_query(&first, "limit",
              ctl_text(c, "%lld", (long long)(limit < PAGE ? limit : PAGE)));
    code = ctl_get(c, arena_str(c->a, buf_str(&first)), 0, ret, ret_json);
    buf_finish(&first);
    more = field_str(*ret_json, "next").n > 0 && field_arr(*ret_json, member) != NULL;
    while (code == CTL_OK && more) {
        int64_t left = limit - (int64_t)json_array_size(field_arr(*ret_json, member));

        if (left <= 0)
            break;
        code = next_page(c, path, member, ret->json, left < PAGE ? left : PAGE, &more);
    }
    if (code != CTL_OK)
        *ret_json = NULL;
    return code;
}

struct str ctl_path(struct ctl *c, const char *before, struct str value,
                    const char *tail)
{
    struct str path;
    struct buf b;

    buf_init(&b, CTL_PATH);
    buf_addz(&b, before);
    client_encode(&b, value);
    buf_addz(&b, tail);
    path = arena_str(c->a, buf_str(&b));
    buf_finish(&b);
    return path;
}

void ctl_query(struct buf *path, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    buf_addc(path, str_chr(buf_str(path), '?') < 0 ? '?' : '&');
    buf_addz(path, name);
    buf_addc(path, '=');
    client_encode(path, value);
}

/* ---- texts ---- */

static struct str kept(struct ctl *c, struct buf *b)
{
    struct str s = arena_str(c->a, buf_str(b));

    buf_finish(b);
    return s;
}

struct str ctl_ago(struct ctl *c, struct wall when)
{
    struct buf b;

    buf_init(&b, 200);
    term_ago(&c->term, &b, when);
    return kept(c, &b);
}

struct str ctl_at(struct ctl *c, struct wall when)
{
    struct buf b;

    buf_init(&b, 200);
    term_at(&c->term, &b, when);
    return kept(c, &b);
}

struct str ctl_when(struct ctl *c, struct wall when)
{
    struct buf b;

    buf_init(&b, 200);
    term_when(&c->term, &b, when);
    return kept(c, &b);
}

struct str ctl_until(struct ctl *c, struct wall until)
{
    struct local l = tz_local(c->term.tz, until);
    struct str text;
    struct buf b;

    if (until.ms == 0)
        return STR("for good");
    if (l.minute != 0 || l.second != 0)
        return ctl_text(c, "until %.*s", STR_FMT(ctl_at(c, until)));
    buf_init(&b, 200);
    date_print(&b, date_from_days(date_to_days(l.date) - 1));
    text = kept(c, &b);
    return ctl_text(c, "to the end of %.*s", STR_FMT(text));
}

struct str ctl_percent(struct ctl *c, double ratio)
{
    return arena_printf(c->a, "%lld%%", (long long)(ratio * 100.0 + 1e-9));
}

struct str ctl_count(struct ctl *c, int64_t n, const char *one, const char *many)
{
    return arena_printf(c->a, "%lld %s", (long long)n, n == 1 ? one : many);
}

bool ctl_caution(struct ctl *c)
{
    struct client_reply r = {.status = 0};
    const json_t *p;
    struct err e;
    bool any = false;
    size_t i;

    if (client_ask(c->socket, "GET", "/healthz", STR_NONE, 503, &r, &e) != CTL_OK)
        return false;
    json_array_foreach(field_arr(r.json, "problems"), i, p)
    {
        struct str name = field_str(p, "name");

        term_line(&c->term, TERM_WARN, "But %.*s%s%.*s: %.*s",
                  STR_FMT(field_str(p, "part")), name.n > 0 ? " " : "", STR_FMT(name),
                  STR_FMT(field_str(p, "text")));
        any = true;
    }
    client_reply_finish(&r);
    return any;
}

/* ---- running ---- */

static int usage_error(struct ctl *c, const struct err *e)
{
    ctl_fail(c, CTL_USAGE, e);
    if (c->args.command.n > 0 && command_find(c->args.command) != NULL)
        buf_printf(c->err, "alignctl help %.*s explains it\n",
                   STR_FMT(c->args.command));
    else
        buf_addz(c->err, "alignctl help lists the commands\n");
    return CTL_USAGE;
}

static int unknown_command(struct ctl *c)
{
    const struct command *near = command_nearest(c->args.command);
    struct err e;

    if (near != NULL)
        err_set(&e, ERR_USAGE, "no command '%.*s': did you mean '%s'?",
                STR_FMT(str_first(c->args.command, 40)), near->name);
    else
        err_set(&e, ERR_USAGE, "no command '%.*s'",
                STR_FMT(str_first(c->args.command, 40)));
    return usage_error(c, &e);
}

static int run_command(struct ctl *c)
{
    const struct command *cmd = command_find(c->args.command);
    struct err e;

    if (args_has(&c->args, OPT_VERSION)) {
        buf_addz(c->out, "alignctl " ALIGND_VERSION "\n");
        return CTL_OK;
    }
    if (c->args.command.n > 0 && cmd == NULL)
        return unknown_command(c);
    if (args_has(&c->args, OPT_HELP))
        return cmd_help(c);
    if (cmd == NULL) {
        cmd_help(c);
        buf_add(c->err, buf_str(c->out));
        buf_clear(c->out);
        return CTL_USAGE;
    }
    if (!args_check(&c->args, cmd->takes, cmd->min, cmd->max, cmd->synopsis, &e))
        return usage_error(c, &e);
    return cmd->run(c);
}

static const char *choose_socket(struct ctl *c, const struct ctl_env *env)
{
    struct str given = args_value(&c->args, OPT_SOCKET);

    if (given.n > 0)
        return given.p; /* argv's, so it ends with NUL */
    return env->socket != NULL && env->socket[0] != '\0' ? env->socket : CTL_SOCKET;
}

static int finish(struct ctl *c, int code)
{
    struct err e;

    if (args_has(&c->args, OPT_JSON))
        ctl_json_safe(c->out);
    if (arena_failed(c->a) || !buf_ok(c->out)) {
        buf_clear(c->out);
        err_nomem(&e);
        return ctl_fail(c, CTL_SOFTWARE, &e);
    }
    if (args_has(&c->args, OPT_QUIET))
        buf_clear(c->out);
    return code;
}

int ctl_run(const struct ctl_env *env, int argc, char *const *argv, struct buf *out,
            struct buf *err)
{
    struct ctl c = {.out = out, .err = err};
    struct err e;
    int code;

    c.a = arena_create((size_t)256 << 20);
    if (c.a == NULL) {
        err_nomem(&e);
        return ctl_fail(&c, CTL_SOFTWARE, &e);
    }
    c.flush = env->flush;
    c.term = (struct term){out, env->columns, env->colour, env->now, env->tz};
    if (!args_read(&c.args, argc, argv, &e)) {
        code = usage_error(&c, &e);
    } else if (args_has(&c.args, OPT_HOST)) {
        code = remote_run(&c, env, argc, argv);
    } else {
        c.socket = choose_socket(&c, env);
        code = run_command(&c);
    }
    code = finish(&c, code);
    arena_destroy(c.a);
    return code;
}
