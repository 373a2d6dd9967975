#include "app/status_run.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

struct status_run {
    struct status_deps deps;
    struct server *server;
    uid_t *uids; /* owned: who may write */
    size_t n_uids;
    gid_t *gids; /* owned */
    size_t n_gids;
    unsigned n_jobs;
    bool closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

/* One request under way; in its arena. */
struct job {
    struct status_run *run;
    struct server_request *http;
    struct live *live; /* one reference */
    const struct api_route *route;
    struct api_request req;
    struct api_env env;
    struct api_reply reply;
};

static void server_closed(void *arg);

static bool has_gid(const struct status_run *r, gid_t gid)
{
    for (size_t i = 0; i < r->n_gids; i++) {
        if (r->gids[i] == gid)
            return true;
    }
    return false;
}

static bool may_write(const struct status_run *r, const struct server_peer *p)
{
    if (!p->known)
        return false;
    if (p->uid == 0 || p->uid == geteuid() || has_gid(r, p->gid))
        return true;
    for (size_t i = 0; i < r->n_uids; i++) {
        if (r->uids[i] == p->uid)
            return true;
    }
    for (size_t i = 0; i < p->n_groups; i++) {
        if (has_gid(r, p->groups[i]))
            return true;
    }
    return false;
}

/* The name for the audit row. May ask the network (NSS): not on the loop. */
static struct str user_name(struct arena *a, int64_t uid)
{
    char text[4096];
    struct passwd pw, *found = NULL;

    if (uid >= 0 &&
        getpwuid_r((uid_t)uid, &pw, text, sizeof(text), &found) == 0 && found != NULL)
        return arena_str(a, str_of(pw.pw_name));
    return arena_printf(a, "uid %lld", (long long)uid);
}

static void job_free(struct job *j)
{
    struct status_run *r = j->run;

    buf_finish(&j->reply.body);
    live_unref(j->live);
    r->n_jobs--;
    if (r->closing && r->n_jobs == 0)
        server_close(r->server, server_closed, r);
}

static void job_finish(struct job *j, bool ok, const struct err *err)
{
    struct status_run *r = j->run;

    if (!ok)
        api_problem(&j->reply, api_status_of(err), err);
    if (!buf_ok(&j->reply.body)) {
        struct err e;

        err_nomem(&e);
        buf_clear(&j->reply.body);
        api_problem(&j->reply, 500, &e);
    }
    server_reply_buf(j->http, j->reply.status, j->reply.content_type, &j->reply.body);
    if (ok && j->route != NULL && j->route->where == API_ENGINE && j->route->write)
        r->deps.written(r->deps.arg);
    job_free(j);
}

static void job_done(void *arg, bool ok, const struct err *err)
{
    job_finish(arg, ok, err);
}

static bool job_on_store(struct db *db, void *arg, struct err *e)
{
    struct job *j = arg;

    if (j->route->write)
        j->req.by.user = user_name(j->http->a, j->req.by.uid);
    return j->route->run(db, &j->env, &j->req, &j->reply, e);
}

/* ---- actions: carried out on the loop, written down by the engine ---- */

struct audit_job {
    struct arena *a;
    struct actor by;
    struct str action, subject;
    bool list, accept; /* the sync is to list; what it lacks is believed */
    struct wall now;
};

static bool audit_on_engine(struct db *db, void *arg, struct err *e)
{
    struct audit_job *j = arg;
    unsigned n;

    j->by.user = user_name(j->a, j->by.uid);
    if (j->list || j->accept)
        return db_listing_ask(db, j->subject, j->accept, &j->by, j->now, &n, e);
    return db_audit(db, &j->by, j->action, j->subject, STR_NONE, j->now, e);
}

static void audit_done(void *arg, bool ok, const struct err *err)
{
    struct audit_job *j = arg;

    if (!ok)
        log_error("audit: %s", err->msg);
    arena_destroy(j->a);
    free(j);
}

static bool audit_action(struct status_run *r, const struct job *j, struct err *e)
{
    struct audit_job *aj = calloc(1, sizeof(*aj));

    if (aj != NULL)
        aj->a = arena_create((size_t)64 << 10);
    if (aj == NULL || aj->a == NULL) {
        free(aj);
        return err_nomem(e);
    }
    aj->by = j->req.by;
    aj->now = j->env.now;
    aj->action = j->route->action == API_SYNC ? STR("sync") : STR("reload");
    aj->subject = arena_str(aj->a, api_query(&j->req, "source"));
    aj->list = api_flag(&j->req, "list");
    aj->accept = api_flag(&j->req, "accept");
    if (store_submit(r->deps.store, audit_on_engine, audit_done, aj, e))
        return true;
    arena_destroy(aj->a);
    free(aj);
    return false;
}

static void run_here(struct status_run *r, struct job *j)
{
    struct err e;
    bool ok = true;

    if (j->route->where == API_ACTION)
        ok = r->deps.may(r->deps.arg, j->route->action, &j->req, &e) &&
             audit_action(r, j, &e) &&
             r->deps.act(r->deps.arg, j->route->action, &j->req, &e);
    if (ok)
        ok = j->route->run(NULL, &j->env, &j->req, &j->reply, &e);
    job_finish(j, ok, &e);
}

/* As it was where there is none. */
static bool number_of(const struct api_request *req, const char *name, int64_t *ret,
                      struct err *e)
{
    struct str text = api_query(req, name);

