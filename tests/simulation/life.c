#include "tests/simulation/life.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "app/app.h"
#include "tests/simulation/ask.h"
#include "tests/simulation/chance.h"
#include "tests/simulation/clockwork.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/net.h"
#include "tests/simulation/people.h"
#include "tests/simulation/record.h"
#include "tests/simulation/troubles.h"
#include "tests/simulation/turns.h"
#include "tests/simulation/watch.h"

static const int64_t minute = 60000, hour = 3600000, day = 86400000;
/* Monday morning */
static const int64_t beginning = INT64_C(1793606400000);
enum { QUIET_DAYS = 8, AFTER_EVENT = 4 };

static struct {
    struct life_options opt;
    struct chance chance; /* of settings */
    struct world world;
    char config[300], strategy[300], socket[300];
    int64_t quiet, end; /* true time: no more trouble; all is checked */
    uv_loop_t *loop;    /* while a daemon lives */
    unsigned settings;
    int stir; /* turns the loop is given to notice what happened outside of it */
    bool always; /* hours: always */
    uint64_t told; /* messages when all was checked */
    bool serves; /* its socket answers */
    bool broken, full, killed, stopping, die_on_post, checked;
    uint64_t lives;
    int64_t started; /* true time, of this life */
} life;

/* ---- files ---- */

static void write_file(const char *path, const char *text)
{
    char fresh[320];
    FILE *f;

    (void)snprintf(fresh, sizeof(fresh), "%s.new", path);
    f = fopen(fresh, "w");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 || rename(fresh, path) != 0)
        record_fail("%s cannot be written", path);
}

static void write_strategy(void)
{
    struct buf out;

    buf_init(&out, 1 << 16);
    people_strategy(&out);
    if (life.broken)
        buf_addz(&out, "  - { id: [, title\n");
    write_file(life.strategy, buf_cstr(&out));
    buf_finish(&out);
    life.stir = AFTER_EVENT;
}

static void write_small(const char *name, const char *text)
{
    char path[320];

    (void)snprintf(path, sizeof(path), "%s/%s", life.opt.dir, name);
    write_file(path, text);
}

/* Settings that do not touch what is true. */
static void write_config(void)
{
    static const char *const intervals[] = {"1h", "2h", "4h"};
    static const char *const waits[] = {"", ", group_interval: 1h", ", group_wait: 10m"};
    static bool baseline;
    struct buf out;

    if (life.settings++ == 0) {
        life.always = chance_in(&life.chance, 1, 2);
        baseline = chance_in(&life.chance, 2, 3);
    }
    buf_init(&out, 1 << 16);
    buf_printf(&out,
               "strategy: strategy.yaml\n"
               "state: %s/state\n"
               "socket: %s\n"
               "timezone: Europe/Berlin\n"
               "%sbaseline: %s\n"
               "operations_channel: ops\n"
               "sources:\n"
               "  - { name: github, type: github, url: %s/github, interval: %s,\n"
               "      repos: [acme/web, acme/pay], token: { file: %s/token } }\n"
               "  - { name: jira, type: jira, url: %s/jira, user: bot@acme.example,\n"
               "      projects: { include: [OPS] }, interval: %s,\n"
               "      token: { file: %s/token } }\n"
               "channels:\n"
               "  - { name: product, type: slack, url: { file: %s/slack } }\n"
               "  - { name: ops, type: webhook, url: %s/hook/ops }\n"
               "routes:\n"
               "  - { match: { rule: source-stale }, channel: ops }\n"
               "  - { match: { team: payments }, channel: ops%s }\n"
               "  - { channel: product%s }\n"
               "rules:\n"
               "  unlinked-work: { for: %s }\n"
               "  unknown-link: { for: 0s }\n"
               "  retired-link: { for: 0s }\n",
               life.opt.dir, life.socket, life.always ? "hours: always\n" : "",
               baseline ? "on" : "off", people_url,
               intervals[chance_below(&life.chance, 3)], life.opt.dir, people_url,
               intervals[chance_below(&life.chance, 3)], life.opt.dir, life.opt.dir,
               people_url, waits[chance_below(&life.chance, 3)],
               waits[chance_below(&life.chance, 3)],
               chance_in(&life.chance, 1, 2) ? "0s" : "1wd");
    write_file(life.config, buf_cstr(&out));
    buf_finish(&out);
    life.stir = AFTER_EVENT;
}

/* ---- what befalls the daemon ---- */

static void expect_errors(void)
{
    record_expect_errors(life.killed || life.full || life.broken);
}

/* It stops, whoever has asked for that: a second signal would end the process. */
void __wrap_sdnotify_stopping(void);

void __wrap_sdnotify_stopping(void)
{
    life.stopping = true;
}

static void send_signal(int sig)
{
    life.stir = AFTER_EVENT;
    if (life.loop != NULL && !life.stopping && raise(sig) != 0)
        record_fail("no signal");
}

static void stop(const char *why)
{
    record("%s", why);
    send_signal(SIGTERM);
    life.stopping = true;
}

