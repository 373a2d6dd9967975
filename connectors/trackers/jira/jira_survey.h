/*
 * A first look at a Jira: its projects, the open issues of types above epics, the field
 * that names an initiative, and who has work. Cloud tells the level of each type; on
 * Data Center a type called Initiative is taken for one.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_SURVEY_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_SURVEY_H

#include "connectors/survey.h"

extern const struct survey_ops jira_survey;

#endif
