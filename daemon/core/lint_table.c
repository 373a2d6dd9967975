#include "core/lint_in.h"

/* ---- optional parts ---- */

/* A part is asked for only where it would have something to hold on to. */
static enum lint_answer there_if(bool asked, bool there)
{
    return !asked ? LINT_NOT_ASKED : there ? LINT_PASSED : LINT_FOUND;
}

#define HAS(name, asked, there)                                                        \
    static enum lint_answer has_##name(const struct lint_in *in)                       \
    {                                                                                  \
        return there_if(asked, there);                                                 \
    }
HAS(vision, true, in->s->vision != NULL)
HAS(not_doing, true, in->s->n_not_doing > 0)
HAS(intents, true, (in->missing & STRATEGY_KIND(NODE_INTENT)) == 0)
HAS(shares, (in->missing & STRATEGY_KIND(NODE_OBJECTIVE)) == 0, in->any_share)
HAS(buckets, true, in->s->n_buckets > 0)
HAS(teams, true, in->s->n_teams > 0)
HAS(people, true, in->s->n_people > 0)
HAS(decisions, true, in->s->n_decisions > 0)
HAS(assumptions, in->s->n_decisions > 0, in->any_assumption)
HAS(ranks, in->n_live_initiatives > 1, in->any_rice)
HAS(competitors, true, in->s->n_competitors > 0)
HAS(review, true, in->s->review_by.year != 0)
#undef HAS

/* ---- the table ---- */

#define OF(kind) STRATEGY_KIND(NODE_##kind)
#define PART(id_, name, fix_, has_, what_, why_)                                       \
    {                                                                                  \
        .id = id_, .level = LINT_HINT, .what = what_, .why = why_, .has = has_,        \
        .part = name, .fix = fix_                                                      \
    }

