/*
 * Finds the recordings under $SHARED/data (default ../shared/data) and the
 * handmade pages of this repository. For test programs, which are run from the
 * top of the tree. Recordings may be absent: the caller counts what was skipped.
 */
#ifndef TESTS_REPLAY_RECORDINGS_H
#define TESTS_REPLAY_RECORDINGS_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"

typedef void recording_fn(const char *path, struct str text, void *arg);

static inline bool recording_read(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "re");
    char chunk[16384];
    size_t n;

    buf_init(out, (size_t)256 << 20);
    if (f == NULL) {
        return false;
    }
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) {
        buf_add(out, (struct str){chunk, n});
    }
    bool ok = ferror(f) == 0 && buf_ok(out);

    fclose(f);
    return ok;
}

/* $SHARED/data/NAME */
static inline void recordings_path(struct buf *out, const char *name)
{
    const char *shared = getenv("SHARED");

    buf_init(out, 4096);
    buf_printf(out, "%s/data/%s", shared != NULL ? shared : "../shared", name);
}

/* Each file below `path` whose name ends in `suffix`, in byte order of names. */
static inline size_t recordings_below(const char *path, const char *suffix,
                                      recording_fn *visit, void *arg)
{
    struct dirent **names = NULL;
    size_t visited = 0;
    int n = scandir(path, &names, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        struct str name = str_of(names[i]->d_name);
        struct buf below, text;

        buf_init(&below, 4096);
        buf_printf(&below, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_type == DT_DIR && name.p[0] != '.') {
            visited += recordings_below(buf_cstr(&below), suffix, visit, arg);
        } else if (str_has_suffix(name, str_of(suffix))) {
            if (recording_read(buf_cstr(&below), &text)) {
                visit(buf_cstr(&below), buf_str(&text), arg);
                visited++;
            }
            buf_finish(&text);
        }
        buf_finish(&below);
        free(names[i]);
    }
    free(names);
    return visited;
}

static inline size_t recordings_each(const char *name, const char *suffix,
                                     recording_fn *visit, void *arg)
{
    struct buf path;

    recordings_path(&path, name);
    size_t visited = recordings_below(buf_cstr(&path), suffix, visit, arg);

    buf_finish(&path);
    return visited;
}

#endif
