"""Waiting for a condition, never for a time."""
import time

# Seconds.  pickup(8) looks into maildrop once a minute when its wake-up call is lost, as on a loaded machine it may be.
PATIENCE = 75.0


def until(condition, what, timeout=PATIENCE):
    """The first true value of condition(); after timeout seconds an error that says what did not happen.

    what is a text, or a function that gives one when it is needed.
    """
    end = time.monotonic() + timeout
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"not within {timeout:g} s: {what() if callable(what) else what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
