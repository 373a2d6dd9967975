#include "config/config.h"
#include "config/csv.h"
#include "config/file.h"
#include "config/okr_csv.h"
#include "ctl/commands.h"

/* What is printed loads: it is read as the daemon will read it. */
static bool check(struct str text, struct err *e)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = d != NULL ? strategy_load_text("strategy.yaml", text, d) : NULL;

    if (s == NULL)
        err_set(e, ERR_PARSE, "the draft would not load: %.*s",
                STR_FMT(d != NULL ? conf_diag_first(d) : STR("out of memory")));
    strategy_unref(s);
    conf_diag_destroy(d);
    return s != NULL;
}

/* Beside the text, so that it can be led into a file: which column was taken for what. */
static void tell(struct ctl *c, const struct buf *columns,
                 const struct okr_csv_result *r)
{
    struct str rest = buf_str(columns), line;

    while (rest.n > 0 && str_split(&rest, '\n', &line)) {
        if (line.n > 0)
            buf_printf(c->err, "alignctl: %.*s\n", STR_FMT(line));
    }
    buf_printf(c->err, "alignctl: %s, %s",
               ctl_count(c, (int64_t)r->objectives, "objective", "objectives").p,
               ctl_count(c, (int64_t)r->key_results, "key result", "key results").p);
    if (r->left > 0)
        buf_printf(c->err, "; %s could not be taken over",
                   ctl_count(c, (int64_t)r->left, "cell or row", "cells or rows").p);
    buf_addz(c->err, "; alignctl lint says what is left to do\n");
}

int cmd_init(struct ctl *c)
{
    struct str path = args_value(&c->args, OPT_FROM_CSV);
    struct buf csv = {0}, text, columns;
    struct okr_csv_result r = {0};
    struct err e;
    int code = CTL_OK;

    if (path.n == 0)
        return ctl_usage(c, "from what? alignctl init --from-csv okrs.csv > "
                            "strategy.yaml");
    buf_init(&text, (size_t)4 << 20);
    buf_init(&columns, (size_t)1 << 20);
    if (!file_read(path.p, CSV_MAX_BYTES, &csv, NULL, &e)) { /* argv's: ends with NUL */
        (void)err_wrap(&e, "%s", path.p);
        code = ctl_fail(c, CTL_INVALID, &e);
    }
    if (code == CTL_OK &&
        !okr_csv_read(buf_str(&csv), path, c->a, &text, &columns, &r, &e))
        code = ctl_fail(c, CTL_INVALID, &e);
    if (code == CTL_OK && !check(buf_str(&text), &e))
        code = ctl_fail(c, CTL_SOFTWARE, &e);
    if (code == CTL_OK) {
        tell(c, &columns, &r);
        buf_add(c->out, buf_str(&text));
    }
    buf_finish(&columns);
    buf_finish(&text);
    buf_finish(&csv);
    return code;
}
