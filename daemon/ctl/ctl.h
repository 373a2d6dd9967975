/*
 * alignctl: reads the command line, asks the daemon, writes for people (or
 * passes on the daemon's JSON) into two bufs and says how to exit. main.c
 * prints them. Holds no other state, so a test calls ctl_run as main does. One
 * thread.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "ctl/args.h"
#include "ctl/client.h"
#include "ctl/term.h"

#define CTL_SOCKET "/run/alignd/alignd.sock"

struct ctl {
    struct args args;
    struct term term;      /* of `out` */
    struct buf *out, *err; /* borrowed */
    struct arena *a;
    const char *socket;
    bool (*flush)(struct buf *out); /* NULL: all is printed in the end */
};

/* What surrounds the program. */
struct ctl_env {
    const char *socket; /* $ALIGND_SOCKET; NULL: unset */
    size_t columns;     /* of standard output; 0: not a terminal */
    bool colour;
    struct wall now;
    const struct tz *tz;
    /* Replaces the process: argv[0] is a program of $PATH. Returns the errno. */
    int (*exec)(char *const *argv);
    /* Takes what was written so far, of a command that goes on. False: nobody reads it.
       NULL: it is kept. */
    bool (*flush)(struct buf *out);
};

/* The exit code. */
int ctl_run(const struct ctl_env *env, int argc, char *const *argv, struct buf *out,
            struct buf *err);

/* ---- for the commands ---- */

/* Writes "alignctl: ..." to the error buf and returns `code`. */
int ctl_fail(struct ctl *c, int code, const struct err *e);
int ctl_usage(struct ctl *c, const char *fmt, ...) PRINTF(2, 3);

/*
 * Asks and, with --json, prints the answer; *ret_json is NULL then, and when it
 * failed (the failure has been said). The reply lives until client_reply_finish.
 */
int ctl_get(struct ctl *c, struct str path, int also, struct client_reply *ret,
            const json_t **ret_json);
int ctl_send(struct ctl *c, const char *method, struct str path, struct str body,
             struct client_reply *ret, const json_t **ret_json);

/*
 * The same for a list: pages of `member` are fetched until there are `limit`
 * rows, and joined. With --json only the first page is asked for and printed.
 */
int ctl_get_list(struct ctl *c, struct str path, const char *member,
                 struct client_reply *ret, const json_t **ret_json);

/* Escapes in JSON what a terminal would act on: it means the same. */
void ctl_json_safe(struct buf *json);
/* What a buf for a path holds at most. One that was cut there is longer than alignd takes,
   so that it is refused and nothing else is asked for instead. */
enum { CTL_PATH = 32 << 10 };
/* "/v1/x/ENCODED" followed by `tail`. */
struct str ctl_path(struct ctl *c, const char *before, struct str value,
                    const char *tail);
/* Appends "?name=value", or '&' where there is a '?' already; nothing when empty. */
void ctl_query(struct buf *path, const char *name, struct str value);
/* A formatted text in the arena: what table cells are made of. */
#define ctl_text(c, ...) arena_printf((c)->a, __VA_ARGS__)
struct str ctl_ago(struct ctl *c, struct wall when);
struct str ctl_at(struct ctl *c, struct wall when);
struct str ctl_when(struct ctl *c, struct wall when);
/* "for good", "to the end of 2026-12-31", "until 2026-12-31 09:00" */
struct str ctl_until(struct ctl *c, struct wall until);
/* "62%", cut and not rounded: 100% means all. */
struct str ctl_percent(struct ctl *c, double ratio);
/* "1 item", "2 items" */
struct str ctl_count(struct ctl *c, int64_t n, const char *one, const char *many);
/*
 * Under a list: what the daemon cannot judge right now, so that an empty list
 * does not look like good news. Says whether there was anything.
 */
bool ctl_caution(struct ctl *c);

#endif
