/* How the strategy got to where it is. */
#include "tests/company/cast.h"

const int64_t version_days[VERSIONS] = {
    COMPANY_DAY(2025, 7, 1), COMPANY_DAY(2026, 1, 5),  COMPANY_DAY(2026, 4, 27),
    COMPANY_DAY(2026, 7, 1), COMPANY_DAY(2026, 10, 1),
};
const int version_periods[VERSIONS] = {0, 1, 1, 2, 3};

const struct edit edits[] = {
    /* Before October 2026 */
    {5, "allergy-drill", NULL, NULL},
    {5, "town-ledger", NULL, NULL},
    {5, "bid-kit", NULL, NULL},
    {5, "framework-towns", NULL, NULL},
    {5, "D-3", NULL, NULL},
    {5, "E-2", NULL, NULL},
    {5, "schools", "key_results: [framework-towns]", "key_results: [setup-days]"},
    {5, "ladle", "evidence: 2026-09-15", "evidence: 2025-05-20"},
    {5, "spoonful", NULL, NULL},
    {5, "repeat-orders", "status: done", "status: active"},
    {5, "gentle-reminders", "status: done", "status: active"},
    {5, "group-orders", "status: paused", "status: active"},
    {5, "little-waste", "share: 20%", "share: 25%"},
    {5, "steady-noon", "share: 20%", "share: 15%"},
    {5, "forecast-error", "pace: { milestones: { 2026-11-01: 9, 2026-12-01: 8 } }",
     "pace: linear"},
    {5, "setup-days", "pace: { after: 2026-10-19 }", "pace: linear"},
    {5, NULL, "review_by: 2027-02-26", "review_by: 2026-09-25"},
    /* Before July 2026 */
    {4, "swap-dishes", NULL, NULL},
    {4, "cold-store", NULL, NULL},
    {4, "plain-words", NULL, NULL},
    {4, "invoice-clarity", NULL, NULL},
    {4, "load-rehearsal", NULL, NULL},
    {4, "D-2", NULL, NULL},
    {4, "week-planner", "    was: [menu-planner]\n", ""},
    {4, NULL, "week-planner", "menu-planner"},
    {4, "diet-profiles", "status: done", "status: active"},
    {4, "plate-scales", "status: done", "status: active"},
    {4, "parent-app", "status: done", "status: active"},
    {4, "leftover-market", "status: dropped", "status: active"},
    {4, "safe-plates", "share: 25%", "share: 20%"},
    {4, "easy-orders", "share: 20%", "share: 25%"},
    {4, NULL, "review_by: 2026-09-25", "review_by: 2026-06-26"},
    /* Before May 2026 */
    {3, "label-scanner", NULL, NULL},
    {3, "sick-child", NULL, NULL},
    {3, "gentle-reminders", NULL, NULL},
    {3, "offline-till", NULL, NULL},
    {3, "allergen-cards", "status: done", "status: active"},
    {3, "direct-debit", "status: done", "status: active"},
    {3, "E-1", NULL, NULL},
    {3, NULL, "events:\n\n", ""},
    /* Before January 2026 */
    {2, "demand-forecast", NULL, NULL},
    {2, "leftover-market", NULL, NULL},
    {2, "group-orders", NULL, NULL},
    {2, NULL, "initiatives:\n",
     "initiatives:\n"
     "  - id: paper-forms\n"
     "    title: Forms for those who have no phone\n"
     "    problem: Grandparents who fetch the child cannot order and nobody reads "
     "their slips\n"
     "    moves: [orders-by-app]\n"
     "    owner: hanna\n"
     "    status: active\n"
     "    start: 2025-07-01\n"
     "    due: 2025-12-19\n"
     "    rice: { reach: 900, impact: 1, confidence: 50%, effort: 60d }\n"
     "    needs: [ordering]\n"},
    {2, NULL, "retired: [paper-forms, fax-menus]", "retired: [fax-menus]"},
    {2, "orders-by-app", "        was: [app-orders]\n", ""},
    {2, NULL, "orders-by-app", "app-orders"},
    {2, "safe-plates", "share: 20%", "share: 15%"},
    {2, "little-waste", "share: 25%", "share: 20%"},
    {2, "easy-orders", "share: 25%", "share: 35%"},
    {2, NULL, "review_by: 2026-06-26", "review_by: 2025-12-12"},
};
const size_t n_edits = ARRAY_LEN(edits);
