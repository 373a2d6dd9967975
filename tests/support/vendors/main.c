/*
 * vendors: GitHub, Jira Cloud, Jira Data Center and chat, played on 127.0.0.1
 * for the demo, the integration tests and the benchmarks. README.md here says
 * what it plays and how it is told what to play.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/probe.h"
#include "tests/support/vendors/server.h"
#include "tests/support/vendors/world.h"

#define EX_USAGE_CODE 64
#define RATE_LIMIT_DFLT 5000
#define CURSOR_AFTER_DFLT 1000
#define PORT_MAX 65535
#define STDOUT_BYTES ((size_t)1 << 20)

struct options {
    uint16_t port;
    bool gzip, print_chat, no_epoch;
    const char *repo; /* of --ndjson-github and --synthetic-github */
    const char *data, *ndjson_github, *ndjson_jira;
    uint32_t synthetic;
    const char *post; /* URL: be the client, not the server */
    const char *body;
    const char *github_token, *jira_user, *jira_token, *hook_secret, *time_zone;
    const char *github_app, *github_app_key, *github_version;
    uint32_t page_cap, rate_limit, cursor_after, github_app_token;
};

enum option_id {
    OPT_PORT = 256,
    OPT_GZIP,
    OPT_DATA,
    OPT_REPO,
    OPT_NDJSON_GITHUB,
    OPT_NDJSON_JIRA,
    OPT_SYNTHETIC,
    OPT_GITHUB_TOKEN,
    OPT_GITHUB_APP,
    OPT_GITHUB_APP_KEY,
    OPT_GITHUB_APP_TOKEN,
    OPT_GITHUB_VERSION,
    OPT_JIRA_USER,
    OPT_JIRA_TOKEN,
    OPT_PAGE_CAP,
    OPT_RATE_LIMIT,
    OPT_CURSOR_AFTER,
    OPT_TIME_ZONE,
    OPT_NO_EPOCH,
    OPT_PRINT_CHAT,
    OPT_HOOK_SECRET,
    OPT_POST,
    OPT_HELP,
};

static const struct option long_options[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"gzip", no_argument, NULL, OPT_GZIP},
    {"data", required_argument, NULL, OPT_DATA},
    {"repo", required_argument, NULL, OPT_REPO},
    {"ndjson-github", required_argument, NULL, OPT_NDJSON_GITHUB},
    {"ndjson-jira", required_argument, NULL, OPT_NDJSON_JIRA},
    {"synthetic-github", required_argument, NULL, OPT_SYNTHETIC},
    {"github-token", required_argument, NULL, OPT_GITHUB_TOKEN},
    {"github-app", required_argument, NULL, OPT_GITHUB_APP},
    {"github-app-key", required_argument, NULL, OPT_GITHUB_APP_KEY},
    {"github-app-token", required_argument, NULL, OPT_GITHUB_APP_TOKEN},
    {"github-version", required_argument, NULL, OPT_GITHUB_VERSION},
    {"jira-user", required_argument, NULL, OPT_JIRA_USER},
    {"jira-token", required_argument, NULL, OPT_JIRA_TOKEN},
    {"page-cap", required_argument, NULL, OPT_PAGE_CAP},
    {"rate-limit", required_argument, NULL, OPT_RATE_LIMIT},
    {"cursor-after", required_argument, NULL, OPT_CURSOR_AFTER},
    {"time-zone", required_argument, NULL, OPT_TIME_ZONE},
    {"no-epoch", no_argument, NULL, OPT_NO_EPOCH},
    {"print-chat", no_argument, NULL, OPT_PRINT_CHAT},
    {"hook-secret", required_argument, NULL, OPT_HOOK_SECRET},
    {"post", required_argument, NULL, OPT_POST},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static void print_help(void)
{
    (void)fputs(
        "vendors [OPTION...]: GitHub, Jira and chat on 127.0.0.1, for tests\n"
        "  --port N               0: any free one (default)\n"
        "  --data FILE            a company\n"
        "  --ndjson-github FILE   real GitHub issues, one a line, as --repo\n"
        "  --synthetic-github N   N generated issues, as --repo\n"
        "  --repo OWNER/NAME\n"
        "  --ndjson-jira FILE     real Data Center issues, one a line\n"
        "  --gzip                 compress for clients that accept it\n"
        "  --github-token T  --jira-user U  --jira-token T  (default: any)\n"
        "  --github-app N --github-app-key PEM  its number and public key (default: "
        "any)\n"
        "  --github-app-token S   seconds that its tokens last (3600)\n"
        "  --github-version V     the only one of the API; none: it has none\n"
        "  --rate-limit N         GitHub requests an hour and token (5000)\n"
        "  --cursor-after N       GitHub issues until pages have cursors (1000)\n"
        "  --page-cap N           most issues of a Jira page\n"
        "  --time-zone ZONE       of the Jira user\n"
        "  --no-epoch             JQL knows no milliseconds\n"
        "  --print-chat           messages on standard output\n"
        "  --hook-secret whsec_S  check signatures of /hook\n"
        "vendors --post URL JSON: sends one request to a server that runs\n",
        stdout);
}

