#include "connectors/trackers/github/github.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/sign.h"
#include "connectors/trackers/github/github_state.h"
#include "connectors/trackers/github/github_wire.h"

enum { ARENA = 64 << 20, MAX_URL = 4000, KEY_BYTES = 16 };

#define DEFAULT_URL "https://api.github.com"
/*
 * Versions are supported for at least 24 months after the next one; hosts that
 * do not know this one answer 400 and are then asked without a version.
 * https://docs.github.com/en/rest/about-the-rest-api/api-versions
 */
#define API_VERSION "2022-11-28"

/* ---- configuration ---- */

static const struct conf_key keys[] = {
    {
        .name = "repos",
        .type = CONF_STRS,
        .offset = offsetof(struct github_conf, repos),
        .required = true,
        .live = true,
        .doc = "Repositories to follow, each as owner/repository.",
    },
    {
        .name = "token",
        .type = CONF_SECRET,
        .offset = offsetof(struct github_conf, token),
        .live = true,
        .doc = "Access token that may read issues; without one only public "
               "repositories are seen, at 60 requests an hour.",
    },
    {.name = NULL},
};

static void check_conf(const struct tracker_conf *conf, tracker_report_fn *report,
                       void *arg)
{
    const struct github_conf *own = conf->own;

    if (own->repos.n == 0) {
        report(arg, "repos", "at least one repository is needed");
    }
    for (size_t i = 0; i < own->repos.n; i++) {
        if (!github_repo_valid(own->repos.v[i])) {
            report(arg, "repos", "a repository is written owner/repository");
        }
        for (size_t j = 0; j < i; j++) {
            if (str_eq_nocase(own->repos.v[i], own->repos.v[j])) {
                report(arg, "repos", "a repository is listed twice");
            }
        }
    }
}

struct dur github_history(const struct tracker_conf *conf)
{
    int64_t days = conf->history.wd < 100000 ? conf->history.wd : 100000;

    return conf->history.ms > 0 ? DUR_MS(conf->history.ms) : DUR_DAY(days * 7 / 5);
}

static uint64_t hash_list(const struct str_list *list, uint64_t h)
{
    for (size_t i = 0; i < list->n; i++) {
        h = hash64(list->v[i].p, list->v[i].n, h);
    }
    return hash64(&list->n, sizeof list->n, h);
}

/*
 * Not in it: the repositories, for each has a cursor of its own; the fields,
 * for all of them are read; the token.
 */
static uint64_t fingerprint(const struct tracker_conf *conf)
{
    int64_t numbers[] = {GITHUB_EXTRACTOR, conf->history.ms, conf->history.wd,
                         conf->epics.min_children, conf->epics.none};
    struct str url = conf->url.n > 0 ? conf->url : STR(DEFAULT_URL);
    uint64_t h = hash64(numbers, sizeof numbers, 0);

    h = hash64(url.p, url.n, h);
    h = hash_list(&conf->epics.types, h);
    return hash_list(&conf->epics.labels, h);
}

/* ---- requests ---- */

void github_set_page(struct github_scope *s, struct str path)
{
    buf_clear(&s->page);
    buf_add(&s->page, path);
    s->cursor.page = buf_str(&s->page);
}

static void put_list_query(const struct github_scope *s, struct buf *url)
{
    static const char *const states[] = {
        [GITHUB_OPEN] = "open", [GITHUB_CLOSED] = "closed", [GITHUB_CHANGES] = "all"};
    const struct github_cursor *c = &s->cursor;
    bool by_update = c->walk == GITHUB_CHANGES || c->by_update;

    buf_printf(url, "state=%s&sort=%s&direction=asc&per_page=%d", states[c->walk],
               by_update ? "updated" : "created", s->per_page);
    if (c->since.ms > 0) {
        struct dur back = {-GITHUB_OVERLAP.ms};

        buf_addz(url, "&since=");
        date_print_iso(url, wall_add(c->since, back));
    }
}

static void put_url(const struct tracker *t, const struct github_scope *s,
                    struct buf *url)
{
    struct str page = s->cursor.page;

    if (s->ask_repo && s->vid.n > 0) {
        buf_printf(url, "%.*s/repositories/%.*s", STR_FMT(t->base), STR_FMT(s->vid));
    } else if (s->ask_repo) {
        buf_printf(url, "%.*s/repos/%.*s", STR_FMT(t->base), STR_FMT(s->name));
    } else if (page.n > 0) {
        /* A path from the cursor or a Link header, checked against our origin. */
        buf_add(url, str_first(t->base, t->base.n - t->base_url.path.n));
        buf_add(url, page);
    } else {
        buf_printf(url, "%.*s/repos/%.*s/issues?", STR_FMT(t->base), STR_FMT(s->name));
        put_list_query(s, url);
    }
}

