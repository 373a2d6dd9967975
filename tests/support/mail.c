#include "tests/support/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARGS = 16 };
static const struct dur limit = {60000};

bool mail_is_here(void)
{
    bool is = access("/usr/lib/python3/dist-packages/aiosmtpd", F_OK) == 0;

    if (!is)
        print_message("skipped: there is no mail server: apt-get install "
                      "python3-aiosmtpd (make check does it)\n");
    return is;
}

void mail_start(struct mail_server *m, const char *const *args)
{
    const char *argv[ARGS] = {"/usr/bin/python3", "tests/support/mail_server.py"};
    struct err e;
    size_t n = 2;

    assert_true(tempdir_create(&m->dir, &e));
    argv[n++] = tempdir_path(&m->dir);
    for (; *args != NULL && n + 1 < ARGS; args++)
        argv[n++] = *args;
    m->child = spawn_start(&(struct spawn_options){.argv = argv,
                                                   .log_dir = tempdir_path(&m->dir),
                                                   .name = "mail"},
                           &e);
    if (m->child == NULL || !spawn_wait_port(m->child, limit, &m->port, &e))
        fail_msg("mail server: %s", e.msg);
}

void mail_stop(struct mail_server *m)
{
    spawn_destroy(m->child);
    tempdir_remove(&m->dir);
}

bool mail_letter(const struct mail_server *m, unsigned i, struct buf *ret)
{
    char path[4200];
    struct err e;

    (void)snprintf(path, sizeof path, "%s/%u.eml", tempdir_path(&m->dir), i);
    return tempdir_read(path, ret, &e);
}
