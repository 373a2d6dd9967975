/*
 * Objectives and key results as lines of a strategy file, in the order people write
 * their keys. Pure; appends to a buf, failure is the buf's.
 */
#ifndef CORE_NODE_YAML_H
#define CORE_NODE_YAML_H

#include "base/buf.h"
#include "core/strategy.h"

/* The first line of an item, "- id: ...", and each further key under it. `indent`:
   columns before the dash. */
void node_yaml_id(struct buf *out, size_t indent, struct str id);
/* "key: text", nothing when the text is empty. */
void node_yaml_text(struct buf *out, size_t indent, const char *key, struct str text);
void node_yaml_date(struct buf *out, size_t indent, const char *key, struct date d);
void node_yaml_number(struct buf *out, size_t indent, const char *key, double v);
/* A line of its own, "# ..." */
void node_yaml_comment(struct buf *out, size_t indent, struct str text);

/* What follows id and title of an objective, but for its period and key results. */
void node_yaml_objective(struct buf *out, size_t indent, const struct objective *o);
/* What says how a key result is measured, but for baseline, target and dates. */
void node_yaml_measure(struct buf *out, size_t indent, const struct key_result *kr);

#endif
