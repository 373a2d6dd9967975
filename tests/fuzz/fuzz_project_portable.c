/* The same as fuzz_project for the scanner as it is compiled without SSE2. */
#define PROJECT_PORTABLE 1
#include "connectors/wire/project.c"

#include "tests/fuzz/fuzz_project.c"
