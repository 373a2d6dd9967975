/*
 * The strategy as it is loaded: every field of a file that has every key, files
 * of a directory as one, calendars, and that no text at all breaks the loader.
 * The texts of errors are in tests/golden/config.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "config/config.h"
#include "config/ics.h"
#include "tests/support/tempdir.h"

#define EVERY_KEY "tests/golden/config/strategy-good-every-key.yaml"

enum { TEXT_MAX = 4 << 20 };

static void assert_str(struct str s, const char *expected)
{
    if (!str_eqz(s, expected)) {
        fail_msg("expected '%s', got '%.*s'", expected, STR_FMT(s));
    }
}

static void assert_list(const struct str_list *l, const char *joined)
{
    struct buf b;

    buf_init(&b, 4096);
    for (size_t i = 0; i < l->n; i++) {
        buf_printf(&b, "%s%.*s", i == 0 ? "" : "|", STR_FMT(l->v[i]));
    }
    assert_string_equal(buf_cstr(&b), joined);
    buf_finish(&b);
}

static void assert_date(struct date d, const char *expected)
{
    struct buf b;

    buf_init(&b, 64);
    if (d.year > 0) {
        date_print(&b, d);
    }
    assert_string_equal(buf_cstr(&b), expected);
    buf_finish(&b);
}

static void assert_number(double v, double expected)
{
    if (!(v > expected - 1e-9 && v < expected + 1e-9)) {
        fail_msg("expected %g, got %g", expected, v);
    }
}

static void assert_docs(const struct node *n, const char *title, const char *url)
{
    assert_int_equal(n->n_docs, 1);
    assert_str(n->docs[0].title, title);
    assert_str(n->docs[0].url, url);
}

static struct strategy *load(const char *path)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load(path, d);
    struct buf said;

    buf_init(&said, TEXT_MAX);
    conf_diag_print(d, &said);
    if (s == NULL) {
        fail_msg("%s", buf_cstr(&said));
    }
    assert_string_equal(buf_cstr(&said), "");
    buf_finish(&said);
    conf_diag_destroy(d);
    return s;
}

/* ---- every field ---- */

static void check_top(const struct strategy *s)
{
    assert_str(s->name, "Harbour Foods");
    assert_str(s->currency, "NOK");
    assert_date(s->review_by, "2027-02-28");
    assert_int_equal(s->n_docs, 2);
    assert_str(s->docs[1].title, "Old wiki");
    assert_str(s->docs[1].url, "http://old.harbour.example/x?y=1");
    assert_int_equal(s->context.n, 3);
    assert_str(s->context.v[0].key, "origin");
    assert_str(s->context.v[1].key, "now");
    assert_str(s->context.v[1].value,
               "Forty harbours, one warehouse,\nmargins under pressure\n");
    assert_list(&s->retired, "old-plan|OLD-2");
    assert_list(&s->bots, "renovate[bot]|ci");
    assert_str(s->check_ins, "check-ins.csv");
    assert_int_equal(s->n_holidays, 2);
    assert_date(s->holidays[0], "2027-01-01");
    assert_date(s->holidays[1], "2027-05-17");
    assert_int_equal(s->n_people, 2);
    assert_str(s->people[0].id, "liv");
    assert_str(s->people[0].name, "Liv Dahl");
    assert_str(s->people[0].slack, "U01");
    assert_str(s->people[0].github, "livdahl");
    assert_str(s->people[0].jira, "5b10a2844c20165700ede21g");
    assert_str(s->people[0].email, "liv@harbour.example");
    assert_number(s->people[0].fte, 0.5);
    assert_number(s->people[1].fte, 1);
    assert_list(&s->people[0].away, "2027-02-01/2027-02-14|2027-07-01/2027-07-01");
    assert_ptr_equal(strategy_person(s, STR("LIV")), &s->people[0]);
}

