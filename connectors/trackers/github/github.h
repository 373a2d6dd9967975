/*
 * GitHub (github.com, GHE.com, Enterprise Server) as a tracker: which request
 * comes next and what an answer means. Pure, on the engine thread; see
 * connectors/connector.h for the contract and README.md here for endpoints,
 * limits and quirks.
 *
 * struct github_conf is owned by the configuration that bound it and borrowed
 * by a context from create to destroy. Nothing a server says is an error of
 * the functions behind github_ops: it is an event of the feed.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/conf_key.h"
#include "connectors/connector.h"

/* The keys of a `type: github` source besides those of struct tracker_conf. */
struct github_conf {
    struct str_list repos; /* owner/repository */
    struct str org;        /* whose repositories are found out; empty: none */
    struct str_list include, exclude; /* globs of them */
    bool archived, forks;             /* those, too */
    struct secret token; /* optional: public repositories, 60 requests an hour */
    struct {
        int64_t id;           /* 0: no App */
        int64_t installation; /* 0: found out */
        struct secret key;    /* RSA, PEM */
    } app;
    struct str_list projects; /* owner/number */
    bool status_history;      /* timelines are read */
    bool dependencies;        /* what issues wait for is read */
};

extern const struct tracker_ops github_ops;

#endif
