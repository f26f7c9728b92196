#include "shared/huge_pages.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    HUGE_PAGE = 2 * 1024 * 1024, /* of x86-64 and arm64 */
    PIECE = 64 * 1024,           /* less than what malloc maps alone */
    PIECES = 64                  /* more than what it may have at hand */
};

/* Use up what malloc has at hand, so that it moves the end of the heap; false where it does not. */
static bool grow_heap(const void *end)
{
    void *pieces[PIECES];
    size_t count = 0;
    bool grown = false;

    while (!grown && count < PIECES && (pieces[count] = malloc(PIECE)) != NULL) {
        count++;
        grown = sbrk(0) != end;
    }
    while (count > 0)
        free(pieces[--count]);
    return grown;
}

static uintptr_t round_down(uintptr_t address)
{
    return address / HUGE_PAGE * HUGE_PAGE;
}

bool huge_pages_for_heap(void)
{
    char *old_end = sbrk(0);
    uintptr_t begin, end;

    if (mallopt(M_TOP_PAD, HUGE_PAGES_HEAP) == 0 || !grow_heap(old_end))
        return false;
    begin = round_down((uintptr_t)old_end + HUGE_PAGE - 1);
    end = round_down((uintptr_t)sbrk(0));
    return begin < end && madvise(old_end + (begin - (uintptr_t)old_end), end - begin, MADV_HUGEPAGE) == 0;
}
