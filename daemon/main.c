/* alignd: reads its arguments, then app does the rest. */
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/sdnotify.h"
#include "base/log.h"

static const char usage[] =
    "usage: alignd [-c FILE] [--check | --print-config | --once] [--dry-run]\n"
    "              [--log-level error|warn|info|debug] [--version] [--help]\n"
    "\n"
    "  -c, --config FILE   configuration (default /etc/alignd/alignd.yaml)\n"
    "      --check         check both files and exit\n"
    "      --print-config  print the effective configuration with its origins and exit\n"
    "      --once          one cycle of every source, deliver what is due, exit\n"
    "      --dry-run       on a copy of the state; messages go to standard output\n"
    "\n"
    "SIGHUP reloads, SIGUSR1 syncs now, SIGTERM stops. See alignd(8).\n";

enum { OPT_CHECK = 256, OPT_PRINT, OPT_ONCE, OPT_DRY, OPT_LEVEL, OPT_VERSION, OPT_HELP };

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, OPT_CHECK},
        {"print-config", no_argument, NULL, OPT_PRINT},
        {"once", no_argument, NULL, OPT_ONCE},
        {"dry-run", no_argument, NULL, OPT_DRY},
        {"log-level", required_argument, NULL, OPT_LEVEL},
        {"version", no_argument, NULL, OPT_VERSION},
        {"help", no_argument, NULL, OPT_HELP},
        {0},
    };
    struct app_options opt = {.config = "/etc/alignd/alignd.yaml"};
    enum log_level level = LOG_INFO_;
    bool check = false, print = false;
    int c;

    while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            opt.config = optarg;
            break;
        case OPT_CHECK:
            check = true;
            break;
        case OPT_PRINT:
            print = true;
            break;
        case OPT_ONCE:
            opt.once = true;
            break;
        case OPT_DRY:
            opt.dry_run = true;
            break;
        case OPT_LEVEL:
            if (!log_level_parse(str_of(optarg), &level)) {
                fprintf(stderr, "alignd: no log level '%s': error, warn, info or debug\n",
                        optarg);
                return APP_USAGE;
            }
            break;
        case OPT_VERSION:
            puts("alignd " ALIGND_VERSION);
            return APP_OK;
        case OPT_HELP:
            fputs(usage, stdout);
            return APP_OK;
        default:
            fputs(usage, stderr);
            return APP_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "alignd: '%s' is not an option\n%s", argv[optind], usage);
        return APP_USAGE;
    }
    /* One heap for all threads, which can be given back to its end: mallopt(3). Two or
       three threads that mostly wait for each other do not get into each other's way. */
    mallopt(M_ARENA_MAX, 1);
    log_init(level, sdnotify_stderr_is_journal());
    if (check || print)
        return app_check(opt.config, print);
    return app_run(&opt);
}
