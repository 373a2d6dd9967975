#include "connectors/chat/slack_app.h"

#include "base/jsonw.h"
#include "connectors/chat/post.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/verdict.h"
#include "core/notice.h"

/* A header is made of it. */
static bool token_fits(struct str value, struct err *e)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] <= ' ' || value.p[i] >= 0x7f)
            return err_set(e, ERR_CONFIG, "a token has no blanks and only ASCII");
    }
    return true;
}

static const struct conf_key slack_app_keys[] = {
    {.name = "token",
     .type = CONF_SECRET,
     .offset = offsetof(struct slack_app_conf, token),
     .required = true,
     .fits = token_fits,
     .live = true,
     .doc = "The app's bot token (xoxb-), by reference; it needs the scope chat:write."},
    {.name = "channel",
     .type = CONF_STR,
     .offset = offsetof(struct slack_app_conf, channel),
     .required = true,
     .max = 80,
     .live = true,
     .doc = "The channel's id, C0123456789; the app must have been invited to it."},
    {.name = "url",
     .type = CONF_URL,
     .offset = offsetof(struct slack_app_conf, url),
     .dflt = "https://slack.com/api",
     .live = true,
     .doc = "Where Slack's Web API begins."},
    {0},
};

/* ---- message ---- */

/* The `ts` in what receipt() made, if it is of the channel that is posted to. */
static struct str thread_of(const struct slack_app_conf *own, struct str reply_to)
{
    ptrdiff_t blank = str_chr(reply_to, ' ');

    if (blank <= 0 || !str_eq(str_first(reply_to, (size_t)blank), own->channel))
        return STR_NONE;
    return str_skip(reply_to, (size_t)blank + 1);
}

static bool add_headers(const struct slack_app_conf *own, struct arena *a,
                        struct http_request *req, struct err *e)
{
    struct http_header *h = arena_array(a, 2, sizeof(*h));

    if (h == NULL)
        return err_nomem(e);
    h[0] = req->headers[0];
    h[1] = (struct http_header){
        STR("Authorization"),
        arena_printf(a, "Bearer %.*s", STR_FMT(own->token.value))};
    req->headers = h;
    req->n_headers = 2;
    return !arena_failed(a) || err_nomem(e);
}

static bool slack_app_follows(const struct chat_conf *conf, struct str receipt)
{
    return thread_of(conf->own, receipt).n > 0;
}

/* Where it goes, as members of the request: chat.update takes no others. */
static void write_place(struct jsonw *w, const struct slack_app_conf *own,
                        const struct notice *n, const struct chat_attempt *at)
{
    struct str edit = thread_of(own, at->edit), thread = thread_of(own, at->reply_to);

    /* A person's id stands for the direct messages with them. */
    jsonw_str(w, "channel", n->to.n > 0 ? n->to : own->channel);
    if (edit.n > 0) {
        jsonw_str(w, "ts", edit);
        return;
    }
    if (thread.n > 0)
        jsonw_str(w, "thread_ts", thread);
    jsonw_bool(w, "unfurl_links", false);
    jsonw_bool(w, "unfurl_media", false);
}

static bool slack_app_render(const struct chat_conf *conf, const struct notice *n,
                             const struct chat_attempt *at, struct arena *a,
                             struct http_request *ret_req, struct err *e)
{
    const struct slack_app_conf *own = conf->own;
    bool edits = thread_of(own, at->edit).n > 0;
    struct str url = arena_printf(a, "%.*s/%s", STR_FMT(own->url),
                                  edits ? "chat.update" : "chat.postMessage");
    struct chat_attempt as = *at;
    struct http_request req = {0};
    struct buf body;
    struct jsonw w;
    bool ok;

    if (!token_fits(own->token.value, e))
        return false;
    buf_init(&body, (size_t)1 << 20);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    write_place(&w, own, n, at);
    as.resent = at->resent && !edits; /* changed twice is changed once */
    ok = slack_write(&w, n, &as, a, e);
    if (edits && at->plain) { /* those it had would stay */
        jsonw_array(&w, "blocks");
        jsonw_end_array(&w);
    }
    jsonw_end_object(&w);
    ok = ok && post_json(a, url, &body, &req, e) && add_headers(own, a, &req, e);
    if (ok)
        *ret_req = req;
    buf_finish(&body);
    return ok;
}

/* ---- answers ---- */

