/*
 * The text of a single-quoted YAML scalar (YAML 1.2, 7.3.2). libfyaml 0.7.12
 * loses what follows two quotes in a row ('x''''y' reads as x'''), so it is
 * decoded here; the library has checked the form before.
 */
#ifndef CONFIG_QUOTED_H
#define CONFIG_QUOTED_H

#include "base/arena.h"
#include "base/str.h"

/* `inside`: what stands between the quotes. Check arena_failed. */
struct str quoted_single(struct arena *a, struct str inside);

#endif
