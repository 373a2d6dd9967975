#include "base/jsonw.h"
#include "base/utf8.h"
#include "config/config.h"
#include "config/file.h"
#include "ctl/commands.h"
#include "ctl/field.h"

enum { MAX_BODY = 1 << 20, NAMED = 150 };

/* ---- the file to try ---- */

/* What is wrong with it is said here, with its lines: the daemon tells the first error. */
static bool is_fine(struct ctl *c, struct str path, struct str text, int *ret_code)
{
    struct conf_diag *d = conf_diag_create();
    struct conf_env env;
    struct conf *conf;
    struct err e;

    if (d == NULL) {
        err_nomem(&e);
        *ret_code = ctl_fail(c, CTL_SOFTWARE, &e);
        return false;
    }
    conf_env_read(&env);
    conf_diag_fit(d, c->term.columns);
    conf = conf_load_text(path.p, text, &env, d);
    if (conf == NULL) {
        conf_diag_print(d, c->err);
        *ret_code = CTL_INVALID;
    }
    conf_destroy(conf);
    conf_diag_destroy(d);
    return conf != NULL;
}

static bool read_config(struct ctl *c, struct buf *ret, int *ret_code)
{
    struct str path = args_value(&c->args, OPT_CONFIG); /* argv's, so it ends with NUL */
    struct err e;

    if (!file_read(path.p, MAX_BODY, ret, NULL, &e)) {
        (void)err_wrap(&e, "%.*s", STR_FMT(utf8_cut(path, NAMED)));
        *ret_code = ctl_fail(c, CTL_INVALID, &e);
        return false;
    }
    if (is_fine(c, path, buf_str(ret), ret_code))
        return true;
    buf_finish(ret);
    return false;
}

/* `config` empty: by the settings in force. */
static bool write_body(struct ctl *c, struct buf *body, const struct buf *config,
                       struct err *e)
{
    struct jsonw w;

    jsonw_init(&w, body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "since", args_value(&c->args, OPT_SINCE));
    if (args_has(&c->args, OPT_CONFIG))
        jsonw_str(&w, "config", buf_str(config));
    jsonw_end_object(&w);
    return buf_check(body, e) &&
           (body->n <= MAX_BODY ||
            err_set(e, ERR_USAGE, "too large to send: alignd takes 1 MiB"));
}

/* ---- for people ---- */

static struct str subjects_of(struct ctl *c, const json_t *section)
{
    const json_t *names = field_arr(section, "subjects"), *one;
    int64_t more = field_int(section, "total") - (int64_t)json_array_size(names);
    struct str out = STR_NONE;
    size_t i;

    json_array_foreach(names, i, one) out = ctl_text(
        c, "%.*s%s%.*s", STR_FMT(out), i > 0 ? ", " : "", STR_FMT(field_text(one)));
    if (more > 0 && out.n > 0)
        out = ctl_text(c, "%.*s and %lld more", STR_FMT(out), (long long)more);
    return out;
}

static void put_line(struct ctl *c, struct str text)
{
    term_wrap(&c->term, TERM_PLAIN, 2, 4, text);
}

static void put_post(struct ctl *c, const json_t *p)
{
    struct str group = field_str(p, "group"), text = field_str(p, "text");
    int64_t over = field_int(p, "resolved");
    const json_t *s;
    size_t i;

    term_line(&c->term, TERM_BOLD, "%.*s  %.*s%s%.*s%s",
              STR_FMT(ctl_at(c, field_time(p, "at"))), STR_FMT(field_str(p, "channel")),
              group.n > 0 ? " (" : "", STR_FMT(group), group.n > 0 ? ")" : "");
    if (text.n > 0)
        put_line(c, str_eqz(field_str(p, "kind"), "digest")
                        ? ctl_text(c, "digest: %.*s", STR_FMT(text))
                        : text);
    json_array_foreach(field_arr(p, "sections"), i, s)
    {
        struct str names = subjects_of(c, s);

        put_line(c, ctl_text(c, "%.*s%s%.*s", STR_FMT(field_str(s, "headline")),
                             names.n > 0 ? ": " : "", STR_FMT(names)));
    }
    if (over > 0)
        put_line(c, ctl_text(c, "%lld resolved", (long long)over));
}

static void put_counts(struct ctl *c, const json_t *root)
{
    const json_t *v = field_arr(root, "channels"), *one;
    int64_t total = field_int(root, "total");
    struct str out = STR_NONE;
    size_t i;

    json_array_foreach(v, i, one)
    {
        int64_t digests = field_int(one, "digests");

        out = ctl_text(c, "%.*s%s%lld to %.*s", STR_FMT(out), i > 0 ? ", " : "",
                       (long long)field_int(one, "messages"),
                       STR_FMT(field_str(one, "name")));
        if (digests > 0)
            out = ctl_text(c, "%.*s (%.*s)", STR_FMT(out),
                           STR_FMT(ctl_count(c, digests, "digest", "digests")));
    }
    term_line(&c->term, TERM_BOLD, "%.*s would have been posted%s%.*s.",
              STR_FMT(total == 0 ? STR("Nothing")
                                 : ctl_count(c, total, "message", "messages")),
              total > 0 ? ": " : "", STR_FMT(out));
    if ((size_t)total > json_array_size(field_arr(root, "posts")))
        term_line(&c->term, TERM_PLAIN, "The first %zu of them are shown.",
                  json_array_size(field_arr(root, "posts")));
}

static void put(struct ctl *c, const json_t *root)
{
    const json_t *p;
    int64_t unread = field_int(root, "unread_versions");
    size_t i;

    json_array_foreach(field_arr(root, "posts"), i, p) put_post(c, p);
    term_gap(&c->term);
    put_counts(c, root);
    if (!field_bool(root, "complete"))
        term_line(&c->term, TERM_WARN,
                  "It took too long, and ended on %.*s: a later day needs less.",
                  STR_FMT(ctl_at(c, field_time(root, "until"))));
    if (unread > 0)
        term_line(&c->term, TERM_WARN, "%.*s no longer read: the one before stood for it.",
                  STR_FMT(ctl_count(c, unread, "version of the strategy is",
                                    "versions of the strategy are")));
    term_line(&c->term, TERM_PLAIN,
              "Nothing was posted. It was played from %.*s on, so that what was open by "
              "then is no news.",
              STR_FMT(ctl_at(c, field_time(root, "begun"))));
    term_line(&c->term, TERM_PLAIN, "History does not tell:");
    json_array_foreach(field_arr(root, "not_replayed"), i, p)
        term_wrap(&c->term, TERM_DIM, 2, 4,
                  ctl_text(c, "- %.*s", STR_FMT(field_text(p))));
}

int cmd_replay(struct ctl *c)
{
    struct client_reply r = {.status = 0};
    const json_t *root = NULL;
    struct buf config, body;
    int code = CTL_OK;
    struct err e;

    if (!args_has(&c->args, OPT_SINCE))
        return ctl_usage(c, "say since when: alignctl replay --since 2026-10-01");
    buf_init(&config, 0);
    if (args_has(&c->args, OPT_CONFIG) && !read_config(c, &config, &code))
        return code;
    buf_init(&body, (size_t)16 << 20);
    if (write_body(c, &body, &config, &e))
        code = ctl_send(c, "POST", STR("/v1/replay"), buf_str(&body), &r, &root);
    else
        code = ctl_fail(c, CTL_USAGE, &e);
    if (root != NULL)
        put(c, root);
    client_reply_finish(&r);
    buf_finish(&body);
    buf_finish(&config);
    return code;
}
