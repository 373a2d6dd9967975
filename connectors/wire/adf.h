/*
 * The Atlassian Document Format (Jira Cloud's rich text) as plain text.
 *
 * Pure; any thread. The document is borrowed. Nothing in it can fail: what is
 * not understood contributes the text inside it, what is nested deeper than
 * ADF_MAX_DEPTH nothing.
 *
 * Node types and attributes: npm @atlaskit/adf-schema,
 * dist/json-schema/v1/full.json.
 */
#ifndef CONNECTORS_WIRE_ADF_H
#define CONNECTORS_WIRE_ADF_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"

#define ADF_MAX_DEPTH 64

/* Appends at most `max` bytes; out of memory shows in buf_ok. */
void adf_to_text(const json_t *doc, size_t max, struct buf *out);

#endif
