/*
 * The functions behind the rows of api_routes, one file for each group of
 * requests: api_status.c, api_findings.c, ... Thread, ownership and failure
 * are those of api.h. The JSON they write is described by config/openapi.json;
 * a test holds both to each other.
 */
#ifndef STATUS_API_HANDLERS_H
#define STATUS_API_HANDLERS_H

#include "status/api.h"

#define API_HANDLER(name)                                                              \
    bool name(struct db *db, const struct api_env *env, const struct api_request *req, \
              struct api_reply *reply, struct err *e)

/* LOOP rows */
API_HANDLER(api_status_get);
API_HANDLER(api_status_healthz);
API_HANDLER(api_doctor_get);
API_HANDLER(api_rules_list);
API_HANDLER(api_rules_one);
API_HANDLER(api_routes_list);
API_HANDLER(metrics_get);

/* READER rows */
API_HANDLER(api_findings_list);
API_HANDLER(api_findings_one);
API_HANDLER(api_items_one);
API_HANDLER(api_items_why);
API_HANDLER(api_items_unlinked);
API_HANDLER(api_suggest_get);
API_HANDLER(api_gaps_get);
API_HANDLER(api_coverage_get);
API_HANDLER(api_initiatives_list);
API_HANDLER(api_initiatives_one);
API_HANDLER(api_krs_list);
API_HANDLER(api_krs_one);
API_HANDLER(api_effort_split);
API_HANDLER(api_effort_teams);
API_HANDLER(api_effort_spread);
API_HANDLER(api_needle_get);
API_HANDLER(api_cost_get);
API_HANDLER(api_indices_get);
API_HANDLER(api_retro_get);
API_HANDLER(api_rules_precision);
API_HANDLER(api_test_idea);
API_HANDLER(api_compare_post);
API_HANDLER(api_compare_whatif);
API_HANDLER(api_strategy_get);
API_HANDLER(api_versions_list);
API_HANDLER(api_versions_diff);
API_HANDLER(api_decisions_list);
API_HANDLER(api_event_reach);
API_HANDLER(api_export_get);
API_HANDLER(api_rival_get);
API_HANDLER(api_routes_test);
API_HANDLER(api_journal_audit);
API_HANDLER(api_journal_outbox);

/* ASIDE rows */
API_HANDLER(api_replay_post);

/* ENGINE rows */
API_HANDLER(api_writes_link);
API_HANDLER(api_writes_unlink);
API_HANDLER(api_writes_exempt);
API_HANDLER(api_writes_unexempt);
API_HANDLER(api_silences_list);
API_HANDLER(api_silences_add);
API_HANDLER(api_silences_end);
API_HANDLER(api_silences_ack);
API_HANDLER(api_silences_snooze);
API_HANDLER(api_writes_retry);
API_HANDLER(api_writes_channel_test);
API_HANDLER(api_krs_check_in);
API_HANDLER(api_krs_take_back);

/* ACTION rows */
API_HANDLER(api_writes_sync);
API_HANDLER(api_writes_reload);

#undef API_HANDLER

#endif
