/*
 * The values behind {credential: NAME}, {file: PATH} and {env: NAME}: see
 * conf_load_secrets of config/config.h. They are found by the tables, so that
 * none is forgotten when they are wiped.
 */
#ifndef CONFIG_SECRETS_H
#define CONFIG_SECRETS_H

#include "config/config.h"

void secrets_wipe(struct conf *c);

#endif
