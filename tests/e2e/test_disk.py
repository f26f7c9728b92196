#!/usr/bin/python3
"""The disk of the log or of the ledger is full, read-only, slow, or hangs: mail is decided, and nothing is lost silently."""
import os
import re
import threading
import time
import unittest

from bed.base import Bed, needs
from bed.disk import Disk, Slow
from bed.follower import Follower, generate
from bed.milter import MilterConnection
from bed.process import thread_states
from bed.run import main
from bed.wait import PATIENCE, until

RULES = "submission { reject to domain never.example\n accept }\n"


class Case(unittest.TestCase):
    """A bed and a disk."""

    def setUp(self):
        needs("fsfreeze", "mkfs.ext4")
        self.bed = Bed()
        self.addCleanup(self.bed.close)
        self.disk = Disk(self.bed.path)
        self.addCleanup(self.disk.close)


class Log(Case):
    """The gate's log file lies there."""

    def setUp(self):
        super().setUp()
        self.gate = self.bed.gate(RULES, user=None)
        self.gate.stop()
        self.gate.log = f"{self.disk.path}/gate.log"
        self.gate.write(RULES)
        self.gate.start()
        self.session = MilterConnection(self.gate.milter)
        self.addCleanup(self.session.close)
        self.session.connect()
        self.sent = 0

    def send(self, count):
        """Messages to one good and one refused recipient; all are decided as the rules say."""
        for _ in range(count):
            self.sent += 1
            self.assertEqual(self.session.message(f"m{self.sent}@example.org", "b@gmail.com")[0], b"c")
        self.assertEqual(self.session.mail("refused@example.org")[0], b"c")
        self.assertEqual(self.session.rcpt("x@never.example")[0], b"y")
        self.session.abort()
        self.sent += 1

    def recorded(self):
        """Records in the log, and the losses that they tell of."""
        text = self.gate.log_text()
        return (len(re.findall(r": decision=", text)),
                sum(int(lost) for lost in re.findall(r" lost=(\d+)", text)))

    def assert_all_known(self):
        """Each message has its record, or is told as lost: how many are."""
        until(lambda: sum(self.recorded()) == self.sent, lambda: f"{self.sent} records, lost or not: {self.recorded()}")
        return self.recorded()[1]

    def test_full(self):
        self.send(20)
        self.disk.fill()
        began = time.monotonic()
        self.send(300)
        spent = time.monotonic() - began
        self.disk.empty()
        self.send(1)
        self.assertGreater(self.assert_all_known(), 250)
        # Not a line is torn: each ends where it should, or is told.
        for line in self.gate.log_text().splitlines():
            self.assertRegex(line, r"outward-milter\[\d+\]: |^\d{4}-|^$", "a line that is whole, or the beginning of one")
        print(f"a full disk: 301 messages decided in {spent:.2f} s")

    def test_read_only(self):
        self.send(20)
        self.assert_all_known()  # the last one was aborted: nothing is answered, and its record comes when it comes
        self.disk.break_down()
        began = time.monotonic()
        self.send(300)
        spent = time.monotonic() - began
        # A log elsewhere, after the operator was told by what is missing: the losses are not forgotten.
        self.assertEqual(self.recorded()[0], 21)
        self.assertTrue(self.gate.running())
        print(f"a read-only disk: 301 messages decided in {spent:.2f} s")

    def test_slow(self):
        self.send(20)
        with Slow(self.disk):
            began = time.monotonic()
            self.send(20)
            spent = time.monotonic() - began
        self.assertEqual(self.assert_all_known(), 0)
        self.assertLess(spent, 30)
        print(f"a disk that takes writes a tenth of the time: {1000 * spent / 21:.0f} ms a message")

    def test_hanging_for_long(self):
        """Who writes at that moment waits; all others are answered, and nothing is forgotten."""
        others = [MilterConnection(self.gate.milter) for _ in range(4)]
        for other in others:
            self.addCleanup(other.close)
            other.connect()
        self.send(20)
        self.disk.freeze()
        caught = threading.Thread(target=self.send, args=(1,))
        caught.start()
        until(lambda: "D" in thread_states(self.gate.pid), "its thread waits for the disk")
        time.sleep(1.5)  # so long that it is known
        began = time.monotonic()
        for number in range(100):
            self.assertEqual(others[number % 4].message(f"n{number}@example.org", "b@gmail.com")[0], b"c")
        spent = time.monotonic() - began
        self.assertTrue(caught.is_alive())
        self.disk.thaw()
        caught.join(PATIENCE)
        self.assertFalse(caught.is_alive())
        self.sent += 100
        self.send(1)
        self.assertGreaterEqual(self.assert_all_known(), 99)
        self.assertLess(spent, 10)
        print(f"a disk that hangs: 100 messages of others decided in {spent:.2f} s")

    def test_hanging(self):
        self.send(20)
        self.disk.freeze()
        waiting = threading.Thread(target=self.send, args=(5,))
        began = time.monotonic()
        waiting.start()
        time.sleep(2)
        self.disk.thaw()
        waiting.join(PATIENCE)
        self.assertFalse(waiting.is_alive())
        print(f"a disk that hung for 2 s: answered after {time.monotonic() - began:.2f} s")
        self.assertEqual(self.assert_all_known(), 0)


class Ledger(Case):
    """The follower's ledger lies there."""

    def setUp(self):
        super().setUp()
        generated, _ = generate(self.bed.path, 20000, seed=8, hosts=1)
        self.log = f"{self.bed.path}/mail.log"
        self.generated = generated
        with open(generated, "rb") as file:
            self.lines = file.readlines()
        self.write(0, 500)
        self.follower = Follower(self.disk.path, f"file {self.log}")
        self.follower.log = f"{self.bed.path}/follow.log"
        with open(self.follower.file, "rb") as file:
            os.fsync(file.fileno())
        self.addCleanup(self.follower.stop)
        self.follower.start()
        self.follower.wait_for_lines(500)

    def write(self, first, end):
        with open(self.log, "ab") as file:
            file.writelines(self.lines[first:end])

    def assert_counted(self):
        until(lambda: self.follower.counted() >= len(self.lines),
              lambda: f"all lines are counted, not {self.follower.counted()}: {self.follower.said()}")
        got, want = self.follower.report(), self.follower.report_of(self.generated)
        for part in ("totals", "destinations"):
            self.assertEqual(got[part], want[part])

    def test_read_only_until_it_is_mended(self):
        self.disk.break_down()
        self.write(500, len(self.lines))
        until(lambda: "counting waits" in self.follower.said(), lambda: f"it is told: {self.follower.said()}")
        self.assertEqual(self.follower.said().count("counting waits"), 1)
        self.assertTrue(self.follower.daemon.running())
        self.follower.stop()
        self.disk.repair()
        self.follower.start()
        self.assert_counted()

    def test_slow(self):
        began = time.monotonic()
        with Slow(self.disk):
            for first in range(500, len(self.lines), 1000):
                self.write(first, first + 1000)
                time.sleep(0.1)
            self.follower.wait_for_lines(len(self.lines))
            spent = time.monotonic() - began
        self.assert_counted()
        print(f"a disk that takes writes a tenth of the time: {len(self.lines) - 500} lines, written in 2 s, "
              f"counted within {spent:.2f} s")

    def test_hanging(self):
        self.disk.freeze()
        self.write(500, len(self.lines))
        time.sleep(3)
        self.disk.thaw()
        began = time.monotonic()
        self.assert_counted()
        print(f"a disk that hung for 3 s: all counted {time.monotonic() - began:.2f} s later")


if __name__ == "__main__":
    main()
