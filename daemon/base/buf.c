#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 64 };

void buf_init(struct buf *b, size_t ceiling)
{
    /* One below, so that the NUL always has a place. */
    *b = (struct buf){.ceiling = ceiling < SIZE_MAX ? ceiling : SIZE_MAX - 1};
}

void buf_init_secret(struct buf *b, size_t ceiling)
{
    buf_init(b, ceiling);
    b->secret = true;
}

void buf_init_fixed(struct buf *b, char *mem, size_t size)
{
    *b = (struct buf){.p = mem, .cap = size, .ceiling = size - 1, .fixed = true};
    mem[0] = '\0';
}

void buf_finish(struct buf *b)
{
    if (b->secret && b->p != NULL) {
        explicit_bzero(b->p, b->cap);
    }
    if (b->fixed) {
        buf_clear(b);
        return;
    }
    free(b->p);
    b->p = NULL;
    b->cap = 0;
    buf_clear(b);
}

void buf_wipe(struct buf *b)
{
    if (b->p != NULL) {
        explicit_bzero(b->p, b->cap);
    }
    buf_finish(b);
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    if (b->p != NULL) {
        b->p[0] = '\0';
    }
    b->failed = false;
    b->nomem = false;
}

static char *move(struct buf *b, size_t cap)
{
    if (!b->secret) {
        return realloc(b->p, cap);
    }
    char *p = malloc(cap);

    if (p != NULL && b->p != NULL) {
        memcpy(p, b->p, b->n + 1);
        explicit_bzero(b->p, b->cap);
        free(b->p);
    }
    return p;
}

bool buf_reserve(struct buf *b, size_t more)
{
    if (b->failed) {
        return false;
    }
    if (more > b->ceiling - b->n) {
        b->failed = true;
        return false;
    }
    size_t need = b->n + more + 1;

    if (need <= b->cap) {
        return true;
    }
    size_t cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap;

    while (cap < need) {
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    }
    if (cap > b->ceiling) {
        cap = b->ceiling + 1;
    }
    char *p = move(b, cap);

    if (p == NULL) {
        b->failed = true;
        b->nomem = true;
        return false;
    }
    if (b->p == NULL) {
        p[0] = '\0';
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void buf_commit(struct buf *b, size_t n)
{
    if (!b->failed && b->p != NULL && n < b->cap - b->n) {
        b->n += n;
        b->p[b->n] = '\0';
    }
}

void buf_add(struct buf *b, struct str s)
{
    /* Growing moves our bytes, and with them a view of ourselves. */
    uintptr_t offset = (uintptr_t)s.p - (uintptr_t)b->p;
    bool own = b->p != NULL && offset <= b->n;

    if (!buf_reserve(b, s.n)) {
        return;
    }
    if (s.n > 0) {
        memmove(b->p + b->n, own ? b->p + offset : s.p, s.n);
    }
    b->n += s.n;
    b->p[b->n] = '\0';
}

void buf_addz(struct buf *b, const char *z)
{
    buf_add(b, str_of(z));
}

void buf_addc_slow(struct buf *b, char c)
{
    if (buf_reserve(b, 1)) {
        b->p[b->n++] = c;
        b->p[b->n] = '\0';
    }
}

/* What is printed most often, at a tenth of what vsnprintf takes. */
void buf_add_int(struct buf *b, int64_t v)
{
    char text[20]; /* INT64_MIN fills it */
    size_t at = sizeof text;
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (v < 0) {
        text[--at] = '-';
    }
    buf_add(b, (struct str){text + at, sizeof text - at});
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;

    if (!buf_reserve(b, 0)) {
        return;
    }
    va_copy(again, ap);
    size_t room = b->cap - b->n;
    int n = vsnprintf(b->p + b->n, room, fmt, ap);

    if (n < 0) {
        b->failed = true;
    } else if ((size_t)n < room) {
        b->n += (size_t)n;
    } else if (buf_reserve(b, (size_t)n)) {
        (void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    b->p[b->n] = '\0';
    va_end(again);
}

void buf_add_utf8(struct buf *b, uint32_t code_point)
{
    char c[4];
    size_t n;

    if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff)) {
        code_point = 0xfffd;
    }
    if (code_point < 0x80) {
        c[0] = (char)code_point;
        n = 1;
    } else if (code_point < 0x800) {
        c[0] = (char)(0xc0 | code_point >> 6);
        c[1] = (char)(0x80 | (code_point & 0x3f));
        n = 2;
    } else if (code_point < 0x10000) {
        c[0] = (char)(0xe0 | code_point >> 12);
        c[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        c[2] = (char)(0x80 | (code_point & 0x3f));
        n = 3;
    } else {
        c[0] = (char)(0xf0 | code_point >> 18);
        c[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
        c[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
        c[3] = (char)(0x80 | (code_point & 0x3f));
        n = 4;
    }
    buf_add(b, (struct str){c, n});
}

void buf_truncate(struct buf *b, size_t n)
{
    if (n < b->n) {
        b->n = n;
        b->p[n] = '\0';
    }
}

void buf_fail(struct buf *b)
{
    b->failed = true;
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

bool buf_check(const struct buf *b, struct err *e)
{
    if (!b->failed) {
        return true;
    }
    if (b->nomem) {
        return err_nomem(e);
    }
    return err_set(e, ERR_LIMIT, "longer than %zu bytes or too complex", b->ceiling);
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}

const char *buf_cstr(const struct buf *b)
{
    return b->p != NULL ? b->p : "";
}

char *buf_take(struct buf *b, size_t *ret_n)
{
    if (b->fixed || !buf_reserve(b, 0)) {
        return NULL;
    }
    char *p = b->p;

    if (ret_n != NULL) {
        *ret_n = b->n;
    }
    b->p = NULL;
    b->n = 0;
    b->cap = 0;
    return p;
}
