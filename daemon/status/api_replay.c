#include <jansson.h>

#include "base/jsonw.h"
#include "status/api_handlers.h"
#include "status/params.h"
#include "store/replay.h"

enum {
    MAX_CONFIG = 1 << 20,
    MAX_SINCE = 40,
    SHOWN = 2000, /* messages; the rest is counted */
    SUBJECTS = 3, /* of a section */
};

/* The answer while it is written. */
struct answer {
    struct jsonw w;
    struct arena *a;
    int64_t posts;
    struct channel_count {
        struct str name;
        int64_t posts, digests;
    } *channels;
    size_t n_channels, cap;
};

/* ---- one message ---- */

static struct str text_of(const json_t *v, const char *member)
{
    const json_t *s = json_object_get(v, member);

    return json_is_string(s)
               ? (struct str){json_string_value(s), json_string_length(s)}
               : STR_NONE;
}

static void write_section(struct jsonw *w, const json_t *s)
{
    const json_t *entry;
    size_t i;

    jsonw_object(w, NULL);
    jsonw_str(w, "rule", text_of(s, "rule"));
    jsonw_str(w, "headline", text_of(s, "headline"));
    jsonw_int(w, "total", json_integer_value(json_object_get(s, "total")));
    jsonw_array(w, "subjects");
    json_array_foreach(json_object_get(s, "entries"), i, entry)
    {
        if (i < SUBJECTS)
            jsonw_str(w, NULL, text_of(entry, "key"));
    }
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void write_post(struct jsonw *w, const struct replay_post *p, const json_t *n)
{
    const json_t *s;
    size_t i;

    jsonw_object(w, NULL);
    jsonw_time(w, "at", p->at);
    jsonw_str(w, "channel", p->channel);
    jsonw_str(w, "kind", text_of(n, "kind"));
    jsonw_opt(w, "group", text_of(n, "group"));
    jsonw_opt(w, "text", text_of(n, "text"));
    jsonw_array(w, "sections");
    json_array_foreach(json_object_get(n, "sections"), i, s) write_section(w, s);
    jsonw_end_array(w);
    jsonw_int(w, "resolved", json_integer_value(json_object_get(n, "total_resolved")));
    jsonw_end_object(w);
}

static bool count(struct answer *to, struct str channel, bool digest, struct err *e)
{
    struct channel_count *c;
    size_t i = 0;

    while (i < to->n_channels && !str_eq(to->channels[i].name, channel))
        i++;
    if (i == to->n_channels) {
        c = arena_grow(to->a, &to->channels, &to->n_channels, &to->cap, sizeof *c);
        if (c == NULL)
            return err_nomem(e);
        *c = (struct channel_count){.name = arena_str(to->a, channel)};
    }
    to->channels[i].posts++;
    to->channels[i].digests += digest;
    to->posts++;
    return !arena_failed(to->a) || err_nomem(e);
}

static bool take_post(void *arg, const struct replay_post *p, struct err *e)
{
    struct answer *to = arg;
    json_t *n = json_loadb(p->notice.p, p->notice.n, 0, NULL);
    bool ok;

    if (n == NULL)
        return err_nomem(e);
    if (to->posts < SHOWN)
        write_post(&to->w, p, n);
    ok = count(to, p->channel, str_eqz(text_of(n, "kind"), "digest"), e);
    json_decref(n);
    return ok;
}

/* ---- the answer ---- */

static void write_rest(struct answer *to, const struct replay_result *res,
                       struct wall since, bool posted)
{
    struct jsonw *w = &to->w;

    jsonw_end_array(w);
    jsonw_int(w, "total", to->posts);
    jsonw_array(w, "channels");
    for (size_t i = 0; i < to->n_channels; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "name", to->channels[i].name);
        jsonw_int(w, "messages", to->channels[i].posts);
        jsonw_int(w, "digests", to->channels[i].digests);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_time(w, "since", since);
    jsonw_time(w, "begun", res->begun);
    jsonw_time(w, "until", res->ended);
    jsonw_bool(w, "posted_config", posted);
    jsonw_int(w, "unread_versions", res->unread_versions);
    jsonw_array(w, "not_replayed");
    for (size_t i = 0; replay_unknown[i] != NULL; i++)
        jsonw_strz(w, NULL, replay_unknown[i]);
    jsonw_end_array(w);
}

static bool read_since(const struct api_env *env, struct str text, struct wall *ret,
                       struct err *e)
{
    const struct calendar *cal = &env->conf->cal;
    struct date d;

    if (!date_parse(text, &d))
        return err_set(e, ERR_USAGE, "'since' is a date such as 2026-10-01, not '%.*s'",
                       STR_FMT(str_first(text, MAX_SINCE)));
    *ret = tz_wall(cal->tz != NULL ? cal->tz : tz_utc(), d, 0);
    return true;
}

static bool replay(struct db *db, const struct api_env *env,
                   const struct eval_conf *conf, struct wall since, bool posted,
                   struct api_reply *reply, struct err *e)
{
    struct answer to = {.a = env->a};
    const struct replay what = {
        .conf = conf, .since = since, .now = env->now, .post = take_post, .arg = &to};
    struct replay_result res;

    jsonw_init(&to.w, &reply->body);
    jsonw_object(&to.w, NULL);
    jsonw_array(&to.w, "posts");
    if (!db_replay(db, &what, &res, e))
        return false;
    write_rest(&to, &res, since, posted);
    jsonw_bool(&to.w, "complete", res.ended.ms >= env->now.ms);
    jsonw_end_object(&to.w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_replay_post(struct db *db, const struct api_env *env,
                     const struct api_request *req, struct api_reply *reply,
                     struct err *e)
{
    const struct eval_conf *conf = env->conf;
    struct str_list config;
    struct str text;
    const struct params_field fields[] = {
        {.name = "since", .required = true, .max = MAX_SINCE, .ret = &text},
        {.name = "config", .max = MAX_CONFIG, .list = &config},
    };
    struct wall since;
    void *own = NULL;
    bool ok;

    if (!params_body(req, env->a, fields, ARRAY_LEN(fields), e) ||
        !read_since(env, text, &since, e))
        return false;
    if (config.n > 1)
        return err_set(e, ERR_USAGE, "'config' is the text of one file");
    if (config.n == 1 && !env->read_conf(env->conf, config.v[0], &conf, &own, e))
        return false;
    ok = replay(db, env, conf, since, config.n == 1, reply, e);
    if (own != NULL)
        env->drop_conf(own);
    return ok;
}
