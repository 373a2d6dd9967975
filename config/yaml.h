/*
 * YAML text as a small tree of our own, every node with its place in the file.
 *
 * The tree is built from libfyaml's events and not from its documents: those
 * compare keys pairwise, expand aliases and recurse. Hostile text is bounded
 * before and while it is read: bytes, nodes, depth, runs of blank lines. What
 * the files may not contain (anchors, aliases, tags, merge keys, directives,
 * a second document, a key given twice, control characters) is a located
 * error, all of them; a syntax error ends the file, as YAML cannot resume.
 *
 * Thread: any. A file and its tree live in the arena given; text is copied.
 * yaml_read returns NULL with at least one error in `d`.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"

struct conf_diag;

enum {
    YAML_MAX_BYTES = 1024 * 1024,
    YAML_MAX_NODES = 100000,
    YAML_MAX_DEPTH = 64,
    /* libfyaml's time for a scalar is quadratic in a run of blank lines. */
    YAML_MAX_BLANK_LINES = 200,
    /* It may hold back all that follows a '[', '{', '?', '&' or '!': 400 bytes for
       each. */
    YAML_MAX_MARKS = 50000,
};

struct yaml_file {
    struct str name;       /* as errors print it */
    struct str text;       /* without a byte order mark; a view of `bytes` */
    char *bytes;           /* changed by yaml_hide only */
    const uint32_t *lines; /* offset of each line */
    size_t n_lines;
};

/* A place: bytes [from, to) of a file. */
struct yaml_at {
    const struct yaml_file *file; /* NULL: no place in a file */
    uint32_t from, to;
};

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_SEQ };

struct yaml_node {
    enum yaml_kind kind;
    bool plain; /* a scalar without quotes or block indicator */
    struct yaml_at at;
    struct str text;         /* scalar */
    struct yaml_node *key;   /* of a mapping's value: its key, a scalar */
    struct yaml_node *next;  /* sibling */
    struct yaml_node *first; /* of a mapping (values) or sequence */
    size_t n;                /* children */
};

/*
 * Reads `text` under the name `name`. `nodes` is a budget that several files
 * share; it starts at YAML_MAX_NODES and is counted down.
 */
struct yaml_node *yaml_read(struct arena *a, struct str name, struct str text,
                            size_t *nodes, struct conf_diag *d);

/* The places of any text, for errors about a file that is not YAML. NULL: out of memory. */
struct yaml_file *yaml_file_create(struct arena *a, struct str name, struct str text);

/* An empty file is a mapping without keys. */
bool yaml_is_null(const struct yaml_node *n); /* nothing, ~ or null, unquoted */
/* The value of a key, NULL when absent or `map` is no mapping. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* What people call the kind: "a list". */
const char *yaml_kind_name(const struct yaml_node *n);

/* Line and column from 1; columns count code points. */
void yaml_where(struct yaml_at at, uint32_t *ret_line, uint32_t *ret_col);
uint32_t yaml_line(struct yaml_at at);
/* Makes a place unreadable in what errors print from now on: a secret stands there. */
void yaml_hide(struct yaml_at at);
/* The text of a line without its end. */
struct str yaml_line_text(const struct yaml_file *f, uint32_t line);

#endif
