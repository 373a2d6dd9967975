#include "connectors/trackers/github/github_survey.h"

#include <jansson.h>

#include "connectors/trackers/github/github_call.h"
#include "connectors/trackers/github/github_conf.h"
#include "connectors/trackers/github/github_limit.h"
#include "connectors/trackers/github/github_wire.h"

/* Two pages of the latest open work show who works there. */
enum { MAX_MILESTONE_PAGES = 10, MAX_ISSUE_PAGES = 2 };

enum stage { REPO, MILESTONES, ISSUES, DONE };

struct surveyor {
    struct survey *out;
    struct github_client client;
    struct github_call call;
    struct str repo; /* as GitHub spells it, once it was read */
    struct str path; /* of the page that is next; empty: the first one */
    enum stage stage;
    unsigned pages;
    size_t n_issues; /* seen, pull requests left out */
    bool more;       /* milestones were left out */
};

static struct str text_of(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    return (struct str){json_string_value(v), json_string_length(v)};
}

/* ---- asking ---- */

static bool create(const struct survey_start *start, struct survey *out,
                   struct surveyor **ret, struct err *e)
{
    struct surveyor *s = arena_alloc(out->a, sizeof *s);
    struct str url = start->url.n > 0 ? start->url : STR(GITHUB_URL);

    if (s == NULL) {
        return err_nomem(e);
    }
    if (!github_repo_valid(start->scope)) {
        return err_set(e, ERR_CONFIG,
                       "a repository is written owner/repository, not '%.*s'",
                       STR_FMT(str_first(start->scope, 80)));
    }
    *s = (struct surveyor){.out = out, .repo = start->scope};
    if (!github_client_init(&s->client, url, start->token, e)) {
        github_client_finish(&s->client);
        return false;
    }
    github_call_init(&s->call, NULL);
    *ret = s;
    return true;
}

static void destroy(struct surveyor *s)
{
    if (s != NULL) {
        github_call_finish(&s->call);
        github_client_finish(&s->client);
    }
}

static bool next(struct surveyor *s, struct http_request *ret)
{
    static const char *const paths[] = {
        [REPO] = "",
        [MILESTONES] = "/milestones?state=open&per_page=100",
        [ISSUES] = "/issues?state=open&sort=updated&direction=desc&per_page=100",
    };
    struct tracker_request req;

    if (s->stage == DONE) {
        return false;
    }
    if (s->path.n > 0) {
        github_call_begin_at(&s->client, &s->call, s->path);
    } else {
        github_call_begin(&s->client, &s->call, "/repos/");
        buf_add(&s->call.url, s->repo);
        buf_addz(&s->call.url, paths[s->stage]);
    }
    github_call_send(&s->client, &s->call, &req);
    *ret = req.http;
    return github_call_ok(&s->call);
}

/* ---- what the answer means ---- */

static bool judge(const struct surveyor *s, const struct http_response *resp,
                  struct wall now, struct err *e)
{
    struct str said = github_wire_message(s->out->a, resp->body, s->client.token);
    const char *between = said.n > 0 ? ": " : "";
    struct feed told;
    struct dur wait;

    feed_init(&told, s->out->a);
    github_limit_read(resp, &told);
    if (resp->status == 200) {
        return true;
    }
    if (resp->status == 401) {
        return err_set(e, ERR_AUTH, "GitHub does not accept the token (401%s%.*s)",
                       between, STR_FMT(said));
    }
    if ((resp->status == 403 || resp->status == 429) &&
        github_limit_hit(resp, said, &told, 0, now, &wait)) {
        return err_set(e, ERR_RATE,
                       "GitHub's limit is reached, for %lld min more%s",
                       (long long)(wait.ms + 59999) / 60000,
                       s->client.token.n > 0 ? "" : "; with a token it is much higher");
    }
    if (resp->status == 404) {
        return err_set(e, ERR_NOT_FOUND,
                       "GitHub knows no repository %.*s (404)%s", STR_FMT(s->repo),
                       s->client.token.n > 0 ? ", or the token may not see it"
                                             : "; a private one needs a token");
    }
    return err_set(e, resp->status == 403 ? ERR_FORBIDDEN : ERR_REMOTE,
                   "GitHub answered %d%s%.*s", resp->status, between, STR_FMT(said));
}