/* From here on nothing of it reaches a disk or a wire. What follows only frees it. */
static void kill_it(const char *why)
{
    life.killed = true;
    disk_die_in(0);
    net_cut(true);
    expect_errors();
    watch_killed();
    stop(why);
}

static void set_full(bool full)
{
    life.full = full;
    disk_full(full);
    expect_errors();
}

static void set_broken(bool broken)
{
    life.broken = broken;
    people_leave_strategy(broken);
    expect_errors();
    write_strategy();
}

static void begin(const struct trouble *t)
{
    switch ((int)t->kind) {
    case TROUBLE_HIDE:
        people_hide((int)t->n, true);
        break;
    case TROUBLE_CRASH:
        disk_die_in(t->n);
        break;
    case TROUBLE_CRASH_POST:
        life.die_on_post = true;
        break;
    case TROUBLE_RESTART:
        stop("restart");
        break;
    case TROUBLE_RELOAD:
        send_signal(SIGHUP);
        break;
    case TROUBLE_SETTINGS:
        write_config();
        send_signal(SIGHUP);
        break;
    case TROUBLE_BROKEN:
        set_broken(true);
        break;
    case TROUBLE_CLOCK:
        clockwork_set(t->n);
        break;
    case TROUBLE_SLEEP:
        clockwork_sleep(t->length);
        break;
    case TROUBLE_FULL:
        set_full(true);
        break;
    default:
        break;
    }
}

static void end(const struct trouble *t)
{
    switch ((int)t->kind) {
    case TROUBLE_HIDE:
        people_hide((int)t->n, false);
        break;
    case TROUBLE_CRASH_POST:
        life.die_on_post = false;
        break;
    case TROUBLE_BROKEN:
        set_broken(false);
        break;
    case TROUBLE_CLOCK:
        clockwork_set(0);
        break;
    case TROUBLE_FULL:
        set_full(false);
        break;
    default:
        break;
    }
}

/* A person's write: once alignd has said yes it holds, whatever comes. It may not know
   the item yet, or not be able to write; killed meanwhile, it may have written. */
static void excuse(void)
{
    bool can = life.loop != NULL && !life.stopping && life.serves;
    struct thing *t = can ? people_to_excuse() : NULL;
    char body[200];
    int status;

    if (t == NULL || t->gone)
        return;
    (void)snprintf(body, sizeof(body), "{\"item\":\"%s\",\"reason\":\"housekeeping\"}",
                   t->key);
    json_decref(ask(life.loop, life.socket, "/v1/exemptions", body, &status));
    record("exempt %s: %d", t->key, status);
    if (status / 100 == 2)
        people_excused(t);
    else if (status == 0)
        people_unsure(t);
    else if (status != 404 && !life.full)
        record_fail("%s cannot be exempted: %d", t->key, status);
    life.stir = AFTER_EVENT;
}

/* What is due in the world; false: nothing. */
static bool happen(void)
{
    struct trouble *t = troubles_due();
    char text[120];

    if (t != NULL) {
        record("%s: %s", t->over ? "over" : "fault", trouble_words(t, text));
        if (t->over)
            end(t);
        else
            begin(t);
        return true;
    }
    if (people_next() > clockwork_truth().ms)
        return false;
    people_act();
    excuse();
    if (people_strategy_changed())
        write_strategy();
    return true;
}

/* The operator's part: what was given up is sent again. */
static void retry_dead(void)
{
    int64_t id;

    while ((id = watch_dead_message()) > 0) {
        char path[60];
        int status;

        record("operator: retries message %" PRId64, id);
        (void)snprintf(path, sizeof(path), "/v1/outbox/%" PRId64 "/retry", id);
        json_decref(ask(life.loop, life.socket, path, "", &status));
        if (status / 100 != 2)
            record_fail("%s: %d", path, status);
    }
    life.stir = AFTER_EVENT;
}

/* ---- the loop ---- */

int __real_uv_run(uv_loop_t *loop, uv_run_mode mode);
int __wrap_uv_run(uv_loop_t *loop, uv_run_mode mode);

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Until something is due: all of it is by the steady clock but the world. */
static void pass_time(void)
{
    int64_t now = clockwork_truth().ms;
    int64_t mono = least(clockwork_next(), net_next());
    int64_t world = least(people_next(), troubles_next());
    int64_t wait = mono == INT64_MAX ? INT64_MAX : mono - clockwork_mono();

    if (!life.stopping) {
        wait = least(wait, world - now);
        wait = least(wait, life.checked ? life.end + 2 * hour - now : life.end - now);
    }
    if (wait == INT64_MAX || wait > 40 * day)
        record_fail("nothing is left to do, and the loop does not end");
    clockwork_advance(wait > 0 ? wait : 0);
}

static int64_t calm_since(void)
{
    int64_t since = troubles_calm_since();

    return since > life.started ? since : life.started;
}