static void check_direction(const struct strategy *s)
{
    const struct vision *v = s->vision;

    assert_non_null(v);
    assert_int_equal(v->node.kind, NODE_VISION);
    assert_str(v->node.id, "vision");
    assert_str(v->node.title,
               "Fresh fish on every table within a day of landing, wherever you live.");
    assert_str(v->statement,
               "Fresh fish on every table within a day of landing, wherever you live.");
    assert_str(v->customers, "Households within two hours of a harbour");
    assert_str(v->differentiator, "Bought on the quay, sold before the boat is empty");
    assert_list(&v->will, "quay auctions|evening delivery");
    assert_list(&v->wont, "frozen goods");
    assert_str(v->horizon, "2032");
    assert_str(v->node.owner, "liv");
    assert_str(v->node.why, "Freshness is the only thing we can win on");
    assert_int_equal(v->node.visibility, VIS_BOARD);
    assert_list(&v->node.was, "mission");
    assert_docs(&v->node, "Speech", "https://wiki.harbour.example/speech");

    assert_int_equal(s->n_not_doing, 1);
    assert_str(s->not_doing[0].node.id, "no-frozen");
    assert_str(s->not_doing[0].node.why, "Needs a second cold chain");
    assert_list(&s->not_doing[0].match.labels, "frozen");
    assert_list(&s->not_doing[0].match.text, "frozen fish|deep-freeze");

    assert_int_equal(s->n_intents, 2);
    assert_str(s->intents[0].node.id, "speed");
    assert_str(s->intents[0].node.title, "Be first at the door");
    assert_str(s->intents[0].node.why, "Every hour costs a tenth of the price");
    assert_str(s->intents[0].node.owner, "liv");
    assert_str(s->intents[0].node.file, EVERY_KEY);
    assert_int_equal(s->intents[0].node.line, 40);
    assert_date(s->intents[0].until, "2028-06-30");
    assert_list(&s->intents[0].evidence, "2026 basket study|Interviews in Bergen");
    assert_int_equal(s->intents[0].rank, 0);
    assert_int_equal(s->intents[1].rank, 1);
    assert_int_equal(s->intents[1].node.visibility, VIS_COMPANY);
}

static void check_objectives(const struct strategy *s)
{
    const struct objective *o = s->objectives;

    assert_int_equal(s->n_objectives, 2);
    assert_str(o[0].node.id, "same-day");
    assert_str(o[0].node.title, "Landed today, eaten today");
    assert_str(o[0].node.why, "It is what the name promises");
    assert_str(o[0].node.owner, "liv");
    assert_int_equal(o[0].node.visibility, VIS_BOARD);
    assert_docs(&o[0].node, "Plan", "https://wiki.harbour.example/plan");
    assert_ptr_equal(o[0].intent, &s->intents[0]);
    assert_number(o[0].share, 0.55);
    assert_date(o[0].from, "2027-01-01");
    assert_date(o[0].to, "2027-06-30");
    assert_int_equal(o[0].rank, 0);
    assert_int_equal(o[1].rank, 1);
    assert_ptr_equal(o[1].intent, &s->intents[1]);
}

static void check_key_results(const struct strategy *s)
{
    const struct key_result *k = s->key_results;

    assert_int_equal(s->n_key_results, 6);
    assert_str(k[0].node.id, "hours");
    assert_ptr_equal(k[0].objective, &s->objectives[0]);
    assert_ptr_equal(k[5].objective, &s->objectives[1]);
    assert_int_equal(k[0].kind, KR_REACH);
    assert_true(k[0].has_baseline && k[0].has_target);
    assert_false(k[0].has_at_least || k[0].has_at_most);
    assert_number(k[0].baseline, 31.5);
    assert_number(k[0].target, 20);
    assert_date(k[0].start, "2027-01-15");
    assert_date(k[0].by, "2027-06-15");
    assert_str(k[0].unit, "hours");
    assert_str(k[0].node.owner, "odd");
    assert_int_equal(k[0].pace, PACE_LINEAR);
    assert_int_equal(k[0].lag.ms, INT64_C(14) * 86400000);
    assert_int_equal(k[0].check_in.ms, INT64_C(10) * 86400000);
    assert_int_equal(k[0].from, VALUE_SOURCE);
    assert_str(k[0].value_source, "metrics");
    assert_str(k[0].value_query, "median(hours{region=\"west\"})");
    assert_list(&k[0].node.was, "lead-time");
    assert_int_equal(k[0].node.visibility, VIS_TEAM);

    assert_int_equal(k[1].kind, KR_KEEP);
    assert_true(k[1].has_at_least && k[1].has_at_most);
    assert_number(k[1].at_most, 2.5);
    assert_number(k[1].at_least, 0.1);
    assert_str(k[1].value_pointer, "/data/0/value");
    assert_int_equal(k[1].lag.ms, 0);
    assert_int_equal(k[1].check_in.ms, INT64_C(7) * 86400000);
    assert_false(k[1].has_baseline || k[1].has_target);

    assert_int_equal(k[2].kind, KR_KEEP);
    assert_true(k[2].has_at_least && !k[2].has_at_most);
    assert_number(k[2].at_least, 99.9);
    assert_int_equal(k[2].from, VALUE_CSV);
    assert_str(k[2].value_csv, "uptime.csv");
    assert_str(k[2].value_row, "orders");
    assert_str(k[2].value_column, "percent");

    assert_int_equal(k[3].kind, KR_DONE);
    assert_int_equal(k[3].pace, PACE_LATE);
    assert_int_equal(k[3].from, VALUE_ITEMS);
    assert_str(k[3].value_count, "open");
    assert_list(&k[3].value_items.labels, "sev1");
    assert_int_equal(k[3].value_items.n_fields, 1);
    assert_str(k[3].value_items.fields[0].name, "Team");
    assert_list(&k[3].value_items.fields[0].values, "Night|Late shift");

    assert_int_equal(k[4].from, VALUE_BY_HAND);
    assert_int_equal(k[4].pace, PACE_AFTER);
    assert_date(k[4].pace_after, "2027-02-01");
    assert_int_equal(k[5].pace, PACE_MILESTONES);
    assert_int_equal(k[5].n_milestones, 2); /* by date */
    assert_date(k[5].milestones[0].date, "2027-02-01");
    assert_number(k[5].milestones[0].value, 1000);
    assert_date(k[5].milestones[1].date, "2027-05-01");
    assert_number(k[5].milestones[1].value, 1300);
}

