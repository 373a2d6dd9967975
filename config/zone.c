#include "config/zone.h"

#include <dirent.h>

#include "config/file.h"
#include "config/nearest.h"

enum {
    ZONE_MAX_BYTES = 256 * 1024, /* the largest of Debian's tzdata has 4 KB */
    ZONE_MAX_NAME = 64,
    ENTRIES_MAX = 1000,
};

static bool is_zone_name(struct str name)
{
    struct str rest = name, part;

    if (name.n == 0 || name.n > ZONE_MAX_NAME || name.p[name.n - 1] == '/') {
        return false;
    }
    while (str_split(&rest, '/', &part)) {
        if (part.n == 0) {
            return false;
        }
    }
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '_' || c == '/')) {
            return false;
        }
    }
    return true;
}

bool zone_load(struct str name, const char *zoneinfo, struct arena *a,
               const struct tz **ret, struct err *e)
{
    struct buf data;
    bool ok;

    if (str_eqz(name, "UTC")) {
        *ret = tz_utc();
        return true;
    }
    if (!is_zone_name(name)) {
        return err_set(e, ERR_CONFIG,
                       "must be the name of a time zone such as Europe/Berlin");
    }
    struct str path = arena_printf(a, "%s/%.*s", zoneinfo, STR_FMT(name));

    if (arena_failed(a)) {
        return err_nomem(e);
    }
    ok = file_read(path.p, ZONE_MAX_BYTES, &data, NULL, e);
    if (!ok) {
        (void)err_wrap(e, "is not a time zone of this system (%s)", zoneinfo);
    } else if (!tz_parse(buf_str(&data), name, a, ret, e)) {
        ok = err_wrap(e, "cannot be read from %s", path.p);
    }
    buf_finish(&data);
    return ok;
}

struct str zone_hint(struct str name, const char *zoneinfo, struct arena *a)
{
    size_t cut = name.n;

    while (cut > 0 && name.p[cut - 1] != '/') {
        cut--;
    }
    if (!is_zone_name(name)) {
        return STR_NONE;
    }
    struct str area = str_first(name, cut);
    struct str path = arena_printf(a, "%s/%.*s", zoneinfo, STR_FMT(area));
    DIR *dir = arena_failed(a) ? NULL : opendir(path.p);
    struct nearest near = nearest_to(name, true);
    struct dirent *entry;

    for (size_t i = 0; dir != NULL && i < ENTRIES_MAX && (entry = readdir(dir)) != NULL;
         i++) {
        nearest_try(&near, arena_printf(a, "%.*s%s", STR_FMT(area), entry->d_name));
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return nearest_hint(&near, a);
}
