/* Zones made by hand, and every zone of the system against zdump(8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftw.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/tz.h"
#include "tests/support/spawn.h"
#include "tests/support/tempdir.h"

#define ZONEINFO "/usr/share/zoneinfo"

/* ---- made by hand ---- */

static void add_be(struct buf *b, uint64_t v, unsigned bytes)
{
    while (bytes-- > 0) {
        buf_addc(b, (char)(v >> (8 * bytes)));
    }
}

struct made {
    char version;
    uint32_t leap, types;
    int64_t at[4];
    uint8_t type[4];
    uint32_t n;
    int32_t offset[3];
    const char *footer;
};

static void add_header(struct buf *b, const struct made *m, uint32_t time,
                       uint32_t types, uint32_t leap)
{
    buf_addz(b, "TZif");
    buf_addc(b, m->version);
    for (int i = 0; i < 15; i++) {
        buf_addc(b, '\0');
    }
    add_be(b, 0, 4);
    add_be(b, 0, 4);
    add_be(b, leap, 4);
    add_be(b, time, 4);
    add_be(b, types, 4);
    add_be(b, 4, 4);
}

static void make(struct buf *b, const struct made *m)
{
    buf_init(b, 1 << 16);
    add_header(b, m, 0, 1, 0);
    buf_add(b, STR("\0\0\0\0\0\0ABC\0"));
    add_header(b, m, m->n, m->types, m->leap);
    for (uint32_t i = 0; i < m->n; i++) {
        add_be(b, (uint64_t)m->at[i], 8);
    }
    for (uint32_t i = 0; i < m->n; i++) {
        buf_addc(b, (char)m->type[i]);
    }
    for (uint32_t i = 0; i < m->types && i < 3; i++) {
        add_be(b, (uint32_t)m->offset[i], 4);
        buf_add(b, STR("\0\0"));
    }
    buf_add(b, STR("ABC\0"));
    for (uint32_t i = 0; i < m->leap; i++) {
        add_be(b, 78796800, 8);
        add_be(b, 1, 4);
    }
    buf_printf(b, "\n%s\n", m->footer);
    assert_true(buf_ok(b));
}

static const struct tz *parse(const struct made *m, struct arena *a)
{
    struct buf b;
    const struct tz *tz;
    struct err e;

    make(&b, m);
    if (!tz_parse(buf_str(&b), STR("Test/Zone"), a, &tz, &e)) {
        fail_msg("%s: %s", m->footer, e.msg);
    }
    buf_finish(&b);
    return tz;
}

static struct wall at(const char *iso)
{
    struct wall t;

    if (!date_parse_iso(str_of(iso), &t)) {
        fail_msg("%s", iso);
    }
    return t;
}

static void test_utc(void **state UNUSED)
{
    const struct tz *utc = tz_utc();
    struct local l = tz_local(utc, (struct wall){at("2026-11-22T12:57:31Z").ms + 250});

    assert_true(str_eqz(tz_name(utc), "UTC"));
    assert_int_equal(date_cmp(l.date, (struct date){2026, 11, 22}), 0);
    assert_int_equal(l.minute, 12 * 60 + 57);
    assert_int_equal(l.second, 31);
    assert_int_equal(l.offset, 0);
    assert_int_equal(tz_wall(utc, l.date, l.minute).ms, at("2026-11-22T12:57:00Z").ms);
    /* Outside the range: the nearest inside, and no overflow. */
    assert_int_equal(tz_local(utc, (struct wall){INT64_MIN}).date.year, 1970);
    assert_int_equal(tz_local(utc, (struct wall){INT64_MAX}).date.year, 9999);
    assert_int_equal(tz_wall(utc, (struct date){0}, 0).ms, 0);
    assert_int_equal(tz_wall(utc, (struct date){9999, 12, 31}, 1439).ms,
                     at("9999-12-30T23:59:59Z").ms);
}

