/*
 * GitHub-flavoured Markdown as plain text, for excerpts: markup, link targets,
 * images, HTML tags and comments go, words stay. Not a Markdown parser: text
 * that only looks like markup may lose a star. Pure.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_TEXT_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"

/* At most `max` bytes, cut between characters. False: out of memory. */
bool github_plain_text(struct arena *a, struct str markdown, size_t max,
                       struct str *ret) MUST_USE;

#endif
