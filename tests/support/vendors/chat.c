#include "tests/support/vendors/chat_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/date.h"
#include "base/sign.h"

#define KEPT_MAX 5000
#define WIDTH_DFLT 92
#define CLOCK_SKEW_S 300 /* Standard Webhooks: refuse old and future messages */
#define SECRET_PREFIX "whsec_"

struct chat {
    struct chat_options o;
    struct buf key; /* the hook secret, decoded */
    bool has_key;
    json_t *messages, *refused; /* owned */
    size_t printed;
};

struct chat *chat_create(const struct chat_options *o, struct err *e)
{
    struct chat *c = calloc(1, sizeof *c);

    if (!c) {
        err_nomem(e);
        return NULL;
    }
    c->o = *o;
    buf_init(&c->key, 4096);
    c->messages = json_array();
    c->refused = json_array();
    if (o->hook_secret) {
        struct str s = str_of(o->hook_secret);

        if (str_has_prefix(s, STR(SECRET_PREFIX))) {
            s = str_skip(s, sizeof SECRET_PREFIX - 1);
        }
        c->has_key = true;
        if (!sign_base64_decode(&c->key, s, e)) {
            err_wrap(e, "hook secret");
            chat_destroy(c);
            return NULL;
        }
    }
    return c;
}

void chat_destroy(struct chat *c)
{
    if (c) {
        buf_wipe(&c->key);
        json_decref(c->messages);
        json_decref(c->refused);
        free(c);
    }
}

json_t *chat_messages(const struct chat *c)
{
    return c->messages;
}

json_t *chat_refused(const struct chat *c)
{
    return c->refused;
}

void chat_clear(struct chat *c)
{
    (void)json_array_clear(c->messages);
    (void)json_array_clear(c->refused);
}

/* ---- keeping ---- */

static json_t *headers_of(const struct request *rq)
{
    static const char *const names[] = {"Content-Type",      "User-Agent",
                                        "Authorization",     "Webhook-Id",
                                        "Webhook-Timestamp", "Webhook-Signature"};
    json_t *o = json_object();

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = request_header(rq, names[i]);

        if (value) {
            (void)json_object_set_new(o, names[i], json_string(value));
        }
    }
    return o;
}

/* "<!channel>" in a text rings everybody: a title must not be able to. */
static bool rings_everybody(const struct request *rq)
{
    static const char *const calls[] = {"<!channel", "<!here", "<!everyone"};

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (str_find(buf_str(&rq->body), str_of(calls[i])) >= 0) {
            return true;
        }
    }
    return false;
}

static void keep(struct chat *c, const struct request *rq, const json_t *body,
                 const char *answer, bool accepted)
{
    json_t *list = accepted ? c->messages : c->refused;
    char iso[40];
    struct buf when;
    json_t *o;

    buf_init_fixed(&when, iso, sizeof iso);
    date_print_iso(&when, rq->at);
    o = json_pack("{s:s, s:I, s:s, s:o, s:s, s:b, s:o}", "time", iso, "ms",
                  (json_int_t)rq->at.ms, "path", rq->path, "headers", headers_of(rq),
                  "answer", answer, "broadcast", rings_everybody(rq), "body",
                  body ? json_deep_copy(body)
                       : json_stringn_nocheck(buf_cstr(&rq->body), rq->body.n));
    if (json_array_size(list) == KEPT_MAX) {
        (void)json_array_remove(list, 0);
    }
    (void)json_array_append_new(list, o);
}

/* ---- printing ---- */

static size_t terminal_width(void)
{
    struct winsize w = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40) {
        return w.ws_col < 120 ? w.ws_col : 120;
    }
    return WIDTH_DFLT;
}

static void print(struct chat *c, const struct request *rq, const json_t *body)
{
    struct buf out, title;
    int s = (int)(rq->at.ms / 1000 % 86400);

    buf_init(&out, (size_t)4 << 20);
    buf_init(&title, 512);
    buf_printf(&title, "message %zu to %s, %02d:%02d:%02d UTC", ++c->printed, rq->path,
               s / 3600, s / 60 % 60, s % 60);
    chat_print(&out, body, buf_cstr(&title), isatty(STDOUT_FILENO) == 1,
               terminal_width());
    (void)fwrite(buf_cstr(&out), 1, out.n, stdout);
    (void)fflush(stdout);
    buf_finish(&out);
    buf_finish(&title);
}

