#include "app/dry_run.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/copy.h"

bool dry_run_begin(struct str state_dir, struct buf *ret_dir, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    char path[4096];

    buf_init(ret_dir, sizeof(path));
    buf_printf(ret_dir, "%s/alignd-dry-run.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!buf_check(ret_dir, e))
        return false;
    if (mkdtemp(ret_dir->p) == NULL)
        return err_set(e, ERR_IO, "cannot make a directory in %s: %s",
                       tmp && *tmp ? tmp : "/tmp", strerror(errno));
    return state_dir.n == 0 || store_copy(state_dir.p, buf_cstr(ret_dir), e);
}

void dry_run_end(struct buf *dir)
{
    DIR *d = dir->n > 0 ? opendir(buf_cstr(dir)) : NULL;
    struct dirent *entry;

    if (d != NULL) {
        while ((entry = readdir(d)) != NULL) {
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                unlinkat(dirfd(d), entry->d_name, 0);
        }
        closedir(d);
        rmdir(buf_cstr(dir));
    }
    buf_finish(dir);
}
