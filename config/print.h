/*
 * The effective settings of a configuration as YAML that reads back to the
 * same; secrets by reference. Pure.
 */
#ifndef CONFIG_PRINT_H
#define CONFIG_PRINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "config/config.h"

/* `origins`: with a comment that says where each value comes from. */
void print_settings(const struct conf *c, bool origins, struct buf *out);

#endif
