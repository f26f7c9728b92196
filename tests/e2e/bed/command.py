"""The programs under test and what they say."""
import json
import os
import unittest

from .process import run


def programs():
    """The directory of the programs under test: the build's bin, as ctest tells in OUTWARD_BIN."""
    directory = os.environ.get("OUTWARD_BIN")
    if not directory:
        raise unittest.SkipTest("needs OUTWARD_BIN, the build's bin directory")
    return directory


class Outward:
    """outward(1)."""

    def __init__(self):
        self.path = f"{programs()}/outward"

    def __call__(self, *arguments, check=True, **options):
        return run(self.path, *arguments, check=check, **options)

    def report(self, *logs, options=()):
        """The JSON report of these log files, of a mail system that stands on 127.0.0.1."""
        words = ["--internal", "127.0.0.1", *(word for log in logs for word in ("--log", log))]
        return json.loads(self("report", *words, "--format", "json", *options).stdout)


def destinations(report):
    """domain -> (sent, encrypted, plaintext, unknown) of a JSON report, domains without a sent message left out."""
    return {row["domain"]: tuple(row[key] for key in ("sent", "encrypted", "plaintext", "unknown"))
            for row in report["destinations"] if row["sent"]}


def submissions(report):
    """How many submissions a JSON report says were accepted, held, deferred and rejected."""
    return {key: sum(row[key] for row in report["submission"]) for key in ("accepted", "held", "deferred", "rejected")}


def decided(records):
    """What submissions() must say when these are the gate's records."""
    words = {"accept": "accepted", "hold": "held", "tempfail": "deferred", "reject": "rejected"}
    totals = dict.fromkeys(words.values(), 0)
    for record in records:
        if record["direction"] == "outbound":
            totals[words[record["decision"]]] += 1
    return totals


def truth(peers):
    """What destinations() must say when these peers are the only receivers."""
    totals = {}
    for peer in peers:
        for address, tls in peer.received():
            domain = address.rpartition("@")[2].lower().encode("idna").decode()
            sent, encrypted, plaintext, unknown = totals.get(domain, (0, 0, 0, 0))
            totals[domain] = (sent + 1, encrypted + (tls is not None), plaintext + (tls is None), unknown)
    return totals