static void check_initiatives(const struct strategy *s)
{
    const struct initiative *i = s->initiatives;

    assert_int_equal(s->n_initiatives, 3);
    assert_str(i[0].node.id, "night-vans");
    assert_str(i[0].problem, "The last van leaves before the last boat lands");
    assert_str(i[0].node.why, "Half of the catch lands after six");
    assert_int_equal(i[0].n_moves, 2);
    assert_ptr_equal(i[0].moves[0].kr, &s->key_results[0]);
    assert_number(i[0].moves[0].weight, 0.7);
    assert_ptr_equal(i[0].moves[1].kr, &s->key_results[3]);
    assert_number(i[0].moves[1].weight, 0.3);
    assert_int_equal(i[0].status, INITIATIVE_PAUSED);
    assert_date(i[0].start, "2027-01-10");
    assert_date(i[0].due, "2027-04-10");
    assert_true(i[0].has_rice);
    assert_number(i[0].rice.reach, 400);
    assert_number(i[0].rice.impact, 2.5);
    assert_number(i[0].rice.confidence, 0.8);
    assert_number(i[0].rice.effort_days, 30);
    assert_int_equal(i[0].n_needs, 2);
    assert_ptr_equal(i[0].needs[0], &s->teams[0]);
    assert_ptr_equal(i[0].needs[1], &s->teams[1]);
    assert_int_equal(i[0].n_costs, 2);
    assert_str(i[0].costs[0].what, "Two vans");
    assert_number(i[0].costs[0].amount, 1200.5);
    assert_true(i[0].costs[0].monthly);
    assert_false(i[0].costs[1].monthly);
    assert_list(&i[0].tracker, "VAN-12|harbour/web#4");
    assert_list(&i[0].match.labels, "initiative:night-vans|night*");
    assert_list(&i[0].match.types, "Epic");
    assert_list(&i[0].match.milestones, "Night");
    assert_list(&i[0].match.fix_versions, "2027.*");
    assert_list(&i[0].match.components, "routing");
    assert_list(&i[0].match.projects, "VAN");
    assert_list(&i[0].match.repos, "harbour/vans");
    assert_int_equal(i[0].match.n_fields, 2);
    assert_str(i[0].match.fields[0].name, "Strategic initiative");
    assert_list(&i[0].match.fields[1].values, "night");
    assert_list(&i[0].node.was, "late-vans|evening-vans");

    assert_int_equal(i[1].n_moves, 2); /* weights alone name what is moved, in order */
    assert_ptr_equal(i[1].moves[0].kr, &s->key_results[5]);
    assert_number(i[1].moves[0].weight, 0.25);
    assert_number(i[1].moves[1].weight, 0.75);
    assert_number(i[1].rice.effort_days, 12);
    assert_int_equal(i[1].status, INITIATIVE_ACTIVE);
    assert_int_equal(i[2].status, INITIATIVE_PROPOSED);
    assert_int_equal(i[2].n_moves, 1); /* one id is a list of one */
    assert_number(i[2].moves[0].weight, 1);
    assert_false(i[2].has_rice);
}