/* The rule alone: when its offset changes within 2026 (or as told), and to what. */
static void test_footers(void **state UNUSED)
{
    static const struct {
        const char *footer, *at;
        int32_t before, after;
    } rows[] = {
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 3600, 7200},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 7200, 3600},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "9998-03-29T01:00:00Z", 3600, 7200},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -18000, -14400},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -14400, -18000},
        {"<-0330>3:30<-0230>,M3.2.0,M11.1.0", "2026-03-08T05:30:00Z", -12600, -9000},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-03-29T01:00:00Z", 0, 3600},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-10-25T01:00:00Z", 3600, 0},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-04-04T16:00:00Z", 39600, 36000},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "1970-04-04T16:00:00Z", 39600, 36000},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-10-03T15:30:00Z", 37800, 39600},
        {"XXX0YYY,J60,J305", "2026-03-01T02:00:00Z", 0, 3600},
        {"XXX0YYY,J60,J305", "2028-03-01T02:00:00Z", 0, 3600}, /* leap: still 1 March */
        {"XXX0YYY,59/0,304", "2026-03-01T00:00:00Z", 0, 3600},
        {"XXX0YYY,59/0,304", "2028-02-29T00:00:00Z", 0, 3600},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -7200, -3600},
        {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00Z", 7200, 10800},
        {"XXX+1:02:03", NULL, -3723, 0},
        {"<UTC>0", NULL, 0, 0},
        {"EST5EDT,0/0,J365/25", NULL, -14400, 0}, /* DST all year */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 16);
        const struct made m = {.version = '3', .types = 1, .footer = rows[i].footer};
        const struct tz *tz = parse(&m, a);

        if (rows[i].at != NULL) {
            struct wall t = at(rows[i].at);
            int32_t before = tz_local(tz, (struct wall){t.ms - 1}).offset;
            int32_t after = tz_local(tz, t).offset;

            if (before != rows[i].before || after != rows[i].after) {
                fail_msg("%s at %s: %d, %d", rows[i].footer, rows[i].at, before, after);
            }
        } else {
            /* Every six hours of four years. */
            for (int64_t k = 0; k < 4 * 366 * 4; k++) {
                struct wall t = {at("2025-12-01T00:00:00Z").ms + k * 6 * 3600 * 1000};

                assert_int_equal(tz_local(tz, t).offset, rows[i].before);
            }
        }
        arena_destroy(a);
    }
}

static void test_table(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 16);
    const int64_t t0 = at("2020-01-01T00:00:00Z").ms / 1000;
    const struct made m = {
        .version = '2',
        .types = 3,
        .offset = {-3600, 7200, 600},
        .n = 2,
        .at = {t0, t0 + 86400},
        .type = {1, 2},
        .footer = "",
    };
    const struct tz *tz = parse(&m, a);

    assert_true(str_eqz(tz_name(tz), "Test/Zone"));
    assert_int_equal(tz_local(tz, (struct wall){t0 * 1000 - 1}).offset, -3600);
    assert_int_equal(tz_local(tz, (struct wall){t0 * 1000}).offset, 7200);
    assert_int_equal(tz_local(tz, (struct wall){(t0 + 86400) * 1000 - 1}).offset, 7200);
    assert_int_equal(tz_local(tz, at("2500-01-01T00:00:00Z")).offset, 600);
    /* Before the first second of all: no date is before 1970. */
    assert_int_equal(tz_local(tz, (struct wall){0}).date.year, 1970);
    arena_destroy(a);
}

