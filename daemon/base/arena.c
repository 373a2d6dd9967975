#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Under AddressSanitizer memory not handed out is unreadable. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum {
    ALIGN = alignof(max_align_t),
    FIRST_BLOCK = 4096,
    LARGEST_BLOCK = 1 << 20,
};

struct block {
    struct block *next; /* owned */
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *first;   /* owned, with all that follow */
    struct block *current; /* borrowed: this arena, until reset */
    size_t ceiling, used, block_size;
    bool failed;
};

static struct block *block_create(size_t size)
{
    struct block *b = malloc(sizeof *b + size);

    if (b != NULL) {
        *b = (struct block){.size = size};
        ASAN_POISON_MEMORY_REGION(b->bytes, size);
    }
    return b;
}

static void blocks_free(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;

        ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->size);
        free(b);
        b = next;
    }
}

struct arena *arena_create(size_t ceiling)
{
    struct arena *a = malloc(sizeof *a);

    if (a != NULL) {
        *a = (struct arena){.ceiling = ceiling, .block_size = FIRST_BLOCK};
    }
    return a;
}

void arena_destroy(struct arena *a)
{
    if (a != NULL) {
        blocks_free(a->first);
        free(a);
    }
}

void arena_reset(struct arena *a)
{
    if (a->first != NULL) {
        blocks_free(a->first->next);
        a->first->next = NULL;
        a->first->used = 0;
        ASAN_POISON_MEMORY_REGION(a->first->bytes, a->first->size);
    }
    a->current = a->first;
    a->used = 0;
    a->block_size = FIRST_BLOCK;
    a->failed = false;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

bool arena_failed(const struct arena *a)
{
    return a->failed;
}

static void *fail(struct arena *a)
{
    a->failed = true;
    return NULL;
}

/*
 * A block with room for `size`. A large piece gets a block of its own behind
 * the current one, so that the rest of the current one is not lost.
 */
static struct block *block_add(struct arena *a, size_t size)
{
    bool own = size > a->block_size / 4 && a->current != NULL;
    size_t room = own || size > a->block_size ? size : a->block_size;
    struct block *b = block_create(room);

    if (b == NULL) {
        return NULL;
    }
    if (a->current == NULL) {
        a->first = b;
    } else {
        b->next = a->current->next;
        a->current->next = b;
    }
    if (!own) {
        a->current = b;
        if (a->block_size < LARGEST_BLOCK) {
            a->block_size *= 2;
        }
    }
    return b;
}

/* What is in the piece, the caller writes. */
static void *take(struct arena *a, size_t size)
{
    struct block *b = a->current;

    if (a->failed || size > SIZE_MAX / 2) {
        return fail(a);
    }
    size = size == 0 ? ALIGN : (size + ALIGN - 1) / ALIGN * ALIGN;
    if (size > a->ceiling - a->used) {
        return fail(a);
    }
    if (b == NULL || size > b->size - b->used) {
        b = block_add(a, size);
        if (b == NULL) {
            return fail(a);
        }
    }
    unsigned char *p = b->bytes + b->used;

    b->used += size;
    a->used += size;
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    void *p = take(a, size);

    return p != NULL ? memset(p, 0, size) : NULL;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(n, size, &total)) {
        return fail(a);
    }
    return arena_alloc(a, total);
}

char *arena_strdup(struct arena *a, struct str s)
{
    /* A length near SIZE_MAX must not wrap to an empty piece. */
    char *p = take(a, s.n < SIZE_MAX ? s.n + 1 : s.n);

    if (p != NULL) {
        if (s.n > 0) {
            memcpy(p, s.p, s.n);
        }
        p[s.n] = '\0';
    }
    return p;
}

struct str arena_str(struct arena *a, struct str s)
{
    char *p = arena_strdup(a, s);

    return p != NULL ? (struct str){p, s.n} : STR("");
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
    struct str s = STR("");
    char *p = NULL;
    va_list ap;
    va_list again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);

    if (n < 0) {
        fail(a);
    } else {
        p = arena_alloc(a, (size_t)n + 1);
    }
    if (p != NULL) {
        (void)vsnprintf(p, (size_t)n + 1, fmt, again);
        s = (struct str){p, (size_t)n};
    }
    va_end(again);
    va_end(ap);
    return s;
}

void *arena_grow(struct arena *a, void *array, size_t *n, size_t *cap, size_t size)
{
    unsigned char *p;

    /* Any object pointer looks like this one, but its type is the caller's. */
    memcpy(&p, array, sizeof p);
    if (*n == *cap) {
        size_t more = *cap == 0 ? 8 : *cap * 2;
        size_t total = 0;
        bool fits = more > *cap && !__builtin_mul_overflow(more, size, &total);
        unsigned char *moved = fits ? take(a, total) : fail(a);

        if (moved == NULL) {
            return NULL;
        }
        if (*n > 0) {
            memcpy(moved, p, *n * size);
        }
        p = moved;
        memcpy(array, &p, sizeof p);
        *cap = more;
    }
    return memset(p + (*n)++ * size, 0, size);
}
