/* suffix_list - the Public Suffix List for the tests of a file, opened and closed as a fixture of theirs */
#ifndef TESTS_UNIT_SUFFIX_LIST_H
#define TESTS_UNIT_SUFFIX_LIST_H

#include "shared/public_suffix.h"
#include "tests/unit/unit.h"

static struct public_suffix *list;

/* For tcase_add_checked_fixture() or tcase_add_unchecked_fixture(): the distribution's list, which must be there. */
static void open_list(void)
{
    list = public_suffix_open();
    ck_assert_ptr_nonnull(list);
}

/* Its other half. */
static void close_list(void)
{
    public_suffix_close(list);
}

#endif