static void check_others(const struct strategy *s)
{
    const struct team *t = s->teams;

    assert_int_equal(s->n_buckets, 1);
    assert_number(s->buckets[0].share, 0.15);
    assert_list(&s->buckets[0].match.types, "Bug");
    assert_int_equal(s->n_teams, 2);
    assert_int_equal(t[0].people, 8);
    assert_true(t[0].tracked);
    assert_int_equal(t[0].n_key_results, 1);
    assert_ptr_equal(t[0].key_results[0], &s->key_results[0]);
    assert_number(t[0].cost_per_person_day, 610.5);
    assert_number(t[0].spread, 3);
    assert_int_equal(t[0].shares.n, 2);
    assert_str(t[0].shares.v[0].key, "upkeep");
    assert_str(t[0].shares.v[0].value, "20%");
    assert_list(&t[0].match.labels, "team:vans");
    assert_list(&t[0].match.components, "");
    assert_false(t[1].tracked);
    assert_int_equal(t[1].people, 0);
    assert_true(t[1].cost_per_person_day < 0 && t[1].spread < 0);

    assert_int_equal(s->n_competitors, 1);
    assert_int_equal(s->competitors[0].threat, 4);
    assert_list(&s->competitors[0].attacks, "speed|growth");
    assert_date(s->competitors[0].evidence, "2026-11-30");
    assert_str(s->competitors[0].note, "Buys from the same quays");
    assert_int_equal(s->n_events, 1);
    assert_str(s->events[0].node.id, "E-7");
    assert_str(s->events[0].node.title, "Coop halves its delivery price");
    assert_date(s->events[0].date, "2027-01-20");
    assert_date(s->events[0].review_by, "2027-02-20");
    assert_list(&s->events[0].affects, "speed|coop|hours");
    assert_int_equal(s->n_decisions, 1);
    assert_str(s->decisions[0].chose, "Own vans");
    assert_str(s->decisions[0].node.title, "Own vans");
    assert_list(&s->decisions[0].rejected, "A courier|Lockers");
    assert_str(s->decisions[0].because, "Couriers do not wait for boats");
    assert_list(&s->decisions[0].affects, "same-day|old-plan");
    assert_date(s->decisions[0].date, "2026-12-10");
    assert_date(s->decisions[0].review_by, "2027-06-01");
    assert_int_equal(s->decisions[0].assumes.n, 5);
    assert_str(s->decisions[0].assumes.v[1], "pace(hours) >= -10%");
}

static void check_index(const struct strategy *s)
{
    static const struct {
        const char *id;
        enum node_kind kind;
    } rows[] = {
        {"vision", NODE_VISION},
        {"mission", NODE_VISION},
        {"Speed", NODE_INTENT},
        {"growth", NODE_INTENT},
        {"same-day", NODE_OBJECTIVE},
        {"hours", NODE_KR},
        {"lead-time", NODE_KR},
        {"night-vans", NODE_INITIATIVE},
        {"late-vans", NODE_INITIATIVE},
        {"upkeep", NODE_BUCKET},
        {"vans", NODE_TEAM},
        {"drivers", NODE_TEAM},
        {"no-frozen", NODE_NOT_DOING},
        {"coop", NODE_COMPETITOR},
        {"e-7", NODE_EVENT},
        {"D-3", NODE_DECISION},
        {"old-plan", NODE_RETIRED},
        {"old-2", NODE_RETIRED},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct node *n = strategy_find(s, str_of(rows[i].id));

        if (n == NULL || n->kind != rows[i].kind) {
            fail_msg("%s", rows[i].id);
        }
    }
    assert_null(strategy_find(s, STR("nowhere")));
}

static void every_field(void **state UNUSED)
{
    struct strategy *s = load(EVERY_KEY);

    check_top(s);
    check_direction(s);
    check_objectives(s);
    check_key_results(s);
    check_initiatives(s);
    check_others(s);
    check_index(s);
    strategy_unref(s);
}

static void minimal(void **state UNUSED)
{
    struct strategy *s = load("tests/golden/config/strategy-good-minimal.yaml");

    assert_null(s->vision);
    assert_true(s->objectives[0].share < 0);
    assert_null(s->objectives[0].intent);
    assert_int_equal(s->objectives[0].from.year, 0);
    assert_int_equal(s->initiatives[0].status, INITIATIVE_ACTIVE);
    assert_int_equal(s->initiatives[0].n_moves, 0);
    assert_int_equal(s->n_holidays, 0);
    strategy_unref(s);
}

