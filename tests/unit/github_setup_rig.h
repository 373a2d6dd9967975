/*
 * What tests of a GitHub source as a whole share: what the store would know of it
 * from sync to sync, and how it becomes an App's or an organisation's. Static
 * functions.
 */
#ifndef TESTS_UNIT_GITHUB_SETUP_RIG_H
#define TESTS_UNIT_GITHUB_SETUP_RIG_H

#include <jansson.h>

#include "tests/replay/github_rig.h"
#include "tests/support/rsa.h"

#define API "https://api.github.com"
#define ORG_URL API "/orgs/acme/repos?per_page=100&sort=full_name&direction=asc"
#define USER_URL API "/users/acme/repos?per_page=100&sort=full_name&direction=asc"
#define DATE "Sun, 22 Nov 2026 12:00:00 GMT"
/* A watermark of two hours before the tests begin. */
#define CHANGES "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000}"
#define SINCE "&since=2026-11-22T09:58:00Z"
#define CHANGES_QUERY "/issues?state=all&sort=updated&direction=asc&per_page=100" SINCE

enum { KNOWN = 320 };

/* What the store would know of the source. */
struct world {
    struct rig r;
    struct {
        char name[80], vid[24], cursor[600];
        bool left, failed;
    } known[KNOWN];
    size_t n;
    struct rsa key;
};

/* Made by make_key for a group that has Apps: making one takes a while. */
static struct rsa shared_key;

static inline int make_key(void **state)
{
    struct err e;

    (void)state;
    return rsa_create(&shared_key, 2048, &e) ? 0 : -1;
}

static inline int drop_key(void **state)
{
    (void)state;
    rsa_finish(&shared_key);
    return 0;
}

static inline int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    if (w == NULL) {
        return -1;
    }
    rig_init(&w->r, NULL);
    w->key = shared_key;
    *state = w;
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *w = *state;

    json_set_alloc_funcs(malloc, free);
    rig_finish(&w->r);
    free(w);
    return 0;
}

/* ---- what the store would do ---- */

static inline size_t slot_of(struct world *w, struct str name)
{
    size_t i = 0;

    while (i < w->n && !str_eqz(name, w->known[i].name)) {
        i++;
    }
    if (i == w->n) {
        assert_true(w->n < KNOWN);
        memset(&w->known[w->n++], 0, sizeof w->known[0]);
        snprintf(w->known[i].name, sizeof w->known[i].name, "%.*s", STR_FMT(name));
    }
    return i;
}

static inline void know(struct world *w, const char *name, const char *vid,
                        const char *cursor)
{
    size_t i = slot_of(w, str_of(name));

    snprintf(w->known[i].vid, sizeof w->known[i].vid, "%s", vid);
    snprintf(w->known[i].cursor, sizeof w->known[i].cursor, "%s", cursor);
}

static inline void apply(struct world *w)
{
    for (size_t i = 0; i < w->r.feed.n_events; i++) {
        const struct scope_event *ev = &w->r.feed.events[i];

        if (ev->scope.n == 0) {
            continue;
        }
        size_t at = slot_of(w, ev->scope);

        if (ev->kind == SCOPE_RENAMED) {
            snprintf(w->known[at].name, sizeof w->known[at].name, "%.*s",
                     STR_FMT(ev->to));
        }
        w->known[at].left = ev->kind == SCOPE_LEFT;
        w->known[at].failed = ev->kind == SCOPE_FAILED;
        if (ev->vid.n > 0) {
            snprintf(w->known[at].vid, sizeof w->known[at].vid, "%.*s",
                     STR_FMT(ev->vid));
        }
        if (ev->cursor.n > 0) {
            snprintf(w->known[at].cursor, sizeof w->known[at].cursor, "%.*s",
                     STR_FMT(ev->cursor));
        }
    }
}

static inline void begin(struct world *w)
{
    static struct tracker_scope scopes[KNOWN];
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        if (!w->known[i].left) {
            scopes[n++] = (struct tracker_scope){.name = str_of(w->known[i].name),
                                                 .vid = str_of(w->known[i].vid),
                                                 .cursor = str_of(w->known[i].cursor),
                                                 .synced_once = true};
        }
    }
    rig_start_with(&w->r, scopes, n);
}

static inline void answer(struct world *w, int status, const char *body)
{
    rig_header(&w->r, "Date", DATE);
    rig_answer(&w->r, status, body);
    apply(w);
}

static inline const struct tracker_note *note_of(const struct rig *r, const char *key)
{
    const struct tracker_note *found = NULL;

    for (size_t i = 0; i < r->feed.n_notes; i++) {
        if (str_eqz(r->feed.notes[i].key, key)) {
            found = &r->feed.notes[i];
        }
    }
    return found;
}

static inline void expect_note(const struct rig *r, const char *key,
                               enum note_level level, const char *text)
{
    const struct tracker_note *n = note_of(r, key);

    if (n == NULL) {
        fail_msg("nothing was noted of %s", key);
        return;
    }
    if (n->level != level || str_find(n->text, str_of(text)) < 0) {
        fail_msg("%s: level %d, '%.*s', not '%s'", key, (int)n->level, STR_FMT(n->text),
                 text);
    }
    assert_int_equal(n->level == NOTE_OK, n->fix.n == 0);
}

/* No request: the sync is over. */
static inline void expect_done(struct world *w)
{
    assert_int_equal(rig_next(&w->r), TRACKER_DONE);
}

/* ---- an App ---- */

static inline void use_app(struct world *w, int64_t installation)
{
    struct rig *r = &w->r;

    r->own.token = (struct secret){.from = SECRET_NONE};
    r->own.app.id = 7;
    r->own.app.installation = installation;
    r->own.app.key.value = str_of(w->key.pkcs1);
    if (r->own.repos.n == 0 && r->own.org.n == 0) {
        rig_repo(r, "acme/web");
    }
}

static inline void sell_token(struct world *w, const char *token, const char *expires)
{
    char body[1200];

    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"expires_at\":\"%s\",\"permissions\":{\"issues\":"
             "\"read\",\"metadata\":\"read\"},\"repository_selection\":\"all\"}",
             token, expires);
    answer(w, 201, body);
}

static inline void expect_auth(struct world *w, const char *token)
{
    struct str auth = rig_request_header(&w->r, "Authorization");

    assert_true(str_eqz(str_skip(auth, 7), token));
}

/* ---- an organisation ---- */

static inline void use_org(struct world *w)
{
    w->r.own.org = STR("acme");
    w->r.conf.history = SPAN_MS(0);
}

#endif
