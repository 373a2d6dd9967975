/* A first look at one repository: its open milestones, and who works in it. */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_SURVEY_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_SURVEY_H

#include "connectors/survey.h"

extern const struct survey_ops github_survey;

#endif