/* Costs, competitors and decisions are for the team unless raised. */
static void visibility(void **state UNUSED)
{
    static const char text[] = "strategy: 1\nname: A\n"
                               "objectives: [{ id: o, title: O }]\n"
                               "initiatives: [{ id: i, title: I }]\n"
                               "competitors: [{ id: c, title: C }]\n"
                               "events: [{ id: e, date: 2026-01-01, what: E }]\n"
                               "decisions: [{ id: d, date: 2026-01-01, chose: D }]\n";
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("t", str_of(text), d);

    assert_non_null(s);
    assert_int_equal(s->objectives[0].node.visibility, VIS_COMPANY);
    assert_int_equal(s->competitors[0].node.visibility, VIS_TEAM);
    assert_int_equal(s->events[0].node.visibility, VIS_COMPANY);
    assert_int_equal(s->decisions[0].node.visibility, VIS_TEAM);
    strategy_unref(s);
    conf_diag_destroy(d);
}

/* ---- files ---- */

static void put(const struct tempdir *t, const char *name, const char *text)
{
    struct err e;

    if (!tempdir_write(t, name, str_of(text), &e)) {
        fail_msg("%s: %s", name, e.msg);
    }
}

#define HEAD "strategy: 1\nname: A\n"
#define O_AND_I                                                                        \
    "objectives: [{ id: o, title: O }]\ninitiatives: [{ id: i, title: I }]\n"

/* What it was read from is enough to read it again, without opening anything. */
static void hold_to_its_files(const struct strategy *s)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *again = strategy_load_files(s->files, s->n_files, d);

    assert_non_null(again);
    assert_int_equal(conf_diag_warnings(d), 0);
    assert_true(again->version == s->version);
    assert_true(str_eq(again->text, s->text));
    assert_int_equal(again->n_files, s->n_files);
    assert_int_equal(again->n_holidays, s->n_holidays);
    assert_int_equal(again->n_initiatives, s->n_initiatives);
    assert_true(str_eq(again->initiatives[0].node.file, s->initiatives[0].node.file));
    for (size_t i = 0; i < s->n_files; i++) {
        assert_true(str_eq(again->files[i].name, s->files[i].name));
        assert_true(str_eq(again->files[i].text, s->files[i].text));
        assert_int_equal(again->files[i].beside, s->files[i].beside);
    }
    strategy_unref(again);
    conf_diag_destroy(d);
}

static void directory(void **state UNUSED)
{
    struct tempdir t;
    struct err e;

    assert_true(tempdir_create(&t, &e));
    put(&t, "20-more.yml",
        "initiatives: [{ id: j, title: J, moves: [kr], owner: ana }]\n"
        "objectives: [{ id: p, title: P }]\n"
        "people: [{ id: ana }]\n");
    put(&t, "10-base.yaml",
        HEAD "objectives: [{ id: o, title: O, key_results: [{ id: kr, title: K }] }]\n"
             "initiatives: [{ id: i, title: I }]\n");
    put(&t, ".hidden.yaml", "not: [yaml");
    put(&t, "notes.txt", "not: [yaml");

    struct strategy *s = load(tempdir_path(&t));

    assert_int_equal(s->n_objectives, 2);
    assert_str(s->objectives[0].node.id, "o");
    assert_str(s->objectives[1].node.id, "p");
    assert_str(s->initiatives[1].node.id, "j");
    assert_ptr_equal(s->initiatives[1].moves[0].kr, &s->key_results[0]);
    assert_int_equal(s->initiatives[1].node.line, 1);
    assert_true(str_has_suffix(s->initiatives[1].node.file, STR("/20-more.yml")));
    /* The text of all, in the order of the names, is what a version is. */
    assert_true(str_has_prefix(s->text, STR(HEAD)));
    assert_true(str_has_suffix(s->text, STR("people: [{ id: ana }]\n")));

    uint64_t version = s->version;

    strategy_unref(s);
    s = load(tempdir_path(&t));
    assert_true(s->version == version);
    hold_to_its_files(s);
    strategy_unref(s);
    put(&t, "20-more.yml", "people: [{ id: ana }]\n# changed\n");
    s = load(tempdir_path(&t));
    assert_true(s->version != version);
    strategy_unref(s);
    tempdir_remove(&t);
}

/* What is said when a file or directory cannot be used. */
static void assert_refused(const char *path, const char *message)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load(path, d);
    struct buf said;

    buf_init(&said, TEXT_MAX);
    conf_diag_print(d, &said);
    assert_null(s);
    if (strstr(buf_cstr(&said), message) == NULL) {
        fail_msg("'%s' is not in\n%s", message, buf_cstr(&said));
    }
    assert_true(str_find(conf_diag_first(d), STR("error: ")) >= 0);
    buf_finish(&said);
    conf_diag_destroy(d);
}