/* Nothing runs and nothing is due. */
static void rest(void)
{
    static bool retried;

    if (life.stopping) {
        pass_time();
        return;
    }
    life.serves = true; /* at rest it is ready */
    watch_look(calm_since());
    if (clockwork_truth().ms >= life.quiet + hour && !retried && !life.checked) {
        retried = true;
        people_rest();
        retry_dead();
    } else if (clockwork_truth().ms >= life.end && !life.checked) {
        watch_end(life.loop, life.socket);
        life.checked = true;
        life.told = watch_messages();
        stop("all is as it should be");
    } else if (life.checked && clockwork_truth().ms >= life.end + 2 * hour) {
        stop("the end");
    } else if (!happen()) {
        pass_time();
    }
}

static void step(uv_loop_t *loop)
{
    if (life.stopping)
        watch_let_go(); /* who closes last tidies up: that is the daemon */
    if (!life.killed && disk_is_dead()) {
        kill_it("killed at a write");
        return; /* its signal goes before the next piece of work */
    }
    if (turns_take(loop) || net_deliver() || clockwork_fire()) {
        watch_step();
        return;
    }
    if (life.stir > 0)
        life.stir--;
    else
        rest();
}

int __wrap_uv_run(uv_loop_t *loop, uv_run_mode mode)
{
    (void)mode;
    life.loop = loop;
    while (uv_loop_alive(loop)) {
        /* What waits is known here but for handles that close, signals, files, sockets. */
        bool closes = clockwork_has_closed();

        if (closes || life.stir > 0)
            (void)__real_uv_run(loop, UV_RUN_NOWAIT);
        if (!closes && uv_loop_alive(loop))
            step(loop);
    }
    life.loop = NULL;
    return 0;
}

/* ---- from one start to the next ---- */

static void on_taken(const char *path, const char *id, struct str body)
{
    watch_taken(path, id, body);
    if (life.die_on_post) {
        life.die_on_post = false;
        kill_it("killed while a message is answered");
    }
}

static void be_down(int64_t until)
{
    while (clockwork_truth().ms < until) {
        int64_t next = least(least(people_next(), troubles_next()), until);

        if (next > clockwork_truth().ms)
            clockwork_advance(next - clockwork_truth().ms);
        while (happen())
            ;
    }
}

static void live_once(void)
{
    struct app_options opt = {.config = life.config, .clock = clockwork_clock()};
    int code;

    life.lives++;
    life.started = clockwork_truth().ms;
    life.killed = life.stopping = life.serves = false;
    net_cut(false);
    expect_errors();
    record("alignd starts");
    code = app_run(&opt);
    record("alignd has ended with %d", code);
    if (life.killed || disk_is_dead()) {
        disk_revive();
        watch_files();
        be_down(clockwork_truth().ms + (int64_t)chance_below(&life.chance, 3) * hour);
    } else if (code == APP_OK) {
        be_down(clockwork_truth().ms + 1000);
    } else if (life.broken || life.full) {
        be_down(clockwork_truth().ms + 10 * minute); /* systemd starts it again */
    } else {
        record_fail("alignd ends with %d", code);
    }
}

static void set_up(void)
{
    static const struct net_hooks hooks = {troubles_weather, on_taken, watch_told};
    int quiet = life.opt.days >= 3 * QUIET_DAYS ? QUIET_DAYS : life.opt.days / 3 + 1;

    record_init(life.opt.verbose, life.opt.dir);
    clockwork_init((struct wall){beginning});
    life.end = beginning + life.opt.days * day + 12 * hour; /* an evening */
    life.quiet = life.end - quiet * day;
    chance_seed(&life.chance, life.opt.seed, CHANCE_SETTINGS);
    chance_daemon(life.opt.seed);
    turns_init(life.opt.seed);
    people_init(life.opt.seed, &life.world);
    troubles_init(life.opt.seed, life.quiet - beginning, life.opt.skip);
    net_init(life.opt.seed, &life.world, &hooks);
    watch_init(life.opt.dir, life.world.chat);
    (void)snprintf(life.config, sizeof(life.config), "%s/alignd.yaml", life.opt.dir);
    (void)snprintf(life.strategy, sizeof(life.strategy), "%s/strategy.yaml", life.opt.dir);
    (void)snprintf(life.socket, sizeof(life.socket), "%s/sock", life.opt.dir);
    write_small("token", "t0ken");
    write_small("slack", "http://127.0.0.1:8080/slack/T/B/x");
    write_config();
    write_strategy();
    if (life.opt.verbose)
        troubles_print(life.opt.skip);
}

void life_run(const struct life_options *opt, struct life_result *ret)
{
    life.opt = *opt;
    set_up();
    disk_install();
    while (clockwork_truth().ms < life.end + 2 * hour)
        live_once();
    record_check_log();
    if (!life.checked)
        record_fail("the end was never checked");
    if (!life.always && watch_messages() != life.told)
        record_fail("a restart in the evening tells something");
    *ret = (struct life_result){record_hash(),    watch_messages(),  watch_resent(),
                                turns_taken(),    clockwork_fired(), life.lives};
    world_finish(&life.world);
}
