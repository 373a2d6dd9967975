#include "base/jsonw.h"
#include "config/config.h"
#include "config/csv.h"
#include "config/file.h"
#include "config/first_draft.h"
#include "config/okr_csv.h"
#include "ctl/commands.h"
#include "ctl/init_files.h"
#include "ctl/init_look.h"

enum { MAX_TEXT = 4 << 20 };

/* What is written loads: it is read as the daemon will read it. */
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

/* ---- a spreadsheet ---- */

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

static int from_csv(struct ctl *c, struct str path)
{
    struct buf csv = {0}, text, columns;
    struct okr_csv_result r = {0};
    struct err e;
    int code = CTL_OK;

    buf_init(&text, MAX_TEXT);
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

/* ---- both files ---- */

static void put_sentences(struct jsonw *w, const char *key, const struct init_look *l,
                          bool guessed)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < l->n; i++) {
        const struct survey *s = &l->surveys[i];

        for (size_t k = 0; k < (guessed ? s->n_guessed : s->n_found); k++)
            jsonw_str(w, NULL, guessed ? s->guessed[k] : s->found[k]);
    }
    jsonw_end_array(w);
}

static void print_json(struct ctl *c, const struct init_files *f,
                       const struct init_look *l, const struct draft_result *r)
{
    struct jsonw w;

    jsonw_init(&w, c->out);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "files");
    jsonw_str(&w, NULL, f->alignd);
    jsonw_str(&w, NULL, f->strategy);
    jsonw_end_array(&w);
    jsonw_int(&w, "initiatives", (int64_t)r->initiatives);
    jsonw_int(&w, "people", (int64_t)r->people);
    jsonw_int(&w, "teams", (int64_t)r->teams);
    jsonw_int(&w, "merged", (int64_t)r->merged);
    put_sentences(&w, "found", l, false);
    put_sentences(&w, "guessed", l, true);
    jsonw_end_object(&w);
    buf_addc(c->out, '\n');
}

static void print_sentences(struct ctl *c, const char *heading, const struct str *v,
                            size_t n)
{
    for (size_t i = 0; i < n; i++)
        term_wrap(&c->term, TERM_PLAIN, 0, 9,
                  ctl_text(c, "%s%.*s", heading, STR_FMT(v[i])));
}

static void print(struct ctl *c, const struct init_files *f, const struct init_look *l,
                  const struct draft_result *r)
{
    for (size_t i = 0; i < l->n; i++)
        print_sentences(c, "found:   ", l->surveys[i].found, l->surveys[i].n_found);
    for (size_t i = 0; i < l->n; i++)
        print_sentences(c, "guessed: ", l->surveys[i].guessed, l->surveys[i].n_guessed);
    if (r->merged > 0)
        term_wrap(&c->term, TERM_PLAIN, 0, 9,
                  ctl_text(c, "guessed: %s with accounts of both trackers, by their names",
                           ctl_count(c, (int64_t)r->merged, "person", "people").p));
    if (l->n > 0)
        term_gap(&c->term);
    term_line(&c->term, TERM_BOLD, "Wrote %.*s and %.*s: %s, %s, %s.", STR_FMT(f->alignd),
              STR_FMT(f->strategy),
              ctl_count(c, (int64_t)r->initiatives, "initiative", "initiatives").p,
              ctl_count(c, (int64_t)r->people, "person", "people").p,
              ctl_count(c, (int64_t)r->teams, "team", "teams").p);
    term_line(&c->term, TERM_PLAIN, "What only you know is marked 'to be filled in'. Then:");
    term_wrap(&c->term, TERM_PLAIN, 2, 4,
              ctl_text(c, "alignctl lint %.*s", STR_FMT(f->strategy)));
    term_wrap(&c->term, TERM_PLAIN, 2, 4,
              ctl_text(c, "alignd -c %.*s --check", STR_FMT(f->alignd)));
}

static int code_of(const struct err *e)
{
    switch ((int)e->kind) {
    case ERR_NOMEM:
        return CTL_SOFTWARE;
    case ERR_USAGE:
    case ERR_CONFIG:
        return CTL_USAGE;
    case ERR_NET:
        return CTL_UNREACHABLE;
    case ERR_AUTH:
    case ERR_FORBIDDEN:
        return CTL_NO_PERMISSION;
    default:
        return CTL_REFUSED;
    }
}

static int write_both(struct ctl *c, const struct init_files *f,
                      const struct init_look *l)
{
    struct draft_result r;
    struct buf alignd, strategy;
    struct err e;
    int code = CTL_OK;

    buf_init(&alignd, MAX_TEXT);
    buf_init(&strategy, MAX_TEXT);
    draft_alignd(l->sources, l->n, &alignd);
    if (!buf_check(&alignd, &e) ||
        !draft_strategy(l->sources, l->n, c->a, &strategy, &r, &e) ||
        !check(buf_str(&strategy), &e))
        code = ctl_fail(c, CTL_SOFTWARE, &e);
    else if (!init_files_write(f, buf_str(&alignd), buf_str(&strategy), &e))
        code = ctl_fail(c, CTL_IO, &e);
    else if (args_has(&c->args, OPT_JSON))
        print_json(c, f, l, &r);
    else
        print(c, f, l, &r);
    buf_finish(&strategy);
    buf_finish(&alignd);
    return code;
}

int cmd_init(struct ctl *c)
{
    struct str csv = args_value(&c->args, OPT_FROM_CSV);
    struct init_look look;
    struct init_files files;
    struct err e;
    int code;

    if (csv.n > 0 && (c->args.n > 0 || args_has(&c->args, OPT_GITHUB) ||
                      args_has(&c->args, OPT_JIRA) || args_has(&c->args, OPT_DIR)))
        return ctl_usage(c, "--from-csv prints a strategy and looks at no tracker");
    if (csv.n > 0)
        return from_csv(c, csv);
    init_look_init(&look, c);
    /* Before anything is asked: who has files already wants to hear that at once. */
    if (!init_files_free(&files, args_value(&c->args, OPT_DIR), c->a, &e))
        code = ctl_fail(c, CTL_REFUSED, &e);
    else if (!init_look_run(&look, &e))
        code = ctl_fail(c, code_of(&e), &e);
    else
        code = write_both(c, &files, &look);
    init_look_finish(&look);
    return code;
}
