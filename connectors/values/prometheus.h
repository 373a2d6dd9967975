/*
 * Prometheus and what speaks its API: an instant query (GET /api/v1/query) whose answer
 * is one number, a scalar or a vector of exactly one sample.
 */
#ifndef CONNECTORS_VALUES_PROMETHEUS_H
#define CONNECTORS_VALUES_PROMETHEUS_H

#include "connectors/connector.h"

extern const struct value_ops prometheus_ops;

#endif
