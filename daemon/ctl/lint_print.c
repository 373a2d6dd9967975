#include "ctl/lint_print.h"

#include <math.h>

#include "base/jsonw.h"
#include "base/utf8.h"

enum { SHOWN_CHARS = 1000 }; /* of one text */

/* ---- for people ---- */

/* Where there is no terminal a finding is two lines: editors and grep read those. */
static void put(struct ctl *c, enum term_style style, size_t first, size_t further,
                struct str text)
{
    if (c->term.columns > 0) {
        term_wrap(&c->term, style, first, further, text);
        return;
    }
    for (size_t i = 0; i < first; i++)
        buf_addc(c->out, ' ');
    utf8_print_safe(c->out, text, SHOWN_CHARS);
    buf_addc(c->out, '\n');
}

static enum term_style style_of(enum lint_level l)
{
    return l == LINT_ERROR ? TERM_BAD : l == LINT_WARNING ? TERM_WARN : TERM_PLAIN;
}

/* "red (no intent, no key result)" */
static struct str grade_words(struct ctl *c, const struct lint *l)
{
    static const struct {
        enum node_kind kind;
        const char *word;
    } levels[] = {
        {NODE_INTENT, "intent"},
        {NODE_OBJECTIVE, "objective"},
        {NODE_KR, "key result"},
        {NODE_INITIATIVE, "initiative"},
    };
    struct str text = str_of(lint_grade_name(lint_grade(l))), none = STR_NONE;

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if ((l->missing & STRATEGY_KIND(levels[i].kind)) != 0)
            none = ctl_text(c, "%.*s%sno %s", STR_FMT(none), none.n > 0 ? ", " : "",
                            levels[i].word);
    }
    return none.n == 0 ? text
                       : ctl_text(c, "%.*s (%.*s)", STR_FMT(text), STR_FMT(none));
}

static struct str counts(struct ctl *c, const struct lint *l)
{
    static const char *const names[LINT_LEVEL_COUNT][2] = {
        [LINT_HINT] = {"hint", "hints"},
        [LINT_WARNING] = {"warning", "warnings"},
        [LINT_ERROR] = {"error", "errors"},
    };
    struct str text = ctl_text(c, "%zu of %zu checks passed", l->passed, l->asked);

    for (int i = LINT_LEVEL_COUNT - 1; i >= 0; i--) {
        if (l->found[i] > 0)
            text = ctl_text(
                c, "%.*s, %.*s", STR_FMT(text),
                STR_FMT(ctl_count(c, (int64_t)l->found[i], names[i][0], names[i][1])));
    }
    return text;
}

static void put_summary(struct ctl *c, const struct lint *l)
{
    static const enum term_style styles[] = {
        [LINT_RED] = TERM_BAD, [LINT_AMBER] = TERM_WARN, [LINT_GREEN] = TERM_GOOD};

    put(c, styles[lint_grade(l)], 0, 0,
        ctl_text(c, "Form score %.*s, %.*s: %.*s. Form says nothing about being right.",
                 STR_FMT(ctl_percent(c, lint_score(l))), STR_FMT(grade_words(c, l)),
                 STR_FMT(counts(c, l))));
}

void lint_print_text(struct ctl *c, const struct lint *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct lint_finding *f = &l->v[i];

        put(c, style_of(f->level), 0, 4,
            ctl_text(c, "%.*s:%u: %s: %.*s [%s]", STR_FMT(f->file), f->line,
                     lint_level_name(f->level), STR_FMT(f->message), f->check));
        if (f->fix.n > 0)
            put(c, TERM_PLAIN, 4, 6, ctl_text(c, "fix: %.*s", STR_FMT(f->fix)));
    }
    put_summary(c, l);
}

/* ---- as JSON ---- */

static void put_missing(struct jsonw *w, unsigned missing)
{
    jsonw_array(w, "missing");
    for (unsigned k = NODE_VISION; k <= NODE_RETIRED; k++) {
        if ((missing & STRATEGY_KIND(k)) != 0)
            jsonw_strz(w, NULL, node_kind_name((enum node_kind)k));
    }
    jsonw_end_array(w);
}

