/* The sync's state machine: every state x event is a row or known to be a bug. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cycle.h"

/* What can happen where: one letter for each event, in their order; '.' never. */
static const char *const expected[CYCLE_STATE_COUNT] = {
    /* tick ask wait done fail answer waited ended cancel drained */
    [CYCLE_IDLE] = "B.......N.",
    [CYCLE_STARTING] = "RSAEE...X.",
    [CYCLE_RUNNING] = "RSAEEF..X.",
    [CYCLE_WAITING] = "R.....T.X.",
    [CYCLE_ENDING] = "RNNNN..DN.",
    [CYCLE_STOPPING] = "NNNNN...ND",
};
static const char letters[] = {
    [CYCLE_DO_NOTHING] = 'N', [CYCLE_DO_BEGIN] = 'B', [CYCLE_DO_REMEMBER] = 'R',
    [CYCLE_DO_SEND] = 'S',    [CYCLE_DO_FEED] = 'F',  [CYCLE_DO_STEP] = 'T',
    [CYCLE_DO_ARM] = 'A',     [CYCLE_DO_END] = 'E',   [CYCLE_DO_ABORT] = 'X',
    [CYCLE_DO_FINISH] = 'D',
};

static void every_cell_is_as_drawn(void **state)
{
    (void)state;
    for (unsigned s = 0; s < CYCLE_STATE_COUNT; s++) {
        for (unsigned e = 0; e < CYCLE_EVENT_COUNT; e++) {
            enum cycle_state at = (enum cycle_state)s;
            enum cycle_action action = CYCLE_DO_NOTHING;
            bool row = cycle_step(&at, (enum cycle_event)e, &action);
            char got = row ? letters[action] : '.';

            if (got != expected[s][e])
                fail_msg("%s on %s: %c, drawn %c", cycle_state_name((enum cycle_state)s),
                         cycle_event_name((enum cycle_event)e), got, expected[s][e]);
            if (!row)
                assert_int_equal(at, s);
        }
    }
}

/* From wherever it is, a sync that is cancelled comes to rest. */
static void cancel_leads_to_idle(void **state)
{
    (void)state;
    for (unsigned s = 0; s < CYCLE_STATE_COUNT; s++) {
        enum cycle_state at = (enum cycle_state)s;
        enum cycle_action action;

        assert_true(cycle_step(&at, CYCLE_ON_CANCEL, &action));
        if (at == CYCLE_STOPPING)
            assert_true(cycle_step(&at, CYCLE_ON_DRAINED, &action));
        else if (at == CYCLE_ENDING)
            assert_true(cycle_step(&at, CYCLE_ON_ENDED, &action));
        assert_int_equal(at, CYCLE_IDLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_as_drawn),
        cmocka_unit_test(cancel_leads_to_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
