/*
 * Jira's wiki markup (Data Center's rich text) as plain text.
 *
 * Pure; any thread; bounded time for any input: a closing mark is looked for
 * within a fixed distance only. What is not understood stays as it was
 * written. Invalid UTF-8 passes through.
 *
 * Notation: Jira's "Text Formatting Notation Help"
 * (jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all).
 */
#ifndef CONNECTORS_WIRE_WIKI_H
#define CONNECTORS_WIRE_WIKI_H

#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/* Appends at most `max` bytes; out of memory shows in buf_ok. */
void wiki_to_text(struct str markup, size_t max, struct buf *out);

#endif
