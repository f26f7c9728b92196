#include "shared/plural.h"

const char *plural(uint64_t number, const char *one, const char *many)
{
    return number == 1 ? one : many;
}
