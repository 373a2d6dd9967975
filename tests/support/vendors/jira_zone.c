#include "tests/support/vendors/jira_zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define FILE_MAX ((size_t)256 << 10)
#define HEADER 44 /* RFC 8536, 3.1 */

struct jira_zone {
    char *name;
    size_t n;        /* transitions */
    int64_t *at;     /* n: from this time on ... */
    int32_t *offset; /* n + 1: ... offset[i + 1]; offset[0] before all of them */
};

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const unsigned char *p)
{
    uint64_t v = (uint64_t)be32(p) << 32 | be32(p + 4);
    int64_t s;

    memcpy(&s, &v, sizeof s);
    return s;
}

static int32_t be32s(const unsigned char *p)
{
    uint32_t v = be32(p);
    int32_t s;

    memcpy(&s, &v, sizeof s);
    return s;
}

struct counts {
    size_t isut, isstd, leap, times, types, chars;
};

static bool read_header(const unsigned char *p, size_t n, struct counts *c)
{
    if (n < HEADER || memcmp(p, "TZif", 4) != 0) {
        return false;
    }
    c->isut = be32(p + 20);
    c->isstd = be32(p + 24);
    c->leap = be32(p + 28);
    c->times = be32(p + 32);
    c->types = be32(p + 36);
    c->chars = be32(p + 40);
    return c->times <= 10000 && c->types >= 1 && c->types <= 256 && c->chars <= 10000 &&
           c->leap <= 1000 && c->isut <= 256 && c->isstd <= 256;
}

static size_t body_size(const struct counts *c, size_t time_size)
{
    return c->times * (time_size + 1) + c->types * 6 + c->chars +
           c->leap * (time_size + 4) + c->isstd + c->isut;
}

static bool parse(struct jira_zone *z, const unsigned char *p, size_t n)
{
    struct counts c;
    const unsigned char *types, *index;

    /* Version 2 files hold the 32-bit data first, then the same in 64 bits. */
    if (!read_header(p, n, &c) || p[4] < '2') {
        return false;
    }
    if (n < HEADER + body_size(&c, 4)) {
        return false;
    }
    p += HEADER + body_size(&c, 4);
    n -= HEADER + body_size(&c, 4);
    if (!read_header(p, n, &c) || n < HEADER + body_size(&c, 8)) {
        return false;
    }
    p += HEADER;
    index = p + c.times * 8;
    types = index + c.times;
    z->at = calloc(c.times + 1, sizeof *z->at);
    z->offset = calloc(c.times + 1, sizeof *z->offset);
    if (!z->at || !z->offset) {
        return false;
    }
    z->n = c.times;
    z->offset[0] = be32s(types);
    for (size_t i = 0; i < c.times; i++) {
        if (index[i] >= c.types) {
            return false;
        }
        z->at[i] = be64(p + i * 8);
        z->offset[i + 1] = be32s(types + (size_t)index[i] * 6);
    }
    return true;
}

static bool read_file(const char *name, unsigned char *mem, size_t *n)
{
    char path[512];
    FILE *f;

    /* Only names of the database: no way out of its folder. */
    if (strstr(name, "..") || name[0] == '/' ||
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name) >=
            (int)sizeof path) {
        return false;
    }
    f = fopen(path, "rbe");
    if (!f) {
        return false;
    }
    *n = fread(mem, 1, FILE_MAX, f);
    (void)fclose(f);
    return true;
}

struct jira_zone *jira_zone_load(const char *name, struct err *e)
{
    struct jira_zone *z = calloc(1, sizeof *z);
    unsigned char *mem = malloc(FILE_MAX);
    bool ok = false;
    size_t n = 0;

    if (!z || !mem) {
        err_nomem(e);
        goto out;
    }
    z->name = strdup(name);
    if (!z->name) {
        err_nomem(e);
        goto out;
    }
    if (strcmp(name, "UTC") == 0) {
        z->offset = calloc(1, sizeof *z->offset);
        ok = z->offset || err_nomem(e);
    } else {
        ok = (read_file(name, mem, &n) && parse(z, mem, n)) ||
             err_set(e, ERR_USAGE, "no time zone '%s' on this system", name);
    }
out:
    free(mem);
    if (!ok) {
        jira_zone_destroy(z);
        return NULL;
    }
    return z;
}

void jira_zone_destroy(struct jira_zone *z)
{
    if (z) {
        free(z->name);
        free(z->at);
        free(z->offset);
        free(z);
    }
}

const char *jira_zone_name(const struct jira_zone *z)
{
    return z->name;
}

int32_t jira_zone_offset(const struct jira_zone *z, int64_t utc)
{
    size_t lo = 0, hi = z->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (z->at[mid] <= utc) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return z->offset[lo];
}

int64_t jira_zone_to_utc(const struct jira_zone *z, int64_t local)
{
    /* A zone is never more than a day from UTC: the offsets on both sides. */
    int32_t before = jira_zone_offset(z, local - 86400);
    int32_t after = jira_zone_offset(z, local + 86400);
    int64_t first = local - before, second = local - after;

    if (jira_zone_offset(z, first) == before) {
        return first;
    }
    if (jira_zone_offset(z, second) == after) {
        return second;
    }
    /* Skipped: the instant at which the clocks went forward. */
    for (size_t i = 0; i < z->n; i++) {
        if (z->at[i] > second && z->at[i] <= first) {
            return z->at[i];
        }
    }
    return first;
}
