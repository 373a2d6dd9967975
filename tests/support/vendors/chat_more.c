/* Slack's Web API, Teams, Discord, Mattermost and Google Chat: addresses and answers as theirs are. */
#include <stdio.h>
#include <string.h>

#include "tests/support/vendors/chat_inside.h"

/* The part of the path after the last slash. */
static const char *last_part(const struct request *rq)
{
    const char *slash = strrchr(rq->path, '/');

    return slash ? slash + 1 : rq->path;
}

static bool has_part(const struct request *rq, const char *part)
{
    const char *p = strstr(rq->path, part);
    size_t n = strlen(part);

    return p && p > rq->path && p[-1] == '/' && (p[n] == '/' || p[n] == '\0');
}

/* What all of them need: the method and a body that is JSON. */
static json_t *begin(const struct request *rq, struct reply *rp, const char *name)
{
    rp->class_ = name;
    rp->identity = true;
    return strcmp(rq->method, "POST") == 0 ? chat_body(rq) : NULL;
}

/* ---- Teams ---- */

static void teams_error(struct reply *rp, int status, const char *code)
{
    reply_json(rp, status,
               json_pack("{s:{s:s, s:s}}", "error", "code", code, "message",
                         "The request could not be processed."));
}

static int teams_status(const struct request *rq, const json_t *body, const char **code)
{
    const char *sig = request_arg(rq, "sig");

    if (!sig || !*sig) {
        *code = "DirectApiAuthorizationRequired";
        return 401;
    }
    if (has_part(rq, "gone")) {
        *code = "WorkflowNotFound";
        return 404;
    }
    if (has_part(rq, "off")) {
        *code = "WorkflowTriggerIsNotEnabled";
        return 400;
    }
    *code = body ? chat_check_teams(body, rq->body.n) : "InvalidRequestContent";
    if (!*code) {
        return 202;
    }
    return strcmp(*code, "RequestEntityTooLarge") == 0 ? 413 : 400;
}

void chat_teams(struct chat *c, const struct request *rq, struct reply *rp)
{
    json_t *body = begin(rq, rp, "teams");
    const char *code = NULL;
    int status = teams_status(rq, body, &code);

    chat_keep(c, rq, body, code ? code : "ok", !code);
    if (code) {
        teams_error(rp, status, code);
    } else {
        rp->status = status; /* nothing is said */
    }
    json_decref(body);
}

/* ---- Discord ---- */

static void discord_error(struct reply *rp, int status, int code, const char *message)
{
    reply_json(rp, status, json_pack("{s:s, s:i}", "message", message, "code", code));
}

static void discord_message(struct reply *rp, const json_t *body)
{
    reply_json(rp, 200,
               json_pack("{s:s, s:i, s:s, s:s, s:o, s:b}", "id", "1102938475610293847",
                         "type", 0, "content", json_text(body, "content", ""),
                         "channel_id", "1029384756102938475", "embeds",
                         json_object_get(body, "embeds")
                             ? json_deep_copy(json_object_get(body, "embeds"))
                             : json_array(),
                         "mention_everyone", 0));
}

static const char *discord_refuse(const struct request *rq, const json_t *body,
                                  struct reply *rp)
{
    const char *token = last_part(rq);
    const char *wrong;

    if (strcmp(token, "unknown") == 0) {
        discord_error(rp, 404, 10015, "Unknown Webhook");
        return "Unknown Webhook";
    }
    if (strcmp(token, "wrong") == 0) {
        discord_error(rp, 401, 50027, "Invalid Webhook Token");
        return "Invalid Webhook Token";
    }
    if (strcmp(token, "busy") == 0) {
        reply_json(rp, 429,
                   json_pack("{s:s, s:f, s:b}", "message", "You are being rate limited.",
                             "retry_after", 1.25, "global", 0));
        reply_header(rp, "Retry-After", "1");
        reply_header(rp, "X-RateLimit-Remaining", "0");
        return "rate limited";
    }
    wrong = body ? chat_check_discord(body) : "The request body contains invalid JSON.";
    if (wrong) {
        discord_error(rp, 400, body ? 50035 : 50109, wrong);
    }
    return wrong;
}

void chat_discord(struct chat *c, const struct request *rq, struct reply *rp)
{
    json_t *body = begin(rq, rp, "discord");
    const char *wrong = discord_refuse(rq, body, rp);
    const char *wait = request_arg(rq, "wait");

    chat_keep(c, rq, body, wrong ? wrong : "ok", !wrong);
    if (!wrong && wait && strcmp(wait, "true") == 0) {
        discord_message(rp, body);
    } else if (!wrong) {
        rp->status = 204;
    }
    json_decref(body);
}

/* ---- Mattermost ---- */

static int mattermost_status(const struct request *rq, const json_t *body,
                             const char **id)
{
    static const struct {
        const char *key;
        int status;
        const char *id;
    } hooks[] = {
        {"gone", 400, "web.incoming_webhook.invalid.app_error"},
        {"disabled", 501, "web.incoming_webhook.disabled.app_error"},
        {"locked", 403, "web.incoming_webhook.channel_locked.app_error"},
        {"lost", 404, "web.incoming_webhook.channel.app_error"},
    };

    for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
        if (strcmp(last_part(rq), hooks[i].key) == 0) {
            *id = hooks[i].id;
            return hooks[i].status;
        }
    }
    *id = body ? chat_check_mattermost(body) : "web.incoming_webhook.parse.app_error";
    return *id ? 400 : 200;
}

