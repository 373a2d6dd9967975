#include "connectors/trackers/jira/jira_conf.h"

#include <stdio.h>

#include "base/hash.h"
#include "core/textkey.h"

/* Raised when the same settings read an issue differently than before. */
enum { EXTRACTOR_VERSION = 2 };

static const char *const deployments[] = {"auto", "cloud", "datacenter", NULL};

static const char *const histories[] = {"auto", "true", "false", NULL};

static const struct conf_key project_keys[] = {
    {.name = "include",
     .type = CONF_GLOBS,
     .offset = offsetof(struct jira_conf, projects.include) -
               offsetof(struct jira_conf, projects),
     .live = true,
     .doc = "Project keys to follow; none: all that the user can see."},
    {.name = "exclude",
     .type = CONF_GLOBS,
     .offset = offsetof(struct jira_conf, projects.exclude) -
               offsetof(struct jira_conf, projects),
     .live = true,
     .doc = "Project keys to leave out."},
    {.name = NULL},
};

const struct conf_key jira_keys[] = {
    {.name = "user",
     .type = CONF_STR,
     .offset = offsetof(struct jira_conf, user),
     .live = true,
     .doc = "E-mail address (Cloud) or user name; without it the token is sent as a "
            "Bearer token."},
    {.name = "token",
     .type = CONF_SECRET,
     .offset = offsetof(struct jira_conf, token),
     .live = true,
     .doc = "API token (Cloud) or personal access token (Data Center); without one "
            "Jira is read anonymously."},
    {.name = "projects",
     .type = CONF_SUB,
     .offset = offsetof(struct jira_conf, projects),
     .sub = project_keys,
     .live = true,
     .doc = "Projects to follow; neither this nor jql: all that the user can see."},
    {.name = "jql",
     .type = CONF_STR,
     .offset = offsetof(struct jira_conf, jql),
     .max = 4000,
     .live = true,
     .doc = "Issues to follow as one JQL expression without ORDER BY, instead of "
            "projects."},
    {.name = "deployment",
     .type = CONF_ENUM,
     .offset = offsetof(struct jira_conf, deployment),
     .dflt = "auto",
     .choices = deployments,
     .live = true,
     .doc = "Kind of Jira; auto asks the server."},
    {.name = "status_history",
     .type = CONF_ENUM,
     .offset = offsetof(struct jira_conf, status_history),
     .dflt = "auto",
     .choices = histories,
     .live = true,
     .doc = "Whether change logs are read for when items were in progress; auto: on "
            "Jira Cloud, where many come in one request."},
    {.name = "discarded",
     .type = CONF_STRS,
     .offset = offsetof(struct jira_conf, discarded),
     .live = true,
     .doc = "More resolutions that mean closed but not done, besides Won't Do, "
            "Duplicate and the like."},
    {.name = "blocked_by",
     .type = CONF_STRS,
     .offset = offsetof(struct jira_conf, blocked_by),
     .live = true,
     .doc = "What issue links say, as Jira shows them, of an issue that waits for the "
            "other, besides 'is blocked by'."},
    {.name = NULL},
};

bool jira_is_literal(struct str glob)
{
    return str_chr(glob, '*') < 0 && str_chr(glob, '?') < 0;
}

static bool matches_any(const struct str_list *globs, struct str key,
                        struct arena *scratch)
{
    for (size_t i = 0; i < globs->n; i++) {
        if (text_glob(text_key(scratch, globs->v[i]), key)) {
            return true;
        }
    }
    return false;
}

bool jira_wants_project(const struct jira_conf *conf, struct str key,
                        struct arena *scratch)
{
    struct str k = text_key(scratch, key);

    return (conf->projects.include.n == 0 ||
            matches_any(&conf->projects.include, k, scratch)) &&
           !matches_any(&conf->projects.exclude, k, scratch);
}

/* ---- wrong combinations ---- */

