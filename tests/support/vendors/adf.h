/*
 * Wiki text as Atlassian Document Format, in the small part that descriptions
 * of a company file use: paragraphs, line breaks, headings, bullet lists, code
 * blocks, [label|url] links, bare URLs as cards, @mentions. Pure.
 *
 * Format: @atlaskit/adf-schema, full.json.
 */
#ifndef VENDORS_ADF_H
#define VENDORS_ADF_H

#include <jansson.h>

#include "base/str.h"

/* {"version":1,"type":"doc","content":[...]}; NULL when out of memory. */
json_t *adf_of_wiki(struct str text);

#endif
