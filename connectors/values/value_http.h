/*
 * What value sources share: an address and credentials, the request that carries them,
 * and the JSON of its answer. Pure.
 */
#ifndef CONNECTORS_VALUES_VALUE_HTTP_H
#define CONNECTORS_VALUES_VALUE_HTTP_H

#include <jansson.h>

#include "connectors/connector.h"

struct value_http_conf {
    struct str url;
    struct str user;     /* set: Basic user:token; empty: Bearer token */
    struct secret token; /* optional */
};

extern const struct conf_key value_http_keys[];

/* Reports what does not go together. */
void value_http_check(const struct value_http_conf *own, tracker_report_fn *report,
                      void *arg);
/* GET, 1 MiB, 10 s, no redirects, no link-local peer. `url` is the whole address. */
bool value_http_request(const struct value_http_conf *own, struct str url,
                        struct arena *a, struct http_request *ret,
                        struct err *e) MUST_USE;
/* Owned json_t of an answer with status 200; numbers are json_real. */
bool value_http_json(const struct http_response *resp, json_t **ret,
                     struct err *e) MUST_USE;
/* Why an answer is none, from its status. */
bool value_http_status(const struct http_response *resp, struct err *e);

#endif