static bool take_repo(struct surveyor *s, const struct http_response *resp,
                      struct err *e)
{
    struct str id, name;
    struct str title;

    if (!github_wire_repo(s->out->a, resp->body, &id, &name, e)) {
        return false;
    }
    if (!str_eq(name, s->repo)) {
        survey_found(s->out, "repository %.*s is now called %.*s", STR_FMT(s->repo),
                     STR_FMT(name));
    }
    s->repo = name;
    title = str_skip(name, (size_t)(str_chr(name, '/') + 1));
    survey_add_place(s->out, name, title);
    s->stage = MILESTONES;
    return true;
}

static void take_milestones(struct surveyor *s, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        s->more = s->more || s->out->n_initiatives == SURVEY_MAX_INITIATIVES;
        survey_add_initiative(s->out, STR_NONE, text_of(json_array_get(list, i), "title"),
                              STR_NONE);
    }
}

static void take_issues(struct surveyor *s, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *issue = json_array_get(list, i);
        const json_t *people = json_object_get(issue, "assignees");

        s->n_issues += json_object_get(issue, "pull_request") == NULL;
        for (size_t k = 0; k < json_array_size(people); k++) {
            const json_t *one = json_array_get(people, k);

            if (!str_eqz(text_of(one, "type"), "Bot")) {
                survey_add_person(s->out, text_of(one, "login"), STR_NONE);
            }
        }
    }
}

static void conclude(struct surveyor *s)
{
    survey_mark_busy(s->out, s->repo);
    survey_found(s->out,
                 "repository %.*s: open milestones: %zu%s; issues of late: %zu, their "
                 "assignees: %zu",
                 STR_FMT(s->repo), s->out->n_initiatives,
                 s->more ? " (the first ones; there are more)" : "", s->n_issues,
                 s->out->n_people);
    if (s->out->n_initiatives > 0) {
        survey_guessed(s->out, "each open milestone of %.*s is an initiative",
                       STR_FMT(s->repo));
    }
    if (s->out->n_people > 0) {
        survey_guessed(s->out, "who has an open issue of %.*s is one of the people",
                       STR_FMT(s->repo));
    }
    survey_guessed(s->out, "repository %.*s belongs to one team", STR_FMT(s->repo));
}

static void leave_stage(struct surveyor *s)
{
    s->path = STR_NONE;
    s->pages = 0;
    s->stage++;
    if (s->stage == DONE) {
        conclude(s);
    }
}

/* Further pages up to a bound; a page elsewhere would take the token along. */
static void turn_page(struct surveyor *s, const struct http_response *resp)
{
    unsigned max = s->stage == MILESTONES ? MAX_MILESTONE_PAGES : MAX_ISSUE_PAGES;
    struct str path;

    s->pages++;
    if (github_link_next(resp, &s->client.base_url, &path) != GITHUB_NEXT_PAGE ||
        s->pages == max) {
        leave_stage(s);
    } else {
        s->path = arena_str(s->out->a, path);
    }
}

static bool take_list(struct surveyor *s, const struct http_response *resp,
                      struct err *e)
{
    json_t *list = json_loadb(resp->body.n > 0 ? resp->body.p : "", resp->body.n,
                              JSON_ALLOW_NUL, NULL);
    bool ok = json_is_array(list);

    if (ok && s->stage == MILESTONES) {
        take_milestones(s, list);
    } else if (ok) {
        take_issues(s, list);
    }
    json_decref(list);
    if (!ok) {
        return err_set(e, ERR_PARSE, "GitHub's answer is no list");
    }
    turn_page(s, resp);
    return true;
}

static bool feed(struct surveyor *s, const struct http_response *resp, struct wall now,
                 struct err *e)
{
    bool off = s->stage != REPO && (resp->status == 404 || resp->status == 410);
    bool ok = true;

    (void)github_call_take(&s->client, s->call.tag);
    if (off) {
        survey_found(s->out, "repository %.*s has its issues switched off",
                     STR_FMT(s->repo));
        leave_stage(s);
    } else if (!judge(s, resp, now, e)) {
        ok = false;
    } else {
        ok = s->stage == REPO ? take_repo(s, resp, e) : take_list(s, resp, e);
    }
    return ok && arena_failed(s->out->a) ? err_nomem(e) : ok;
}

const struct survey_ops github_survey = {
    .create = create,
    .next = next,
    .feed = feed,
    .destroy = destroy,
};