void chat_keep(struct chat *c, const struct request *rq, const json_t *body,
               const char *answer, bool accepted)
{
    keep(c, rq, body, answer, accepted);
    if (accepted && c->o.print) {
        print(c, rq, body);
    }
}

json_t *chat_body(const struct request *rq)
{
    const char *type = request_header(rq, "Content-Type");
    json_error_t why;

    if (!type || !str_has_prefix(str_of(type), STR("application/json"))) {
        return NULL;
    }
    return json_loadb(buf_cstr(&rq->body), rq->body.n, 0, &why);
}

/* ---- Slack ---- */

void chat_slack(struct chat *c, const struct request *rq, struct reply *rp)
{
    const char *answer = "invalid_payload";
    json_t *body;

    rp->class_ = "slack";
    rp->identity = true;
    if (strcmp(rq->method, "POST") != 0) {
        reply_text(rp, 400, "text/html", "invalid_payload");
        return;
    }
    body = chat_body(rq);
    answer = body ? chat_check_slack(body) : answer;
    chat_keep(c, rq, body, answer, strcmp(answer, "ok") == 0);
    reply_text(rp, strcmp(answer, "ok") == 0 ? 200 : 400, "text/html", answer);
    rp->type = "text/plain; charset=utf-8";
    json_decref(body);
}

/* ---- Standard Webhooks ---- */

static bool signature_matches(const struct chat *c, const char *list,
                              struct str signed_text)
{
    uint8_t mac[SIGN_SHA256_LEN];
    struct str rest = str_of(list), one;
    char text[64];
    struct buf expected;

    sign_hmac_sha256(buf_str(&c->key), signed_text, mac);
    buf_init_fixed(&expected, text, sizeof text);
    buf_addz(&expected, "v1,");
    sign_base64(&expected, (struct str){(const char *)mac, sizeof mac});
    while (str_split(&rest, ' ', &one)) {
        if (str_eq(one, buf_str(&expected))) {
            return true;
        }
    }
    return false;
}

static const char *check_hook(const struct chat *c, const struct request *rq)
{
    const char *id = request_header(rq, "Webhook-Id");
    const char *stamp = request_header(rq, "Webhook-Timestamp");
    const char *signatures = request_header(rq, "Webhook-Signature");
    int64_t s;
    struct buf text;
    bool ok;

    if (!c->has_key) {
        return NULL;
    }
    if (!id || !*id || strchr(id, '.') || !stamp || !signatures) {
        return "missing required headers";
    }
    if (!str_to_i64(str_of(stamp), &s) || s > rq->at.ms / 1000 + CLOCK_SKEW_S ||
        s < rq->at.ms / 1000 - CLOCK_SKEW_S) {
        return "message timestamp out of range";
    }
    buf_init(&text, (size_t)32 << 20);
    buf_printf(&text, "%s.%s.", id, stamp);
    buf_add(&text, buf_str(&rq->body));
    ok = buf_ok(&text) && signature_matches(c, signatures, buf_str(&text));
    buf_finish(&text);
    return ok ? NULL : "no matching signature found";
}

void chat_hook(struct chat *c, const struct request *rq, struct reply *rp)
{
    json_error_t why;
    json_t *body = json_loadb(buf_cstr(&rq->body), rq->body.n, 0, &why);
    const char *wrong = check_hook(c, rq);
    int status = wrong ? 401 : 200;

    rp->class_ = "hook";
    rp->identity = true;
    if (!wrong && (strcmp(rq->method, "POST") != 0 || !body)) {
        wrong = "a JSON body is wanted";
        status = 400;
    }
    chat_keep(c, rq, body, wrong ? wrong : "ok", !wrong);
    reply_text(rp, status, "text/plain; charset=utf-8", wrong ? wrong : "ok");
    json_decref(body);
}
