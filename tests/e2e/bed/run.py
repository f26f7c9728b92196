"""How a test file runs: by itself or by ctest, with a line for each test."""
import sys
import unittest

SKIPPED = 77  # what ctest is told to take for "skipped"


def main():
    """Run the tests of the calling file.  Exit 0 passed, 1 failed or nothing to run, 77 when every test was skipped."""
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    # A test counts as run also when it skips itself; a class that skips in setUpClass does not.
    ran = result.testsRun - sum(isinstance(test, unittest.TestCase) for test, _reason in result.skipped)
    if ran == 0:
        sys.exit(SKIPPED if result.skipped else 1)