/* ORDER BY outside quotes; both words, any case, any blanks between. */
static bool has_order_by(struct str jql)
{
    char quote = 0;

    for (size_t i = 0; i < jql.n; i++) {
        char c = jql.p[i];

        if (quote != 0) {
            i += c == '\\' ? 1 : 0;
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (str_eq_nocase(str_first(str_skip(jql, i), 5), STR("order")) &&
                   (i == 0 || str_chr(STR(" \t\r\n)"), jql.p[i - 1]) >= 0)) {
            struct str after = str_skip(jql, i + 5);

            if (str_eq_nocase(str_first(str_trim(after), 2), STR("by")) &&
                str_trim(after).p != after.p) {
                return true;
            }
        }
    }
    return false;
}

static bool may_be_auto(struct str field)
{
    return str_eqz(field, "points") || str_eqz(field, "team") ||
           str_eqz(field, "sprint");
}

/* `key` is the path of the setting at fault, so that it can be pointed at. */
static void check_fields(const struct tracker_conf *conf, tracker_report_fn *report,
                         void *arg)
{
    for (size_t i = 0; i < conf->fields.n; i++) {
        const struct str_pair *f = &conf->fields.v[i];
        char key[128];

        if (str_eqz(f->value, "auto") && !may_be_auto(f->key)) {
            (void)snprintf(key, sizeof key, "fields.%.*s", STR_FMT(f->key));
            report(arg, key,
                   "only points, team and sprint can be found out ('auto'): "
                   "name the field or give its id");
        }
    }
}

/* API tokens of Cloud are sent with the account's e-mail address. */
static bool lacks_user(const struct tracker_conf *conf, const struct jira_conf *own)
{
    return own->user.n == 0 && own->token.from != SECRET_NONE &&
           str_has_suffix(conf->url, STR(".atlassian.net"));
}

void jira_check(const struct tracker_conf *conf, tracker_report_fn *report, void *arg)
{
    const struct jira_conf *own = jira_own(conf);

    if (own->jql.n > 0 &&
        (own->projects.include.n > 0 || own->projects.exclude.n > 0)) {
        report(arg, "jql",
               "'jql' and 'projects' exclude each other: name the projects "
               "in the JQL expression");
    }
    if (has_order_by(own->jql)) {
        report(arg, "jql", "'jql' must not have ORDER BY: the order is set by alignd");
    }
    if (own->user.n > 0 && own->token.from == SECRET_NONE) {
        report(arg, "user", "'user' needs a 'token'");
    }
    if (str_chr(own->user, ':') >= 0) {
        report(arg, "user", "'user' must not hold a colon");
    }
    if (lacks_user(conf, own)) {
        report(arg, "token",
               "Jira Cloud wants 'user', the e-mail address of the account, "
               "beside its API token");
    }
    check_fields(conf, report, arg);
}

/* ---- fingerprint ---- */

/* The length goes in, too, so that [ab, c] differs from [a, bc]. */
static uint64_t add_str(uint64_t h, struct str s)
{
    h = hash64(&s.n, sizeof s.n, h);
    return s.n > 0 ? hash64(s.p, s.n, h) : h;
}

static uint64_t add_int(uint64_t h, int64_t n)
{
    return hash64(&n, sizeof n, h);
}

static uint64_t add_list(uint64_t h, const struct str_list *l)
{
    h = add_int(h, (int64_t)l->n);
    for (size_t i = 0; i < l->n; i++) {
        h = add_str(h, l->v[i]);
    }
    return h;
}

uint64_t jira_fingerprint(const struct tracker_conf *conf)
{
    const struct jira_conf *own = jira_own(conf);
    uint64_t h = add_int(0, EXTRACTOR_VERSION);

    h = add_str(h, conf->url);
    h = add_str(h, own->user); /* another account sees other issues */
    h = add_list(h, &own->projects.include);
    h = add_list(h, &own->projects.exclude);
    h = add_str(h, own->jql);
    h = add_list(add_list(h, &own->discarded), &own->blocked_by);
    h = add_int(add_int(h, conf->history.ms), conf->history.wd);
    h = add_list(add_list(h, &conf->epics.types), &conf->epics.labels);
    h = add_int(h, conf->epics.none);
    h = add_list(add_list(h, &conf->link_types), &conf->in_progress);
    h = add_int(h, (int64_t)conf->fields.n);
    for (size_t i = 0; i < conf->fields.n; i++) {
        h = add_str(add_str(h, conf->fields.v[i].key), conf->fields.v[i].value);
    }
    return h;
}
