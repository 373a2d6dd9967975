#include "core/strategy_field.h"

#include "core/textkey.h"

enum { NAMED_MAX = 5 }; /* in one sentence; the rest are counted */

/* ---- values ---- */

void field_push(struct diff *d, struct field_value *v, struct str key, struct str shown)
{
    struct str *k =
        arena_grow(d->scratch, &v->key.v, &v->key.n, &v->cap_key, sizeof *k);
    struct str *s =
        arena_grow(d->scratch, &v->shown.v, &v->shown.n, &v->cap_shown, sizeof *s);

    if (k == NULL || s == NULL) {
        d->failed = true;
        return;
    }
    *k = key;
    *s = shown;
}

static void push(struct diff *d, struct field_value *v, struct str s)
{
    if (s.n > 0) {
        field_push(d, v, s, s);
    }
}

static void push_date(struct diff *d, struct field_value *v, struct date day)
{
    if (day.year != 0) {
        push(d, v,
             arena_printf(d->scratch, "%04d-%02d-%02d", day.year, day.month, day.day));
    }
}

static void push_span(struct diff *d, struct field_value *v, struct span s)
{
    push(d, v,
         s.wd > 0 ? arena_printf(d->scratch, "%lldwd", (long long)s.wd)
                  : arena_printf(d->scratch, "%llds", (long long)(s.ms / 1000)));
}

static void push_docs(struct diff *d, struct field_value *v,
                      const struct doc_link *docs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        field_push(d, v,
                   arena_printf(d->scratch, "%.*s %.*s", STR_FMT(docs[i].title),
                                STR_FMT(docs[i].url)),
                   docs[i].title);
    }
}

static void push_matches(struct diff *d, struct field_value *v,
                         const struct match_spec *m)
{
    for (size_t i = 0; i < m->n_fields; i++) {
        struct str name = m->fields[i].name;

        for (size_t j = 0; j < m->fields[i].values.n; j++) {
            field_push(d, v,
                       arena_printf(d->scratch, "%.*s\n%.*s", STR_FMT(name),
                                    STR_FMT(m->fields[i].values.v[j])),
                       name);
        }
    }
}

static void push_ids(struct diff *d, struct field_value *v, const struct str_list *l,
                     bool is_old)
{
    for (size_t i = 0; i < l->n; i++) {
        field_push(d, v, diff_id(d, l->v[i], is_old), l->v[i]);
    }
}

static void push_texts(struct diff *d, struct field_value *v, const struct str_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        push(d, v, l->v[i]);
    }
}

/* The types that are one number. */
static void push_number(struct diff *d, const struct field *f, const void *node,
                        const void *at, struct field_value *v)
{
    const bool *has = (const void *)((const char *)node + f->has);
    double x =
        f->type == FIELD_COUNT ? (double)*(const int64_t *)at : *(const double *)at;

    if ((f->type == FIELD_NUMBER && !*has) || (f->type != FIELD_NUMBER && x < 0) ||
        (f->type == FIELD_COUNT && x < 1)) {
        return;
    }
    push(d, v,
         f->type == FIELD_PERCENT ? arena_printf(d->scratch, "%.10g%%", x * 100)
                                  : arena_printf(d->scratch, "%.15g", x));
}

static struct field_value value_of(struct diff *d, const struct field *f,
                                   const void *node, bool is_old)
{
    const void *at = (const char *)node + f->at;
    struct field_value v = {0};

    switch (f->type) {
    case FIELD_TEXT:
    case FIELD_PROSE:
        push(d, &v, *(const struct str *)at);
        break;
    case FIELD_DATE:
        push_date(d, &v, *(const struct date *)at);
        break;
    case FIELD_PERCENT:
    case FIELD_NUMBER:
    case FIELD_AMOUNT:
    case FIELD_COUNT:
        push_number(d, f, node, at, &v);
        break;
    case FIELD_BOOL:
        push(d, &v, *(const bool *)at ? STR("yes") : STR("no"));
        break;
    case FIELD_ENUM:
        push(d, &v, str_of(f->names[*(const int *)at]));
        break;
    case FIELD_SPAN:
        push_span(d, &v, *(const struct span *)at);
        break;
    case FIELD_TEXTS:
        push_texts(d, &v, at);
        break;
    case FIELD_IDS:
        push_ids(d, &v, at, is_old);
        break;
    case FIELD_DOCS:
        push_docs(d, &v, *(const struct doc_link *const *)at,
                  *(const size_t *)(const void *)((const char *)node + f->has));
        break;
    case FIELD_MATCHES:
        push_matches(d, &v, at);
        break;
    case FIELD_CALL:
        f->call(d, node, is_old, &v);
        break;
    }
    return v;
}

