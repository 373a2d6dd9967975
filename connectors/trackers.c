#include "connectors/connector.h"
#include "connectors/trackers/github/github.h"
#include "connectors/trackers/jira/jira.h"

const struct tracker_ops *const trackers[] = {
    &github_ops,
    &jira_ops,
    NULL,
};

const struct tracker_ops *tracker_find(struct str type)
{
    for (size_t i = 0; trackers[i] != NULL; i++) {
        if (str_eqz(type, trackers[i]->name)) {
            return trackers[i];
        }
    }
    return NULL;
}