static bool read_number(const char *text, uint64_t max, uint64_t *ret)
{
    if (str_to_u64(str_of(text), ret) && *ret <= max) {
        return true;
    }
    (void)fprintf(stderr, "vendors: '%s' is no number up to %llu\n", text,
                  (unsigned long long)max);
    return false;
}

static bool set_number(int id, const char *text, struct options *o)
{
    uint64_t n = 0;

    if (!read_number(text, id == OPT_PORT ? PORT_MAX : UINT32_MAX, &n)) {
        return false;
    }
    switch (id) {
    case OPT_PORT:
        o->port = (uint16_t)n;
        break;
    case OPT_SYNTHETIC:
        o->synthetic = (uint32_t)n;
        break;
    case OPT_PAGE_CAP:
        o->page_cap = (uint32_t)n;
        break;
    case OPT_RATE_LIMIT:
        o->rate_limit = (uint32_t)n;
        break;
    case OPT_GITHUB_APP_TOKEN:
        o->github_app_token = (uint32_t)n;
        break;
    case OPT_CURSOR_AFTER:
    default:
        o->cursor_after = (uint32_t)n;
        break;
    }
    return true;
}

static const char **text_of(int id, struct options *o)
{
    switch (id) {
    case OPT_DATA:
        return &o->data;
    case OPT_REPO:
        return &o->repo;
    case OPT_NDJSON_GITHUB:
        return &o->ndjson_github;
    case OPT_NDJSON_JIRA:
        return &o->ndjson_jira;
    case OPT_GITHUB_TOKEN:
        return &o->github_token;
    case OPT_GITHUB_APP:
        return &o->github_app;
    case OPT_GITHUB_APP_KEY:
        return &o->github_app_key;
    case OPT_GITHUB_VERSION:
        return &o->github_version;
    case OPT_JIRA_USER:
        return &o->jira_user;
    case OPT_JIRA_TOKEN:
        return &o->jira_token;
    case OPT_TIME_ZONE:
        return &o->time_zone;
    case OPT_HOOK_SECRET:
        return &o->hook_secret;
    case OPT_POST:
        return &o->post;
    default:
        return NULL;
    }
}

static bool set_option(int id, const char *value, struct options *o)
{
    const char **text = text_of(id, o);

    if (text) {
        *text = value;
        return true;
    }
    switch (id) {
    case OPT_GZIP:
        o->gzip = true;
        return true;
    case OPT_NO_EPOCH:
        o->no_epoch = true;
        return true;
    case OPT_PRINT_CHAT:
        o->print_chat = true;
        return true;
    case '?':
        return false;
    default:
        return set_number(id, value, o);
    }
}

static bool read_options(int argc, char **argv, struct options *o)
{
    int id;

    *o = (struct options){.cursor_after = CURSOR_AFTER_DFLT};
    while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (id == OPT_HELP) {
            print_help();
            exit(0);
        }
        if (!set_option(id, optarg, o)) {
            return false;
        }
    }
    if (o->post && optind + 1 == argc) {
        o->body = argv[optind++];
    }
    if (!o->rate_limit) {
        /* Enough for any walk of what is generated, whatever its size. */
        o->rate_limit = RATE_LIMIT_DFLT + o->synthetic;
    }
    if (optind < argc || (o->post && !o->body) ||
        ((o->ndjson_github || o->synthetic) && !o->repo)) {
        (void)fputs("vendors: see --help (lines and generated issues need --repo)\n",
                    stderr);
        return false;
    }
    return true;
}

/* ---- the client ---- */