static bool same_list(const struct str_list *x, const struct str_list *y)
{
    if (x->n != y->n) {
        return false;
    }
    for (size_t i = 0; i < x->n; i++) {
        if (!str_eq(x->v[i], y->v[i])) {
            return false;
        }
    }
    return true;
}

struct map *field_set(struct diff *d, const struct str_list *l)
{
    struct map *m = map_create();

    for (size_t i = 0; m != NULL && i < l->n; i++) {
        if (!map_set(m, l->v[i], m)) {
            map_destroy(m);
            m = NULL;
        }
    }
    d->failed |= m == NULL;
    return m;
}

static struct str joined(struct diff *d, const struct str_list *l)
{
    struct str s = l->n > 0 ? l->v[0] : STR_NONE;
    struct buf b;

    if (l->n < 2) {
        return s;
    }
    buf_init(&b, (size_t)4 << 20);
    for (size_t i = 0; i < l->n; i++) {
        buf_printf(&b, "%s%.*s", i > 0 ? ", " : "", STR_FMT(l->v[i]));
    }
    d->failed |= !buf_ok(&b);
    s = arena_str(d->scratch, buf_str(&b));
    buf_finish(&b);
    return s;
}

/* ---- sentences ---- */

/* Appends the names that `of` has and `other` lacks: "a, b added". */
static void put_lacking(struct diff *d, struct buf *b, const struct field_value *of,
                        const struct field_value *other, const char *word, bool *any)
{
    struct map *have = field_set(d, &other->key);
    size_t n = 0;

    for (size_t i = 0; have != NULL && i < of->key.n; i++) {
        if (map_get(have, of->key.v[i]) != NULL) {
            continue;
        }
        if (n < NAMED_MAX) {
            buf_printf(b, "%s%.*s", n > 0 || *any ? ", " : " ",
                       STR_FMT(of->shown.v[i]));
        }
        n++;
    }
    map_destroy(have);
    if (n > NAMED_MAX) {
        buf_printf(b, " and %zu more", n - NAMED_MAX);
    }
    if (n > 0) {
        buf_printf(b, " %s", word);
        *any = true;
    }
}

/* "60 -> 50" */
static void put_two(struct diff *d, struct buf *b, const struct field *f,
                    const struct field_value *old, const struct field_value *new)
{
    const char *quote = f->change == CHANGE_RENAMED ? "'" : "";
    struct str x = old->key.n > 0 ? joined(d, &old->shown) : STR("none");
    struct str y = new->key.n > 0 ? joined(d, &new->shown) : STR("none");

    if (str_eq(x, y)) { /* it differs in what is not shown, such as a link */
        buf_printf(b, " %.*s changed", STR_FMT(x));
        return;
    }
    buf_printf(b, " %s%.*s%s -> %s%.*s%s", quote, STR_FMT(x), quote, quote, STR_FMT(y),
               quote);
}

static void put_values(struct diff *d, struct buf *b, const struct field *f,
                       const struct field_value *old, const struct field_value *new)
{
    bool list = f->type >= FIELD_TEXTS && (old->key.n > 1 || new->key.n > 1);
    bool any = false;

    if (!list || f->whole) {
        put_two(d, b, f, old, new);
        return;
    }
    buf_addc(b, ':');
    put_lacking(d, b, new, old, "added", &any);
    put_lacking(d, b, old, new, "removed", &any);
    if (!any) {
        buf_addz(b, " in another order");
    }
    if (f->change == CHANGE_MOVED && new->shown.n > 0 &&
        (old->key.n == 0 || !str_eq(old->key.v[0], new->key.v[0]))) {
        buf_printf(b, ", now mainly %.*s", STR_FMT(new->shown.v[0]));
    }
}

static const char *kept_word(const struct field *f, const struct field_value *old,
                             const struct field_value *new)
{
    if (old->key.n == 0) {
        return "given";
    }
    if (new->key.n == 0) {
        return "taken out";
    }
    return f->type == FIELD_PROSE ? "reworded" : "changed";
}

/* ---- key results: easier or harder, and how late that comes ---- */

static int sign(double x)
{
    return (x > 0) - (x < 0);
}

/* Up or down; 0: not known. */
static int direction(const struct key_result *kr)
{
    return kr->has_baseline && kr->has_target ? sign(kr->target - kr->baseline) : 0;
}

