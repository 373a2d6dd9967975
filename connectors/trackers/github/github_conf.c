#include "connectors/trackers/github/github_conf.h"

#include <stddef.h>

#include "base/hash.h"
#include "base/sign.h"
#include "connectors/trackers/github/github.h"
#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_project.h"
#include "connectors/trackers/github/github_wire.h"

enum { MAX_PROJECTS = 50 };
#define APP(field)                                                                     \
    (offsetof(struct github_conf, app.field) - offsetof(struct github_conf, app))

static const struct conf_key app_keys[] = {
    {
        .name = "id",
        .type = CONF_INT,
        .offset = APP(id),
        .required = true,
        .min = 1,
        .max = INT64_MAX,
        .live = true,
        .doc = "Number of the GitHub App.",
    },
    {
        .name = "installation",
        .type = CONF_INT,
        .offset = APP(installation),
        .min = 1,
        .max = INT64_MAX,
        .live = true,
        .doc = "Number of its installation; found out if it is not given.",
    },
    {
        .name = "key",
        .type = CONF_SECRET,
        .offset = APP(key),
        .required = true,
        .fits = sign_rs256_key,
        .live = true,
        .doc = "Private key of the App, as GitHub hands it out (PEM).",
    },
    {.name = NULL},
};

const struct conf_key github_keys[] = {
    {
        .name = "repos",
        .type = CONF_STRS,
        .offset = offsetof(struct github_conf, repos),
        .live = true,
        .doc = "Repositories to follow, each as owner/repository; this or org is "
               "needed.",
    },
    {
        .name = "org",
        .type = CONF_STR,
        .offset = offsetof(struct github_conf, org),
        .live = true,
        .doc = "Organisation or user whose repositories are followed; new ones are "
               "found every hour.",
    },
    {
        .name = "include",
        .type = CONF_GLOBS,
        .offset = offsetof(struct github_conf, include),
        .live = true,
        .doc = "Repositories of org to follow, by name or owner/name; none: all.",
    },
    {
        .name = "exclude",
        .type = CONF_GLOBS,
        .offset = offsetof(struct github_conf, exclude),
        .live = true,
        .doc = "Repositories of org to leave out.",
    },
    {
        .name = "archived",
        .type = CONF_BOOL,
        .offset = offsetof(struct github_conf, archived),
        .dflt = "false",
        .live = true,
        .doc = "Whether archived repositories of org are followed, too.",
    },
    {
        .name = "forks",
        .type = CONF_BOOL,
        .offset = offsetof(struct github_conf, forks),
        .dflt = "false",
        .live = true,
        .doc = "Whether forks in org are followed, too.",
    },
    {
        .name = "token",
        .type = CONF_SECRET,
        .offset = offsetof(struct github_conf, token),
        .live = true,
        .doc = "Access token that may read issues; without one only public "
               "repositories are seen, at 60 requests an hour.",
    },
    {
        .name = "projects",
        .type = CONF_STRS,
        .offset = offsetof(struct github_conf, projects),
        .live = true,
        .doc = "Projects whose fields count for the issues in them, each as "
               "owner/number.",
    },
    {
        .name = "status_history",
        .type = CONF_BOOL,
        .offset = offsetof(struct github_conf, status_history),
        .dflt = "false",
        .doc = "Whether timelines are read to tell since when issues are in progress; "
               "one request an issue.",
    },
    {
        .name = "dependencies",
        .type = CONF_BOOL,
        .offset = offsetof(struct github_conf, dependencies),
        .dflt = "true",
        .doc = "Whether it is asked what issues wait for that GitHub says are blocked; "
               "one request an issue.",
    },
    {
        .name = "app",
        .type = CONF_SUB,
        .offset = offsetof(struct github_conf, app),
        .sub = app_keys,
        .live = true,
        .doc = "GitHub App to read as, instead of a token.",
    },
    {.name = NULL},
};

static void check_projects(const struct str_list *projects, tracker_report_fn *report,
                           void *arg)
{
    struct str owner, number;

    if (projects->n > MAX_PROJECTS) {
        report(arg, "projects", "at most 50 projects can be followed");
    }
    for (size_t i = 0; i < projects->n; i++) {
        if (!github_project_name(projects->v[i], &owner, &number)) {
            report(arg, "projects", "a project is written owner/number");
        }
        for (size_t j = 0; j < i; j++) {
            if (str_eq_nocase(projects->v[i], projects->v[j])) {
                report(arg, "projects", "a project is listed twice");
            }
        }
    }
}

static void check_repos(const struct github_conf *own, tracker_report_fn *report,
                        void *arg)
{
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

static void check_org(const struct github_conf *own, tracker_report_fn *report,
                      void *arg)
{
    static const char needless[] = "goes with 'org' only: 'repos' names repositories";

    if (own->org.n > 0 && !github_owner_valid(own->org)) {
        report(arg, "org", "not the name of an organisation or user");
    }
    if (own->org.n > 0) {
        return;
    }
    if (own->include.n > 0) {
        report(arg, "include", needless);
    }
    if (own->exclude.n > 0) {
        report(arg, "exclude", needless);
    }
    if (own->archived) {
        report(arg, "archived", needless);
    }
    if (own->forks) {
        report(arg, "forks", needless);
    }
}

void github_check(const struct tracker_conf *conf, tracker_report_fn *report, void *arg)
{
    const struct github_conf *own = conf->own;

    if (own->repos.n == 0 && own->org.n == 0) {
        report(arg, "repos", "at least one repository is needed, or 'org'");
    }
    check_repos(own, report, arg);
    check_org(own, report, arg);
    check_projects(&own->projects, report, arg);
    if (own->app.id > 0 && own->token.from != SECRET_NONE) {
        report(arg, "token", "'app' and 'token' exclude each other");
    }
}

static uint64_t hash_list(const struct str_list *list, uint64_t h)
{
    for (size_t i = 0; i < list->n; i++) {
        h = hash64(list->v[i].p, list->v[i].n, h);
    }
    return hash64(&list->n, sizeof list->n, h);
}

/* Of a project only the fields named are read. */
static uint64_t hash_fields(const struct str_pair_list *fields, uint64_t h)
{
    for (size_t i = 0; i < fields->n; i++) {
        h = hash64(fields->v[i].key.p, fields->v[i].key.n, h);
        h = hash64(fields->v[i].value.p, fields->v[i].value.n, h);
    }
    return hash64(&fields->n, sizeof fields->n, h);
}

/*
 * Not in it: the repositories, for each has a cursor of its own; without projects
 * the fields but that of the status, for all an issue has are read; the credentials.
 */
uint64_t github_fingerprint(const struct tracker_conf *conf)
{
    const struct github_conf *own = conf->own;
    int64_t numbers[] = {GITHUB_EXTRACTOR, conf->history.ms,
                         conf->history.wd, conf->epics.min_children,
                         conf->epics.none, own->status_history};
    struct str url = conf->url.n > 0 ? conf->url : STR(GITHUB_URL);
    struct str status = github_status_field(conf);
    uint64_t h = hash64(numbers, sizeof numbers, 0);

    h = hash64(url.p, url.n, h);
    h = hash64(status.p, status.n, h);
    h = hash_list(&conf->in_progress, h);
    h = hash_list(&own->projects, h);
    h = own->projects.n > 0 ? hash_fields(&conf->fields, h) : h;
    h = hash_list(&conf->epics.types, h);
    return hash_list(&conf->epics.labels, h);
}
