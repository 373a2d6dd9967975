#include "status/server_uri.h"

#include "base/utf8.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte behind the '%' at `i`; -1: none, or NUL. */
static int encoded_byte(struct str in, size_t i)
{
    if (in.n - i < 3 || hex(in.p[i + 1]) < 0 || hex(in.p[i + 2]) < 0) {
        return -1;
    }
    int c = hex(in.p[i + 1]) * 16 + hex(in.p[i + 2]);

    return c > 0 ? c : -1;
}

bool server_uri_decode(struct arena *a, struct str in, struct str *ret, struct err *e)
{
    struct str out = in;
    size_t bad;

    if (str_chr(in, '%') >= 0) {
        char *p = arena_alloc(a, in.n + 1);

        if (p == NULL) {
            return err_nomem(e);
        }
        out = (struct str){p, 0};
        for (size_t i = 0; i < in.n; i++) {
            int c = in.p[i] == '%' ? encoded_byte(in, i) : (unsigned char)in.p[i];

            if (c < 0) {
                return err_set(e, ERR_USAGE, "bad percent-encoding at byte %zu", i);
            }
            i += in.p[i] == '%' ? 2 : 0;
            p[out.n++] = (char)c;
        }
    }
    if (!utf8_valid(out, &bad)) {
        return err_set(e, ERR_USAGE, "not UTF-8 at byte %zu", bad);
    }
    *ret = out;
    return true;
}