static void unreadable(void **state UNUSED)
{
    struct tempdir t, other;
    struct buf link, target, file;
    struct err e;

    assert_true(tempdir_create(&t, &e) && tempdir_create(&other, &e));
    assert_refused("/nonexistent/strategy.yaml", "No such file or directory");
    assert_refused("/dev/null", "is not a regular file");
    assert_refused(tempdir_path(&t), "holds no file that ends with .yaml");

    /* Whoever may commit a link must not have another file read and quoted. */
    put(&other, "secret.yaml", "token: [top secret");
    put(&t, "a.yaml", HEAD O_AND_I);
    assert_true(tempdir_join(&t, "b.yaml", &link, &e));
    assert_true(tempdir_join(&other, "secret.yaml", &target, &e));
    assert_int_equal(symlink(buf_cstr(&target), buf_cstr(&link)), 0);
    assert_refused(tempdir_path(&t), "b.yaml: error: leads out of its directory\n");
    assert_int_equal(unlink(buf_cstr(&link)), 0);

    /* A link inside is how a volume swaps its files. */
    assert_int_equal(symlink("c.txt", buf_cstr(&link)), 0);
    put(&t, "c.txt", "people: [{ id: ana }]\n");
    struct strategy *s = load(tempdir_path(&t));

    assert_int_equal(s->n_people, 1);
    strategy_unref(s);

    /* The operator's own path may be a link to anywhere. */
    put(&other, "good.yaml", HEAD O_AND_I);
    assert_true(tempdir_join(&other, "good.yaml", &file, &e));
    assert_int_equal(unlink(buf_cstr(&link)), 0);
    assert_int_equal(symlink(buf_cstr(&file), buf_cstr(&link)), 0);
    s = load(buf_cstr(&link));
    strategy_unref(s);

    buf_finish(&file);
    buf_finish(&target);
    buf_finish(&link);
    tempdir_remove(&other);
    tempdir_remove(&t);
}

/* ---- calendars ---- */

#define CALENDAR(events) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" events "END:VCALENDAR\r\n"
#define EVENT(lines) "BEGIN:VEVENT\r\n" lines "END:VEVENT\r\n"

static void calendars(void **state UNUSED)
{
    static const struct {
        const char *text, *dates; /* or the error */
        bool ok;
    } rows[] = {
        {CALENDAR(""), "", true},
        {CALENDAR(EVENT("DTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas\r\n")),
         "2026-12-25 ", true},
        {CALENDAR(EVENT("DTSTART:20261225\nDTEND:20261227\n")),
         "2026-12-25 2026-12-26 ", true},
        {CALENDAR(
             EVENT("DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n")),
         "2026-12-31 ", true},
        {CALENDAR(EVENT("DTSTART;TZID=\"a:b\":20261225T100000\r\n")), "", true},
        {CALENDAR(EVENT("DTSTART:20261225\r\nSTATUS:CANCELLED\r\n")), "", true},
        {CALENDAR(EVENT("DTSTART:20261225\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n")),
         "2026-12-25 2027-12-25 2028-12-25 ", true},
        {CALENDAR(EVENT(
             "DTSTART:20261225\r\nRRULE:FREQ=YEARLY;INTERVAL=2;UNTIL=20301231\r\n")),
         "2026-12-25 2028-12-25 2030-12-25 ", true},
        {CALENDAR(
             EVENT("DTSTART:20261225\r\nRRULE:FREQ=YEARLY;UNTIL=20281224T235959Z\r\n")),
         "2026-12-25 2027-12-25 ", true},
        {CALENDAR(EVENT("DTSTART:20280229\r\nRRULE:FREQ=YEARLY;COUNT=2\r\n")),
         "2028-02-29 2032-02-29 ", true},
        {CALENDAR(EVENT(
             "DTSTART:20261225\r\nRRULE:FREQ=YEARLY;COUNT=3\r\nEXDATE:20271225\r\n")),
         "2026-12-25 2028-12-25 ", true},
        {CALENDAR(EVENT("DTSTART:2026\r\n 1225\r\n")), "2026-12-25 ", true},
        {CALENDAR(EVENT(
             "DTSTART:20261225\r\nBEGIN:VALARM\r\nDTSTART:bad\r\nEND:VALARM\r\n")),
         "2026-12-25 ", true},
        {CALENDAR("BEGIN:VTODO\r\nDTSTART:bad\r\nEND:VTODO\r\n"), "", true},
        {"\xEF\xBB\xBF" CALENDAR(""), "", true},
        {"", "does not begin with VCALENDAR", false},
        {"password=hunter2\n", "does not begin with VCALENDAR", false},
        {CALENDAR(EVENT("SUMMARY:x\r\n")), "line 5: an event has no DTSTART", false},
        {CALENDAR(EVENT("DTSTART:20261325\r\n")), "line 4: DTSTART is not a date",
         false},
        {CALENDAR(EVENT("DTSTART:20261225\r\nDTEND:20261225\r\n")),
         "ends before it begins", false},
        {CALENDAR(EVENT("DTSTART:20261225\r\nRRULE:FREQ=WEEKLY\r\n")), "only yearly",
         false},
        {CALENDAR(EVENT("DTSTART:20261225\r\nRRULE:FREQ=YEARLY;BYDAY=1MO\r\n")),
         "line 5: an event repeats in a way that is not supported", false},
        {CALENDAR(EVENT("DTSTART:20261225\r\nRDATE:20270101\r\n")), "RDATE", false},
        {CALENDAR(EVENT("DTSTART:20261225\r\nDURATION:P3D\r\n")), "DURATION", false},
        {"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261225\r\n",
         "an event has no end", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 20);
        struct ics_dates dates;
        struct buf got;
        struct err e;

        buf_init(&got, 4096);
        if (ics_read(str_of(rows[i].text), a, &dates, &e) != rows[i].ok) {
            fail_msg("row %zu: %s", i, rows[i].ok ? e.msg : "accepted");
        }
        for (size_t k = 0; rows[i].ok && k < dates.n; k++) {
            date_print(&got, dates.v[k]);
            buf_addc(&got, ' ');
        }
        if (rows[i].ok) {
            assert_string_equal(buf_cstr(&got), rows[i].dates);
        } else if (strstr(e.msg, rows[i].dates) == NULL) {
            fail_msg("row %zu: %s", i, e.msg);
        }
        buf_finish(&got);
        arena_destroy(a);
    }
}

