/* What rules of key results say alike. Pure, any thread; texts live in the arena given. */
#ifndef CORE_RULES_KR_WORDS_H
#define CORE_RULES_KR_WORDS_H

#include "core/rule_view.h"
#include "core/rules/wording.h"

/* Where the settings give no `for`: one check_in. */
void kr_wait(const struct rule_input *in, struct rule_hit *hit);
/* Whether its period contains today; an end or a beginning that is not known is open. */
bool kr_is_running(const struct rule_input *in);
/* The earlier of *next and the beginning of the day, where that is yet to come. */
void kr_look_at(const struct rule_input *in, struct date d, struct wall *next);
/* As exactly as its way asks for: "53" from 40 to 60, "3.9" from 5 to 3; no unit. */
struct str kr_about(struct arena *a, const struct key_result *kr, double v);
/* "40->60 points by 31 Dec", "at least 99.9% until 31 Dec", "done by 31 Dec" */
struct str kr_aim_words(const struct rule_input *in, struct arena *a);

#endif
