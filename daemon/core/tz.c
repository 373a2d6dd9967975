#include "core/tz.h"

/*
 * TZif: RFC 8536 section 3; the footer: POSIX.1 TZ as extended by section
 * 3.3.1 (hours from -167 to 167).
 */

/* Every second below fits: 1970-01-01 to 9999-12-31 with a day to spare. */
static const int64_t last_second = INT64_C(253402300799) - 86400;
enum { DAY = 86400, MAX_OFFSET = 26 * 3600 };

struct when {
    enum { WHEN_JULIAN, WHEN_DAY, WHEN_WEEKDAY } kind; /* Jn, n, Mm.w.d */
    int month, week, day;
    int32_t time; /* seconds after local midnight */
};

/* What holds after the last transition of the table. */
struct rule_tail {
    bool has, has_dst;
    int32_t std, dst;       /* seconds east of UTC */
    struct when start, end; /* of DST */
};

struct tz {
    struct str name;
    int64_t *at;   /* transitions, ascending */
    uint8_t *type; /* of the time from at[i] on */
    size_t n;
    int32_t *offset; /* of each type; type 0 holds before at[0] */
    struct rule_tail tail;
};

/* ---- reading TZif ---- */

struct header {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;

    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static int64_t be64(const char *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

enum { HEADER = 44 };

static bool read_header(struct str s, struct header *ret, struct err *e)
{
    if (s.n < HEADER || memcmp(s.p, "TZif", 4) != 0) {
        return err_set(e, ERR_PARSE, "not a time zone file");
    }
    if (s.p[4] < '2') {
        return err_set(e, ERR_PARSE,
                       "a time zone file of version 1, which ends in 2037");
    }
    *ret = (struct header){be32(s.p + 20), be32(s.p + 24), be32(s.p + 28),
                           be32(s.p + 32), be32(s.p + 36), be32(s.p + 40)};
    return true;
}

/* Bytes of the data block behind a header; 32-bit counts cannot overflow 64 bits. */
static uint64_t block_size(const struct header *h, uint64_t time_size)
{
    return h->time * (time_size + 1) + (uint64_t)h->type * 6 + h->chars +
           h->leap * (time_size + 4) + h->isstd + h->isut;
}

static bool read_block(struct str s, const struct header *h, struct arena *a,
                       struct tz *tz, struct err *e)
{
    const char *types = s.p + (size_t)h->time * 8;
    const char *infos = types + h->time;

    if (h->leap != 0) {
        return err_set(e, ERR_PARSE, "the time zone counts leap seconds");
    }
    if (h->type == 0 || h->type > 255) {
        return err_set(e, ERR_PARSE, "a time zone file with %u local time types",
                       (unsigned)h->type);
    }
    tz->n = h->time;
    tz->at = arena_array(a, h->time, sizeof *tz->at);
    tz->type = arena_array(a, h->time, sizeof *tz->type);
    tz->offset = arena_array(a, h->type, sizeof *tz->offset);
    if (tz->at == NULL || tz->type == NULL || tz->offset == NULL) {
        return err_nomem(e);
    }
    for (size_t i = 0; i < h->type; i++) {
        tz->offset[i] = (int32_t)be32(infos + i * 6);
        if (tz->offset[i] > MAX_OFFSET || tz->offset[i] < -MAX_OFFSET) {
            return err_set(e, ERR_PARSE, "a time zone file with an offset of %d s",
                           (int)tz->offset[i]);
        }
    }
    for (size_t i = 0; i < h->time; i++) {
        tz->at[i] = be64(s.p + i * 8);
        tz->type[i] = (uint8_t)types[i];
        if (tz->type[i] >= h->type || (i > 0 && tz->at[i] <= tz->at[i - 1])) {
            return err_set(e, ERR_PARSE, "a time zone file with broken transition %zu",
                           i);
        }
    }
    return true;
}

/* ---- reading the footer ---- */

static bool take_int(struct str *s, int max, int *ret)
{
    int v = 0;
    size_t n = 0;

    while (n < s->n && n < 3 && s->p[n] >= '0' && s->p[n] <= '9') {
        v = v * 10 + (s->p[n] - '0');
        n++;
    }
    *s = str_skip(*s, n);
    *ret = v;
    return n > 0 && v <= max;
}

static bool take(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c) {
        return false;
    }
    *s = str_skip(*s, 1);
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct str *s, int max_hours, int32_t *ret)
{
    bool minus = take(s, '-');
    int h;
    int m = 0;
    int sec = 0;

    if (!minus) {
        (void)take(s, '+');
    }
    if (!take_int(s, max_hours, &h)) {
        return false;
    }
    if (take(s, ':') && !take_int(s, 59, &m)) {
        return false;
    }
    if (take(s, ':') && !take_int(s, 59, &sec)) {
        return false;
    }
    *ret = (int32_t)(h * 3600 + m * 60 + sec);
    if (minus) {
        *ret = -*ret;
    }
    return true;
}

/* Three letters or more, or anything in <>. */
static bool take_name(struct str *s)
{
    size_t n = 0;

    if (take(s, '<')) {
        ptrdiff_t end = str_chr(*s, '>');

        if (end < 1) {
            return false;
        }
        *s = str_skip(*s, (size_t)end + 1);
        return true;
    }
    while (n < s->n &&
           ((s->p[n] >= 'A' && s->p[n] <= 'Z') || (s->p[n] >= 'a' && s->p[n] <= 'z'))) {
        n++;
    }
    *s = str_skip(*s, n);
    return n >= 3;
}

static bool take_when(struct str *s, struct when *ret)
{
    *ret = (struct when){.kind = WHEN_DAY, .time = 2 * 3600};
    if (!take(s, ',')) {
        return false;
    }
    if (take(s, 'M')) {
        ret->kind = WHEN_WEEKDAY;
        if (!take_int(s, 12, &ret->month) || ret->month < 1 || !take(s, '.') ||
            !take_int(s, 5, &ret->week) || ret->week < 1 || !take(s, '.') ||
            !take_int(s, 6, &ret->day)) {
            return false;
        }
    } else if (take(s, 'J')) {
        ret->kind = WHEN_JULIAN;
        if (!take_int(s, 365, &ret->day) || ret->day < 1) {
            return false;
        }
    } else if (!take_int(s, 365, &ret->day)) {
        return false;
    }
    return !take(s, '/') || take_time(s, 167, &ret->time);
}

static bool read_tail(struct str s, struct rule_tail *ret)
{
    int32_t west;

    *ret = (struct rule_tail){0};
    if (s.n == 0) {
        return true; /* nothing is said: the last type holds */
    }
    if (!take_name(&s) || !take_time(&s, 24, &west)) {
        return false;
    }
    ret->has = true;
    ret->std = -west; /* POSIX counts west of Greenwich */
    if (s.n == 0) {
        return true;
    }
    ret->has_dst = true;
    ret->dst = ret->std + 3600;
    if (!take_name(&s)) {
        return false;
    }
    if (s.n > 0 && s.p[0] != ',') {
        if (!take_time(&s, 24, &west)) {
            return false;
        }
        ret->dst = -west;
    }
    return take_when(&s, &ret->start) && take_when(&s, &ret->end) && s.n == 0;
}

bool tz_parse(struct str tzif, struct str name, struct arena *a, const struct tz **ret,
              struct err *e)
{
    struct header h;
    struct tz *tz = arena_alloc(a, sizeof *tz);

