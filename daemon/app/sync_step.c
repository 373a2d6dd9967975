#include "app/sync_step.h"

#include <stdlib.h>

static bool begin(struct db *db, struct sync_step *st, struct err *e)
{
    struct sync_session *s = st->session;
    const struct tracker_conf *conf = &s->source->tracker;
    struct tracker_start start;

    if (!db_sync_begin(db, conf, s->source->ops->fingerprint(conf),
                       s->source->ops->missing != NULL, st->now, st->a, &start, e))
        return false;
    start.secret = &s->secret;
    start.all = s->all;
    return s->source->ops->create(conf, &start, &s->tracker, e);
}

/* For the log, which is the loop's. What does not fit is in the status. */
static void keep_failures(struct sync_step *st, const struct feed *feed)
{
    size_t n = feed->n_events + st->stats.n_listings;

    st->failures = arena_array(st->a, n, sizeof(*st->failures));
    for (size_t i = 0; st->failures != NULL && i < st->stats.n_listings; i++) {
        const struct page_listing *l = &st->stats.listings[i];

        if (l->doubt.kind != ERR_NONE)
            st->failures[st->n_failures++] = (struct scope_event){
                .kind = SCOPE_FAILED, .scope = l->scope, .err = l->doubt};
    }
    for (size_t i = 0; st->failures != NULL && i < feed->n_events; i++) {
        if (feed->events[i].kind != SCOPE_FAILED)
            continue;
        st->failures[st->n_failures] = feed->events[i];
        st->failures[st->n_failures].scope = arena_str(st->a, feed->events[i].scope);
        st->n_failures++;
    }
}

/* What a listing lacks is asked for at once, by the tracker that listed. */
static bool ask_for_missing(struct sync_step *st, struct err *e)
{
    const struct sync_session *s = st->session;

    for (size_t i = 0; i < st->stats.n_listings; i++) {
        const struct page_listing *l = &st->stats.listings[i];

        if (l->n_missing > 0 && s->source->ops->missing != NULL &&
            !s->source->ops->missing(s->tracker, l->scope, l->missing, l->n_missing, e))
            return false;
    }
    return true;
}

static bool feed_answer(struct db *db, struct sync_step *st, struct err *e)
{
    struct sync_session *s = st->session;
    struct feed feed;
    struct buf plain;
    struct err inflate_err;
    bool ok;

    buf_init(&plain, HTTP_MAX_INFLATED + 1);
    feed_init(&feed, st->a);
    if (!st->failed && !inflater_run(s->inflater, st->resp.encoding, st->resp.body,
                                     HTTP_MAX_INFLATED, &plain, &st->resp.body,
                                     &inflate_err)) {
        st->failed = true;
        st->failure = inflate_err;
    }
    ok = s->source->ops->feed(s->tracker, st->tag, st->failed ? NULL : &st->resp,
                              st->failed ? &st->failure : NULL, st->now, &feed, e) &&
         db_page_apply(db, &s->source->tracker, &feed, st->now, &st->stats, e);
    st->applied = ok;
    if (ok) {
        keep_failures(st, &feed);
        ok = ask_for_missing(st, e);
    }
    buf_finish(&plain);
    return ok;
}

bool sync_step_run(struct db *db, void *arg, struct err *e)
{
    struct sync_step *st = arg;
    struct sync_session *s = st->session;

    if (st->begin && !begin(db, st, e))
        return false;
    if (st->has_answer && !feed_answer(db, st, e))
        return false;
    st->next = TRACKER_IDLE;
    while (st->n_out < st->max_out) {
        st->next = s->source->ops->next(s->tracker, st->now, &st->out[st->n_out],
                                        &st->until);
        if (st->next != TRACKER_REQUEST)
            break;
        st->n_out++;
    }
    if (!st->may_end || st->n_out > 0 || st->next != TRACKER_DONE)
        return true;
    st->ended = db_sync_end(db, &s->source->tracker, NULL, st->now, e);
    return st->ended;
}

struct sync_step *sync_step_create(struct sync_session *s, struct wall now)
{
    struct sync_step *st = calloc(1, sizeof(*st));

    if (st == NULL)
        return NULL;
    st->a = arena_create((size_t)256 << 20);
    if (st->a == NULL) {
        free(st);
        return NULL;
    }
    st->session = s;
    st->now = now;
    return st;
}

void sync_step_destroy(struct sync_step *st)
{
    if (st == NULL)
        return;
    arena_destroy(st->a);
    free(st);
}

/* Copies an answer into the step's arena, so that io can go on. */
bool sync_step_take_answer(struct sync_step *st, uint32_t tag,
                           const struct http_response *resp, const struct err *err)
{
    struct http_header *h;

    st->has_answer = true;
    st->tag = tag;
    if (err != NULL) {
        st->failed = true;
        st->failure = *err;
        return true;
    }
    st->resp = *resp;
    h = arena_array(st->a, resp->n_headers + 1, sizeof(*h));
    st->resp.body = arena_str(st->a, resp->body);
    st->resp.encoding = arena_str(st->a, resp->encoding);
    st->resp.url = arena_str(st->a, resp->url);
    for (size_t i = 0; h != NULL && i < resp->n_headers; i++) {
        h[i].name = arena_str(st->a, resp->headers[i].name);
        h[i].value = arena_str(st->a, resp->headers[i].value);
    }
    st->resp.headers = h;
    return !arena_failed(st->a);
}
