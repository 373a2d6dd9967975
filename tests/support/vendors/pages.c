#include "tests/support/vendors/pages.h"

#include <stdlib.h>

#include "tests/support/vendors/gz.h"

#define SLOTS ((size_t)1 << 15) /* a power of two; more pages than any test has */
#define PROBES 16

struct slot {
    uint64_t content;
    struct blob *blob; /* NULL: free */
};

struct pages {
    struct slot slots[SLOTS];
    uint32_t order[SLOTS]; /* slots in the order they were filled: a ring */
    size_t first, count;
    size_t bytes, max_bytes;
};

struct pages *pages_create(size_t max_bytes)
{
    struct pages *p = calloc(1, sizeof *p);

    if (p) {
        p->max_bytes = max_bytes;
    }
    return p;
}

static void drop_oldest(struct pages *p)
{
    struct slot *s = &p->slots[p->order[p->first]];

    p->first = (p->first + 1) % SLOTS;
    p->count--;
    p->bytes -= s->blob->n;
    blob_unref(s->blob);
    s->blob = NULL;
}

void pages_destroy(struct pages *p)
{
    if (p) {
        while (p->count) {
            drop_oldest(p);
        }
        free(p);
    }
}

struct blob *pages_get(const struct pages *p, uint64_t content)
{
    for (size_t k = 0; k < PROBES; k++) {
        const struct slot *s = &p->slots[(content + k) % SLOTS];

        if (s->blob && s->content == content) {
            return blob_ref(s->blob);
        }
    }
    return NULL;
}

static void keep(struct pages *p, uint64_t content, struct blob *b)
{
    if (b->n > p->max_bytes) {
        return;
    }
    while (p->count && p->bytes + b->n > p->max_bytes) {
        drop_oldest(p);
    }
    for (size_t k = 0; k < PROBES; k++) {
        size_t at = (content + k) % SLOTS;

        if (!p->slots[at].blob) {
            p->slots[at] = (struct slot){content, blob_ref(b)};
            p->order[(p->first + p->count++) % SLOTS] = (uint32_t)at;
            p->bytes += b->n;
            return;
        }
    }
}

struct blob *pages_put(struct pages *p, uint64_t content, struct str plain)
{
    struct buf packed;
    struct blob *b = NULL;

    buf_init(&packed, (size_t)1 << 30);
    if (gz_compress(plain, &packed)) {
        b = blob_create(buf_str(&packed));
    }
    if (b) {
        keep(p, content, b);
    }
    buf_finish(&packed);
    return b;
}
