#include "tests/support/vendors/gz.h"

#include <libdeflate.h>

#define LEVEL 6 /* about what the vendors' front ends use */

static struct libdeflate_compressor *compressor;

bool gz_compress(struct str in, struct buf *out)
{
    size_t room, n;

    if (!compressor) {
        compressor = libdeflate_alloc_compressor(LEVEL);
    }
    if (!compressor) {
        return false;
    }
    room = libdeflate_gzip_compress_bound(compressor, in.n);
    if (!buf_reserve(out, room)) {
        return false;
    }
    n = libdeflate_gzip_compress(compressor, in.p ? in.p : "", in.n, out->p + out->n,
                                 room);
    buf_commit(out, n);
    return n != 0;
}

void gz_finish(void)
{
    libdeflate_free_compressor(compressor);
    compressor = NULL;
}
