/*
 * huge_pages - larger pages under the heap
 *
 * For programs whose tables are looked up at random and are larger than what
 * the processor knows the places of in pages of 4 KiB.
 */
#ifndef SHARED_HUGE_PAGES_H
#define SHARED_HUGE_PAGES_H

#include <stdbool.h>

/*
 * Reserve HUGE_PAGES_HEAP octets of address space behind the heap's end, and ask the kernel for huge pages there
 * (madvise(2), MADV_HUGEPAGE): what malloc(3) gives to this thread from then on lies in them, but for pieces that it maps
 * alone.  Nothing of it is in use before it is written to.  Once in a process, before there are other threads: it sets
 * how malloc grows the heap (mallopt(3), M_TOP_PAD), and that large pieces are mapped alone from 128 KiB on.
 * False where there is nothing to gain: another malloc, or a kernel without huge pages; all works as before.
 */
bool huge_pages_for_heap(void);

enum { HUGE_PAGES_HEAP = 32 * 1024 * 1024 };

#endif