    if (tz == NULL) {
        return err_nomem(e);
    }
    tz->name = arena_str(a, name);
    if (!read_header(tzif, &h, e)) {
        return false;
    }
    uint64_t first = HEADER + block_size(&h, 4);

    /* The first block is for readers of version 1; the one behind it counts. */
    if (first > tzif.n) {
        return err_set(e, ERR_PARSE, "a time zone file that is cut off");
    }
    struct str s = str_skip(tzif, (size_t)first);

    if (!read_header(s, &h, e)) {
        return false;
    }
    uint64_t second = HEADER + block_size(&h, 8);

    if (second + 2 > s.n) {
        return err_set(e, ERR_PARSE, "a time zone file that is cut off");
    }
    if (!read_block(str_skip(s, HEADER), &h, a, tz, e)) {
        return false;
    }
    s = str_skip(s, (size_t)second);
    if (s.p[0] != '\n' || s.p[s.n - 1] != '\n' || s.n < 2 ||
        !read_tail((struct str){s.p + 1, s.n - 2}, &tz->tail)) {
        return err_set(e, ERR_PARSE, "a time zone file whose rule cannot be read");
    }
    if (arena_failed(a)) {
        return err_nomem(e);
    }
    *ret = tz;
    return true;
}

const struct tz *tz_utc(void)
{
    static const struct tz utc = {.name = {"UTC", 3}, .tail = {.has = true}};

    return &utc;
}

struct str tz_name(const struct tz *tz)
{
    return tz->name;
}

/* ---- the rule behind the table ---- */

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970-01-01 of the day in `year` that the rule names. */
static int64_t when_day(const struct when *w, int year)
{
    int64_t january = date_to_days((struct date){year, 1, 1});
    struct date first = {year, w->month, 1};

    switch (w->kind) {
    case WHEN_JULIAN: /* 1 to 365; 29 February is never counted */
        return january + w->day - 1 + (is_leap(year) && w->day > 59);
    case WHEN_DAY:
        return january + w->day;
    case WHEN_WEEKDAY:
        break;
    }
    /* Weekday 0 is Sunday here and Monday there. */
    int skip = ((w->day + 6) % 7 - date_weekday(first) + 7) % 7;
    int day = 1 + skip + (w->week - 1) * 7;
    struct date d = {year, w->month, day};

    /* Week 5 is the last, which may be the fourth. */
    return date_to_days(first) + day - 1 - (date_is_valid(d) ? 0 : 7);
}

struct change {
    int64_t at;
    int32_t offset; /* from then on */
};

/*
 * The changes of one year in order, in UTC. A zone on DST all year round says
 * so by a start at or before an end that comes a year later.
 */
static void tail_changes(const struct rule_tail *t, int year, struct change ret[2])
{
    struct change start = {when_day(&t->start, year) * DAY + t->start.time - t->std,
                           t->dst};
    struct change end = {when_day(&t->end, year) * DAY + t->end.time - t->dst, t->std};
    bool swap = end.at < start.at;

    ret[0] = swap ? end : start;
    ret[1] = swap ? start : end;
}

static int year_of(int64_t second)
{
    return date_from_days(second / DAY).year;
}

/* The last change at or before `t`, and the first after it (INT64_MAX: none). */
static void tail_around(const struct rule_tail *tail, int64_t t,
                        struct change *ret_last, int64_t *ret_next)
{
    int year = year_of(t);
    struct change next = {INT64_MAX, tail->std};

