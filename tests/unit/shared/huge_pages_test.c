#include "shared/huge_pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* Do huge pages suit where this lies, by the flags of its mapping (proc(5), smaps)? */
static bool is_advised(const void *place)
{
    FILE *file = fopen("/proc/self/smaps", "r");
    bool here = false, advised = false;
    char line[512];

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        uintptr_t begin, end;

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2)
            here = (uintptr_t)place >= begin && (uintptr_t)place < end;
        if (here && strncmp(line, "VmFlags:", 8) == 0)
            advised = strstr(line, " hg") != NULL;
    }
    fclose(file);
    return advised;
}

START_TEST(what_is_allocated_from_then_on_lies_in_huge_pages)
{
    enum { PIECE = 16384, PIECES = 256 };
    bool done = huge_pages_for_heap();
    char *pieces[PIECES];

    if (access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) == 0)
        ck_assert(done);
    for (int i = 0; i < PIECES; i++) {
        pieces[i] = malloc(PIECE);
        ck_assert_ptr_nonnull(pieces[i]);
        memset(pieces[i], i, PIECE);
    }
    ck_assert(is_advised(pieces[PIECES - 1]) == done);
    for (int i = 0; i < PIECES; i++) {
        ck_assert_int_eq((unsigned char)pieces[i][PIECE - 1], i);
        free(pieces[i]);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("huge_pages");
    TCase *tests = tcase_create("huge_pages");

    tcase_add_test(tests, what_is_allocated_from_then_on_lies_in_huge_pages);
    suite_add_tcase(suite, tests);
    return suite;
}
