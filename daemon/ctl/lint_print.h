/*
 * The forms in which lint findings are written: for people, as JSON (held to
 * config/lint.schema.json), as workflow commands of GitHub Actions
 * (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions).
 */
#ifndef CTL_LINT_PRINT_H
#define CTL_LINT_PRINT_H

#include "config/config.h"
#include "core/lint.h"
#include "ctl/ctl.h"

void lint_print_text(struct ctl *c, const struct lint *l);
void lint_print_json(struct ctl *c, const struct strategy *s, const struct lint *l);
void lint_print_github(struct ctl *c, const struct lint *l);
/* The errors of a strategy that does not load. */
void lint_print_github_errors(struct ctl *c, const struct conf_diag *d);

#endif
