/*
 * A draft as core/roll.h writes it, in block style, in flow style: as it may stand
 * between the brackets of a list, behind another item and its comma. Comments stay
 * where they are. Pure; any thread.
 */
#ifndef CONFIG_ROLL_FLOW_H
#define CONFIG_ROLL_FLOW_H

#include "base/buf.h"
#include "base/str.h"

void roll_flow(struct str draft, struct buf *out);

#endif
