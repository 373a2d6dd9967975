/* The example's text, and the texts before it, by edits taken back. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/diag.h"
#include "tests/company/inside.h"
#include "tests/support/tempdir.h"

enum { TEXT_MAX = 1 << 20 };

int version_index(int64_t day)
{
    int i = VERSIONS - 1;

    while (i > 0 && day < version_days[i])
        i--;
    return i;
}

struct str saga_name(enum saga s, int64_t day)
{
    const struct saga_cast *cast;

    if (s == NO_SAGA)
        return STR_NONE;
    if (s == KTLO)
        return STR("ktlo");
    cast = &saga_casts[s];
    return str_of(cast->former != NULL && day < version_days[3] ? cast->former
                                                                : cast->id);
}

/* ---- one edit ---- */

static size_t line_end(struct str text, size_t at)
{
    const char *nl = memchr(text.p + at, '\n', text.n - at);

    return nl == NULL ? text.n : (size_t)(nl - text.p) + 1;
}

static size_t indent_of(struct str text, size_t at)
{
    size_t n = 0;

    while (at + n < text.n && text.p[at + n] == ' ')
        n++;
    return n;
}

static const char *find(struct str in, const char *what)
{
    return in.n == 0 ? NULL : memmem(in.p, in.n, what, strlen(what));
}

/* The lines of the list's element that has the id. */
static bool entry_find(struct str text, const char *id, struct str *ret)
{
    size_t n = strlen(id);

    for (size_t at = 0, next; at < text.n; at = next) {
        struct str line;
        const char *p;
        size_t dash = indent_of(text, at), end;

        next = line_end(text, at);
        line = (struct str){text.p + at, next - at};
        p = find(line, "id: ");
        if (dash >= line.n || line.p[dash] != '-' || p == NULL || p - line.p > 10 ||
            strncmp(p + 4, id, n) != 0 || strchr("\n,", p[4 + n]) == NULL)
            continue;
        end = next;
        while (end < text.n && text.p[end] != '\n' && indent_of(text, end) > dash)
            end = line_end(text, end);
        *ret = (struct str){text.p + at, end - at};
        return true;
    }
    return false;
}

static void replace(struct buf *out, struct str in, const char *from, const char *to,
                    bool once, int *count)
{
    const char *p;

    while ((p = find(in, from)) != NULL && (!once || *count == 0)) {
        buf_add(out, (struct str){in.p, (size_t)(p - in.p)});
        buf_addz(out, to);
        in = str_skip(in, (size_t)(p - in.p) + strlen(from));
        ++*count;
    }
    buf_add(out, in);
}

static bool edit_apply(const struct edit *ed, struct buf *text, struct err *e)
{
    struct str all = buf_str(text), entry = all, rest = STR_NONE;
    struct buf out;
    int count = 0;

    if (ed->entry != NULL && !entry_find(all, ed->entry, &entry))
        return err_set(e, ERR_CONFIG, "%s has no entry %s", COMPANY_PATH, ed->entry);
    rest = str_skip(all, (size_t)(entry.p - all.p) + entry.n);
    buf_init(&out, TEXT_MAX);
    buf_add(&out, (struct str){all.p, (size_t)(entry.p - all.p)});
    if (ed->from != NULL)
        replace(&out, entry, ed->from, ed->to, ed->entry != NULL, &count);
    buf_add(&out, rest);
    buf_finish(text);
    *text = out;
    if (ed->from != NULL && count == 0)
        return err_set(e, ERR_CONFIG, "%s: '%s' does not stand in %s", COMPANY_PATH,
                       ed->from, ed->entry == NULL ? "it" : ed->entry);
    return buf_check(text, e);
}

/* ---- one version ---- */

static const char *number(char mem[32], int hundredths)
{
    if (hundredths % 100 == 0)
        snprintf(mem, 32, "%d", hundredths / 100);
    else
        snprintf(mem, 32, "%d.%d", hundredths / 100, hundredths % 100 / 10);
    return mem;
}

static bool numbers_apply(int version, struct buf *text, struct err *e)
{
    int p = version_periods[version], last = PERIODS - 1;
    char from[64], to[64], a[32], b[32];

    for (int i = 0; i < KEY_RESULTS; i++) {
        const struct kr_cast *kr = &kr_casts[i];
        bool early = version == 0 && kr->former != NULL;
        const struct edit base = {0, early ? kr->former : kr->id, from, to};

        if (kr->period[last].course == NOT_YET ||
            kr->period[last].course == ALWAYS_KEPT)
            continue;
        snprintf(from, sizeof from, "baseline: %s\n", number(a, kr->period[last].base));
        snprintf(to, sizeof to, "baseline: %s\n", number(b, kr->period[p].base));
        if (!edit_apply(&base, text, e))
            return false;
        snprintf(from, sizeof from, "target: %s\n", number(a, kr->period[last].target));
        snprintf(to, sizeof to, "target: %s\n", number(b, kr->period[p].target));
        if (!edit_apply(&base, text, e))
            return false;
    }
    return true;
}

