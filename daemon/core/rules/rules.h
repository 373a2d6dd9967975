/* The rules by name, for the table and the rules' own files. Constants only. */
#ifndef CORE_RULES_RULES_H
#define CORE_RULES_RULES_H

#include "core/rule.h"

#define RULE(name) extern const struct rule rule_##name;
#include "core/rules/rules.def"
#undef RULE

#endif
