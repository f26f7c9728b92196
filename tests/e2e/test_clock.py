#!/usr/bin/python3
"""A system clock that is set ahead and back, while the programs run: nothing hangs, nothing is lost, nobody is flooded."""
import datetime
import os
import struct
import time
import unittest

from bed.base import Bed
from bed.command import programs
from bed.follower import Follower
from bed.milter import MilterConnection
from bed.process import run
from bed.receiver import Script
from bed.run import main
from bed.wait import until

HOUR, DAY = 3600, 86400
LIBRARY = f"{os.path.dirname(programs())}/tests/e2e/libshift_clock.so"
TLS_LINE = ("Trusted TLS connection established to mx.example[192.0.2.1]:25: TLSv1.3 with cipher "
            "TLS_AES_256_GCM_SHA384 (256/256 bits)")


class Clock:
    """A clock that set() moves away from the real one, for processes with this environment."""

    def __init__(self, directory):
        self.path = f"{directory}/clock"
        self.shift = 0
        self.set(0)
        self.environment = {"LD_PRELOAD": LIBRARY, "SHIFT_CLOCK": self.path}

    def set(self, shift):
        """Seconds ahead of the real clock."""
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb") as file:
            file.write(struct.pack("=q", shift))
        self.shift = shift

    def stamp(self, ago=0.0):
        """What a log line of now begins with."""
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.shift - ago)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


@unittest.skipUnless(os.path.exists(LIBRARY), "needs libshift_clock.so: not built with sanitizers")
class Clocked(unittest.TestCase):
    """A bed with a clock."""

    def setUp(self):
        self.bed = Bed()
        self.addCleanup(self.bed.close)
        self.clock = Clock(self.bed.path)


class Gate(Clocked):
    """The gate's clock jumps between and within messages."""

    def open_gate(self, rules):
        gate = self.bed.gate(rules, environment=self.clock.environment, user=None)
        return gate, MilterConnection(gate.milter)

    def test_sessions_and_windows_go_on(self):
        gate, session = self.open_gate("submission { hold volume over 3\n accept }\n")
        session.connect()
        shifts = (0, 25 * HOUR, -400 * DAY, 10 * 365 * DAY, 0)
        verdicts = []
        for number, shift in enumerate(shifts):
            self.clock.set(shift)
            session.message("news@example.org", "x@gmail.com", queue_id=f"4Q{number}")
            verdicts.append(gate.record(queue_id=f"4Q{number}")["decision"])
        self.assertEqual(verdicts, ["accept"] * 3 + ["hold"] * 2)
        self.assertEqual(session.mail("late@example.org")[0], b"c")
        self.clock.set(-30 * DAY)
        session.rcpt("x@gmail.com")
        session.data("4QL")
        self.clock.set(30 * DAY)
        session.header("From", "late@example.org")
        self.assertEqual(session.end("4QL")[1][0], b"c")
        session.close()
        with MilterConnection(gate.milter) as later:
            later.connect()
            later.message("later@example.org", "x@gmail.com", queue_id="4QM")
        self.assertEqual(gate.terminate(), 0)

    def test_a_rule_ends_with_the_clock_it_is_read_by(self):
        today = datetime.datetime.now()
        until_date = (today + datetime.timedelta(days=2)).strftime("%Y-%m-%d")
        gate, session = self.open_gate(f"submission {{ hold until {until_date}\n accept }}\n")
        session.connect()
        for number, (shift, decision) in enumerate(((0, "hold"), (4 * DAY, "accept"), (-DAY, "hold"))):
            self.clock.set(shift)
            session.message("a@example.org", "x@example.net", queue_id=f"4Q{number}")
            self.assertEqual(gate.record(queue_id=f"4Q{number}")["decision"], decision)
        session.close()

    def test_a_reload_and_a_stop_do_not_wait_for_the_clock(self):
        gate, session = self.open_gate("submission { accept }\n")
        session.connect()
        for shift in (DAY, -DAY, -30 * 365 * DAY):
            self.clock.set(shift)
            begin = time.monotonic()
            self.assertIn("generation", gate.reload("submission { accept }\n"))
            self.assertLess(time.monotonic() - begin, 10)
        session.close()
        begin = time.monotonic()
        self.assertEqual(gate.terminate(), 0)
        self.assertLess(time.monotonic() - begin, 15)


