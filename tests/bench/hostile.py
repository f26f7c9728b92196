#!/usr/bin/python3
"""What a log can do to the report: memory stays bounded, nothing is lost without a word.

usage: hostile.py [--large] OUTWARD

Random octets, one line without end, queue IDs that are never finished, more domains than there are rows.  With --large
as much of it as outward-report(1) speaks of (a line of 1 GiB, 10 million queue IDs and domains), else a hundredth.
Prints peak memory of each; exit 1 when something is not as it should be.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

MEBIBYTE = 1 << 20
PEAK = 48 * MEBIBYTE  # of a report with up to 20,000 domains
DESTINATIONS_MAX = 1 << 20
OCTETS_A_DOMAIN = 300
MESSAGES_MAX = 131072
HEAD = "Nov 21 10:00:00 mail postfix/"
BATCH = 10000


def random_octets(size):
    """No log at all."""
    source = random.Random(1)
    for _ in range(size // MEBIBYTE):
        yield source.randbytes(MEBIBYTE)


def endless_line(size):
    """A delivery whose reply never ends, and a whole one behind it."""
    yield (HEAD + "smtp[7]: 4F1AB2AB8001: to=<a@example.com>, relay=mx[192.0.2.1]:25, delay=1, dsn=4.0.0, "
           "status=deferred (").encode()
    for _ in range(size // MEBIBYTE):
        yield b"x" * MEBIBYTE
    yield b"\n" + delivery(1, "example.org")


def delivery(number, domain):
    """One line of smtp(8)."""
    return (f"{HEAD}smtp[7]: {number + 0x100000:X}: to=<a@{domain}>, relay=mx[192.0.2.1]:25, delay=1, "
            "delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n").encode()


def in_batches(count, line):
    """Lines 0 to count - 1, many at once."""
    for begin in range(0, count, BATCH):
        yield b"".join(line(number) for number in range(begin, min(begin + BATCH, count)))


def unfinished(count):
    """Messages that enter the queue and are never heard of again."""
    return in_batches(count, lambda number: (
        f"{HEAD}smtpd[9]: {number + 0x100000:X}: client=unknown[192.0.2.9]\n"
        f"{HEAD}qmgr[5]: {number + 0x100000:X}: from=<a@d{number % 5000}.example>, size=1, nrcpt=1 (queue active)\n"
    ).encode())


def many_domains(count):
    """A delivery to each."""
    return in_batches(count, lambda number: delivery(number % 65536, f"d{number}.example.com"))


def report(outward, config, stream):
    """The JSON report of a stream, and the program's peak memory in octets."""
    command = [outward, "report", "--config", config, "--log", "-", "--format", "json", "--tls-logging", "on"]
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out)
        for octets in stream:
            process.stdin.write(octets)
        process.stdin.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return process.returncode, json.load(out), used.ru_maxrss * 1024


class Trial:
    """Runs the program and remembers what went wrong."""

    def __init__(self, outward, config):
        self.outward, self.config, self.good = outward, config, True

    def run(self, name, stream, most, expected):
        """expected: text -> whether the report is as it should be."""
        code, told, peak = report(self.outward, self.config, stream)
        wrong = [text for text, holds in expected.items() if not holds(told)]
        wrong += [] if code == 0 else [f"exit code {code}"]
        wrong += [] if peak <= most else [f"more than {most / MEBIBYTE:.0f} MiB"]
        print(f"{name}: peak {peak / MEBIBYTE:.1f} MiB{''.join(', NOT RIGHT: ' + text for text in wrong)}", flush=True)
        self.good = self.good and not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--large", action="store_true")
    parser.add_argument("outward")
    arguments = parser.parse_args()
    count = 10000000 if arguments.large else 200000
    size = (1024 if arguments.large else 8) * MEBIBYTE
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        trial = Trial(arguments.outward, config.name)
        trial.run(f"{size // MEBIBYTE} MiB of random octets", random_octets(size), PEAK, {
            "all of it is unparsed": lambda told: told["completeness"]["unparsed"] > 0,
            "nothing is counted": lambda told: told["totals"]["sent"] == 0})
        trial.run(f"a line of {size // MEBIBYTE} MiB", endless_line(size), PEAK, {
            "it counts": lambda told: told["totals"]["deferred"] == 1,
            "the one behind it counts": lambda told: told["totals"]["sent"] == 1})
        trial.run(f"{count:,} queue IDs that are never finished", unfinished(count), PEAK, {
            "what was forgotten is told": lambda told: told["completeness"]["evicted"] == count - MESSAGES_MAX})
        most = PEAK + OCTETS_A_DOMAIN * (min(count, DESTINATIONS_MAX) - 20000)
        trial.run(f"{count:,} domains", many_domains(count), most, {
            "every message counts": lambda told: told["totals"]["sent"] == count,
            "the rest shares a row": lambda told: len(told["destinations"]) == min(count, DESTINATIONS_MAX + 1),
            "rows and total agree": lambda told: sum(row["sent"] for row in told["destinations"]) == count})
    return 0 if trial.good else 1


if __name__ == "__main__":
    sys.exit(main())
