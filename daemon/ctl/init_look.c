#include "ctl/init_look.h"

#include <stdlib.h>

#include "config/file.h"
#include "config/url.h"
#include "connectors/connector.h"
#include "ctl/survey_run.h"

enum { MAX_TOKEN = 64 << 10 };

void init_look_init(struct init_look *l, struct ctl *c)
{
    *l = (struct init_look){.c = c};
    buf_init_secret(&l->token, MAX_TOKEN);
}

void init_look_finish(struct init_look *l)
{
    buf_wipe(&l->token);
}

/* ---- tokens ---- */

static bool read_file(struct init_look *l, struct str path, struct secret *ret,
                      struct err *e)
{
    char *whole;

    buf_wipe(&l->token);
    if (!file_read(path.p, MAX_TOKEN, &l->token, NULL, e)) /* argv's: ends with NUL */
        return err_wrap(e, "%.*s", STR_FMT(path));
    whole = realpath(path.p, NULL);
    *ret = (struct secret){
        .from = SECRET_FILE,
        .name = arena_str(l->c->a, whole != NULL ? str_of(whole) : path),
        .value = str_trim(buf_str(&l->token)),
    };
    free(whole);
    return ret->value.n > 0 ||
           err_set(e, ERR_USAGE, "%.*s: holds no token", STR_FMT(path));
}

static bool read_token(struct init_look *l, enum args_option file, const char *variable,
                       struct secret *ret, struct err *e)
{
    struct str path = args_value(&l->c->args, file);
    const char *value = getenv(variable);

    *ret = (struct secret){.from = SECRET_NONE};
    if (path.n > 0)
        return read_file(l, path, ret, e);
    if (value != NULL && value[0] != '\0')
        *ret = (struct secret){.from = SECRET_ENV,
                               .name = str_of(variable),
                               .value = str_trim(str_of(value))};
    return true;
}

/* ---- trackers ---- */

static bool check_url(const char *option, struct str url, struct err *e)
{
    const char *wrong, *hint;

    if (url_check(url, &wrong, &hint))
        return true;
    return err_set(e, ERR_USAGE, "%s %s%s%s", option, wrong, hint != NULL ? "; " : "",
                   hint != NULL ? hint : "");
}

static struct str without_slashes(struct str url)
{
    while (str_has_suffix(url, STR("/")))
        url.n--;
    return url;
}

static bool look(struct init_look *l, const char *type, struct str scope,
                 struct draft_source *s, struct err *e)
{
    struct survey *found = &l->surveys[l->n];
    struct survey_start start = {
        .url = s->url, .scope = scope, .user = s->user, .token = s->token.value};

    *found = (struct survey){.a = l->c->a};
    s->found = found;
    if (!survey_run(tracker_find(str_of(type))->survey, &start, found, e))
        return false;
    s->token.value = STR_NONE;
    l->sources[l->n++] = *s;
    return true;
}

/* owner/repository, or the address of its page. */
static struct str repository_of(struct str given)
{
    static const char site[] = "https://github.com/";

    if (str_has_prefix(given, STR("https://github.com/")))
        given = without_slashes(str_skip(given, sizeof site - 1));
    return str_has_suffix(given, STR(".git")) ? str_first(given, given.n - 4) : given;
}

static bool look_at_github(struct init_look *l, struct str repo, struct err *e)
{
    struct draft_source s = {
        .url = without_slashes(args_value(&l->c->args, OPT_GITHUB_URL))};

    return (s.url.n == 0 || check_url("--github-url", s.url, e)) &&
           read_token(l, OPT_GITHUB_TOKEN, "GITHUB_TOKEN", &s.token, e) &&
           look(l, "github", repository_of(repo), &s, e);
}

static bool look_at_jira(struct init_look *l, struct str url, struct err *e)
{
    struct draft_source s = {.jira = true, .url = without_slashes(url)};
    const char *user = getenv("JIRA_USER");

    s.user = args_value(&l->c->args, OPT_JIRA_USER);
    if (!check_url("the address of Jira", s.url, e) ||
        !read_token(l, OPT_JIRA_TOKEN, "JIRA_TOKEN", &s.token, e))
        return false;
    if (s.user.n == 0 && s.token.from != SECRET_NONE)
        s.user = str_of(user);
    if (look(l, "jira", STR_NONE, &s, e))
        return true;
    if (e->kind == ERR_AUTH && s.user.n == 0)
        return err_wrap(e, s.token.from == SECRET_NONE
                               ? "it wants a token ($JIRA_TOKEN)"
                               : "on Cloud a token goes with a user (--jira-user)");
    return false;
}

static bool is_repository_page(struct str s)
{
    return str_has_prefix(s, STR("https://github.com/"));
}

bool init_look_run(struct init_look *l, struct err *e)
{
    const struct args *args = &l->c->args;
    struct str plain = args->n > 0 ? args->v[0] : STR_NONE;
    struct str repo = args_value(args, OPT_GITHUB), url = args_value(args, OPT_JIRA);
    struct str *to = is_repository_page(plain) ? &repo : &url;

    if (plain.n > 0 && to->n > 0)
        return err_set(e, ERR_USAGE, "%s is named twice", to == &repo ? "GitHub" : "Jira");
    if (plain.n > 0)
        *to = plain;
    if (repo.n == 0 &&
        (args_has(args, OPT_GITHUB_URL) || args_has(args, OPT_GITHUB_TOKEN)))
        return err_set(e, ERR_USAGE, "which repository? --github owner/repository");
    if (url.n == 0 && (args_has(args, OPT_JIRA_USER) || args_has(args, OPT_JIRA_TOKEN)))
        return err_set(e, ERR_USAGE, "which Jira? --jira https://company.atlassian.net");
    return (url.n == 0 || look_at_jira(l, url, e)) &&
           (repo.n == 0 || look_at_github(l, repo, e));
}
