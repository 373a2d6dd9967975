/*
 * Any address that answers with JSON: the number that a JSON pointer (RFC 6901) leads
 * to.
 */
#ifndef CONNECTORS_VALUES_JSON_H
#define CONNECTORS_VALUES_JSON_H

#include "connectors/connector.h"

extern const struct value_ops json_ops;

#endif
