"""How a test file runs: by itself or by ctest, with a line for each test."""
import os
import subprocess
import sys
import unittest

SKIPPED = 77  # what ctest is told to take for "skipped"

NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
INSIDE = "OUTWARD_TEST_NAMESPACE"


def enter_namespace():
    """Go on in a process namespace of our own, where that is allowed.

    What a killed test leaves running, it takes with it: ctest's timeout kills without asking.
    """
    if os.geteuid() != 0 or INSIDE in os.environ:
        return
    if subprocess.run([*NAMESPACE, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        os.execvpe(NAMESPACE[0], [*NAMESPACE, sys.executable, "-B", *sys.argv], {**os.environ, INSIDE: "yes"})


def main():
    """Run the tests of the calling file.  Exit 0 passed, 1 failed or nothing to run, 77 when every test was skipped."""
    enter_namespace()
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    # A test counts as run also when it skips itself; a class that skips in setUpClass does not.
    ran = result.testsRun - sum(isinstance(test, unittest.TestCase) for test, _reason in result.skipped)
    if ran == 0:
        sys.exit(SKIPPED if result.skipped else 1)