/*
 * ETags belong to a URL and a token: with another token GitHub answers the
 * same page with another one. The token itself is kept nowhere.
 */
void github_etag_key(const struct tracker *t, struct str url, struct buf *out)
{
    uint8_t mac[SIGN_SHA256_LEN];
    struct buf data;

    buf_init(&data, MAX_URL + 64);
    buf_addz(&data, "alignd github etag 1\n");
    buf_add(&data, url);
    sign_hmac_sha256(t->token, buf_str(&data), mac);
    sign_hex(out, (struct str){(const char *)mac, KEY_BYTES});
    if (!buf_ok(&data)) {
        buf_fail(out);
    }
    buf_finish(&data);
}

static bool may_be_conditional(const struct github_scope *s)
{
    return !s->ask_repo && s->cursor.walk == GITHUB_CHANGES && s->cursor.page.n == 0 &&
           s->cursor.etag.n > 0;
}

bool github_prepare(struct tracker *t, struct github_scope *s)
{
    char mem[2 * KEY_BYTES + 1];
    struct buf key;

    buf_clear(&s->url);
    put_url(t, s, &s->url);
    s->conditional = false;
    if (may_be_conditional(s)) {
        buf_init_fixed(&key, mem, sizeof mem);
        github_etag_key(t, buf_str(&s->url), &key);
        s->conditional = buf_ok(&key) && str_eq(buf_str(&key), s->cursor.etag_key);
    }
    return buf_ok(&s->url) && buf_ok(&s->page);
}

static void fill_request(struct tracker *t, struct github_scope *s,
                         struct tracker_request *ret)
{
    size_t n = 0;

    s->versioned = !t->unversioned;
    s->headers[n++] =
        (struct http_header){STR("Accept"), STR("application/vnd.github+json")};
    if (s->versioned) {
        s->headers[n++] =
            (struct http_header){STR("X-GitHub-Api-Version"), STR(API_VERSION)};
    }
    if (t->auth.n > 0) {
        s->headers[n++] = (struct http_header){STR("Authorization"), buf_str(&t->auth)};
    }
    if (s->conditional) {
        s->headers[n++] = (struct http_header){STR("If-None-Match"), s->cursor.etag};
    }
    *ret = (struct tracker_request){
        .http = {.method = STR("GET"),
                 .url = buf_str(&s->url),
                 .headers = s->headers,
                 .n_headers = n,
                 .timeout = DUR_S(30), /* GitHub gives up after 10 s */
                 .follow = true,
                 .gzip = true},
        .tag = ++t->last_tag,
    };
    s->tag = t->last_tag;
    s->out = true;
    t->out++;
}

/* Open issues of all repositories come before the closed ones of any. */
static struct github_scope *choose(struct tracker *t, struct wall now)
{
    struct github_scope *closed = NULL;

    for (size_t i = 0; i < t->n_scopes; i++) {
        struct github_scope *s = &t->scopes[i];

        if (s->finished || s->out || s->not_before.ms > now.ms) {
            continue;
        }
        if (s->cursor.walk != GITHUB_CLOSED) {
            return s;
        }
        closed = closed == NULL ? s : closed;
    }
    return closed;
}

/* When the first of the scopes that wait may go on; false: none waits. */
static bool earliest(const struct tracker *t, struct wall *ret)
{
    bool any = false;

    for (size_t i = 0; i < t->n_scopes; i++) {
        const struct github_scope *s = &t->scopes[i];

        if (!s->finished && (!any || s->not_before.ms < ret->ms)) {
            *ret = s->not_before;
            any = true;
        }
    }
    return any;
}

static enum tracker_step next(struct tracker *t, struct wall now,
                              struct tracker_request *ret_req, struct wall *ret_until)
{
    int64_t most = t->conf->budget.in_flight > 0 ? t->conf->budget.in_flight : 1;
    struct github_scope *s = NULL;
    struct wall until = {0};

    if (!t->stopped && t->out < (size_t)most && now.ms >= t->paused_until.ms) {
        s = choose(t, now);
    }
    if (s != NULL) {
        fill_request(t, s, ret_req);
        return TRACKER_REQUEST;
    }
    if (t->out > 0) {
        return TRACKER_IDLE;
    }
    if (t->stopped || !earliest(t, &until)) {
        return TRACKER_DONE;
    }
    *ret_until = until.ms > t->paused_until.ms ? until : t->paused_until;
    return TRACKER_WAIT;
}

/* ---- life ---- */

static void destroy(struct tracker *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->n_scopes; i++) {
        buf_finish(&t->scopes[i].page);
        buf_finish(&t->scopes[i].url);
        free(t->scopes[i].marks);
    }
    buf_finish(&t->auth);
    arena_destroy(t->arena);
    free(t);
}

