/* The same suite over the scanner as it is compiled where there is no SSE2. */
#define PROJECT_PORTABLE 1
#include "connectors/wire/project.c"

#include "tests/unit/test_project.c"
