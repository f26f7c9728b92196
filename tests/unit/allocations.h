/*
 * allocations - memory that runs out where a test asks for it
 *
 * For tests made by outward_memory_test(): the linker leads malloc(), calloc(), realloc() and aligned_alloc() of the
 * program and our libraries, not those of shared libraries, to the functions here (--wrap).
 */
#ifndef TESTS_UNIT_ALLOCATIONS_H
#define TESTS_UNIT_ALLOCATIONS_H

#include <stdbool.h>

/* The allocation with this number from now on, from 0, fails once; with for_good so do all behind it. */
void allocations_fail(long number, bool for_good);

/* None fails any more.  True: one did. */
bool allocations_end(void);

#endif
