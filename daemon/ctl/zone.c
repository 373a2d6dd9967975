#include "ctl/zone.h"

#include <stdio.h>
#include <string.h>

enum { MAX_FILE = 64 << 10 };

static struct str read_file(const char *path, struct arena *a)
{
    FILE *f = fopen(path, "rbe");
    char *mem = f != NULL ? arena_alloc(a, MAX_FILE) : NULL;
    size_t n = 0;

    if (mem != NULL)
        n = fread(mem, 1, MAX_FILE, f);
    if (f != NULL)
        fclose(f);
    return (struct str){mem, n};
}

const struct tz *zone_local(const char *tz, struct arena *a)
{
    char path[300] = "/etc/localtime";
    const struct tz *ret = NULL;
    struct str bytes;
    struct err e;

    if (tz != NULL && tz[0] == ':')
        tz++;
    if (tz != NULL && tz[0] != '\0') {
        if (strstr(tz, "..") != NULL || strlen(tz) > 200)
            return tz_utc();
        snprintf(path, sizeof(path), "%s%s", tz[0] == '/' ? "" : "/usr/share/zoneinfo/",
                 tz);
    }
    bytes = read_file(path, a);
    if (bytes.n == 0 || !tz_parse(bytes, str_of(path), a, &ret, &e))
        return tz_utc();
    return ret;
}