/* How much more the new one asks for: positive is harder. */
static double asks_more(const struct field *f, const struct key_result *old,
                        const struct key_result *new)
{
    int way = direction(old) != 0 ? direction(old) : direction(new);

    if (direction(old) * direction(new) < 0) {
        return 0; /* turned round: neither */
    }
    if (f->at == offsetof(struct key_result, target) && old->has_target &&
        new->has_target) {
        return (new->target - old->target) * way;
    }
    if (f->at == offsetof(struct key_result, baseline) && old->has_baseline &&
        new->has_baseline) {
        return (old->baseline - new->baseline) * way;
    }
    if (f->at == offsetof(struct key_result, at_least)) {
        return old->has_at_least && new->has_at_least
                   ? new->at_least - old->at_least
                   : new->has_at_least - old->has_at_least;
    }
    if (f->at == offsetof(struct key_result, at_most)) {
        return old->has_at_most && new->has_at_most
                   ? old->at_most - new->at_most
                   : new->has_at_most - old->has_at_most;
    }
    if (f->at == offsetof(struct key_result, by) && old->by.year != 0 &&
        new->by.year != 0) {
        return date_cmp(old->by, new->by);
    }
    return 0;
}

static void put_days(struct buf *b, struct date today, struct date by)
{
    long long days = (long long)(date_to_days(by) - date_to_days(today));

    if (days == 0) {
        buf_addz(b, ", on the day of its date");
    } else {
        buf_printf(b, ", %lld day%s %s its date", days < 0 ? -days : days,
                   days == 1 || days == -1 ? "" : "s", days < 0 ? "after" : "before");
    }
}

static void put_retarget(struct diff *d, const struct field *f,
                         const struct diff_subject *s, struct strategy_change *c,
                         struct buf *b)
{
    static const char *const words[] = {"", " (easier)", " (harder)"};
    double more = asks_more(f, s->was_kr, s->kr);
    struct date by = s->was_kr->by.year != 0 ? s->was_kr->by : s->kr->by;

    if (by.year != 0) {
        put_days(b, d->today, by);
    }
    c->effect = more > 0 ? EFFECT_HARDER : more < 0 ? EFFECT_EASIER : EFFECT_NONE;
    buf_addz(b, words[c->effect]);
    if (direction(s->was_kr) * direction(s->kr) < 0) {
        buf_addz(b, " (it turns round)");
    }
}

/* ---- comparing ---- */

struct strategy_change *diff_add(struct diff *d, const struct diff_subject *s,
                                 enum change_kind change, const char *field)
{
    struct strategy_change *c = arena_grow(d->a, &d->v, &d->n, &d->cap, sizeof *c);

    if (c == NULL) {
        d->failed = true;
        return NULL;
    }
    c->change = change;
    c->kind = s->kind;
    c->id = s->id;
    c->field = field;
    return c;
}

static void tell(struct diff *d, const struct diff_subject *s, const struct field *f,
                 const struct field_value *old, const struct field_value *new)
{
    const bool closed = s->closed || f->closed;
    struct strategy_change *c = diff_add(d, s, f->change, f->name);
    struct buf b;

    if (c == NULL) {
        return;
    }
    buf_init(&b, (size_t)1 << 20);
    buf_printf(&b, "%.*s%s%s", STR_FMT(s->name), s->name.n > 0 ? " " : "", f->words);
    if (closed && f->change == CHANGE_RENAMED) {
        /* that says all that is told */
    } else if (closed || f->type == FIELD_PROSE) {
        buf_printf(&b, " %s", kept_word(f, old, new));
    } else {
        put_values(d, &b, f, old, new);
    }
    if (!closed) {
        c->old = arena_str(d->a, joined(d, &old->shown));
        c->new = arena_str(d->a, joined(d, &new->shown));
    }
    if (f->change == CHANGE_RETARGETED) {
        put_retarget(d, f, s, c, &b);
    }
    c->text = arena_str(d->a, buf_str(&b));
    d->failed |= !buf_ok(&b);
    buf_finish(&b);
}

void diff_fields(struct diff *d, const struct diff_subject *s, const struct field *rows,
                 const void *old, const void *new)
{
    for (const struct field *f = rows; f->name != NULL; f++) {
        struct field_value x = value_of(d, f, old, true);
        struct field_value y = value_of(d, f, new, false);

        if (!same_list(&x.key, &y.key)) {
            tell(d, s, f, &x, &y);
        }
        d->failed |= arena_failed(d->scratch);
        arena_reset(d->scratch);
    }
}
