#include "connectors/trackers/github/github_conf.h"

#include "base/hash.h"
#include "connectors/trackers/github/github.h"
#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_project.h"
#include "connectors/trackers/github/github_wire.h"

enum { MAX_PROJECTS = 50 };

const struct conf_key github_keys[] = {
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

void github_check(const struct tracker_conf *conf, tracker_report_fn *report, void *arg)
{
    const struct github_conf *own = conf->own;

    check_projects(&own->projects, report, arg);

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
 * the fields but that of the status, for all an issue has are read; the token.
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
