/*
 * Judging a rule by what became of its firings: how many were answered, how many nobody
 * did anything about, and which value of a parameter would have spared most of those.
 * Pure; any thread.
 */
#ifndef CORE_PRECISION_H
#define CORE_PRECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rule.h"

/*
 * Told, and nothing done about it for PRECISION_IGNORED: neither acknowledged nor snoozed,
 * silenced, exempted or resolved. What is younger is not judged yet, and what was never
 * told could not be ignored.
 */
enum {
    PRECISION_WINDOW_DAYS = 90,
    PRECISION_IGNORED_DAYS = 14,
    PRECISION_LEAST = 20,         /* judged firings, or nothing is said of the rule */
    PRECISION_NOISE_PERCENT = 80, /* more of them ignored are too many */
    PRECISION_SAMPLES = 1000,     /* the newest ones are looked into */
};

struct precision {
    int64_t fired;           /* in the window */
    int64_t linked, other;   /* resolved by a link, resolved otherwise */
    int64_t exempted;        /* ended by an exemption */
    int64_t silenced, acked; /* covered by a silence; acknowledged or snoozed */
    int64_t judged, ignored;
};
/* Ignored too often. */
bool precision_is_noise(const struct precision *p);

/* What one judged firing held against a parameter. */
struct precision_sample {
    double measure;
    bool ignored;
};
struct precision_change {
    const char *param; /* NULL: no change of a parameter spares anything */
    int64_t from, to;
    int64_t spared; /* ignored firings */
    int64_t lost;   /* others that would not have fired, either */
};
/*
 * The change of one parameter that spares most: ignored firings less the others that go
 * with them, and of changes that are as good the smallest. False: none is worth it within
 * the parameter's bounds. What the present value keeps from firing already counts for
 * nothing. Sorts `v`.
 */
bool precision_spare(const struct conf_key *key, const struct rule_measure *m,
                     int64_t value, struct precision_sample *v, size_t n,
                     struct precision_change *ret);

#endif