static void test_refused(void **state UNUSED)
{
    static const struct {
        struct made m;
        const char *what;
    } rows[] = {
        {{.version = '\0', .types = 1, .footer = "UTC0"}, "version 1"},
        {{.version = '2', .types = 1, .leap = 1, .footer = "UTC0"}, "leap seconds"},
        {{.version = '2', .types = 0, .footer = "UTC0"}, "0 local time types"},
        {{.version = '2', .types = 1, .offset = {93601}, .footer = "UTC0"}, "93601"},
        {{.version = '2', .types = 1, .offset = {-93601}, .footer = "UTC0"}, "93601"},
        {{.version = '2', .types = 1, .n = 2, .at = {5, 5}, .footer = "UTC0"},
         "transition 1"},
        {{.version = '2', .types = 1, .n = 1, .type = {1}, .footer = "UTC0"},
         "transition 0"},
        {{.version = '2', .types = 1, .footer = "UT0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC"}, "rule"},
        {{.version = '2', .types = 1, .footer = "<>0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "<UTC0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC25"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC1:60"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC1:00:60"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0 "}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,M3.5.0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,M13.5.0,M3.5.0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,M0.5.0,M3.5.0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,M3.6.0,M3.5.0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,M3.0.0,M3.5.0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,M3.5.7,M3.5.0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,M3.5,M3.5.0"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,J0,J5"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,J366,J5"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,366,5"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,1/168,5"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,1/,5"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC,1,5,6"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0ABC25,1,5"}, "rule"},
        {{.version = '2', .types = 1, .footer = "UTC0AB,1,5"}, "rule"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 16);
        const struct tz *tz = NULL;
        struct buf b;
        struct err e = {0};

        make(&b, &rows[i].m);
        if (tz_parse(buf_str(&b), STR("x"), a, &tz, &e) || e.kind != ERR_PARSE ||
            strstr(e.msg, rows[i].what) == NULL) {
            fail_msg("%s (%s): %s", rows[i].m.footer, rows[i].what, e.msg);
        }
        assert_null(tz);
        buf_finish(&b);
        arena_destroy(a);
    }
}

/* Cut at every byte, and with every count made huge: an error, never more. */
static void test_damaged(void **state UNUSED)
{
    const struct made m = {.version = '2',
                           .types = 2,
                           .offset = {0, 3600},
                           .n = 2,
                           .at = {1000, 2000},
                           .type = {1, 0},
                           .footer = "CET-1CEST,M3.5.0,M10.5.0/3"};
    struct buf b;
    struct err e;
    const struct tz *tz;

    make(&b, &m);
    for (size_t n = 0; n < b.n; n++) {
        struct arena *a = arena_create(1 << 16);
        char *copy =
            malloc(n + 1); /* of its own, so that ASan sees one byte too many */

        assert_non_null(copy);
        memcpy(copy, b.p, n);
        copy = realloc(copy, n > 0 ? n : 1);
        assert_non_null(copy);
        assert_false(tz_parse((struct str){copy, n}, STR("x"), a, &tz, &e));
        free(copy);
        arena_destroy(a);
    }
    for (size_t i = 0; i < b.n; i++) {
        struct arena *a = arena_create(1 << 16);
        char old = b.p[i];

        b.p[i] = '\xff';
        if (tz_parse(buf_str(&b), STR("x"), a, &tz, &e)) {
            for (int64_t k = 0; k < 60; k++) {
                (void)tz_wall(tz, date_from_days(k * 40000), 120);
            }
        }
        b.p[i] = old;
        arena_destroy(a);
    }
    for (size_t ceiling = 0; ceiling < 300; ceiling += 16) {
        struct arena *a = arena_create(ceiling);

        if (!tz_parse(buf_str(&b), STR("x"), a, &tz, &e)) {
            assert_int_equal(e.kind, ERR_NOMEM);
        }
        arena_destroy(a);
    }
    buf_finish(&b);
}

/* ---- the system's zones ---- */

struct zones {
    char **names; /* below ZONEINFO */
    size_t n, cap;
};
static struct zones zones;

static int keep(const char *path, const struct stat *st UNUSED, int type,
                struct FTW *ftw UNUSED)
{
    const char *name = path + strlen(ZONEINFO) + 1;
    struct buf text;
    struct err e;

    if (type != FTW_F || strncmp(name, "right/", 6) == 0) {
        return 0;
    }
    if (tempdir_read(path, &text, &e)) {
        if (text.n > 4 && memcmp(text.p, "TZif", 4) == 0) {
            if (zones.n == zones.cap) {
                zones.cap = zones.cap > 0 ? 2 * zones.cap : 64;
                zones.names = realloc(zones.names, zones.cap * sizeof *zones.names);
                assert_non_null(zones.names);
            }
            zones.names[zones.n] = strdup(name);
            assert_non_null(zones.names[zones.n++]);
        }
        buf_finish(&text);
    }
    return 0;
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

static const struct tz *load(const char *name, struct arena *a)
{
    struct buf text;
    char path[300];
    const struct tz *tz = NULL;
    struct err e;

    snprintf(path, sizeof path, ZONEINFO "/%s", name);
    if (!tempdir_read(path, &text, &e) ||
        !tz_parse(buf_str(&text), str_of(name), a, &tz, &e)) {
        fail_msg("%s: %s", name, e.msg);
    }
    buf_finish(&text);
    return tz;
}

static const char *zdump_path(void)
{
    static const char *const paths[] = {"/usr/bin/zdump", "/usr/sbin/zdump"};

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (access(paths[i], X_OK) == 0) {
            return paths[i];
        }
    }
    return NULL;
}