static bool dates_apply(int version, struct buf *text, struct err *e)
{
    const struct period *p = &periods[version_periods[version]];
    static const char *const froms[] = {"from: 2026-10-01", "start: 2026-10-01"};
    static const char *const tos[] = {"to: 2026-12-31", "to: 2027-12-31",
                                      "by: 2026-12-31"};
    char date[16], to[64];
    struct edit ed = {.to = to};
    struct buf b;

    for (size_t i = 0; i < ARRAY_LEN(froms) + ARRAY_LEN(tos); i++) {
        bool first = i < ARRAY_LEN(froms);

        ed.from = first ? froms[i] : tos[i - ARRAY_LEN(froms)];
        buf_init_fixed(&b, date, sizeof date);
        date_print(&b, date_from_days(first ? p->from : p->to));
        snprintf(to, sizeof to, "%.*s%s", (int)(strlen(ed.from) - 10), ed.from, date);
        if (!edit_apply(&ed, text, e))
            return false;
    }
    return true;
}

static bool text_make(struct company *c, int version, struct str newest,
                      struct str *ret, struct err *e)
{
    /* In April it was seen that the target of spring would not be met. */
    static const struct edit retargeted = {0, "waste-per-meal", "target: 105",
                                           "target: 110"};
    struct buf text;
    bool ok = true;

    buf_init(&text, TEXT_MAX);
    buf_add(&text, newest);
    for (size_t i = 0; ok && i < n_edits; i++)
        ok = version + 1 >= edits[i].below || edit_apply(&edits[i], &text, e);
    if (ok && version < VERSIONS - 1)
        ok = numbers_apply(version, &text, e) && dates_apply(version, &text, e) &&
             (version != 2 || edit_apply(&retargeted, &text, e));
    ok = ok && buf_check(&text, e);
    if (ok)
        *ret = arena_str(c->a, buf_str(&text));
    buf_finish(&text);
    return ok && (!arena_failed(c->a) || err_nomem(e));
}

static bool read_version(struct company *c, int version, struct err *e)
{
    struct company_version *v = &c->versions[version];
    struct conf_diag *d = conf_diag_create();
    struct buf b;

    if (d == NULL)
        return err_nomem(e);
    v->from = version_days[version];
    v->strategy = strategy_load_text("strategy.yaml", v->text, d);
    buf_init(&b, 4096);
    conf_diag_print(d, &b);
    if (v->strategy == NULL)
        err_set(e, ERR_CONFIG, "version %d: %s", version + 1, buf_cstr(&b));
    buf_finish(&b);
    conf_diag_destroy(d);
    return v->strategy != NULL;
}

static bool read_shares(struct company *c, int version, struct err *e)
{
    const struct strategy *s = c->versions[version].strategy;

    if (s->n_objectives != OBJECTIVES)
        return err_set(e, ERR_CONFIG, "%s has other objectives", COMPANY_PATH);
    for (int i = 0; i < OBJECTIVES; i++)
        c->share[version][i] = (int)(s->objectives[i].share * 1000 + 0.5);
    return true;
}

static bool find_objectives(struct company *c, struct err *e)
{
    for (int i = 0; i < SAGA_COUNT; i++) {
        const struct strategy *s =
            c->versions[i == PAPER_FORMS ? 0 : VERSIONS - 1].strategy;
        const struct initiative *in = strategy_initiative(s, str_of(saga_casts[i].id));

        if (in == NULL || in->n_moves == 0)
            return err_set(e, ERR_CONFIG, "%s: no initiative %s", COMPANY_PATH,
                           saga_casts[i].id);
        c->objective_of[i] = (int)(in->moves[0].kr->objective - s->objectives);
    }
    return true;
}

bool versions_make(struct company *c, struct err *e)
{
    struct buf newest;
    bool ok = true;

    if (!tempdir_read(COMPANY_PATH, &newest, e))
        return false;
    for (int i = 0; ok && i < VERSIONS; i++) {
        ok = text_make(c, i, buf_str(&newest), &c->versions[i].text, e) &&
             read_version(c, i, e) && read_shares(c, i, e);
    }
    buf_finish(&newest);
    c->strategy = c->versions[VERSIONS - 1].strategy;
    return ok && find_objectives(c, e);
}
