/*
 * A question on the status socket, over a real connection, between two turns of
 * the loop: no time passes meanwhile. Loop thread, outside of callbacks.
 */
#ifndef SIMULATION_ASK_H
#define SIMULATION_ASK_H

#include <jansson.h>
#include <uv.h>

/* `body` NULL: GET, else POST. The answer, which the caller decrefs, and its status.
   NULL with 0: the daemon dies meanwhile. Ends the run where there is none else. */
json_t *ask(uv_loop_t *loop, const char *socket, const char *path, const char *body,
            int *ret_status);

#endif
