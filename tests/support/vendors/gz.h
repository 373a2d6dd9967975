/* gzip in one shot, by libdeflate. One thread. */
#ifndef VENDORS_GZ_H
#define VENDORS_GZ_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

/* Appends one gzip member; false when out of memory. */
bool gz_compress(struct str in, struct buf *out) MUST_USE;
void gz_finish(void); /* frees what is kept between calls */

#endif