static void yearly_ends(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 20);
    struct ics_dates dates;
    struct err e;

    assert_true(
        ics_read(STR(CALENDAR(EVENT("DTSTART:20001225\r\nRRULE:FREQ=YEARLY\r\n"))), a,
                 &dates, &e));
    assert_int_equal(dates.n, ICS_LAST_YEAR - 2000 + 1);
    assert_true(ics_read(
        STR(CALENDAR(EVENT("DTSTART:20001225\r\n"
                           "RRULE:FREQ=YEARLY;INTERVAL=18446744073709551615\r\n"))),
        a, &dates, &e));
    assert_int_equal(dates.n, 1);
    arena_destroy(a);
}

static void calendar_beside(void **state UNUSED)
{
    struct tempdir t;
    struct buf path;
    struct err e;

    assert_true(tempdir_create(&t, &e));
    put(&t, "s.yaml", HEAD O_AND_I "holidays: { ics: days.ics }\n");
    put(&t, "days.ics",
        CALENDAR(EVENT("DTSTART:20270101\r\n") EVENT("DTSTART:20261225\r\n")
                     EVENT("DTSTART:20261225\r\n")));
    assert_true(tempdir_join(&t, "s.yaml", &path, &e));

    struct strategy *s = load(buf_cstr(&path));
    uint64_t version = s->version;

    assert_int_equal(s->n_holidays, 2);
    assert_date(s->holidays[0], "2026-12-25");
    assert_date(s->holidays[1], "2027-01-01");
    strategy_unref(s);
    put(&t, "days.ics", CALENDAR(EVENT("DTSTART:20270101\r\n")));
    s = load(buf_cstr(&path));
    assert_int_equal(s->n_holidays, 1);
    hold_to_its_files(s);
    assert_true(s->version != version); /* it is a part of the strategy */
    strategy_unref(s);

    /* Text that a client sent opens no file. */
    struct conf_diag *d = conf_diag_create();

    s = strategy_load_text("posted", STR(HEAD O_AND_I "holidays: { ics: days.ics }\n"),
                           d);
    assert_non_null(s);
    assert_int_equal(s->n_holidays, 0);
    assert_int_equal(conf_diag_warnings(d), 1);
    strategy_unref(s);
    conf_diag_destroy(d);
    buf_finish(&path);
    tempdir_remove(&t);
}