static const struct verdict_row slack_app_rows[] = {
    {0, "ratelimited", CHAT_RETRY},
    {0, "rate_limited", CHAT_RETRY},
    {0, "service_unavailable", CHAT_RETRY},
    {0, "request_timeout", CHAT_RETRY},
    {0, "team_added_to_org", CHAT_RETRY},
    {0, "internal_error", CHAT_UNCERTAIN},
    {0, "fatal_error", CHAT_UNCERTAIN}, /* "some aspect may have succeeded" */
    {0, "msg_too_long", CHAT_PLAIN},
    {0, "msg_blocks_too_long", CHAT_PLAIN},
    {0, "invalid_blocks", CHAT_PLAIN},
    {0, "invalid_blocks_format", CHAT_PLAIN},
    {0, "invalid_arguments", CHAT_PLAIN},
    {0, "no_text", CHAT_PLAIN},
    {0, "thread_not_found", CHAT_OTHERWISE},
    {0, "message_not_found", CHAT_OTHERWISE},
    {0, "cannot_reply_to_message", CHAT_OTHERWISE},
    {0, "restricted_action_thread_locked", CHAT_OTHERWISE},
    {0, "restricted_action_non_threadable_channel", CHAT_OTHERWISE},
    {0, "cant_update_message", CHAT_OTHERWISE},
    {0, "edit_window_closed", CHAT_OTHERWISE},
    {0, "block_mismatch", CHAT_OTHERWISE},
    {0, "is_inactive", CHAT_OTHERWISE},
    {0, "channel_not_found", CHAT_DEAD},
    {0, "not_in_channel", CHAT_DEAD},
    {0, "is_archived", CHAT_DEAD},
    {0, "restricted_action", CHAT_DEAD},
    {0, "restricted_action_read_only_channel", CHAT_DEAD},
    {0, "restricted_action_thread_only_channel", CHAT_DEAD},
    {0, "invalid_auth", CHAT_DEAD},
    {0, "not_authed", CHAT_DEAD},
    {0, "account_inactive", CHAT_DEAD},
    {0, "token_revoked", CHAT_DEAD},
    {0, "token_expired", CHAT_DEAD},
    {0, "missing_scope", CHAT_DEAD},
    {0, "no_permission", CHAT_DEAD},
    {0, "access_denied", CHAT_DEAD},
    {0, "accesslimited", CHAT_DEAD},
    {0, "ekm_access_denied", CHAT_DEAD},
    {0, "org_login_required", CHAT_DEAD},
    {0, "team_access_not_granted", CHAT_DEAD},
};

static enum chat_verdict slack_app_judge(const struct chat_conf *conf,
                                         const struct http_response *resp,
                                         const struct err *failure, struct wall now,
                                         struct dur *ret_after, struct err *e)
{
    static const char *const ok[] = {"ok", NULL}, *const error[] = {"error", NULL};
    enum chat_verdict v = verdict_of_http(resp, failure, now, ret_after, e);
    char said[8], word[64];
    struct str good;

    (void)conf;
    if (resp == NULL || v != CHAT_DELIVERED)
        return v;
    good = verdict_member(resp->body, ok, said, sizeof said);
    if (str_eqz(good, "true"))
        return v;
    *ret_after = verdict_retry_after(resp, now);
    if (str_eqz(good, "false")) {
        err_set(e, ERR_REMOTE, "answered %d: not ok", resp->status);
        return verdict_by_rows(slack_app_rows, ARRAY_LEN(slack_app_rows), resp->status,
                               verdict_member(resp->body, error, word, sizeof word),
                               CHAT_REJECTED, e);
    }
    err_set(e, ERR_REMOTE, "answered %d without 'ok'", resp->status);
    return CHAT_UNCERTAIN;
}

/* "CHANNEL TS", the channel as it is configured. */
static struct str slack_app_receipt(const struct chat_conf *conf,
                                    const struct http_response *resp, struct arena *a)
{
    static const char *const path[] = {"ts", NULL};
    const struct slack_app_conf *own = conf->own;
    char text[40];
    struct str ts = verdict_member(resp->body, path, text, sizeof text);

    for (size_t i = 0; i < ts.n; i++) {
        if ((ts.p[i] < '0' || ts.p[i] > '9') && ts.p[i] != '.')
            return STR_NONE;
    }
    return ts.n > 0 ? arena_printf(a, "%.*s %.*s", STR_FMT(own->channel), STR_FMT(ts))
                    : STR_NONE;
}

const struct chat_ops slack_app_ops = {
    .name = "slack-app",
    .keys = slack_app_keys,
    .conf_size = sizeof(struct slack_app_conf),
    .to_people = true,
    .render = slack_app_render,
    .judge = slack_app_judge,
    .receipt = slack_app_receipt,
    .follows = slack_app_follows,
};