/* "Europe/Berlin  Sun Mar 29 01:00:00 2026 UT = ... gmtoff=7200" */
struct line {
    const char *zone;
    size_t zone_n;
    int64_t at; /* seconds */
    int32_t offset;
    int year, minute, second; /* as zdump has them in local time */
};

static bool read_line(struct str s, struct line *ret)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[200];
    char zone[80];
    char mon[4];
    char local_mon[4];
    struct date d;
    int h;
    int mi;
    int sec;
    int lh;
    int lmi;
    int lday;
    int offset;

    if (s.n >= sizeof text) {
        return false;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (sscanf(
            text,
            "%79s %*s %3s %d %d:%d:%d %d UT = %*s %3s %d %d:%d:%d %d %*s %*s gmtoff=%d",
            zone, mon, &d.day, &h, &mi, &sec, &d.year, local_mon, &lday, &lh, &lmi,
            &ret->second, &ret->year, &offset) != 14) {
        return false;
    }
    d.month = (int)(strstr(months, mon) - months) / 3 + 1;
    if (d.year < 1970) {
        return false;
    }
    ret->zone = s.p;
    ret->zone_n = strlen(zone);
    ret->at = date_to_days(d) * 86400 + h * 3600 + mi * 60 + sec;
    ret->offset = offset;
    ret->minute = lh * 60 + lmi;
    return true;
}

/* zdump(8) takes its time by the year, and what comes after the table of a zone is the
   same rule again and again: the far years of every FAR-th zone. */
enum { BATCH = 100, FAR = 5 };

static unsigned long compared;

static void check_line(const struct tz *tz, const struct line *l)
{
    struct local got = tz_local(tz, (struct wall){l->at * 1000});

    if (got.offset != l->offset ||
        (l->at > 86400 && (got.date.year != l->year || got.minute != l->minute ||
                           got.second != l->second))) {
        fail_msg("%.*s at %lld: offset %d, zdump says %d", (int)l->zone_n, l->zone,
                 (long long)l->at, got.offset, l->offset);
    }
    compared++;
}

/* Local times around a change, by the definition of gap and repetition. */
static void check_change(const struct tz *tz, int64_t t, int32_t before, int32_t after)
{
    int64_t low = t + (before < after ? before : after) - 3600;
    int64_t high = t + (before > after ? before : after) + 3600;

    for (int64_t local = (low + 59) / 60 * 60; local < high; local += 300) {
        int64_t want = local < t + before  ? local - before
                       : local < t + after ? t
                                           : local - after;
        struct wall got =
            tz_wall(tz, date_from_days(local / 86400), (int)(local % 86400 / 60));

        if (got.ms != want * 1000) {
            fail_msg("%.*s: local %lld is %lld, want %lld", STR_FMT(tz_name(tz)),
                     (long long)local, (long long)got.ms / 1000, (long long)want);
        }
        compared++;
    }
}

static void check_zone(const struct tz *tz, const struct line *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_line(tz, &v[i]);
        if (i > 0 && v[i].at == v[i - 1].at + 1 && v[i].offset != v[i - 1].offset &&
            v[i].at > 10 * 86400 && (i < 3 || v[i].at - v[i - 2].at > 2 * 86400) &&
            (i + 1 == n || v[i + 1].at - v[i].at > 2 * 86400)) {
            check_change(tz, v[i].at, v[i - 1].offset, v[i].offset);
        }
    }
}

