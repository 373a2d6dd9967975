#include "core/assume.h"

#include "core/strategy.h"

#define KIND(k) STRATEGY_KIND(NODE_##k)

const char *const assume_functions[] = {
#define X(e, name) [e] = name,
    ASSUME_FUNCTIONS(X)
#undef X
        NULL,
};
static const unsigned function_kinds[] = {
    [ASSUME_SHARE] = KIND(INTENT) | KIND(OBJECTIVE) | KIND(INITIATIVE) | KIND(BUCKET),
    [ASSUME_VALUE] = KIND(KR),
    [ASSUME_PACE] = KIND(KR),
    [ASSUME_PROGRESS] = KIND(KR),
    [ASSUME_COVERAGE] = 0,
    [ASSUME_SPREAD] = KIND(TEAM),
    [ASSUME_OPEN] = KIND(INITIATIVE),
    [ASSUME_DONE] = KIND(INITIATIVE),
};

struct scan {
    struct str text;
    size_t at;
    const char **wrong;
    size_t *wrong_at, *wrong_n;
};

static bool fail(struct scan *s, size_t at, size_t n, const char *why)
{
    *s->wrong = why;
    *s->wrong_at = at;
    *s->wrong_n = n;
    return false;
}

static char peek(const struct scan *s)
{
    return s->at < s->text.n ? s->text.p[s->at] : '\0';
}

static void skip_blanks(struct scan *s)
{
    while (peek(s) == ' ') {
        s->at++;
    }
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-';
}

static struct str word(struct scan *s)
{
    size_t from = s->at;

    while (is_word(peek(s))) {
        s->at++;
    }
    return (struct str){s->text.p + from, s->at - from};
}

static bool expect(struct scan *s, char c, const char *why)
{
    skip_blanks(s);
    if (peek(s) != c) {
        return fail(s, s->at, 1, why);
    }
    s->at++;
    return true;
}

static bool function(struct scan *s, struct assume *ret)
{
    skip_blanks(s);

    size_t from = s->at;
    struct str name = word(s);

    for (size_t i = 0; assume_functions[i] != NULL; i++) {
        if (str_eqz(name, assume_functions[i])) {
            ret->function = (enum assume_function)i;
            ret->kinds = function_kinds[i];
            return true;
        }
    }
    return fail(s, from, name.n,
                name.n == 0 ? "must begin with a function" : "unknown function");
}

static bool argument(struct scan *s, struct assume *ret)
{
    if (!expect(s, '(', "'(' is missing")) {
        return false;
    }
    skip_blanks(s);
    ret->id_at = s->at;
    ret->id = word(s);
    if (ret->kinds != 0 && ret->id.n == 0) {
        return fail(s, ret->id_at, 1, "an id is missing");
    }
    if (ret->kinds == 0 && ret->id.n > 0) {
        return fail(s, ret->id_at, ret->id.n, "coverage() takes no id");
    }
    return expect(s, ')', "')' is missing");
}

static bool comparison(struct scan *s, enum assume_operator *ret)
{
    static const char *const operators[] = {
#define X(e, text) [e] = text,
        ASSUME_OPERATORS(X)
#undef X
    };

    skip_blanks(s);
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (str_has_prefix(str_skip(s->text, s->at), str_of(operators[i]))) {
            s->at += strlen(operators[i]);
            *ret = (enum assume_operator)i;
            return true;
        }
    }
    return fail(s, s->at, 1, "one of >= <= > < == != is missing");
}

static bool number(struct scan *s, struct assume *ret)
{
    skip_blanks(s);

    struct str rest = str_trim(str_skip(s->text, s->at));

    ret->percent = str_has_suffix(rest, STR("%"));
    if (!str_to_double(str_first(rest, rest.n - ret->percent), &ret->number)) {
        return fail(s, s->at, rest.n,
                    "must end with a number such as 55% or -10% or 3");
    }
    return true;
}

bool assume_parse(struct str text, struct assume *ret, const char **ret_wrong,
                  size_t *ret_at, size_t *ret_n)
{
    struct scan s = {text, 0, ret_wrong, ret_at, ret_n};

    *ret = (struct assume){0};
    return function(&s, ret) && argument(&s, ret) && comparison(&s, &ret->op) &&
           number(&s, ret);
}
