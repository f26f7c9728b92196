/* The main of every unit test program: runs the suite its test file makes. */
#include <stdlib.h>

#include "tests/unit/unit.h"

/* Seconds for a test, enough on any machine however busy.  Check's own are 4, of which a test's neighbours may take most. */
#define PATIENCE "120"

int main(void)
{
    SRunner *runner;
    int failed;

    setenv("CK_DEFAULT_TIMEOUT", PATIENCE, 0); /* before a test case is made */
    runner = srunner_create(make_suite());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
