/*
 * alignctl --host USER@HOST: the same command there, over ssh(1), every
 * argument quoted for the remote shell. One thread.
 */
#ifndef CTL_REMOTE_H
#define CTL_REMOTE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "ctl/ctl.h"

/* Replaces the process; an exit code is returned only if that fails. */
int remote_run(struct ctl *c, const struct ctl_env *env, int argc, char *const *argv);

/* USER@HOST or HOST: nothing that ssh could take for an option or a shell for more. */
bool remote_host_ok(struct str host, struct err *e) MUST_USE;
/* "alignctl 'why' 'PAY-12'" for sh(1), of argv without --host. */
void remote_command(struct buf *out, int argc, char *const *argv);

#endif
