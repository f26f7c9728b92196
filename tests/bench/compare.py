#!/usr/bin/python3
"""Compare a report with the truth of a generated log, cell by cell.

usage: compare.py [--lines N] [--seed N] [--rate N] [--domains N] [--hosts N]
                  [--prefix NAME]... [--directory D] LOG_GENERATOR OUTWARD
       compare.py --report REPORT.json --truth TRUTH.json

The first form writes a log in each prefix format (all, without --prefix), has
`outward report --format json` read it, and compares.  Exit 1 when a cell differs.
"""
import argparse
import calendar
import json
import os
import subprocess
import sys
import tempfile
import time

PREFIXES = ["traditional", "postlogd", "journal-short", "short-iso", "rfc3339", "rfc5424", "json"]
SHOWN = 20  # differences told of each comparison
REPORT_ONLY = {"gmail_peak_24h", "bulk_since", "guidelines"}  # what follows from cells that are compared
ROW_NAMES = {"domain", "origin", "listener", "login", "client", "tls", "auth"}


def keyed(rows, *names):
    """Rows of a list by their names, so that order does not matter."""
    result = {}
    for row in rows:
        key = "/".join(str(row[name]) for name in names)
        if key in result:
            raise ValueError(f"two rows of {key}")
        result[key] = row
    return result


def cells(document):
    """{path: value} of what both sides must agree on; counts of 0 are left out."""
    compared = {name: document[name] for name in ("totals", "lmtp", "via_smarthost", "internal")}
    compared["completeness"] = {name: document["completeness"][name]
                                for name in ("lines", "deliveries", "unknown", "reasons")}
    compared["destinations"] = keyed(document["destinations"], "domain")
    compared["senders"] = keyed(document["senders"], "domain", "origin")
    compared["submission"] = keyed(document["submission"], "listener", "login", "client", "tls", "auth")
    result = {}
    flatten(compared, "", result)
    return result


def flatten(value, path, result):
    """Leaves of nested objects, by path."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name in REPORT_ONLY or name in ROW_NAMES:
                continue
            flatten(child, f"{path} > {name}" if path else name, result)
    elif value not in (0, None, False):
        result[path] = value


def differences(truth, report):
    """Lines that tell where the report departs from the truth."""
    right, told = cells(truth), cells(report)
    for path in sorted(right.keys() | told.keys()):
        if right.get(path) != told.get(path):
            yield f"{path}: truth {right.get(path)}, report {told.get(path)}"


def generate(arguments, prefix, log, truth):
    """One log and its truth."""
    command = [arguments.programs[0], "--prefix", prefix, "--truth", truth]
    for name in ("lines", "seed", "rate", "domains", "hosts"):
        command += [f"--{name}", str(getattr(arguments, name))]
    with open(log, "wb") as out:
        subprocess.run(command, check=True, stdout=out)


def report_of(arguments, log, truth):
    """The report of a log.  Its file is as old as its last line: stamps without a year are told from that."""
    end = calendar.timegm(time.strptime(truth["period"]["until"], "%Y-%m-%dT%H:%M:%SZ")) + 1
    os.utime(log, (end, end))
    command = [arguments.programs[1], "report", "--config", arguments.config, "--log", log, "--format", "json"]
    environment = dict(os.environ, TZ="UTC", LC_ALL="C")
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def tell(name, truth, report):
    """True when both agree."""
    found = list(differences(truth, report))
    print(f"{name}: {len(cells(truth))} cells, {len(found)} differ")
    for line in found[:SHOWN]:
        print(f"  {line}")
    return not found


def compare_prefix(arguments, prefix, directory):
    """Generate, report, compare; the log stays where --directory asked for it."""
    log, truth_path = os.path.join(directory, f"{prefix}.log"), os.path.join(directory, f"{prefix}.truth.json")
    generate(arguments, prefix, log, truth_path)
    with open(truth_path, encoding="utf-8") as file:
        truth = json.load(file)
    same = tell(prefix, truth, report_of(arguments, log, truth))
    if arguments.directory is None:
        os.remove(log)
    return same


def compare_files(report_path, truth_path):
    """Compare two files that are there."""
    with open(report_path, encoding="utf-8") as report, open(truth_path, encoding="utf-8") as truth:
        return tell(report_path, json.load(truth), json.load(report))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--lines", type=int, default=200000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--domains", type=int, default=2000)
    parser.add_argument("--hosts", type=int, default=7)
    parser.add_argument("--prefix", action="append", choices=PREFIXES)
    parser.add_argument("--directory", help="keep logs and truths there")
    parser.add_argument("--report")
    parser.add_argument("--truth")
    parser.add_argument("programs", nargs="*", metavar="LOG_GENERATOR OUTWARD")
    arguments = parser.parse_args()
    if arguments.report is not None and arguments.truth is not None:
        return 0 if compare_files(arguments.report, arguments.truth) else 1
    if len(arguments.programs) != 2:
        parser.error("needs the generator and the program that reports")
    with tempfile.TemporaryDirectory() as directory:
        arguments.config = os.path.join(directory, "outward.conf")
        with open(arguments.config, "w", encoding="ascii"):
            pass  # nothing set: the machine's own file stays out of it
        results = [compare_prefix(arguments, prefix, arguments.directory or directory)
                   for prefix in arguments.prefix or PREFIXES]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
