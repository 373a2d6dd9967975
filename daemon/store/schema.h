/* Migrations, compiled in from daemon/store/schema/NNN.sql in name order. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

extern const char *const schema_sql[];
extern const unsigned schema_count;

#endif