/* ---- texts that nobody meant ---- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const char *const pieces[] = {
    "[",     "]",   "{",          "}",
    ":",     "- ",  "\n",         "  ",
    "\"",    "'",   "&a ",        "*a",
    "!t ",   "|\n", ">\n",        "#",
    "\t",    "0",   "-1",         "99999999999999999999",
    "1e308", "%",   "null",       "~",
    "<<: ",  "? ",  "2027-02-30", "\xC3\xA9",
    "\xFF",  "\r",  "id: ",       "was: ",
    "100%",  "/",   "..",         "\xE2\x80\xAE",
};

/* One to four pieces are put over, in place of, or taken from the text. */
static void mutate(uint64_t *seed, struct str text, struct buf *out)
{
    size_t cuts = 1 + next_random(seed) % 4, at = 0;

    for (size_t i = 0; i < cuts; i++) {
        size_t step = next_random(seed) % (text.n - at + 1);
        const char *piece = pieces[next_random(seed) % ARRAY_LEN(pieces)];

        buf_add(out, str_first(str_skip(text, at), step));
        at += step;
        if (next_random(seed) % 4 > 0) {
            buf_addz(out, piece);
        }
        if (next_random(seed) % 2 > 0) {
            at += next_random(seed) % (next_random(seed) % 8 == 0 ? 400 : 8);
            at = at > text.n ? text.n : at;
        }
    }
    buf_add(out, str_skip(text, at));
}

static void mutations(void **state UNUSED)
{
    enum { ROUNDS = 3000 };
    uint64_t seed = 20261122;
    struct buf text, changed, said;
    size_t loaded = 0;
    struct err e;

    assert_true(tempdir_read(EVERY_KEY, &text, &e));
    buf_init(&changed, TEXT_MAX);
    buf_init(&said, TEXT_MAX);
    for (int i = 0; i < ROUNDS; i++) {
        struct conf_diag *d = conf_diag_create();

        buf_clear(&changed);
        buf_clear(&said);
        mutate(&seed, buf_str(&text), &changed);

        struct strategy *s = strategy_load_text("t", buf_str(&changed), d);

        conf_diag_print(d, &said);
        if ((s != NULL) == (conf_diag_errors(d) > 0) || !buf_ok(&said) ||
            !utf8_valid(buf_str(&said), &(size_t){0})) {
            fail_msg("round %d:\n%s\n%s", i, buf_cstr(&changed), buf_cstr(&said));
        }
        loaded += s != NULL;
        strategy_unref(s);
        conf_diag_destroy(d);
    }
    /* Both ways were gone. */
    assert_in_range(loaded, ROUNDS / 50, ROUNDS - ROUNDS / 50);
    buf_finish(&said);
    buf_finish(&changed);
    buf_finish(&text);
}

/* As large as it may be, with every id unknown: suggestions must not cost the day. */
static void large_and_wrong(void **state UNUSED)
{
    struct buf text, said;
    struct conf_diag *d = conf_diag_create();

    buf_init(&text, TEXT_MAX);
    buf_init(&said, TEXT_MAX);
    buf_addz(&text, HEAD "objectives:\n- { id: o, title: O, key_results: [");
    for (int i = 0; i < 9000; i++) {
        buf_printf(&text, "%s{ id: key-result-number-%d, title: K }",
                   i == 0 ? "" : ", ", i);
    }
    buf_addz(&text, "] }\ninitiatives:\n");
    for (int i = 0; i < 4000; i++) {
        buf_printf(
            &text,
            "- { id: initiative-number-%d, title: I, owner: someone-else-%d, moves: "
            "[key-result-nunber-%d] }\n",
            i, i, i);
    }
    assert_true(buf_ok(&text) && text.n < 1 << 20);
    assert_null(strategy_load_text("t", buf_str(&text), d));
    assert_int_equal(conf_diag_errors(d), 4000);
    conf_diag_print(d, &said);
    assert_non_null(strstr(buf_cstr(&said), "did you mean 'key-result-number-0'?"));
    assert_non_null(
        strstr(buf_cstr(&said), "... and 3950 more errors, 1 more warnings\n"));
    buf_finish(&said);
    buf_finish(&text);
    conf_diag_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field), cmocka_unit_test(minimal),
        cmocka_unit_test(visibility),  cmocka_unit_test(directory),
        cmocka_unit_test(unreadable),  cmocka_unit_test(calendars),
        cmocka_unit_test(yearly_ends), cmocka_unit_test(calendar_beside),
        cmocka_unit_test(mutations),   cmocka_unit_test(large_and_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