/* Every `step`th zone from `from` on, BATCH of them at the most, in those years. */
static void check_batch(const struct tempdir *dir, const char *zdump, const char *years,
                        size_t from, size_t step)
{
    enum { LINES = 2000 };
    static struct line v[LINES];
    const char *argv[BATCH + 5] = {zdump, "-v", "-c", years};
    struct arena *a = arena_create(16 << 20);
    struct err e = {0};
    struct buf out;
    int code;

    for (size_t i = 0; i < BATCH && from + i * step < zones.n; i++) {
        argv[4 + i] = zones.names[from + i * step];
    }
    struct spawn_options o = {
        .argv = argv, .log_dir = tempdir_path(dir), .name = "zdump"};
    struct spawn *s = spawn_start(&o, &e);

    assert_non_null(s);
    assert_true(spawn_wait_exit(s, DUR_S(120), &code, &e));
    assert_int_equal(code, 0);
    assert_true(spawn_output(s, SPAWN_OUT, &out, &e));
    struct str rest = buf_str(&out);
    struct str text;
    size_t lines = 0;

    while (str_split(&rest, '\n', &text)) {
        struct line l;
        bool other;

        if (!read_line(text, &l)) {
            continue;
        }
        other = lines > 0 &&
                (v[0].zone_n != l.zone_n || memcmp(v[0].zone, l.zone, l.zone_n) != 0);
        if (other) {
            char *name = arena_strdup(a, (struct str){v[0].zone, v[0].zone_n});

            check_zone(load(name, a), v, lines);
            lines = 0;
        }
        assert_true(lines < LINES);
        v[lines++] = l;
    }
    if (lines > 0) {
        check_zone(load(arena_strdup(a, (struct str){v[0].zone, v[0].zone_n}), a), v,
                   lines);
    }
    buf_finish(&out);
    spawn_destroy(s);
    arena_destroy(a);
}

static void test_zdump(void **state UNUSED)
{
    const char *zdump = zdump_path();
    struct tempdir dir;
    struct err e;

    if (zdump == NULL || zones.n == 0) {
        print_message("zones: 0 run, all skipped (no zdump or no %s)\n", ZONEINFO);
        skip();
    }
    assert_true(tempdir_create(&dir, &e));
    for (size_t i = 0; i < zones.n; i += BATCH) {
        check_batch(&dir, zdump, "1970,2040", i, 1);
    }
    for (size_t i = 0; i < zones.n; i += BATCH * FAR) {
        check_batch(&dir, zdump, "2036,2100", i, FAR);
    }
    tempdir_remove(&dir);
    print_message("zones: %zu run, %lu comparisons with zdump\n", zones.n, compared);
    assert_true(compared > 20 * zones.n);
}

/* What exists is found again, hour by hour over two years, in every zone. */
static void test_round_trip(void **state UNUSED)
{
    if (zones.n == 0) {
        print_message("zones: 0 run, all skipped (no %s)\n", ZONEINFO);
        skip();
    }
    for (size_t i = 0; i < zones.n; i += 5) {
        struct arena *a = arena_create(1 << 20);
        const struct tz *tz = load(zones.names[i], a);

        for (int64_t h = 0; h < 2 * 366 * 24; h++) {
            struct wall t = {at("2025-12-31T00:00:00Z").ms + h * 3600 * 1000};
            struct local l = tz_local(tz, t);
            struct wall back = tz_wall(tz, l.date, l.minute);
            struct local again = tz_local(tz, back);

            if (back.ms > t.ms || again.minute != l.minute ||
                date_cmp(again.date, l.date) != 0) {
                fail_msg("%s at %lld", zones.names[i], (long long)t.ms);
            }
        }
        arena_destroy(a);
    }
}

static int setup(void **state UNUSED)
{
    (void)nftw(ZONEINFO, keep, 8, FTW_PHYS);
    if (zones.n > 0) {
        qsort(zones.names, zones.n, sizeof *zones.names, by_name);
    }
    return 0;
}

static int teardown(void **state UNUSED)
{
    for (size_t i = 0; i < zones.n; i++) {
        free(zones.names[i]);
    }
    free(zones.names);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utc),        cmocka_unit_test(test_footers),
        cmocka_unit_test(test_table),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_damaged),    cmocka_unit_test(test_zdump),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
