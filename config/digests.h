/* `digests:` of alignd.yaml. */
#ifndef CONFIG_DIGESTS_H
#define CONFIG_DIGESTS_H

#include "config/bind.h"

extern const struct bind_table digest_table; /* struct digest_conf */

/* That they name channels there are. */
void digests_check(struct binder *b, const struct yaml_node *root, const struct conf *c);

#endif