/* What is stored about a repository; read once. */
struct stored {
    const struct tracker_scope *scope;
    struct github_cursor cursor;
};

static bool read_stored(struct tracker *t, const struct tracker_scope *scopes, size_t n,
                        struct stored **ret, struct err *e)
{
    const struct project *p;
    struct stored *stored = arena_array(t->arena, n, sizeof *stored);

    if (stored == NULL && n > 0) {
        return err_nomem(e);
    }
    if (!github_cursor_compile(t->arena, &p, e)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct github_cursor *c = &stored[i].cursor;

        stored[i].scope = &scopes[i];
        if (!github_cursor_read(p, t->arena, scopes[i].cursor, c, e)) {
            if (e->kind == ERR_NOMEM) {
                return false;
            }
            *c = (struct github_cursor){.walk = GITHUB_OPEN};
        }
    }
    *ret = stored;
    return true;
}

/* By its name or the one it had before. */
static const struct stored *find_stored(const struct stored *stored, size_t n,
                                        struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(stored[i].scope->name, name)) {
            return &stored[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(stored[i].cursor.alias, name)) {
            return &stored[i];
        }
    }
    return NULL;
}

static bool is_taken(const struct tracker *t, struct str name)
{
    for (size_t i = 0; i < t->n_scopes; i++) {
        if (str_eq_nocase(t->scopes[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool add_scope(struct tracker *t, struct str repo, const struct stored *stored)
{
    struct str name = stored != NULL ? stored->scope->name : repo;

    /* Listed by its old name and by its new one: one repository. */
    if (is_taken(t, name)) {
        return true;
    }
    struct github_scope *s = &t->scopes[t->n_scopes++];

    s->per_page = GITHUB_PER_PAGE;
    s->name = arena_str(t->arena, name);
    buf_init(&s->page, GITHUB_MAX_PATH);
    buf_init(&s->url, MAX_URL);
    if (stored != NULL) {
        s->vid = arena_str(t->arena, stored->scope->vid);
        s->cursor = stored->cursor;
    }
    github_set_page(s, s->cursor.page);
    return github_prepare(t, s) && !arena_failed(t->arena);
}

static bool set_base(struct tracker *t, struct err *e)
{
    t->base = t->conf->url.n > 0 ? t->conf->url : STR(DEFAULT_URL);
    if (!github_url_parse(t->base, &t->base_url) ||
        str_chr(t->base_url.path, '?') >= 0 ||
        str_has_suffix(t->base_url.path, STR("/"))) {
        return err_set(e, ERR_CONFIG, "not the URL of an API: %.*s", STR_FMT(t->base));
    }
    return true;
}

static bool set_up(struct tracker *t, const struct tracker_scope *scopes, size_t n,
                   struct err *e)
{
    const struct github_conf *own = t->conf->own;
    struct stored *stored = NULL;

    t->arena = arena_create(ARENA);
    if (t->arena == NULL) {
        return err_nomem(e);
    }
    t->token = str_trim(own->token.value);
    if (t->token.n > 0) {
        buf_addz(&t->auth, "Bearer ");
        buf_add(&t->auth, t->token);
    }
    t->scopes = arena_array(t->arena, own->repos.n, sizeof *t->scopes);
    if ((own->repos.n > 0 && t->scopes == NULL) || !buf_check(&t->auth, e)) {
        return err_nomem(e);
    }
    if (!set_base(t, e) || !github_wire_compile(t->arena, &t->wire, e) ||
        !read_stored(t, scopes, n, &stored, e)) {
        return false;
    }
    for (size_t i = 0; i < own->repos.n; i++) {
        struct str repo = own->repos.v[i];

        if (!github_repo_valid(repo)) {
            return err_set(e, ERR_CONFIG, "not owner/repository: %.*s", STR_FMT(repo));
        }
        if (!add_scope(t, repo, find_stored(stored, n, repo))) {
            return err_nomem(e);
        }
    }
    return true;
}

static bool create(const struct tracker_conf *conf, const struct tracker_start *start,
                   struct tracker **ret, struct err *e)
{
    struct tracker *t = calloc(1, sizeof *t);

    if (t == NULL) {
        return err_nomem(e);
    }
    t->conf = conf;
    buf_init_secret(&t->auth, 64 << 10);
    if (!set_up(t, start->scopes, start->n_scopes, e)) {
        destroy(t);
        return false;
    }
    *ret = t;
    return true;
}

const struct tracker_ops github_ops = {
    .name = "github",
    .title = "GitHub",
    .default_url = DEFAULT_URL,
    .keys = keys,
    .conf_size = sizeof(struct github_conf),
    .check = check_conf,
    .create = create,
    .next = next,
    .feed = github_feed,
    .destroy = destroy,
    .fingerprint = fingerprint,
};