void chat_mattermost(struct chat *c, const struct request *rq, struct reply *rp)
{
    json_t *body = begin(rq, rp, "mattermost");
    const char *id = NULL;
    int status = mattermost_status(rq, body, &id);

    chat_keep(c, rq, body, id ? id : "ok", !id);
    if (id) {
        reply_json(rp, status,
                   json_pack("{s:s, s:s, s:s, s:s, s:i}", "id", id, "message",
                             "The request was refused.", "detailed_error", "",
                             "request_id", "qe3eyht563d1b8xani3g93dgfh", "status_code",
                             status));
    } else {
        reply_text(rp, 200, "text/plain", "ok");
    }
    json_decref(body);
}

/* ---- Slack's Web API ---- */

/* Whether a message of the channel was answered with that `ts`. */
static bool slack_app_knows(const struct chat *c, const json_t *body, const char *ts)
{
    const char *channel = json_text(body, "channel", "");
    const json_t *one;
    size_t i;

    json_array_foreach(chat_messages(c), i, one)
    {
        const json_t *said = json_object_get(one, "body");

        if (strcmp(json_text(one, "answer", ""), ts) == 0 &&
            strcmp(json_text(said, "channel", ""), channel) == 0) {
            return true;
        }
    }
    return false;
}

/* chat.update, in a workspace whose messages can be changed for a while. */
static const char *slack_app_refuse_update(struct chat *c, const struct request *rq,
                                           const json_t *body)
{
    static const char *const keys[] = {"channel", "ts", "text", "blocks", NULL};

    if (!chat_only(body, keys)) {
        return "invalid_arguments";
    }
    if (!slack_app_knows(c, body, json_text(body, "ts", ""))) {
        return "message_not_found";
    }
    return strcmp(request_header(rq, "Authorization"), "Bearer xoxb-locked") == 0
               ? "edit_window_closed"
               : NULL;
}

static const char *slack_app_refuse(struct chat *c, const struct request *rq,
                                    const json_t *body)
{
    const char *auth = request_header(rq, "Authorization");
    const char *thread = json_text(body, "thread_ts", NULL);
    bool update = strcmp(last_part(rq), "chat.update") == 0;
    const char *answer;

    if (!auth) {
        return "not_authed";
    }
    if (strncmp(auth, "Bearer xoxb-", 12) != 0) {
        return "invalid_auth";
    }
    if (strcmp(auth, "Bearer xoxb-revoked") == 0) {
        return "token_revoked";
    }
    if (!body) {
        return "invalid_arguments";
    }
    if (strncmp(json_text(body, "channel", ""), "C1", 2) != 0 &&
        (update || strncmp(json_text(body, "channel", ""), "U1", 2) != 0)) {
        return "channel_not_found";
    }
    if (thread && !slack_app_knows(c, body, thread)) {
        return "thread_not_found";
    }
    answer = update ? slack_app_refuse_update(c, rq, body) : NULL;
    if (answer) {
        return answer;
    }
    answer = chat_check_slack(body);
    return strcmp(answer, "ok") == 0 ? NULL : answer;
}

/* What is kept has its `ts` as the answer. */
void chat_slack_app(struct chat *c, const struct request *rq, struct reply *rp)
{
    json_t *body = begin(rq, rp, "slack-app");
    bool update = strcmp(last_part(rq), "chat.update") == 0;
    const char *wrong = update || strcmp(last_part(rq), "chat.postMessage") == 0
                            ? slack_app_refuse(c, rq, body)
                            : "unknown_method";
    char ts[40];

    (void)snprintf(ts, sizeof ts, "1700000000.%06zu",
                   json_array_size(chat_messages(c)) + 1);
    if (update && !wrong) {
        (void)snprintf(ts, sizeof ts, "%s", json_text(body, "ts", ""));
    }
    chat_keep(c, rq, body, wrong ? wrong : ts, !wrong);
    if (wrong) {
        reply_json(rp, 200, json_pack("{s:b, s:s}", "ok", 0, "error", wrong));
    } else {
        reply_json(rp, 200,
                   json_pack("{s:b, s:s, s:s, s:{s:s}}", "ok", 1, "channel",
                             json_text(body, "channel", ""), "ts", ts, "message", "type",
                             "message"));
    }
    json_decref(body);
}

/* ---- Google Chat ---- */

static int google_status(const struct request *rq, const json_t *body,
                         const char **word, const char **message)
{
    const char *key = request_arg(rq, "key"), *token = request_arg(rq, "token");

    *word = "INVALID_ARGUMENT";
    if (key && strcmp(key, "bad") == 0) {
        *message = "API key not valid. Please pass a valid API key.";
        return 400;
    }
    if (has_part(rq, "gone")) {
        *word = "NOT_FOUND";
        *message = "Space not found.";
        return 404;
    }
    if (!key || !*key) {
        *word = "PERMISSION_DENIED";
        *message = "Method doesn't allow unregistered callers.";
        return 403;
    }
    if (!token || strcmp(token, "wrong") == 0) {
        *word = "UNAUTHENTICATED";
        *message = "Request had invalid authentication credentials.";
        return 401;
    }
    *message = body ? chat_check_google(body, rq->body.n)
                    : "Invalid JSON payload received.";
    return *message ? 400 : 200;
}

void chat_google(struct chat *c, const struct request *rq, struct reply *rp)
{
    json_t *body = begin(rq, rp, "google-chat");
    const char *word = NULL, *message = NULL;
    int status = google_status(rq, body, &word, &message);

    chat_keep(c, rq, body, message ? message : "ok", !message);
    if (message) {
        reply_json(rp, status,
                   json_pack("{s:{s:i, s:s, s:s}}", "error", "code", status, "message",
                             message, "status", word));
    } else {
        reply_json(rp, 200,
                   json_pack("{s:s, s:{s:s}, s:s}", "name",
                             "spaces/AAAA/messages/BBBB.CCCC", "space", "name",
                             "spaces/AAAA", "createTime", "2026-11-22T12:00:00Z"));
    }
    json_decref(body);
}
