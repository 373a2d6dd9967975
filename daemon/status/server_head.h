/*
 * Judges the head of an HTTP/1 request (RFC 9112) before libmicrohttpd has it,
 * which answers what it does not like with a page of its own. What is sound here
 * is so for libmicrohttpd 0.9.75 as we start it, too (connection.c:
 * parse_initial_message_line, process_header_line, parse_connection_headers).
 * Pure; any thread.
 */
#ifndef STATUS_SERVER_HEAD_H
#define STATUS_SERVER_HEAD_H

#include "base/str.h"
#include "status/server_problem.h"

/*
 * Of a head, in bytes; of its header lines, query parameters and cookies together; and
 * of what libmicrohttpd needs for it, which has a record of each of those and a second
 * copy of the cookies. That is its memory for a connection, most of which it clears
 * twice with each request: more of it is slower.
 */
enum {
    SERVER_HEAD_MAX = 16 << 10,
    SERVER_HEAD_LINES = 100,
    SERVER_HEAD_MEMORY = 24 << 10
};

enum server_head {
    SERVER_HEAD_PART, /* the empty line is still to come */
    SERVER_HEAD_SOUND,
    SERVER_HEAD_BAD,
};

/* `received` is what came so far. *ret is written with SERVER_HEAD_BAD only. */
enum server_head server_head_judge(struct str received, struct server_problem *ret);

#endif
