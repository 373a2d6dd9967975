/*
 * The command line of alignctl: one command, options before or after it, and
 * its arguments, checked against the command's row. Pure; views borrow argv.
 * Failure is ERR_USAGE with a sentence that says what would be right.
 */
#ifndef CTL_ARGS_H
#define CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* X(enumerator, name, takes a value, what the value is called, text) */
#define ARGS_OPTIONS(X)                                                                \
    X(OPT_JSON, "json", false, "", "print JSON instead of text")                       \
    X(OPT_SOCKET, "socket", true, "PATH",                                              \
      "the daemon's socket (default $ALIGND_SOCKET, /run/alignd/alignd.sock)")         \
    X(OPT_QUIET, "quiet", false, "", "print nothing but errors; -q for short")         \
    X(OPT_HOST, "host", true, "USER@HOST", "run there, over ssh")                      \
    X(OPT_HELP, "help", false, "", "explain the command; -h for short")                \
    X(OPT_VERSION, "version", false, "", "print the version")                          \
    X(OPT_RULE, "rule", true, "RULE", "only this rule")                                \
    X(OPT_TEAM, "team", true, "TEAM", "only this team")                                \
    X(OPT_SCOPE, "scope", true, "SCOPE", "only this repository or project")            \
    X(OPT_SEVERITY, "severity", true, "SEVERITY", "only info, warn or high")           \
    X(OPT_SOURCE, "source", true, "SOURCE", "of that source")                          \
    X(OPT_PROJECT, "project", true, "PROJECT", "another name of --scope")              \
    X(OPT_OBJECTIVE, "objective", true, "OBJECTIVE", "about that objective")           \
    X(OPT_INTENT, "intent", true, "INTENT", "about that intent")                       \
    X(OPT_INITIATIVE, "initiative", true, "INITIATIVE", "about that initiative")       \
    X(OPT_OWNER, "owner", true, "OWNER", "owned by that person")                       \
    X(OPT_LABEL, "label", true, "LABEL",                                               \
      "of an item that carries it; may be repeated")                                   \
    X(OPT_ALL, "all", false, "", "what is over, or was there before, too")             \
    X(OPT_FAIL, "fail", false, "", "exit with 1 if anything fires")                    \
    X(OPT_LIMIT, "limit", true, "N", "show at most N rows (default 100)")              \
    X(OPT_REASON, "reason", true, "TEXT", "why; everyone who asks will see it")        \
    X(OPT_UNTIL, "until", true, "DATE", "to the end of that day, 2026-12-31")          \
    X(OPT_FOR, "for", true, "TIME", "so long from now: 3d, 5wd, 4h")                   \
    X(OPT_END, "end", true, "ID", "end that silence now")                              \
    X(OPT_WINDOW, "window", true, "DAYS", "so many days, 28d")                            \
    X(OPT_AT, "at", true, "DATE", "of that day, 2026-10-01")                              \
    X(OPT_AFFECTS, "affects", true, "IDS", "what it touches: upmarket,nps")               \
    X(OPT_REVIEW_BY, "review-by", true, "DATE", "when to look at it again")               \
    X(OPT_AUDIENCE, "audience", true, "AUDIENCE", "team, company or board")               \
    X(OPT_AS, "as", true, "RIVAL", "id of a competitor")                                  \
    X(OPT_CONFIDENCE, "confidence", true, "P", "how sure you are to reach it, 80%")    \
    X(OPT_NOTE, "note", true, "TEXT", "shown to everyone who asks")                    \
    X(OPT_UNDO, "undo", false, "", "take the last value back")                         \
    X(OPT_MOVE, "move", true, "INITIATIVE=KR",                                         \
      "it would move another key result or objective; may be repeated")                \
    X(OPT_DROP, "drop", true, "INITIATIVE", "it would be dropped; may be repeated")    \
    X(OPT_SHARE, "share", true, "OBJECTIVE=P",                                         \
      "its planned share would be another, grow=60%; may be repeated")                 \
    X(OPT_ADD, "add", true, "TITLE", "there would be a new initiative")                \
    X(OPT_MOVES, "moves", true, "KR", "the key result or objective it moves")          \
    X(OPT_FROM_CSV, "from-csv", true, "FILE", "a spreadsheet of objectives")           \
    X(OPT_DIR, "dir", true, "DIR", "where to write (default: here)")                   \
    X(OPT_GITHUB, "github", true, "REPO", "look at that repository, owner/name")       \
    X(OPT_GITHUB_URL, "github-url", true, "URL",                                       \
      "its API, where it is not GitHub.com's")                                         \
    X(OPT_GITHUB_TOKEN, "github-token-file", true, "FILE",                             \
      "holds the token (default $GITHUB_TOKEN)")                                       \
    X(OPT_JIRA, "jira", true, "URL", "look at that Jira")                              \
    X(OPT_JIRA_USER, "jira-user", true, "NAME",                                        \
      "whose token it is, on Cloud (default $JIRA_USER)")                              \
    X(OPT_JIRA_TOKEN, "jira-token-file", true, "FILE",                                 \
      "holds the token (default $JIRA_TOKEN)")                                         \
    X(OPT_REACH, "reach", true, "N", "how many it reaches")                            \
    X(OPT_IMPACT, "impact", true, "N", "how much it means to each")                    \
    X(OPT_EFFORT, "effort", true, "DAYS", "what it takes, 30d")                        \
    X(OPT_WAIT, "wait", false, "", "wait until its findings are in")                   \
    X(OPT_SYNC, "sync", false, "", "pull every source first, and wait for it")         \
    X(OPT_CONFIG, "config", true, "FILE",                                              \
      "an alignd.yaml to try; doctor checks it where alignd does not run (default "    \
      "/etc/alignd/alignd.yaml)")                                                      \
    X(OPT_LIST, "list", false, "", "list everything, too, to find what has vanished")  \
    X(OPT_ACCEPT, "accept", false, "",                                                 \
      "what a listing of the source lacks is gone, though it is half of all")          \
    X(OPT_FORMAT, "format", true, "FORMAT", "of lint: text, json, github; of export: md, html, json, csv")      \
    X(OPT_FOLLOW, "follow", false, "", "go on until interrupted; -f for short")        \
    X(OPT_PRECISION, "precision", false, "", "how each rule's firings fared")            \
    X(OPT_SINCE, "since", true, "DATE", "from the beginning of that day, 2026-10-01")  \
    X(OPT_STRICT, "strict", false, "", "exit with 1 for warnings, too")

