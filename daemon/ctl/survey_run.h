/*
 * Carries a survey of a tracker out, by io's HTTP client on a loop of its own: blocks
 * until it is over, so for alignctl only. One thread.
 */
#ifndef CTL_SURVEY_RUN_H
#define CTL_SURVEY_RUN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "connectors/survey.h"

/* ERR_CONFIG, ERR_AUTH, ERR_NOT_FOUND, ...: `e` is for people, without a secret. */
bool survey_run(const struct survey_ops *ops, const struct survey_start *start,
                struct survey *out, struct err *e) MUST_USE;

#endif
