#include "core/strategy_edit.h"
#include "status/api_handlers.h"
#include "status/compare_view.h"
#include "status/params.h"

enum {
    MAX_FILES = 100,
    MAX_TEXT = 1 << 20,
    MAX_LIST = 4096,
    MAX_TITLE = 300,
    MAX_ID = 64,
    MAX_NUMBER = 40
};

/* ---- another strategy ---- */

/*
 * Text that a client sent: no file is opened for it. A calendar that it names is the
 * one that the strategy in force has kept under that name, or none.
 */
static bool parse_texts(const struct api_env *env, const char *name,
                        const struct str_list *texts, struct strategy **ret,
                        struct err *e)
{
    const struct strategy *s = env->conf->strategy;
    struct strategy_file *files =
        arena_array(env->a, texts->n + s->n_files, sizeof *files);
    size_t n = 0;
    struct err why;

    if (files == NULL)
        return err_nomem(e);
    if (texts->n > MAX_FILES)
        return err_set(e, ERR_USAGE, "'%s' is more than %d files", name, MAX_FILES);
    for (; n < texts->n; n++) {
        files[n].name =
            texts->n == 1 ? str_of(name) : arena_printf(env->a, "%s %zu", name, n + 1);
        files[n].text = texts->v[n];
    }
    for (size_t i = 0; i < s->n_files; i++) {
        if (s->files[i].beside)
            files[n++] = s->files[i];
    }
    if (env->parse(files, n, ret, &why))
        return true;
    if (why.kind == ERR_NOMEM)
        return err_nomem(e);
    return err_set(e, ERR_USAGE, "%s", why.msg);
}

bool api_compare_post(struct db *db, const struct api_env *env,
                      const struct api_request *req, struct api_reply *reply,
                      struct err *e)
{
    struct str_list from, to;
    const struct params_field fields[] = {
        {.name = "to", .required = true, .max = MAX_TEXT, .list = &to},
        {.name = "from", .max = MAX_TEXT, .list = &from},
    };
    struct strategy *first = NULL, *second = NULL;
    bool ok = params_body(req, env->a, fields, ARRAY_LEN(fields), e) &&
              (from.n == 0 || parse_texts(env, "from", &from, &first, e)) &&
              parse_texts(env, "to", &to, &second, e) &&
              compare_view_answer(db, env, first != NULL ? first : env->conf->strategy,
                                  second, reply, e);

    strategy_unref(first);
    strategy_unref(second);
    return ok;
}

/* ---- the same strategy, changed ---- */

static bool read_list(struct arena *a, struct str text, struct str_list *ret,
                      struct err *e)
{
    struct str part;
    size_t cap = 0;

    while (str_split(&text, ',', &part)) {
        struct str *to = arena_grow(a, &ret->v, &ret->n, &cap, sizeof *to);

        if (to == NULL)
            return err_nomem(e);
        *to = str_trim(part);
    }
    return true;
}

/* "ID=VALUE", comma separated. */
static bool read_pairs(struct arena *a, const char *name, struct str text,
                       struct str_pair_list *ret, struct err *e)
{
    struct str_list l = {NULL, 0};

    if (!read_list(a, text, &l, e))
        return false;
    ret->v = arena_array(a, l.n + 1, sizeof *ret->v);
    if (ret->v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < l.n; i++) {
        ptrdiff_t eq = str_chr(l.v[i], '=');

        if (eq <= 0 || (size_t)eq + 1 == l.v[i].n)
            return err_set(e, ERR_USAGE, "'%s' is ID=VALUE, not '%.*s'", name,
                           STR_FMT(str_first(l.v[i], 100)));
        ret->v[ret->n++] =
            (struct str_pair){str_trim(str_first(l.v[i], (size_t)eq)),
                              str_trim(str_skip(l.v[i], (size_t)eq + 1))};
    }
    return true;
}

/* A number above 0; `end` may follow it: "80%", "30d". */
static bool read_number(const char *name, struct str text, char end, double *ret,
                        struct err *e)
{
    struct str digits = text;

    if (end != 0 && text.n > 0 && text.p[text.n - 1] == end)
        digits.n--;
    if (str_to_double(digits, ret) && *ret > 0 && *ret < 1e12)
        return true;
    return err_set(e, ERR_USAGE, "'%s' is a number above 0, not '%.*s'", name,
                   STR_FMT(text));
}

struct rice_text {
    struct str reach, impact, confidence, effort;
};

/* All four or none of them. */
static bool read_rice(const struct rice_text *t, struct strategy_edits *x,
                      struct err *e)
{
    if (t->reach.n + t->impact.n + t->confidence.n + t->effort.n == 0)
        return true;
    x->has_rice = true;
    if (!read_number("reach", t->reach, 0, &x->reach, e) ||
        !read_number("impact", t->impact, 0, &x->impact, e) ||
        !read_number("confidence", t->confidence, '%', &x->confidence, e) ||
        !read_number("effort", t->effort, 'd', &x->effort_days, e))
        return false;
    x->confidence /= 100;
    return x->confidence <= 1 || err_set(e, ERR_USAGE, "'confidence' is at most 100%%");
}

static bool check_edits(const struct strategy_edits *x, struct err *e)
{
    if (x->add.n == 0 && (x->has_rice || x->add_moves.n > 0))
        return err_set(e, ERR_USAGE,
                       "'moves', 'reach', 'impact', 'confidence' and 'effort' are of "
                       "what is added: 'add' is missing");
    return x->add.n + x->moves.n + x->drops.n + x->shares.n > 0 ||
           err_set(e, ERR_USAGE,
                   "nothing is changed: say what to move, drop, add or share");
}

static bool read_edits(const struct api_env *env, const struct api_request *req,
                       struct strategy_edits *x, struct err *e)
{
    struct str move, drop, share;
    struct rice_text rice;
    const struct params_field fields[] = {
        {"move", false, MAX_LIST, &move},
        {"drop", false, MAX_LIST, &drop},
        {"add", false, MAX_TITLE, &x->add},
        {"moves", false, MAX_ID, &x->add_moves},
        {"reach", false, MAX_NUMBER, &rice.reach},
        {"impact", false, MAX_NUMBER, &rice.impact},
        {"confidence", false, MAX_NUMBER, &rice.confidence},
        {"effort", false, MAX_NUMBER, &rice.effort},
        {"share", false, MAX_LIST, &share},
    };

    return params_body(req, env->a, fields, ARRAY_LEN(fields), e) &&
           read_pairs(env->a, "move", move, &x->moves, e) &&
           read_list(env->a, drop, &x->drops, e) &&
           read_pairs(env->a, "share", share, &x->shares, e) &&
           read_rice(&rice, x, e) && check_edits(x, e);
}

bool api_compare_whatif(struct db *db, const struct api_env *env,
                        const struct api_request *req, struct api_reply *reply,
                        struct err *e)
{
    const struct strategy *now = env->conf->strategy;
    struct strategy_edits x = {.has_rice = false};
    struct strategy *then = NULL;
    bool ok = read_edits(env, req, &x, e) && strategy_edit(now, &x, &then, e) &&
              compare_view_answer(db, env, now, then, reply, e);

    strategy_unref(then);
    return ok;
}
