/* Requests below /_control: what a test or a demo changes while it runs. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/vendors/world.h"

static void refuse(struct reply *rp, int status, const char *why)
{
    reply_json(rp, status, json_pack("{s:s}", "error", why));
}

static void done(struct reply *rp)
{
    reply_json(rp, 200, json_pack("{s:b}", "ok", 1));
}

/* NULL with an answer in `rp`. */
static json_t *read_body(const struct request *rq, struct reply *rp)
{
    json_error_t why;
    json_t *body =
        json_loadb(buf_cstr(&rq->body), rq->body.n, JSON_REJECT_DUPLICATES, &why);

    if (!body) {
        refuse(rp, 400, why.text);
    }
    return body;
}

/* "tracker" may be told; "repo" says the same. */
static bool change(struct world *w, json_t *o, struct wall now, struct err *e)
{
    const char *dflt = json_object_get(o, "repo") ? "github" : "jira";
    bool github = strcmp(json_text(o, "tracker", dflt), "github") == 0;

    (void)json_object_del(o, "tracker");
    return github ? github_change(w->github, o, now, e)
                  : jira_change(w->jira, o, now, e);
}

static void post_issues(struct world *w, const struct request *rq, struct reply *rp)
{
    json_t *body = read_body(rq, rp);
    size_t n = json_is_array(body) ? json_array_size(body) : 1;
    struct err e;

    if (!body) {
        return;
    }
    done(rp);
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_is_array(body) ? json_array_get(body, i) : body;

        if (!change(w, one, rq->at, &e)) {
            reply_reset(rp);
            refuse(rp, 400, e.msg);
            break;
        }
    }
    json_decref(body);
}

static void post_project(struct world *w, const struct request *rq, struct reply *rp)
{
    json_t *body = read_body(rq, rp);
    struct err e;

    if (!body) {
        return;
    }
    if (github_change_project(w->github, body, &e)) {
        done(rp);
    } else {
        refuse(rp, 400, e.msg);
    }
    json_decref(body);
}

static void post_repo(struct world *w, const struct request *rq, struct reply *rp)
{
    json_t *body = read_body(rq, rp);
    struct err e;

    if (!body) {
        return;
    }
    if (github_change_repo(w->github, body, &e)) {
        done(rp);
    } else {
        refuse(rp, 400, e.msg);
    }
    json_decref(body);
}

static void post_touch(struct world *w, const struct request *rq, struct reply *rp)
{
    json_t *body = read_body(rq, rp);
    int64_t count = json_number(body, "count", 0);
    struct err e;

    if (!body) {
        return;
    }
    if (count < 1 || count > UINT32_MAX) {
        refuse(rp, 400, "count is missing");
    } else if (!github_touch(w->github, json_text(body, "repo", ""), (uint32_t)count,
                             rq->at, &e)) {
        refuse(rp, 400, e.msg);
    } else {
        done(rp);
    }
    json_decref(body);
}

static void post_faults(struct world *w, const struct request *rq, struct reply *rp)
{
    json_t *body = read_body(rq, rp);
    struct err e;

    if (!body) {
        return;
    }
    if (faults_set(w->faults, body, &e)) {
        done(rp);
    } else {
        refuse(rp, 400, e.msg);
    }
    json_decref(body);
}

static void post_latency(struct world *w, const struct request *rq, struct reply *rp)
{
    json_t *body = read_body(rq, rp);
    const char *path = json_text(body, "path", NULL);

    if (!body) {
        return;
    }
    w->latency = DUR_MS(json_number(body, "ms", 0));
    free(w->latency_path);
    w->latency_path = path ? strdup(path) : NULL;
    json_decref(body);
    done(rp);
}

static void post_gzip(struct world *w, const struct request *rq, struct reply *rp)
{
    struct str word = str_trim(buf_str(&rq->body));

    if (!str_eqz(word, "on") && !str_eqz(word, "off")) {
        refuse(rp, 400, "the body is on or off");
        return;
    }
    w->gzip = str_eqz(word, "on");
    done(rp);
}

static void post_limits(struct world *w, const struct request *rq, struct reply *rp)
{
    json_t *body = read_body(rq, rp);
    int64_t reset_in = json_number(body, "reset_in", 0);

    if (!body) {
        return;
    }
    github_set_limit(w->github, json_number(body, "limit", 0),
                     json_number(body, "remaining", -1),
                     (struct wall){reset_in ? rq->at.ms + reset_in * 1000 : 0});
    json_decref(body);
    done(rp);
}

static void post_site(struct world *w, const struct request *rq, struct reply *rp)
{
    json_t *body = read_body(rq, rp);
    const char *url = json_text(body, "github", NULL);
    struct err e;

    if (!body) {
        return;
    }
    if (!url) {
        refuse(rp, 400, "github is missing");
    } else if (!github_set_url(w->github, url, &e)) {
        refuse(rp, 500, e.msg);
    } else {
        done(rp);
    }
    json_decref(body);
}

static void get_counters(struct world *w, const struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200, counters_show(w->counters));
}

static void delete_counters(struct world *w, const struct request *rq, struct reply *rp)
{
    (void)rq;
    counters_reset(w->counters);
    done(rp);
}

static void get_requests(struct world *w, const struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200, counters_requests(w->counters));
}

static void get_messages(struct world *w, const struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200, json_incref(chat_messages(w->chat)));
}

static void get_refused(struct world *w, const struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200, json_incref(chat_refused(w->chat)));
}

static void delete_messages(struct world *w, const struct request *rq, struct reply *rp)
{
    (void)rq;
    chat_clear(w->chat);
    done(rp);
}

static void get_faults(struct world *w, const struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_json(rp, 200, faults_list(w->faults));
}

static void delete_faults(struct world *w, const struct request *rq, struct reply *rp)
{
    (void)rq;
    faults_clear(w->faults);
    done(rp);
}

static const struct {
    const char *method, *path;
    void (*answer)(struct world *w, const struct request *rq, struct reply *rp);
} routes[] = {
    {"POST", "/_control/issues", post_issues},
    {"POST", "/_control/touch", post_touch},
    {"POST", "/_control/repo", post_repo},
    {"POST", "/_control/project", post_project},
    {"POST", "/_control/faults", post_faults},
    {"GET", "/_control/faults", get_faults},
    {"DELETE", "/_control/faults", delete_faults},
    {"POST", "/_control/latency", post_latency},
    {"POST", "/_control/gzip", post_gzip},
    {"POST", "/_control/limits", post_limits},
    {"POST", "/_control/site", post_site},
    {"GET", "/_control/counters", get_counters},
    {"DELETE", "/_control/counters", delete_counters},
    {"GET", "/_control/requests", get_requests},
    {"GET", "/_control/messages", get_messages},
    {"DELETE", "/_control/messages", delete_messages},
    {"GET", "/_control/refused", get_refused},
};

void control_answer(struct world *w, const struct request *rq, struct reply *rp)
{
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        if (strcmp(routes[i].method, rq->method) == 0 &&
            strcmp(routes[i].path, rq->path) == 0) {
            routes[i].answer(w, rq, rp);
            return;
        }
    }
    refuse(rp, 404, "no such control");
}
