#include "ctl/remote.h"

#include <string.h>

/* Everything between single quotes is itself, except the quote (POSIX 2.2.2). */
static void quote(struct buf *out, const char *arg)
{
    buf_addc(out, '\'');
    for (; *arg != '\0'; arg++) {
        if (*arg == '\'')
            buf_addz(out, "'\\''");
        else
            buf_addc(out, *arg);
    }
    buf_addc(out, '\'');
}

void remote_command(struct buf *out, int argc, char *const *argv)
{
    bool options = true;

    buf_addz(out, "alignctl");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            options = false;
        if (options && strcmp(argv[i], "--host") == 0) {
            i++;
            continue;
        }
        if (options && strncmp(argv[i], "--host=", 7) == 0)
            continue;
        buf_addc(out, ' ');
        quote(out, argv[i]);
    }
}

bool remote_host_ok(struct str host, struct err *e)
{
    if (host.p[0] == '-')
        return err_set(e, ERR_USAGE, "--host '%.*s' begins with '-': write USER@HOST",
                       STR_FMT(str_first(host, 60)));
    for (size_t i = 0; i < host.n; i++) {
        unsigned char ch = (unsigned char)host.p[i];

        if (ch <= ' ' || ch == 0x7f)
            return err_set(
                e, ERR_USAGE,
                "--host holds a blank or control character: write USER@HOST");
    }
    return true;
}

int remote_run(struct ctl *c, const struct ctl_env *env, int argc, char *const *argv)
{
    struct str host = args_value(&c->args, OPT_HOST);
    char ssh[] = "ssh", end[] = "--";
    struct buf command;
    struct err e;
    char *name, *text;
    int saved;

    if (!remote_host_ok(host, &e))
        return ctl_fail(c, CTL_USAGE, &e);
    buf_init(&command, (size_t)1 << 20);
    remote_command(&command, argc, argv);
    name = arena_strdup(c->a, host);
    text = arena_strdup(c->a, buf_str(&command));
    buf_finish(&command);
    if (name == NULL || text == NULL)
        return CTL_SOFTWARE;
    saved = env->exec((char *[]){ssh, end, name, text, NULL});
    err_set(&e, ERR_IO, "cannot start ssh: %s: install the OpenSSH client",
            strerror(saved));
    return ctl_fail(c, CTL_UNREACHABLE, &e);
}
