#include "connectors/chat/webhook.h"

#include "base/date.h"
#include "base/jsonw.h"
#include "base/sign.h"
#include "base/utf8.h"
#include "connectors/chat/verdict.h"
#include "connectors/chat/words.h"

enum {
    WEBHOOK_MAX = 20000, /* Standard Webhooks: payloads under 20 KB */
    BRIEF = 240,         /* bytes of a text where whole texts do not fit, */
    BRIEFEST = 60,       /* or these: escaped they may be six times as many */
};

static const struct conf_key webhook_keys[] = {
    {.name = "url",
     .type = CONF_URL,
     .offset = offsetof(struct webhook_conf, url),
     .required = true,
     .live = true,
     .doc = "Where events are posted; https, or http to loopback."},
    {.name = "secret",
     .type = CONF_SECRET,
     .offset = offsetof(struct webhook_conf, secret),
     .live = true,
     .doc = "Signing secret, by reference: whsec_ and base64, or raw bytes."},
    {.name = "old_secret",
     .type = CONF_SECRET,
     .offset = offsetof(struct webhook_conf, old_secret),
     .live = true,
     .doc = "While the signing secret is being changed: the one before, signed with, too."},
    {0},
};

static void write_entry(struct jsonw *w, const struct notice_entry *e)
{
    jsonw_object(w, NULL);
    jsonw_opt(w, "finding", e->finding);
    jsonw_str(w, "change", e->change);
    jsonw_str(w, "severity", e->severity);
    jsonw_str(w, "key", e->key);
    jsonw_opt(w, "title", e->title);
    jsonw_opt(w, "url", e->url);
    jsonw_opt(w, "note", e->note);
    jsonw_opt(w, "fix", e->fix);
    jsonw_opt(w, "command", e->command);
    jsonw_opt(w, "objective", e->objective);
    jsonw_opt(w, "why", e->why);
    jsonw_opt(w, "ended_by", e->ended_by);
    jsonw_time(w, "since", e->since);
    jsonw_array(w, "people");
    for (size_t i = 0; i < e->n_people; i++)
        jsonw_str(w, NULL, e->people[i].name);
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void write_blocks(struct jsonw *w, const struct notice *n, size_t longest)
{
    jsonw_array(w, "blocks");
    for (size_t i = 0; i < n->n_blocks; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "title", utf8_cut(n->blocks[i].title, longest));
        jsonw_str(w, "text", utf8_cut(n->blocks[i].text, longest));
        jsonw_bool(w, "fixed", n->blocks[i].fixed);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

/* At most `shown` entries of each list, `longest` bytes of each text beside them;
   `total` always says how many there are. */
static void write_data(struct jsonw *w, const struct notice *n, size_t shown,
                       size_t longest)
{
    jsonw_object(w, "data");
    jsonw_strz(w, "kind", notice_kind_name(n->kind));
    jsonw_str(w, "channel", utf8_cut(n->channel, longest));
    jsonw_opt(w, "group", utf8_cut(n->group, longest));
    jsonw_time(w, "at", n->at);
    jsonw_opt(w, "text", utf8_cut(n->text, longest));
    jsonw_array(w, "sections");
    for (size_t i = 0; i < n->n_sections; i++) {
        const struct notice_section *s = &n->sections[i];

        jsonw_object(w, NULL);
        jsonw_str(w, "rule", utf8_cut(s->rule, longest));
        jsonw_str(w, "headline", utf8_cut(s->headline, longest));
        jsonw_opt(w, "why", utf8_cut(s->why, longest));
        jsonw_opt(w, "more", utf8_cut(s->more, longest));
        jsonw_int(w, "total", s->total);
        jsonw_array(w, "entries");
        for (size_t j = 0; j < s->n_entries && j < shown; j++)
            write_entry(w, &s->entries[j]);
        jsonw_end_array(w);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    write_blocks(w, n, longest);
    jsonw_int(w, "total_resolved", n->total_resolved);
    jsonw_array(w, "resolved");
    for (size_t j = 0; j < n->n_resolved && j < shown; j++)
        write_entry(w, &n->resolved[j]);
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static const char *event_name(enum notice_kind kind)
{
    switch (kind) {
#define X(e, name)                                                                     \
    case e:                                                                            \
        return "alignd." name;
        NOTICE_KINDS(X)
#undef X
    }
    return "?";
}

static bool write_body(struct buf *body, const struct notice *n,
                       const struct chat_attempt *at, struct err *e)
{
    size_t shown = at->plain ? 0 : NOTICE_SHOWN, longest = SIZE_MAX;

    for (;;) {
        struct jsonw w;

        buf_clear(body);
        jsonw_init(&w, body);
        jsonw_object(&w, NULL);
        jsonw_strz(&w, "type", event_name(n->kind));
        jsonw_time(&w, "timestamp", n->at);
        jsonw_bool(&w, "resent", at->resent);
        write_data(&w, n, shown, longest);
        jsonw_end_object(&w);
        if (buf_ok(body) && body->n < WEBHOOK_MAX)
            return true;
        if (longest == BRIEFEST)
            return buf_check(body, e) &&
                   err_set(e, ERR_LIMIT, "notice of %zu bytes is over %d", body->n,
                           WEBHOOK_MAX);
        if (shown == 0)
            longest = longest > BRIEF ? BRIEF : BRIEFEST;
        shown /= 2;
    }
}

/* `whsec_` marks base64 of the key bytes; anything else is the key itself. */
static bool signing_key(struct str secret, struct buf *out, struct err *e)
{
    struct str prefix = STR("whsec_");

    secret = str_trim(secret);
    if (!str_has_prefix(secret, prefix)) {
        buf_add(out, secret);
        return buf_check(out, e);
    }
    return sign_base64_decode(out, str_skip(secret, prefix.n), e) ||
           err_wrap(e, "signing secret");
}

/* Appends `v1,` and the signature of `text`. */
static bool add_signature(struct buf *out, struct str secret, struct str text,
                          struct err *e)
{
    uint8_t mac[SIGN_SHA256_LEN];
    struct buf key;
    bool ok;

    buf_init_secret(&key, 4096);
    ok = signing_key(secret, &key, e);
    if (ok) {
        sign_hmac_sha256(buf_str(&key), text, mac);
        buf_addz(out, out->n > 0 ? " v1," : "v1,");
        sign_base64(out, (struct str){(const char *)mac, sizeof(mac)});
        ok = buf_check(out, e);
    }
    buf_wipe(&key);
    return ok;
}

/* One signature for each secret: whoever checks needs to know only one of them. */
static bool sign(const struct webhook_conf *own, struct str id, struct str stamp,
                 struct str body, struct arena *a, struct str *ret, struct err *e)
{
    struct buf text, out;
    bool ok;

    buf_init(&text, WEBHOOK_MAX + 1024);
    buf_init(&out, 1024);
    buf_printf(&text, "%.*s.%.*s.", STR_FMT(id), STR_FMT(stamp));
    buf_add(&text, body);
    ok = buf_check(&text, e) &&
         add_signature(&out, own->secret.value, buf_str(&text), e) &&
         (own->old_secret.from == SECRET_NONE ||
          add_signature(&out, own->old_secret.value, buf_str(&text), e));
    if (ok)
        *ret = arena_str(a, buf_str(&out));
    buf_finish(&text);
    buf_finish(&out);
    return ok;
}

static void webhook_check(const struct chat_conf *conf, tracker_report_fn *report,
                          void *arg)
{
    const struct webhook_conf *own = conf->own;

    if (own->old_secret.from != SECRET_NONE && own->secret.from == SECRET_NONE)
        report(arg, "old_secret", "needs 'secret': the one that takes its place");
}

static bool webhook_render(const struct chat_conf *conf, const struct notice *n,
                           const struct chat_attempt *at, struct arena *a,
                           struct http_request *ret_req, struct err *e)
{
    const struct webhook_conf *own = conf->own;
    struct http_header *h = arena_array(a, 4, sizeof(*h));
    struct buf body;
    struct str text = STR_NONE;
    size_t nh = 0;
    bool ok = false;

    buf_init(&body, (size_t)1 << 20);
    if (!write_body(&body, n, at, e))
        goto out;
    text = arena_str(a, buf_str(&body));
    if (arena_failed(a)) {
        err_nomem(e);
        goto out;
    }
    h[nh++] = (struct http_header){STR("Content-Type"), STR("application/json")};
    h[nh++] = (struct http_header){STR("webhook-id"), at->key};
    h[nh] = (struct http_header){STR("webhook-timestamp"),
                                 arena_printf(a, "%lld", (long long)(at->now.ms / 1000))};
    nh++;
    if (own->secret.from != SECRET_NONE) {
        struct str sig = STR_NONE;

        if (!sign(own, at->key, h[2].value, text, a, &sig, e))
            goto out;
        h[nh++] = (struct http_header){STR("webhook-signature"), sig};
    }
    if (arena_failed(a)) {
        err_nomem(e);
        goto out;
    }
    *ret_req = (struct http_request){
        .method = STR("POST"),
        .url = own->url,
        .body = text,
        .headers = h,
        .n_headers = nh,
        .max_body = (size_t)64 << 10,
        .timeout = DUR_S(20),
    };
    ok = true;
out:
    buf_finish(&body);
    return ok;
}

static enum chat_verdict webhook_judge(const struct chat_conf *conf,
                                       const struct http_response *resp,
                                       const struct err *failure, struct wall now,
                                       struct dur *ret_after, struct err *e)
{
    (void)conf;
    return verdict_of_http(resp, failure, now, ret_after, e);
}

const struct chat_ops webhook_ops = {
    .name = "webhook",
    .keys = webhook_keys,
    .conf_size = sizeof(struct webhook_conf),
    .check = webhook_check,
    .render = webhook_render,
    .judge = webhook_judge,
};