    *ret_last = (struct change){INT64_MIN, tail->std};
    *ret_next = INT64_MAX;
    if (!tail->has_dst) {
        return;
    }
    /* Local and UTC years differ by hours, and the rules' hours reach a week. */
    for (int y = year - 2; y <= year + 2; y++) {
        struct change c[2];

        if (y < 1970 || y > 9999) {
            continue;
        }
        tail_changes(tail, y, c);
        for (size_t i = 0; i < 2; i++) {
            if (c[i].at <= t && c[i].at >= ret_last->at) {
                *ret_last = c[i];
            } else if (c[i].at > t && c[i].at < next.at) {
                next = c[i];
            }
        }
    }
    /* Early in 1970 in the south: what the first change ends is DST. */
    if (ret_last->at == INT64_MIN && next.at != INT64_MAX && next.offset == tail->std) {
        ret_last->offset = tail->dst;
    }
    *ret_next = next.at;
}

/* ---- asking ---- */

/* The offset at `t`, since when it holds and until when (both may be open). */
struct stretch {
    int64_t from, to;
    int32_t offset;
};

static struct stretch stretch_at(const struct tz *tz, int64_t t)
{
    size_t low = 0;
    size_t high = tz->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (tz->at[mid] <= t) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    /* `low` transitions lie at or before t. */
    if (low < tz->n) {
        return (struct stretch){
            low > 0 ? tz->at[low - 1] : INT64_MIN,
            tz->at[low],
            tz->offset[low > 0 ? tz->type[low - 1] : 0],
        };
    }
    int64_t table_end = tz->n > 0 ? tz->at[tz->n - 1] : INT64_MIN;

    if (!tz->tail.has) {
        return (struct stretch){table_end, INT64_MAX,
                                tz->offset[tz->n > 0 ? tz->type[tz->n - 1] : 0]};
    }
    struct change last;
    int64_t next;

    tail_around(&tz->tail, t, &last, &next);
    return (struct stretch){last.at > table_end ? last.at : table_end, next,
                            last.offset};
}

static int64_t clamp(int64_t second)
{
    return second < 0 ? 0 : second > last_second ? last_second : second;
}

struct local tz_local(const struct tz *tz, struct wall t)
{
    int64_t second = clamp(t.ms >= 0 ? t.ms / 1000 : 0);
    struct stretch s = stretch_at(tz, second);
    int64_t local = second + s.offset;

    /* No date is before 1970: there the first day of all is the answer. */
    if (local < 0) {
        local = 0;
    }
    return (struct local){
        .date = date_from_days(local / DAY),
        .minute = (int)(local % DAY / 60),
        .second = (int)(local % 60),
        .offset = s.offset,
    };
}

struct wall tz_wall(const struct tz *tz, struct date d, int minute)
{
    int64_t local = date_to_days(d) * DAY + (int64_t)minute * 60;
    int64_t t = clamp(local - MAX_OFFSET);

    /* Walk the stretches that can hold it: in order, so the first answer wins. */
    for (;;) {
        struct stretch s = stretch_at(tz, t);
        int64_t candidate = local - s.offset;

        if (candidate < s.from) {
            return (struct wall){clamp(s.from) * 1000}; /* skipped */
        }
        if (candidate < s.to) {
            return (struct wall){clamp(candidate) * 1000};
        }
        t = s.to;
    }
}