/* For scripts on machines without curl; prints the answer. */
static int post(const struct options *o)
{
    struct probe_reply reply;
    struct err e = {0};
    bool ok = probe_post_json(o->post, o->body, &reply, &e);

    if (ok) {
        (void)printf("%s\n", buf_cstr(&reply.body));
        ok = reply.status >= 200 && reply.status < 300;
    } else {
        (void)fprintf(stderr, "vendors: %s\n", e.msg);
    }
    probe_finish(&reply);
    return ok ? 0 : 1;
}

/* ---- putting it together ---- */

static bool load_company(struct world *w, const char *path, struct wall now,
                         struct err *e)
{
    json_error_t why;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    bool ok;

    if (!root) {
        return err_set(e, ERR_PARSE, "%s:%d: %s", path, why.line, why.text);
    }
    ok = staff_load(w->people, json_object_get(root, "people"), e) &&
         github_load(w->github, json_object_get(root, "github"), now, e) &&
         jira_load(w->jira, json_object_get(root, "jira"), now, e);
    if (!ok) {
        err_wrap(e, "%s", path);
    }
    json_decref(root);
    return ok;
}

static bool load(struct world *w, const struct options *o, struct wall now,
                 struct err *e)
{
    return (!o->data || load_company(w, o->data, now, e)) &&
           (!o->ndjson_github ||
            github_load_lines(w->github, o->repo, o->ndjson_github, e)) &&
           (!o->synthetic ||
            github_add_synthetic(w->github, o->repo, o->synthetic, now, e)) &&
           (!o->ndjson_jira || jira_load_lines(w->jira, o->ndjson_jira, e));
}

static bool build(struct world *w, const struct options *o, const char *site,
                  struct err *e)
{
    struct github_options gh = {.site = site,
                                .token = o->github_token,
                                .app = o->github_app,
                                .app_key = o->github_app_key,
                                .app_token_s = o->github_app_token,
                                .version = o->github_version,
                                .rate_limit = o->rate_limit,
                                .cursor_after = o->cursor_after,
                                .gzip = o->gzip};
    struct jira_options jira = {.site = site,
                                .user = o->jira_user,
                                .token = o->jira_token,
                                .page_cap = o->page_cap,
                                .time_zone = o->time_zone,
                                .no_epoch = o->no_epoch};
    struct chat_options chat = {.print = o->print_chat, .hook_secret = o->hook_secret};

    w->gzip = o->gzip;
    w->people = staff_create();
    w->faults = faults_create();
    w->counters = counters_create();
    if (!w->people || !w->faults || !w->counters) {
        return err_nomem(e);
    }
    w->github = github_create(&gh, w->people, e);
    w->jira = w->github ? jira_create(&jira, w->people, e) : NULL;
    w->chat = w->jira ? chat_create(&chat, e) : NULL;
    return w->chat && load(w, o, clock_wall(clock_system()), e);
}

static int signals(struct err *e)
{
    sigset_t set;
    int fd;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL)) {
        err_set(e, ERR_IO, "sigprocmask: %s", strerror(errno));
        return -1;
    }
    fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fd < 0) {
        err_set(e, ERR_IO, "signalfd: %s", strerror(errno));
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct world w = {0};
    struct server_handler handler = {world_answer, world_answered, world_over, &w};
    struct server *server = NULL;
    struct options o;
    struct err e = {0};
    char site[64];
    int stop = -1;
    bool ok = false;

    if (!read_options(argc, argv, &o)) {
        return EX_USAGE_CODE;
    }
    if (o.post) {
        return post(&o);
    }
    /* A message is one write: whoever reads the file sees it whole. */
    (void)setvbuf(stdout, NULL, _IOFBF, STDOUT_BYTES);
    stop = signals(&e);
    server = stop < 0 ? NULL : server_create(o.port, &handler, &e);
    if (server) {
        (void)snprintf(site, sizeof site, "http://127.0.0.1:%u", server_port(server));
        ok = build(&w, &o, site, &e);
    }
    if (ok) {
        (void)printf("listening 127.0.0.1:%u\n", server_port(server));
        (void)fflush(stdout);
        ok = server_run(server, stop, &e);
    }
    if (!ok) {
        (void)fprintf(stderr, "vendors: %s\n", e.msg);
    }
    server_destroy(server);
    world_finish(&w);
    if (stop >= 0) {
        (void)close(stop);
    }
    return ok ? 0 : 1;
}
