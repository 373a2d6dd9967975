#include "base/http_msg.h"

struct str http_header_get(const struct http_response *r, const char *name)
{
    struct str want = str_of(name);

    for (size_t i = 0; i < r->n_headers; i++) {
        if (str_eq_nocase(r->headers[i].name, want)) {
            return r->headers[i].value;
        }
    }
    return STR_NONE;
}
