/*
 * JSON pointers (RFC 6901): the way to one value in a document. Pure. ERR_CONFIG: no
 * pointer; ERR_PARSE: the document has nothing there; both say which part.
 */
#ifndef CONNECTORS_WIRE_POINTER_H
#define CONNECTORS_WIRE_POINTER_H

#include <jansson.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* Borrowed from `root`; the empty pointer is the whole of it. NULL: *e. */
const json_t *pointer_find(const json_t *root, struct str pointer,
                           struct err *e) MUST_USE;

#endif
