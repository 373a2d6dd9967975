#include "core/silence.h"

static bool is_clean(struct str glob)
{
    for (size_t i = 0; i < glob.n; i++) {
        if ((unsigned char)glob.p[i] < ' ' || glob.p[i] == 0x7F) {
            return false;
        }
    }
    return glob.n > 0;
}

static size_t count(struct str text, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        n += text.p[i] == c;
    }
    return n;
}

static bool read_globs(struct str rest, struct arena *a, struct str_list *ret,
                       struct err *e)
{
    struct str glob;

    ret->v = arena_array(a, count(rest, ',') + 1, sizeof *ret->v);
    ret->n = 0;
    if (ret->v == NULL) {
        return err_nomem(e);
    }
    if (rest.n == 0 || rest.p[rest.n - 1] == ',') {
        return err_set(e, ERR_USAGE, "a value to match is empty or no text");
    }
    while (str_split(&rest, ',', &glob)) {
        if (!is_clean(glob)) {
            return err_set(e, ERR_USAGE, "a value to match is empty or no text");
        }
        ret->v[ret->n++] = arena_str(a, glob);
    }
    return arena_failed(a) ? err_nomem(e) : true;
}

bool silence_parse(struct str text, struct arena *a,
                   struct str_list ret[ROUTE_LABEL_COUNT], struct err *e)
{
    struct str word;
    bool any = false;

    for (size_t i = 0; i < ROUTE_LABEL_COUNT; i++) {
        ret[i] = (struct str_list){NULL, 0};
    }
    while (str_split(&text, ' ', &word)) {
        ptrdiff_t eq = str_chr(word, '=');
        struct str name = eq < 0 ? word : str_first(word, (size_t)eq);
        enum route_label label;

        if (word.n == 0) {
            continue;
        }
        if (eq < 0) {
            return err_set(e, ERR_USAGE, "'%.*s' is no LABEL=VALUE",
                           STR_FMT(str_first(word, 60)));
        }
        if (!route_label_find(name, &label)) {
            return err_set(e, ERR_USAGE, "unknown label '%.*s' to match",
                           STR_FMT(str_first(name, 60)));
        }
        if (ret[label].n > 0) {
            return err_set(e, ERR_USAGE, "label '%.*s' is given twice", STR_FMT(name));
        }
        if (!read_globs(str_skip(word, (size_t)eq + 1), a, &ret[label], e)) {
            return false;
        }
        any = true;
    }
    return any || err_set(e, ERR_USAGE, "nothing to match is given");
}

void silence_print(struct buf *out, const struct str_list match[ROUTE_LABEL_COUNT])
{
    const char *blank = "";

    for (size_t i = 0; i < ROUTE_LABEL_COUNT; i++) {
        if (match[i].n == 0) {
            continue;
        }
        buf_printf(out, "%s%s=", blank, route_label_name((enum route_label)i));
        for (size_t k = 0; k < match[i].n; k++) {
            buf_addz(out, k > 0 ? "," : "");
            buf_add(out, match[i].v[k]);
        }
        blank = " ";
    }
}

const struct silence *silence_find(const struct silence *v, size_t n,
                                   const struct route_labels *labels, struct arena *a)
{
    const struct silence *best = NULL;

    for (size_t i = 0; i < n; i++) {
        if ((best == NULL || v[i].until.ms > best->until.ms) &&
            route_matches(v[i].match, labels, a)) {
            best = &v[i];
        }
    }
    return best;
}

struct wall silence_ends(struct wall until, struct wall idle_since)
{
    struct wall idle = wall_add(idle_since, SILENCE_IDLE);

    return idle_since.ms != 0 && idle.ms < until.ms ? idle : until;
}
