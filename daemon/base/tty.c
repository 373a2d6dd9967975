#include "base/tty.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"

enum { COLUMNS_MIN = 20, COLUMNS_MAX = 10000, COLUMNS_USUAL = 80 };

size_t tty_columns(int fd)
{
    const char *z = getenv("COLUMNS");
    struct winsize ws = {0};
    uint64_t n;

    if (z != NULL && str_to_u64(str_of(z), &n) && n >= COLUMNS_MIN && n <= COLUMNS_MAX) {
        return (size_t)n;
    }
    if (!isatty(fd)) {
        return 0;
    }
    if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= COLUMNS_MIN) {
        return ws.ws_col;
    }
    return COLUMNS_USUAL;
}