const struct lint_check lint_checks[] = {
    PART("no-vision", "vision", "add vision: {statement, customers, ...}", has_vision,
         "Is there a vision", "with it alignctl why ends in what it is all for"),
    PART("no-not-doing", "not_doing", "add not_doing: {id, title, why, match}",
         has_not_doing, "Is it said what is not done",
         "with it work on what was decided against is noticed"),
    PART("no-intents", "intents",
         "add intents: {id, title, why}, the first matters most", has_intents,
         "Are there intents", "with them alignctl why says which choice work serves"),
    PART("no-shares", "planned shares", "add share to the objectives, 100% together",
         has_shares, "Is effort planned for objectives",
         "with them actual effort is held against the plan"),
    PART("no-buckets", "buckets", "add buckets: {id, title, share, match}", has_buckets,
         "Is there a place for work that no objective asks for",
         "with them upkeep counts as meant, not as unlinked"),
    PART("no-teams", "teams", "add teams: {id, title, people, key_results, match}",
         has_teams, "Are there teams",
         "with them findings go to the team, and needs can be asked about"),
    PART("no-people", "people", "add people: {id, name, github, jira, slack}",
         has_people, "Are there people",
         "with them owners can be mentioned, and one person's accounts are one"),
    PART("no-decisions", "decisions",
         "add decisions: {id, date, chose, rejected, because}", has_decisions,
         "Are decisions written down",
         "with them it is known later what was chosen over what, and why"),
    PART("no-assumptions", "assumes in any decision",
         "add assumes: [share(ID) >= 55%, pace(ID) >= -10%]", has_assumptions,
         "Does any decision say what has to stay true",
         "with it one hears when the grounds of a decision are gone"),
    PART("no-ranks", "rice on any initiative",
         "add rice: {reach, impact, confidence, effort}", has_ranks,
         "Is there a rank of initiatives",
         "with it work on the lesser one before the greater is noticed"),
    PART("no-competitors", "competitors",
         "add competitors: {id, title, threat, attacks}", has_competitors,
         "Are others named",
         "with them an intent under attack without effort is noticed"),
    PART("no-review", "review_by", "add review_by: the day to look at all of it again",
         has_review, "Is there a day to look at all of it again",
         "with it one is reminded before the strategy is out of date"),
    {.id = "shares-sum",
     .level = LINT_ERROR,
     .what = "Do the planned shares of buckets leave room for the objectives",
     .why = "A plan of more than everything cannot be compared with anything",
     .ask = lint_shares_sum},
    {.id = "objectives-over",
     .level = LINT_WARNING,
     .what = "Does any objective run, or is it to come",
     .why = "Rules and plan look at running objectives only",
     .ask = lint_objectives_over},
    {.id = "initiatives-over",
     .level = LINT_WARNING,
     .what = "Is any initiative neither done nor dropped",
     .why = "Without one all work is beside the strategy",
     .ask = lint_initiatives_over},
    {.id = "many-objectives",
     .level = LINT_HINT,
     .what = "Do at most five objectives run at one time",
     .why = "What is to come first is not said where everything does",
     .ask = lint_many_objectives},
    {.id = "vague-vision",
     .level = LINT_HINT,
     .of = OF(VISION),
     .what = "Has the vision customers, differentiator, will, wont and horizon, and "
             "eight words",
     .why = "What fits every company chooses nothing",
     .ask = lint_vague_vision},
    {.id = "missing-middle",
     .level = LINT_WARNING,
     .of = OF(INTENT) | OF(OBJECTIVE) | OF(INITIATIVE),
     .what = "Does an objective serve each intent, has each objective a key result, "
             "does each initiative move one",
     .why = "Work below a gap cannot be traced to what it is for",
     .ask = lint_missing_middle},
    {.id = "kr-unmeasurable",
     .level = LINT_WARNING,
     .of = OF(KR),
     .what =
         "Has each key result what its kind needs of baseline, target, by, unit and "
         "owner (its own or the objective's)",
     .why = "Without them nobody can say whether it is on pace",
     .ask = lint_kr_unmeasurable},
    {.id = "contested-metric",
     .level = LINT_WARNING,
     .of = OF(KR),
     .what = "Has each metric one owner and one direction at one time",
     .why = "Two who pull at one number undo each other's work",
     .ask = lint_contested_metric},
    {.id = "kr-without-team",
     .level = LINT_HINT,
     .of = OF(KR),
     .what = "Is each key result some team's own",
     .why = "What is everybody's is nobody's",
     .ask = lint_kr_without_team},
    {.id = "team-without-kr",
     .level = LINT_HINT,
     .of = OF(TEAM),
     .what = "Has each team a key result of its own",
     .why = "A team without one cannot tell what matters more",
     .ask = lint_team_without_kr},
    {.id = "output-verb",
     .level = LINT_HINT,
     .of = OF(OBJECTIVE),
     .what = "Does no objective begin with a verb of making: build, launch, ship",
     .why = "What is made can be done and nothing be different",
     .ask = lint_output_verb},
    {.id = "only-a-number",
     .level = LINT_HINT,
     .of = OF(OBJECTIVE),
     .what = "Does each objective say more than a number",
     .why = "A number tells nobody what to do or leave",
     .ask = lint_only_number},
    {.id = "currency-target",
     .level = LINT_HINT,
     .of = OF(OBJECTIVE),
     .what = "Stands a customer's outcome beside each target in money",
     .why = "Money comes from what customers get; that is what work can change",
     .ask = lint_currency_target},
    {.id = "kr-deliverable",
     .level = LINT_HINT,
     .of = OF(KR),
     .what = "Is no key result a thing to be made",
     .why = "It says that work was done, not that it worked",
     .ask = lint_kr_deliverable},
    {.id = "share-missing",
     .level = LINT_HINT,
     .of = OF(OBJECTIVE),
     .what = "Where objectives have shares, have all of them",
     .why = "All effort for one without counts as off the plan",
     .ask = lint_share_missing},
    {.id = "owner-missing",
     .level = LINT_HINT,
     .of = OF(INTENT) | OF(OBJECTIVE) | OF(INITIATIVE),
     .what = "Has each intent, objective and initiative an owner",
     .why = "A finding about it reaches nobody in particular",
     .ask = lint_owner_missing},
    {.id = "why-missing",
     .level = LINT_HINT,
     .of = OF(NOT_DOING) | OF(INTENT) | OF(OBJECTIVE) | OF(INITIATIVE),
     .what = "Says each why (an initiative: its problem) in eight words or more",
     .why = "Who knows why can decide alone, and notice when it no longer holds",
     .ask = lint_why_missing},
    {.id = "rank-missing",
     .level = LINT_HINT,
     .of = OF(INITIATIVE),
     .what = "Where initiatives have rice, have all of them",
     .why = "One without a rank is never found to be held up or in the way",
     .ask = lint_rank_missing},
    {.id = NULL},
};