static void put_finding(struct jsonw *w, const struct lint_finding *f)
{
    jsonw_object(w, NULL);
    jsonw_strz(w, "check", f->check);
    jsonw_strz(w, "level", lint_level_name(f->level));
    jsonw_strz(w, "kind", f->kind);
    jsonw_opt(w, "node", f->node);
    jsonw_str(w, "file", f->file);
    jsonw_int(w, "line", f->line);
    jsonw_str(w, "message", f->message);
    jsonw_opt(w, "fix", f->fix);
    jsonw_end_object(w);
}

void lint_print_json(struct ctl *c, const struct strategy *s, const struct lint *l)
{
    struct jsonw w;

    jsonw_init(&w, c->out);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "strategy", s->name);
    jsonw_strz(&w, "grade", lint_grade_name(lint_grade(l)));
    jsonw_double(&w, "score", floor(lint_score(l) * 1e4 + 1e-6) / 1e4);
    put_missing(&w, l->missing);
    jsonw_object(&w, "checks");
    jsonw_int(&w, "asked", (int64_t)l->asked);
    jsonw_int(&w, "passed", (int64_t)l->passed);
    jsonw_int(&w, "hints", (int64_t)l->found[LINT_HINT]);
    jsonw_int(&w, "warnings", (int64_t)l->found[LINT_WARNING]);
    jsonw_int(&w, "errors", (int64_t)l->found[LINT_ERROR]);
    jsonw_end_object(&w);
    jsonw_array(&w, "findings");
    for (size_t i = 0; i < l->n; i++)
        put_finding(&w, &l->v[i]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(c->out, '\n');
}

/* ---- as annotations ---- */

/* What ends a command, and in a property what ends that, is percent-encoded. */
static void put_escaped(struct buf *out, struct str s, bool property)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];

        if (ch == '%' || ch == '\r' || ch == '\n' ||
            (property && (ch == ':' || ch == ',')))
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)ch);
        else
            buf_addc(out, ch);
    }
}

static void put_safe_escaped(struct buf *out, struct str s, bool property)
{
    struct buf safe;

    buf_init(&safe, (size_t)1 << 16);
    utf8_print_safe(&safe, s, SHOWN_CHARS);
    put_escaped(out, buf_str(&safe), property);
    buf_finish(&safe);
}

struct annotation {
    const char *command;
    struct str file;
    uint32_t line, col; /* 0: none */
    const char *title;
    struct str message, fix;
};

/* File names are not made safe, only escaped: they are to be found. */
static void put_annotation(struct buf *out, const struct annotation *a)
{
    buf_printf(out, "::%s ", a->command);
    if (a->file.n > 0) {
        buf_addz(out, "file=");
        put_escaped(out, a->file, true);
        buf_addc(out, ',');
    }
    if (a->line > 0)
        buf_printf(out, "line=%u,", a->line);
    if (a->col > 0)
        buf_printf(out, "col=%u,", a->col);
    buf_addz(out, "title=");
    put_escaped(out, str_of(a->title), true);
    buf_addz(out, "::");
    put_safe_escaped(out, a->message, false);
    if (a->fix.n > 0) {
        put_escaped(out, STR("\n"), false);
        put_safe_escaped(out, a->fix, false);
    }
    buf_addc(out, '\n');
}

void lint_print_github(struct ctl *c, const struct lint *l)
{
    static const char *const commands_[LINT_LEVEL_COUNT] = {
        [LINT_HINT] = "notice", [LINT_WARNING] = "warning", [LINT_ERROR] = "error"};

    for (size_t i = 0; i < l->n; i++) {
        const struct lint_finding *f = &l->v[i];
        struct annotation a = {.command = commands_[f->level],
                               .file = f->file,
                               .line = f->line,
                               .title = f->check,
                               .message = f->message,
                               .fix = f->fix};

        put_annotation(c->out, &a);
    }
    put_summary(c, l);
}

static void put_error(void *user, const struct conf_diag_item *item)
{
    struct ctl *c = user;
    struct annotation a = {.command = item->error ? "error" : "warning",
                           .file = item->file,
                           .line = item->line,
                           .col = item->col,
                           .title = "load",
                           .message = item->message,
                           .fix = item->hint};

    put_annotation(c->out, &a);
}

void lint_print_github_errors(struct ctl *c, const struct conf_diag *d)
{
    size_t more = conf_diag_each(d, put_error, c);

    if (more > 0)
        buf_printf(c->out, "... and %zu more\n", more);
}
