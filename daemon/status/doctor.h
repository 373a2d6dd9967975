/*
 * What `alignctl doctor` tells: everything that alignd needs, one check for
 * each, with what to do where it is not well. Pure; loop thread; texts go to the
 * arena given, the rest borrows from the view and the configuration.
 */
#ifndef STATUS_DOCTOR_H
#define STATUS_DOCTOR_H

#include "status/api.h"

struct doctor_check {
    enum note_level level;
    const char *part; /* source, channel, people, store, strategy, ... */
    struct str name;  /* of the source or channel */
    struct str what;  /* reach, clock, rate; of a tracker's note: its key */
    struct str text, fix;
    struct wall at; /* when it was found out; 0: just now */
};

/* `may_write`: whoever asks. */
bool doctor_list(const struct api_view *v, const struct eval_conf *conf, bool may_write,
                 struct wall now, struct arena *a, struct doctor_check **ret,
                 size_t *ret_n, struct err *e) MUST_USE;

#endif
