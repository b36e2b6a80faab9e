/* The header by itself, as C11: compiled with -pedantic -Werror. */
#include "steepest.h"

#include "steepest.h"

_Static_assert(sizeof(steepest_certificate) == 64, "eight doubles");
_Static_assert(sizeof(steepest_matrix) == 32, "four words");