class Ledger(Clocked):
    """The follower's clock jumps."""

    def setUp(self):
        super().setUp()
        self.log = f"{self.bed.path}/mail.log"
        self.script = Script(self.bed.path)
        self.sent = 0
        with open(self.log, "w", encoding="utf-8") as file:
            file.write(f"{self.clock.stamp(60)} mail postfix/master[1]: daemon started -- version 3.7.11, "
                       "configuration /etc/postfix\n"
                       f"{self.clock.stamp(50)} mail postfix/smtp[100]: {TLS_LINE}\n{self.delivery(100, 50)}")

    def delivery(self, pid=200, ago=0.0):
        """A line of a delivery, in plaintext if no TLS line of the process came before."""
        self.sent += 1
        return (f"{self.clock.stamp(ago)} mail postfix/smtp[{pid}]: {self.sent:06X}: to=<user@a.example>, "
                "relay=mx.example[192.0.2.1]:25, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 ok)\n")

    def write(self, count=1):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write("".join(self.delivery() for _ in range(count)))

    def follower(self, rules="", **options):
        follower = Follower(self.bed.path, f"file {self.log}", rules=rules, environment=self.clock.environment,
                            **options)
        self.addCleanup(follower.stop)
        return follower

    def counted(self, follower):
        """Deliveries that the ledger's rows add up to."""
        return follower.number("SELECT coalesce(sum(sent), 0) FROM destinations_days")

    def wait_for_sent(self, follower):
        until(lambda: self.counted(follower) == self.sent,
              lambda: f"{self.sent} deliveries counted, not {self.counted(follower)}")

    def test_a_clock_that_was_ahead_for_a_while_removes_nothing(self):
        follower = self.follower(keep="keep detail 30d keep hours 8d keep days 400d")
        for shift in (0, 1000 * DAY, -1000 * DAY, 20 * 365 * DAY, 0):
            self.clock.set(shift)
            follower.start()  # upkeep comes at the start, and each hour
            self.write(10)
            self.wait_for_sent(follower)
            follower.stop()
            follower.once()
            self.assertEqual(self.counted(follower), self.sent)
        self.assertIn("the clock is 1000 days ahead", follower.said())
        self.assertIn("whole", run(f"{programs()}/outward", "status", "-c", follower.file, "--check", check=False).stdout)

    def test_two_logs_are_read_on_behind_a_jump(self):
        other = f"{self.bed.path}/other.log"
        open(other, "w", encoding="utf-8").close()
        follower = self.follower()
        with open(follower.file, encoding="utf-8") as file:
            text = file.read()
        with open(follower.file, "w", encoding="utf-8") as file:
            file.write(text.replace(f"file {self.log}", f"file {self.log} {other}"))
        follower.start()
        for shift in (0, -DAY, 2 * DAY, -400 * DAY, HOUR, 0):
            self.clock.set(shift)
            self.write(5)
            with open(other, "a", encoding="utf-8") as file:
                file.write(self.delivery(300))
            begin = time.monotonic()
            self.wait_for_sent(follower)
            self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(follower.counted("unparsed"), 0)

    def test_alerts_are_neither_silent_nor_a_storm(self):
        follower = self.follower(f'alert {{ on plaintext exec "{self.script.path}" recover 3s }}')
        follower.start()

        def events():
            return [call["arguments"][0] for call in self.script.calls()]
        for number, shift in enumerate((0, -DAY, 30 * DAY, -400 * DAY, 0)):
            self.clock.set(shift)
            self.write(20)
            until(lambda wanted=number + 1: min(events().count("opened"), events().count("recovered")) >= wanted,
                  lambda: f"each burst is told, and its end: {events()}")
        # The first jump ahead makes the lines before it old: at most a note on them beside a beginning and an end each.
        time.sleep(2)
        self.assertLessEqual(len(events()), 12, events())
        self.assertEqual(events().count("opened"), events().count("recovered"))

    def test_a_courier_tries_again_behind_a_jump(self):
        with open(self.script.path, encoding="utf-8") as file:
            program = file.read()
        with open(self.script.path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 75\n")
        follower = self.follower(f'alert {{ on plaintext exec "{self.script.path}" }}')
        follower.start()
        self.write(3)
        until(lambda: "it is tried again" in follower.said(), "the first attempt failed")
        for shift in (-DAY, 30 * DAY):
            self.clock.set(shift)
            self.write(1)
            self.wait_for_sent(follower)
        with open(self.script.path, "w", encoding="utf-8") as file:
            file.write(program)
        until(self.script.calls, lambda: f"the notice arrives: {follower.said()}")
        self.assertEqual(self.script.calls()[0]["arguments"][0], "opened")
        self.assertNotIn("given up", follower.said())


if __name__ == "__main__":
    main()
