/*
 * Scripted faults: what goes wrong, for which requests, how often. A request
 * takes the first fault of the list that matches and has turns left. The forms
 * are in README.md. One thread.
 */
#ifndef VENDORS_FAULTS_H
#define VENDORS_FAULTS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "tests/support/vendors/reply.h"

struct faults;
struct fault;

struct faults *faults_create(void); /* NULL: out of memory */
void faults_destroy(struct faults *f);

/* These instead of those that were; none of them where one is wrong. */
bool faults_set(struct faults *f, const json_t *specs, struct err *e) MUST_USE;
void faults_clear(struct faults *f);
json_t *faults_list(const struct faults *f); /* with turns used and left */

/* The fault of this request, its turn taken; NULL: none. */
struct fault *faults_match(struct faults *f, const struct request *rq);
/* Answers instead of the vendor; false: the vendor's answer is to be bent. */
bool faults_replace(struct fault *fault, const struct request *rq, struct reply *rp);
void faults_bend(const struct fault *fault, struct reply *rp);

#endif