    return text.n == 0 || (str_to_i64(text, ret) && *ret >= 0) ||
           err_set(e, ERR_USAGE, "%s is a number of events, 0 or more", name);
}

/* From then on it is not this part's any more. */
static void follow(struct status_run *r, struct job *j)
{
    int64_t after = -1, last = 0;
    struct err e;
    bool ok = number_of(&j->req, "after", &after, &e) &&
              number_of(&j->req, "last", &last, &e);

    server_header(j->http, "Cache-Control", "no-store");
    if (!ok || !r->deps.follow(r->deps.arg, j->http, after, last, &e))
        job_finish(j, false, &e);
    else
        job_free(j);
}

static void dispatch(struct status_run *r, struct job *j)
{
    struct err e;
    bool accepted = false;

    if (j->route->write && !j->req.may_write) {
        err_set(&e, ERR_FORBIDDEN,
                "uid %lld may read but not write: writers are root, the daemon's user "
                "and those in `writers` (default: group alignd-write)",
                (long long)j->req.by.uid);
        job_finish(j, false, &e);
        return;
    }
    switch (j->route->where) {
    case API_STREAM:
        follow(r, j);
        return;
    case API_LOOP:
    case API_ACTION:
        run_here(r, j);
        return;
    case API_READER:
        j->env.view = NULL;
        accepted = store_read(r->deps.store, job_on_store, job_done, j, &e);
        break;
    case API_ASIDE:
        j->env.view = NULL;
        accepted = store_aside(r->deps.store, job_on_store, job_done, j, &e);
        break;
    case API_ENGINE:
        j->env.view = NULL;
        accepted = store_submit(r->deps.store, job_on_store, job_done, j, &e);
        break;
    }
    if (!accepted)
        job_finish(j, false, &e);
}

static bool read_conf(const struct eval_conf *now, struct str text,
                      const struct eval_conf **ret, void **ret_own, struct err *e)
{
    struct live *l;

    if (!live_try(now, text, &l, e))
        return false;
    *ret = &l->eval;
    *ret_own = l;
    return true;
}

static void drop_conf(void *own)
{
    live_unref(own);
}

static void on_request(void *arg, struct server_request *http)
{
    struct status_run *r = arg;
    struct job *j = r->closing ? NULL : arena_alloc(http->a, sizeof(*j));
    int status = 0;
    struct err e;

    if (j == NULL) {
        server_reply(http, 503, "application/problem+json",
                     STR("{\"title\":\"stopping\",\"status\":503}\n"));
        return;
    }
    r->n_jobs++;
    j->run = r;
    j->http = http;
    j->live = live_ref(r->deps.live(r->deps.arg));
    j->req = (struct api_request){
        .method = http->method,
        .path = http->raw_path,
        .a = http->a,
        .query = &http->query,
        .body = http->body,
        .by = {.uid = http->peer.known ? (int64_t)http->peer.uid : -1},
        .may_write = may_write(r, &http->peer),
    };
    j->env = (struct api_env){
        .view = r->deps.view(r->deps.arg),
        .conf = &j->live->eval,
        .now = clock_wall(r->deps.clock),
        .a = http->a,
        .parse = live_parse_stored,
        .read_conf = read_conf,
        .drop_conf = drop_conf,
    };
    j->reply = (struct api_reply){.status = 200, .content_type = "application/json"};
    buf_init(&j->reply.body, (size_t)64 << 20);
    j->route = api_find(&j->req, &status);
    if (j->route == NULL) {
        err_set(&e, status == 405 ? ERR_USAGE : ERR_NOT_FOUND, "%s",
                status == 405 ? "that path does not take this method"
                              : "no such path; the list is in alignd(8)");
        api_problem(&j->reply, status, &e);
        job_finish(j, true, NULL);
        return;
    }
    dispatch(r, j);
}

static bool resolve_group(struct status_run *r, const char *name)
{
    char text[16384];
    struct group gr, *found = NULL;

    if (getgrnam_r(name, &gr, text, sizeof(text), &found) != 0 || found == NULL)
        return false;
    r->gids[r->n_gids++] = gr.gr_gid;
    return true;
}

static bool resolve_user(struct status_run *r, const char *name)
{
    char text[4096];
    struct passwd pw, *found = NULL;

    if (getpwnam_r(name, &pw, text, sizeof(text), &found) != 0 || found == NULL)
        return false;
    r->uids[r->n_uids++] = pw.pw_uid;
    return true;
}

bool status_run_writers(struct status_run *r, const struct conf_writer *w, size_t n,
                        struct err *e)
{
    free(r->uids);
    free(r->gids);
    r->uids = calloc(n + 1, sizeof(*r->uids));
    r->gids = calloc(n + 1, sizeof(*r->gids));
    r->n_uids = r->n_gids = 0;
    if (r->uids == NULL || r->gids == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        char name[256];
        bool known;

        if (w[i].name.n >= sizeof(name))
            continue;
        memcpy(name, w[i].name.p, w[i].name.n);
        name[w[i].name.n] = '\0';
        known = w[i].group ? resolve_group(r, name) : resolve_user(r, name);
        if (!known)
            log_info("writers: no %s named '%s' here", w[i].group ? "group" : "user", name);
    }
    return true;
}

bool status_run_create(const struct status_deps *deps, const struct server_options *opt,
                       struct status_run **ret, struct err *e)
{
    struct status_run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    r->deps = *deps;
    if (!server_create(deps->loop, opt, on_request, r, &r->server, e)) {
        free(r);
        return false;
    }
    *ret = r;
    return true;
}

static void server_closed(void *arg)
{
    struct status_run *r = arg;
    void (*closed)(void *) = r->closed;
    void *closed_arg = r->closed_arg;

    free(r->uids);
    free(r->gids);
    free(r);
    closed(closed_arg);
}

void status_run_close(struct status_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    if (r->n_jobs == 0)
        server_close(r->server, server_closed, r);
}