enum args_option {
#define X(e, name, has_value, value, text) e,
    ARGS_OPTIONS(X)
#undef X
        OPT_COUNT
};
#define ARGS_OPT(o) ((uint64_t)1 << (unsigned)(o))
/* Those every command takes. */
#define ARGS_GLOBAL                                                                    \
    (ARGS_OPT(OPT_JSON) | ARGS_OPT(OPT_SOCKET) | ARGS_OPT(OPT_QUIET) |                 \
     ARGS_OPT(OPT_HOST) | ARGS_OPT(OPT_HELP) | ARGS_OPT(OPT_VERSION))

struct args_option_row {
    const char *name;
    bool has_value;
    const char *value, *text;
};
extern const struct args_option_row args_options[OPT_COUNT];

enum { ARGS_MAX = 8, ARGS_VALUES = 32 };
struct args {
    struct str command;     /* empty: none was given */
    struct str v[ARGS_MAX]; /* after the command */
    size_t n;
    uint64_t given; /* ARGS_OPT mask */
    struct str value[OPT_COUNT]; /* the last one given */
    struct {
        enum args_option option;
        struct str value;
    } all[ARGS_VALUES]; /* in order, those that may be repeated */
    size_t n_all;
};

/* Reads argv[1..]; which options and how many arguments fit is not judged yet. */
bool args_read(struct args *ret, int argc, char *const *argv, struct err *e) MUST_USE;
/* `takes`: options besides the global ones. */
bool args_check(const struct args *a, uint64_t takes, size_t min, size_t max,
                const char *synopsis, struct err *e) MUST_USE;
bool args_has(const struct args *a, enum args_option o);
struct str args_value(const struct args *a, enum args_option o); /* empty: not given */
/* One value after the other of an option that may be repeated; *at begins with 0. */
bool args_each(const struct args *a, enum args_option o, size_t *at, struct str *ret);
/* --limit, 1 to 100,000. */
bool args_limit(const struct args *a, int64_t dflt, int64_t *ret,
                struct err *e) MUST_USE;

#endif
