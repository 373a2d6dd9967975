#include "connectors/wire/pointer.h"

#include "base/buf.h"

enum { SHOWN = 64, MAX_PART = 4096 };

/* RFC 6901, 4: first ~1, then ~0; any other ~ is an error. */
static bool decode(struct str part, struct buf *out, struct err *e)
{
    for (size_t i = 0; i < part.n; i++) {
        char c = part.p[i];

        if (c == '~') {
            i++;
            if (i == part.n || (part.p[i] != '0' && part.p[i] != '1'))
                return err_set(e, ERR_CONFIG,
                               "a '~' in a JSON pointer is written ~0, a '/' ~1");
            c = part.p[i] == '0' ? '~' : '/';
        }
        buf_addc(out, c);
    }
    return buf_check(out, e);
}

/* No sign, no leading zero; "-" is the element behind the last, which is never there.
 */
static const json_t *element(const json_t *array, struct str part)
{
    uint64_t i;

    if ((part.n > 1 && part.p[0] == '0') || !str_to_u64(part, &i))
        return NULL;
    return json_array_get(array, (size_t)i);
}

static const json_t *step(const json_t *v, struct str part, struct err *e)
{
    const json_t *next = NULL;
    struct buf name;

    buf_init(&name, MAX_PART);
    if (!decode(part, &name, e)) {
        buf_finish(&name);
        return NULL;
    }
    if (json_is_object(v))
        next = json_object_getn(v, buf_cstr(&name), name.n);
    else if (json_is_array(v))
        next = element(v, buf_str(&name));
    if (next == NULL)
        err_set(e, ERR_PARSE, "the answer has nothing at '%.*s'%s",
                STR_FMT(str_first(part, SHOWN)),
                json_is_object(v)  ? " of an object"
                : json_is_array(v) ? " of a list"
                                   : ": what it belongs to is a single value");
    buf_finish(&name);
    return next;
}

const json_t *pointer_find(const json_t *root, struct str pointer, struct err *e)
{
    const json_t *v = root;

    if (pointer.n > 0 && pointer.p[0] != '/') {
        err_set(e, ERR_CONFIG, "a JSON pointer begins with '/'");
        return NULL;
    }
    while (pointer.n > 0 && v != NULL) {
        struct str rest = str_skip(pointer, 1);
        ptrdiff_t slash = str_chr(rest, '/');

        v = step(v, slash < 0 ? rest : str_first(rest, (size_t)slash), e);
        pointer = slash < 0 ? STR_NONE : str_skip(rest, (size_t)slash);
    }
    return v;
}
