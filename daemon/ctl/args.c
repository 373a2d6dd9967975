#include "ctl/args.h"

#include <string.h>

#include "base/utf8.h"
#include "core/textkey.h"

const struct args_option_row args_options[OPT_COUNT] = {
#define X(e, name, has_value, value, text) [e] = {name, has_value, value, text},
    ARGS_OPTIONS(X)
#undef X
};

bool args_has(const struct args *a, enum args_option o)
{
    return (a->given & ARGS_OPT(o)) != 0;
}

struct str args_value(const struct args *a, enum args_option o)
{
    return a->value[o];
}

bool args_each(const struct args *a, enum args_option o, size_t *at, struct str *ret)
{
    while (*at < a->n_all) {
        if (a->all[(*at)++].option == o) {
            *ret = a->all[*at - 1].value;
            return true;
        }
    }
    return false;
}

static int find_option(struct str name)
{
    for (int i = 0; i < OPT_COUNT; i++) {
        if (str_eqz(name, args_options[i].name))
            return i;
    }
    return -1;
}

static bool no_such_option(struct str name, struct err *e)
{
    unsigned best = 3;
    int at = -1;

    for (int i = 0; i < OPT_COUNT; i++) {
        unsigned d = text_distance(name, str_of(args_options[i].name), 2);

        if (d < best && d < name.n) {
            best = d;
            at = i;
        }
    }
    if (at < 0)
        return err_set(e, ERR_USAGE, "no option --%.*s", STR_FMT(str_first(name, 40)));
    return err_set(e, ERR_USAGE, "no option --%.*s: did you mean --%s?",
                   STR_FMT(str_first(name, 40)), args_options[at].name);
}

static bool keep_all(struct args *a, enum args_option o, struct str value, struct err *e)
{
    if (o != OPT_MOVE && o != OPT_DROP && o != OPT_SHARE && o != OPT_LABEL)
        return true;
    if (a->n_all == ARGS_VALUES)
        return err_set(e, ERR_USAGE, "--%s is given too often", args_options[o].name);
    a->all[a->n_all].option = o;
    a->all[a->n_all++].value = value;
    return true;
}

/* A path is bytes; all else is text. */
static bool is_path(int o)
{
    static const char *const kinds[] = {"FILE", "DIR", "PATH"};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(args_options[o].value, kinds[i]) == 0)
            return true;
    }
    return false;
}

static bool check_value(int o, struct str value, struct err *e)
{
    const struct args_option_row *row = &args_options[o];
    size_t at;

    if (!row->has_value)
        return true;
    if (value.n == 0)
        return err_set(e, ERR_USAGE, "--%s is empty: --%s %s", row->name, row->name,
                       row->value);
    return is_path(o) || utf8_valid(value, &at) ||
           err_set(e, ERR_USAGE, "--%s is not UTF-8 at byte %zu", row->name, at);
}

/* `arg` is what stands after the dashes; *i moves over a value that stands apart. */
static bool take_option(struct args *a, struct str arg, int argc, char *const *argv,
                        int *i, struct err *e)
{
    struct str name = arg, value = STR_NONE;
    ptrdiff_t eq = str_chr(arg, '=');
    int o;

    if (eq >= 0) {
        name = str_first(arg, (size_t)eq);
        value = str_skip(arg, (size_t)eq + 1);
    }
    o = find_option(name);
    if (o < 0)
        return no_such_option(name, e);
    if (!args_options[o].has_value && eq >= 0)
        return err_set(e, ERR_USAGE, "--%s takes no value", args_options[o].name);
    if (args_options[o].has_value && eq < 0) {
        if (*i + 1 >= argc)
            return err_set(e, ERR_USAGE, "--%s needs a value: --%s %s",
                           args_options[o].name, args_options[o].name,
                           args_options[o].value);
        value = str_of(argv[++*i]);
    }
    if (!check_value(o, value, e))
        return false;
    a->given |= ARGS_OPT(o);
    a->value[o] = value;
    return keep_all(a, (enum args_option)o, value, e);
}

static bool take_word(struct args *a, struct str word, struct err *e)
{
    if (a->command.n == 0) {
        if (word.n == 0)
            return err_set(e, ERR_USAGE, "the command is empty");
        a->command = word;
        return true;
    }
    if (word.n == 0)
        return err_set(e, ERR_USAGE, "an argument is empty");
    if (a->n == ARGS_MAX)
        return err_set(e, ERR_USAGE, "too many arguments");
    a->v[a->n++] = word;
    return true;
}

/* "-5" and "-.5" are what a key result may stand at; no option begins with a digit. */
static bool is_word(struct str arg)
{
    return arg.n < 2 || arg.p[0] != '-' || arg.p[1] == '.' ||
           (arg.p[1] >= '0' && arg.p[1] <= '9');
}

bool args_read(struct args *ret, int argc, char *const *argv, struct err *e)
{
    bool only_words = false;

    *ret = (struct args){.given = 0};
    for (int i = 1; i < argc; i++) {
        struct str arg = str_of(argv[i]);
        bool ok = true;

        if (only_words || is_word(arg))
            ok = take_word(ret, arg, e);
        else if (str_eqz(arg, "--"))
            only_words = true;
        else if (str_eqz(arg, "-q"))
            ret->given |= ARGS_OPT(OPT_QUIET);
        else if (str_eqz(arg, "-f"))
            ret->given |= ARGS_OPT(OPT_FOLLOW);
        else if (str_eqz(arg, "-h"))
            ret->given |= ARGS_OPT(OPT_HELP);
        else if (str_has_prefix(arg, STR("--")))
            ok = take_option(ret, str_skip(arg, 2), argc, argv, &i, e);
        else
            ok = err_set(e, ERR_USAGE, "no option %.*s", STR_FMT(str_first(arg, 40)));
        if (!ok)
            return false;
    }
    return true;
}

bool args_check(const struct args *a, uint64_t takes, size_t min, size_t max,
                const char *synopsis, struct err *e)
{
    for (int i = 0; i < OPT_COUNT; i++) {
        if (args_has(a, (enum args_option)i) &&
            ((takes | ARGS_GLOBAL) & ARGS_OPT(i)) == 0)
            return err_set(e, ERR_USAGE, "'%.*s' takes no --%s: alignctl %s",
                           STR_FMT(a->command), args_options[i].name, synopsis);
    }
    if (a->n < min)
        return err_set(e, ERR_USAGE, "something is missing: alignctl %s", synopsis);
    if (a->n > max)
        return err_set(e, ERR_USAGE, "'%.*s' is too much: alignctl %s",
                       STR_FMT(str_first(a->v[max], 60)), synopsis);
    return true;
}

bool args_limit(const struct args *a, int64_t dflt, int64_t *ret, struct err *e)
{
    *ret = dflt;
    if (!args_has(a, OPT_LIMIT))
        return true;
    if (str_to_i64(a->value[OPT_LIMIT], ret) && *ret >= 1 && *ret <= 100000)
        return true;
    return err_set(e, ERR_USAGE, "--limit is a number from 1 to 100000");
}
