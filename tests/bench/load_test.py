#!/usr/bin/python3
"""The load client tells good mail from bad: what the gate lets pass and refuses, it sees, at many connections.

usage: load_test.py BUILD
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from measure.gate import Bench  # noqa: E402 pylint: disable=wrong-import-position

# Options of the load, and if milter_load must be content.
CASES = (
    ("submissions under TLS with a login pass", ("--profile", "submission", "--sessions", 64), True),
    ("so they do on 1,000 connections at once", ("--sessions", 1000, "--per-session", 1), True),
    ("and on 5,000", ("--sessions", 5000, "--per-session", 1), True),
    ("so do those on an implicit TLS listener", ("--profile", "smtps"), True),
    ("sendmail(1) mail passes", ("--profile", "local", "--per-session", 1), True),
    ("strangers' mail to local users is not judged", ("--profile", "stranger-tls"), True),
    ("mail in plaintext is told as refused", ("--profile", "submission-plaintext"), False),
    ("mail without a login is told as refused", ("--profile", "submission-unauthenticated"), False),
    ("where a refusal is expected it is fine", ("--profile", "submission-plaintext", "--expect-refusal"), True),
    ("where a refusal is expected a pass is a fault", ("--profile", "submission", "--expect-refusal"), False),
)


def main():
    failed = False
    with tempfile.TemporaryDirectory(prefix="outward-bench.") as directory, Bench(sys.argv[1], directory) as bench:
        gate = bench.gate("gate")
        for name, options, content in CASES:
            try:
                bench.load(gate, "--mails", 200, "--seconds", 30, *options)
                found = True
            except subprocess.CalledProcessError:
                found = False
            print(f"{'ok' if found == content else 'FAILED'}: {name}", flush=True)
            failed = failed or found != content
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
