#!/usr/bin/python3
"""outward-follow on logs that grow, rotate and vanish, killed at any instant: its ledger says what the logs say.

OUTWARD_KILLS: how many kills (20); OUTWARD_IDLE: seconds that an idle follower is watched (8).
"""
import bisect
import contextlib
import ctypes
import gzip
import json
import os
import pwd
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import unittest

from bed.base import Bed
from bed.command import programs
from bed.follower import Follower, SteadyWriter, Writer, generate
from bed.process import has_open, kept_waiting, run
from bed.run import main
from bed.wait import until

KILLS = int(os.environ.get("OUTWARD_KILLS", "20"))
IDLE = float(os.environ.get("OUTWARD_IDLE", "8"))
LOGROTATE = "/usr/sbin/logrotate"
JOURNAL_REMOTE = "/lib/systemd/systemd-journal-remote"
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
SAMPLE = os.path.join(DATA, "postfix-3.7-sample.log")
RULES = "delivery { require encrypted to any }\n"


def log_lines(path):
    """The lines of a log, comments and empty ones left out."""
    with open(path, "rb") as file:
        return [line for line in file if line.strip() and not line.startswith(b"#")]


def lines_of(path):
    return len(log_lines(path))


def without_examples(answer):
    """Of some requirements only logs have the queue IDs: the ledger keeps counts of what the gate saw."""
    if isinstance(answer, dict):
        return {key: without_examples(value) for key, value in answer.items() if key != "queue_ids"}
    return [without_examples(value) for value in answer] if isinstance(answer, list) else answer


class Case(unittest.TestCase):
    """A directory, a log in it, and a follower."""

    maxDiff = 4000

    def setUp(self):
        self.bed = Bed()
        self.addCleanup(self.bed.close)
        os.mkdir(f"{self.bed.path}/log")
        self.log = f"{self.bed.path}/log/mail.log"
        self.random = random.Random(os.environ.get("OUTWARD_SEED", "1"))

    def follower(self, sources=None, **options):
        follower = Follower(self.bed.path, sources or f"file {self.log}", **options)
        self.addCleanup(follower.stop)
        return follower

    def assert_same(self, got, want):
        for key in want:
            self.assertEqual(without_examples(got[key]), without_examples(want[key]), key)

    def assert_truth(self, follower, truth):
        with open(f"{self.bed.path}/got.json", "w", encoding="utf-8") as file:
            json.dump(follower.report(), file)
        compare = os.path.join(os.path.dirname(DATA), "bench", "compare.py")
        run(sys.executable, compare, "--report", f"{self.bed.path}/got.json", "--truth", truth)

    def assert_whole(self, follower):
        done = run(f"{programs()}/outward", "status", "-c", follower.file, "--check", check=False)
        self.assertIn("is whole, its numbers add up", done.stdout)


class Kills(Case):
    """A kill -9 at any instant loses nothing and counts nothing twice."""

    def kill_while(self, follower, thread):
        """Kill and start again, again and again; then let it come to the end."""
        kills = 0
        while kills < KILLS or thread.is_alive():
            follower.start()
            time.sleep(self.random.uniform(0.0, 0.5) ** 1.5)
            if kills < KILLS:
                follower.kill()
                kills += 1
                if self.random.random() < 0.2:
                    time.sleep(self.random.uniform(0.0, 1.0))  # nobody reads for a while
            else:
                thread.join()
        if not follower.daemon.running():
            follower.start()

    def test_file_that_rotates_under_load(self):
        generated, truth = generate(self.bed.path, 60000)
        with open(generated, "rb") as file:
            octets = file.read()
        writer = Writer(self.log, octets, seconds=0.25 * KILLS, rotations=max(4, KILLS // 3), random=self.random)
        follower = self.follower(rules=RULES)
        follower.start()  # from its first start on
        until(lambda: follower.number("SELECT count(*) FROM positions"), "the log is registered")
        follower.kill()
        thread = threading.Thread(target=writer.run)
        thread.start()
        self.kill_while(follower, thread)
        follower.wait_for_lines(octets.count(b"\n"))
        follower.stop()
        self.assert_same(follower.report(), follower.report_of(generated))
        self.assert_truth(follower, truth)
        self.assert_whole(follower)

    def test_imports(self):
        generated, _truth = generate(self.bed.path, 60000, seed=2)
        with open(generated, "rb") as file:
            octets = file.read()
        cut = octets.index(b"\n", len(octets) // 2) + 1
        first, second = f"{self.bed.path}/a.log.gz", f"{self.bed.path}/b.log"
        with gzip.open(first, "wb", compresslevel=1) as file:
            file.write(octets[:cut])
        with open(second, "wb") as file:
            file.write(octets[cut:])
        follower = self.follower(rules=RULES)
        for _kill in range(KILLS):
            process = subprocess.Popen([*follower.command, "--once", second, first], stdout=subprocess.DEVNULL)
            time.sleep(self.random.uniform(0.0, 0.25))
            process.kill()
            process.wait()
        follower.once(second, first)
        self.assert_same(follower.report(), follower.report_of(generated))
        self.assert_whole(follower)

    @unittest.skipUnless(os.path.exists(JOURNAL_REMOTE), "needs systemd-journal-remote")
    def test_journal(self):
        generated, _truth = generate(self.bed.path, 6000, hosts=1, seed=3, prefix="json", rate=2)
        journal = f"{self.bed.path}/journal"
        os.mkdir(journal)
        entries = export_of(generated)

        def write():
            for at in range(0, len(entries), 200):
                append_to_journal(journal, entries[at:at + 200])
                time.sleep(0.25 * KILLS * 200 / len(entries))

        follower = self.follower("journal", rules=RULES, options=["--journal-directory", journal])
        thread = threading.Thread(target=write)
        thread.start()
        self.kill_while(follower, thread)
        follower.wait_for_lines(len(entries))
        follower.stop()
        self.assert_same(follower.report(), follower.report_of(generated))
        self.assert_whole(follower)


@unittest.skipUnless(os.path.exists(LOGROTATE), "needs logrotate")
class Logrotate(Case):
    """The real logrotate, again and again, while 12,000 lines a second are written and followed."""

    ROTATIONS = 6
    CREATE = "create\ncompress\ndelaycompress\npostrotate\n touch {folder}/reopen\nendscript\n"
    COPY = "copytruncate\ncompress\n"
    HOLD = ("prerotate\n touch {folder}/hold\n while [ ! -e {folder}/held ]; do sleep 0.02; done\nendscript\n"
            "postrotate\n rm -f {folder}/hold {folder}/held\nendscript\n")

    def rotate_under_load(self, how):
        """The follower, the generated log that was written, its truth, and the follower's count of lines."""
        generated, truth = generate(self.bed.path, 60000, seed=21)
        lines = log_lines(generated)
        folder = f"{self.bed.path}/signs"
        os.mkdir(folder)
        config = f"{self.bed.path}/logrotate.conf"
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"{self.log} {{\nrotate 99\n{how.format(folder=folder)}}}\n")
        os.chmod(config, 0o644)
        follower = self.follower(rules=RULES)
        writer = SteadyWriter(self.log, lines, rate=12000, folder=folder)
        follower.start()
        until(lambda: "ready:" in follower.said(), "the follower is ready")
        thread = threading.Thread(target=writer.run)
        share = len(lines) // (self.ROTATIONS + 1)
        writer.limit = share
        thread.start()
        for number in range(1, self.ROTATIONS + 1):
            until(lambda: writer.written >= share * number, "lines are written")
            # However long this takes, lines are left for behind it: a truncation without any is no gap.
            writer.limit = share * number + share // 2
            run(LOGROTATE, "-f", "-s", f"{self.bed.path}/logrotate.state", config)
            writer.limit = share * (number + 1) if number < self.ROTATIONS else len(lines)
        thread.join()
        return follower, generated, truth, lines

    def test_new_files_compressed_a_rotation_later(self):
        follower, generated, truth, lines = self.rotate_under_load(self.CREATE)
        follower.wait_for_lines(len(lines))
        self.assertEqual(len([name for name in os.listdir(f"{self.bed.path}/log") if name.endswith(".gz")]),
                         self.ROTATIONS - 1)
        self.assertEqual(follower.counted("gaps"), 0)
        self.assert_same(follower.report(), follower.report_of(generated))
        self.assert_truth(follower, truth)
        self.assert_whole(follower)

    def test_copies_of_a_file_that_is_truncated(self):
        follower, generated, truth, lines = self.rotate_under_load(self.COPY + self.HOLD)
        follower.wait_for_lines(len(lines))
        # Nobody can know that nothing was written between copy and truncation: each is told.
        self.assertEqual(follower.counted("gaps"), self.ROTATIONS)
        self.assertEqual(follower.counted(), len(lines))
        got, want = follower.report()["totals"], follower.report_of(generated)["totals"]
        for name in ("sent", "deferred", "bounced", "expired"):
            self.assertEqual(got[name], want[name], name)
        # Behind a gap a TLS line may be missing: what has none is unknown there, nothing is claimed that is not so.
        for name in ("encrypted", "plaintext"):
            self.assertLessEqual(got[name], want[name], name)
        self.assert_whole(follower)

    def test_what_a_truncation_swallows_is_a_gap(self):
        """Lines between the copy and the truncation are in no file: counted where they were read before, else missing."""
        follower, _generated, _truth, lines = self.rotate_under_load(self.COPY)
        kept = lines_of(self.log)
        for number in range(1, self.ROTATIONS + 1):
            with gzip.open(f"{self.log}.{number}.gz") as file:
                kept += len(file.readlines())
        follower.wait_for_lines(kept)
        follower.stop()
        self.assertLessEqual(follower.counted(), len(lines))
        # Each once: also those that came between two looks on a busy machine, as the copies of all are still there.
        self.assertEqual(follower.counted("gaps"), self.ROTATIONS)
        self.assert_whole(follower)


def export_field(name, value):
    """A field in the journal export format; a value with octets that are no text comes as a list of numbers."""
    octets = bytes(value) if isinstance(value, list) else str(value).encode()
    if b"\n" in octets or isinstance(value, list):
        return name.encode() + b"\n" + struct.pack("<Q", len(octets)) + octets + b"\n"
    return name.encode() + b"=" + octets + b"\n"


def export_of(path, uid=0):
    """The entries of a `journalctl -o json` log in the journal export format."""
    entries = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            fields = {**json.loads(line), "_UID": uid, "SYSLOG_FACILITY": 2, "_BOOT_ID": "0" * 31 + "1"}
            fields.setdefault("__MONOTONIC_TIMESTAMP", fields["__REALTIME_TIMESTAMP"])
            fields.pop("__CURSOR", None)
            order = sorted(fields, key=lambda name: not name.startswith("__"))
            entries.append(b"".join(export_field(name, fields[name]) for name in order) + b"\n")
    return entries


def append_to_journal(directory, entries):
    subprocess.run([JOURNAL_REMOTE, "-o", f"{directory}/remote.journal", "-"], input=b"".join(entries),
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


class Imports(Case):
    """Old logs are counted once, whatever they are called now."""

    def test_same_file_again_counts_nothing(self):
        follower = self.follower(rules=RULES)
        copy, packed = f"{self.bed.path}/copy.log", f"{self.bed.path}/copy.log.gz"
        shutil.copy(SAMPLE, copy)
        with open(SAMPLE, "rb") as file, gzip.open(packed, "wb") as out:
            out.write(file.read())
        self.assertIn(f"{lines_of(SAMPLE)} lines of 1 file counted", follower.once(SAMPLE).stdout)
        want = follower.report()
        self.assert_same(want, follower.report_of(SAMPLE))
        with open(SAMPLE, encoding="utf-8") as file:
            text = file.read()
        for again in (SAMPLE, copy, packed):
            self.assertEqual(follower.once(again).stdout, "0 lines of 1 file counted, 1 of them known before\n")
        self.assertEqual(follower.once("-", text=text).stdout, "0 lines of 1 file counted, 1 of them known before\n")
        self.assertEqual(follower.report(), want)

    def test_growth_of_a_known_file_is_counted(self):
        follower = self.follower(rules=RULES)
        lines = log_lines(SAMPLE)
        for end in (100, 101, 400, len(lines)):
            with open(self.log, "wb") as file:
                file.writelines(lines[:end])
            follower.once(self.log)
        self.assert_same(follower.report(), follower.report_of(SAMPLE))

    def test_lines_that_are_cut_are_told(self):
        long_line = log_lines(SAMPLE)[-1].rstrip(b"\n") + b"x" * 70000 + b"\n"
        again = f"{self.bed.path}/again.log"
        for path in (self.log, again):
            with open(path, "wb") as file:
                file.writelines([*log_lines(SAMPLE), long_line])
        follower = self.follower(rules=RULES)
        follower.start()
        follower.wait_for_lines(lines_of(SAMPLE) + 1)
        follower.stop()
        imported = Follower(os.path.dirname(self.log), f"file {self.log}", rules=RULES)
        imported.once(again)
        for keeper in (follower, imported):
            self.assertEqual(keeper.report()["completeness"], keeper.report_of(again)["completeness"])
            self.assertEqual(keeper.report()["completeness"]["cut"], 1)
            told = run(f"{programs()}/outward", "metrics", "-c", keeper.file).stdout
            self.assertIn('outward_ledger_counts{what="cut"} 1\n', told)
            status = run(f"{programs()}/outward", "status", "-c", keeper.file, check=False).stdout
            self.assertRegex(status, r" cut=\d+ evicted=\d+ names_refused=\d+ ")

    def test_windows_on_one_log_that_begin_at_the_same_line(self):
        follower = self.follower(rules=RULES)
        with open(SAMPLE, encoding="utf-8") as file:
            lines = file.readlines()
        for end in (400, 900, len(lines)):
            follower.once("-", text="".join(lines[:end]))
        self.assert_same(follower.report(), follower.report_of(SAMPLE))
        self.assertEqual(follower.counted("gaps"), 0)

    def test_windows_on_one_log_that_meet(self):
        follower = self.follower(rules=RULES)
        lines = log_lines(SAMPLE)
        for begin, end in ((0, 400), (400, 900), (900, len(lines))):
            follower.once("-", text=b"".join(lines[begin:end]).decode())
        self.assertEqual(follower.counted(), len(lines))
        self.assertEqual(follower.report()["totals"], follower.report_of(SAMPLE)["totals"])

    def test_older_log_behind_the_present_place(self):
        new, _truth = generate(self.bed.path, 3000, seed=4, hosts=1, start="2026-10-06T08:00:00")
        old, _truth = generate(self.bed.path, 3000, seed=5, hosts=1, start="2026-10-05T08:00:00")
        shutil.copy(new, self.log)
        follower = self.follower(rules=RULES)
        follower.start()
        follower.wait_for_lines(3000)
        follower.stop()
        follower.once(old)
        follower.start()
        with open(new, "rb") as file:
            tail = file.readlines()[-1]
        with open(self.log, "ab") as file:
            file.write(tail)
        follower.wait_for_lines(6001)
        follower.stop()
        got, one, other = follower.report(), follower.report_of(self.log), follower.report_of(old)
        for name in ("sent", "encrypted", "plaintext", "unknown", "deferred", "bounced"):
            self.assertEqual(got["totals"][name], one["totals"][name] + other["totals"][name], name)
        self.assertEqual(got["completeness"]["lines"], 6001)
        self.assert_whole(follower)

    def test_what_is_too_old_leaves_without_a_daemon(self):
        log, _truth = generate(self.bed.path, 2000, seed=18, hosts=1, start="2026-10-05T08:00:00")
        follower = self.follower(rules=RULES, keep="keep detail 1d keep hours 1d keep days 3650d")
        follower.once(log)
        for table in ("details", "destinations_hours", "senders_hours", "words_hours"):
            self.assertEqual(follower.number(f"SELECT count(*) FROM {table}"), 0, table)
        got, want = follower.report(), follower.report_of(log)
        for key in ("totals", "destinations", "completeness"):
            self.assertEqual(got[key], want[key], key)
        self.assert_whole(follower)

    def test_one_ledger_has_one_keeper(self):
        follower = self.follower()
        follower.start()
        until(lambda: "ready:" in follower.said(), "the follower is ready")
        done = follower.once(SAMPLE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"is kept by process {follower.daemon.pid}", done.stderr)


class Life(Case):
    """What happens to a follower in its days."""

    def test_line_is_counted_within_a_second(self):
        lines = log_lines(SAMPLE)
        follower = self.follower()
        follower.start()
        until(lambda: "ready:" in follower.said(), "the follower is ready")
        for number in range(5):
            with open(self.log, "ab") as file:
                file.write(lines[number])
            start, queued = time.monotonic(), kept_waiting(os.getpid(), follower.daemon.pid)
            follower.wait_for_lines(number + 1)
            spent = time.monotonic() - start
            self.assertLess(spent - (kept_waiting(os.getpid(), follower.daemon.pid) - queued), 1.0)

    @staticmethod
    def ticks_when_idle(follower):
        """What the daemon has used when it used nothing for a second."""
        def steady():
            before = follower.cpu_ticks()
            time.sleep(1)
            return before if follower.cpu_ticks() == before else None
        return until(steady, "the follower comes to rest")

    def test_idle_uses_no_cpu(self):
        shutil.copy(SAMPLE, self.log)
        follower = self.follower()
        follower.start()
        follower.wait_for_lines(lines_of(SAMPLE))
        before = self.ticks_when_idle(follower)
        time.sleep(IDLE)
        self.assertEqual(follower.cpu_ticks(), before)

    def test_truncation_is_a_gap(self):
        lines = log_lines(SAMPLE)
        follower = self.follower()
        follower.start()
        with open(self.log, "wb") as file:
            file.writelines(lines[:300])
        follower.wait_for_lines(300)
        self.assertEqual(follower.counted("gaps"), 0)
        os.truncate(self.log, 0)
        with open(self.log, "ab") as file:
            file.writelines(lines[310:])
        follower.wait_for_lines(len(lines) - 10)
        self.assertEqual(follower.counted("gaps"), 1)
        self.assertEqual(follower.report()["completeness"]["gaps"], 1)

    def test_file_comes_goes_and_comes_back(self):
        lines = log_lines(SAMPLE)
        follower = self.follower()
        follower.start()
        until(lambda: "ready:" in follower.said(), "the follower is ready")
        with open(self.log, "wb") as file:
            file.writelines(lines[:100])
        follower.wait_for_lines(100)
        os.unlink(self.log)
        time.sleep(0.3)
        with open(self.log, "wb") as file:
            file.writelines(lines[100:])
        follower.wait_for_lines(len(lines))
        self.assertEqual(follower.counted("gaps"), 0)
        self.assert_same(follower.report()["totals"], follower.report_of(SAMPLE)["totals"])

    def test_two_sources_merge_by_time(self):
        lines = log_lines(SAMPLE)
        other = f"{self.bed.path}/log/other.log"
        for path, start in ((self.log, 0), (other, 1)):
            with open(path, "wb") as file:
                file.writelines(lines[start::2])
        follower = self.follower(f"file {self.log} file {other}")
        follower.start()
        follower.wait_for_lines(len(lines))
        follower.stop()
        # Lines of one second stand in two files now: all are counted, in an order that their stamps do not tell.
        got, want = follower.report()["totals"], follower.report_of(SAMPLE)["totals"]
        for name in ("sent", "deferred", "bounced", "expired"):
            self.assertEqual(got[name], want[name], name)

    @unittest.skipUnless(os.path.exists(JOURNAL_REMOTE), "needs systemd-journal-remote")
    def test_journal_lines_of_strangers_are_not_read(self):
        generated, _truth = generate(self.bed.path, 300, hosts=1, seed=15, prefix="json")
        journal = f"{self.bed.path}/journal"
        os.mkdir(journal)
        append_to_journal(journal, export_of(generated)[:100])
        append_to_journal(journal, export_of(generated, uid=12345)[100:200])
        follower = self.follower("journal", options=["--journal-directory", journal])
        follower.once()
        self.assertEqual(follower.counted(), 100)
        append_to_journal(journal, export_of(generated)[200:])
        follower.once()
        self.assertEqual(follower.counted(), 200)
        self.assertEqual(follower.counted("gaps"), 0)

    @unittest.skipUnless(os.path.exists(JOURNAL_REMOTE), "needs systemd-journal-remote")
    def test_journal_that_was_emptied_is_a_gap(self):
        generated, _truth = generate(self.bed.path, 300, hosts=1, seed=16, prefix="json")
        journal = f"{self.bed.path}/journal"
        os.mkdir(journal)
        append_to_journal(journal, export_of(generated)[:100])
        follower = self.follower("journal", options=["--journal-directory", journal])
        follower.once()
        os.unlink(f"{journal}/remote.journal")
        append_to_journal(journal, export_of(generated)[200:])
        follower.once()
        self.assertEqual(follower.counted(), 200)
        self.assertEqual(follower.counted("gaps"), 1)

    def test_damaged_ledger_is_set_aside_and_told(self):
        shutil.copy(SAMPLE, self.log)
        follower = self.follower()
        follower.start()
        follower.wait_for_lines(lines_of(SAMPLE))
        follower.stop()
        with open(follower.ledger, "r+b") as file:
            file.seek(4096)
            file.write(random.Random(1).randbytes(40000))
        follower.start()
        until(lambda: "is now" in follower.said(), "the damage is told")
        follower.wait_for_lines(lines_of(SAMPLE))
        self.assert_same(follower.report(), follower.report_of(SAMPLE))
        self.assertEqual(len([name for name in os.listdir(self.bed.path) if "ledger.db.damaged-" in name]), 1)

    def test_state_of_another_version_is_begun_anew_and_a_gap(self):
        lines = log_lines(SAMPLE)
        with open(self.log, "wb") as file:
            file.writelines(lines[:400])
        follower = self.follower()
        follower.once()
        with contextlib.closing(sqlite3.connect(follower.ledger)) as ledger, ledger:
            for row, data in ledger.execute("SELECT rowid, data FROM images WHERE chunk = 0").fetchall():
                ledger.execute("UPDATE images SET data = ? WHERE rowid = ?", (data[:2] + b"\x63" + data[3:], row))
        with open(self.log, "ab") as file:
            file.writelines(lines[400:])
        self.assertIn("the open correlation cannot be taken up", follower.once().stderr)
        self.assertEqual(follower.counted(), len(lines))
        self.assertEqual(follower.counted("gaps"), 1)
        self.assertEqual(follower.number("SELECT value FROM meta WHERE key = 'generation'"), 2)
        self.assertEqual(follower.number("SELECT count(*) FROM destinations_days WHERE stretch >> 32 = 1"), 0)
        self.assert_whole(follower)

    def test_check_alone_names_faults_and_touches_nothing(self):
        follower = self.follower()
        run(*follower.command, "-n")
        self.assertFalse(os.path.exists(follower.ledger))
        with open(follower.file, "a", encoding="utf-8") as file:
            file.write("follow { nonsense }\n")
        done = run(*follower.command, "-n", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("outward.conf:4", done.stderr)

    def local_parts(self, addresses):
        """Of all local parts and logins of a log, how many the ledger's files hold while messages are under way."""
        generated, _truth = generate(self.bed.path, 20000, seed=22)
        shutil.copy(generated, self.log)
        follower = self.follower(rules=RULES, addresses=addresses)
        follower.start()
        follower.wait_for_lines(20000)
        follower.kill()
        octets = b""
        for name in ("", "-wal"):
            with open(f"{follower.ledger}{name}", "rb") as file:
                octets += file.read()
        with open(generated, "rb") as file:
            log = file.read()
        found = set(re.findall(rb"(?:from|to|orig_to)=<([A-Za-z0-9.+=_-]{4,}@)", log))
        found |= set(re.findall(rb"sasl_username=([A-Za-z0-9.+=_-]{4,})", log))
        self.assertGreater(len(found), 100)
        # Whole words of the files, sorted: where a name would stand among them is one that begins with it, if there is one.
        words = sorted(set(re.findall(rb"[A-Za-z0-9.+=_-]+@?", octets))) + [b""]
        return sum(words[bisect.bisect_left(words, text, 0, len(words) - 1)].startswith(text) for text in found)

    def test_local_parts_are_kept_nowhere_unless_allowed(self):
        self.assertEqual(self.local_parts("no"), 0)

    def test_local_parts_are_hashed_everywhere(self):
        self.assertEqual(self.local_parts("hashed"), 0)

    def test_local_parts_are_kept_where_allowed(self):
        self.assertGreater(self.local_parts("yes"), 10)

    def test_stop_is_prompt_and_clean(self):
        follower = self.follower()
        follower.start()
        until(lambda: "ready:" in follower.said(), "the follower is ready")
        follower.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(follower.daemon.wait(5), 0)
        self.assertFalse(os.path.exists(f"{follower.ledger}-wal"))


@unittest.skipUnless(os.geteuid() == 0, "needs root: gives rights and takes them, from a follower that has none of its own")
class Rights(Case):
    """Rights to read the log come and go under a follower that is nobody: it says so, goes on by itself, loses nothing."""

    def setUp(self):
        super().setUp()
        self.user = pwd.getpwnam("nobody")
        home = f"{self.bed.path}/home"
        os.mkdir(home)
        os.chown(home, self.user.pw_uid, self.user.pw_gid)
        self.folder = os.path.dirname(self.log)
        self.generated, _truth = generate(self.bed.path, 3000, seed=23, hosts=1)
        self.lines = log_lines(self.generated)
        self.written = 0
        self.write(self.log, 500)
        self.nobody = Follower(home, f"file {self.log}", rules="user nobody\n" + RULES)
        self.nobody.log = f"{self.bed.path}/follow.log"
        self.addCleanup(self.nobody.stop)
        self.nobody.start()
        until(lambda: "ready:" in self.nobody.said(), lambda: f"the follower is ready: {self.nobody.said()}")
        self.nobody.wait_for_lines(500)

    def write(self, path, count, mode=0o644):
        """The next lines of the log; a new file has the mode from its first octet on, whatever the umask."""
        with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0), "ab") as file:
            if os.path.getsize(path) == 0:
                os.fchmod(file.fileno(), mode)
            file.writelines(self.lines[self.written:self.written + count])
        self.written += count

    def rotate(self, mode):
        """What logrotate's `create MODE root` makes."""
        os.rename(self.log, f"{self.log}.1")
        self.write(self.log, 500, mode)

    def status(self):
        return run(f"{programs()}/outward", "status", "-c", self.nobody.file, check=False).stdout

    def wait_for_trouble(self, path):
        """Told in the log and by status, naming the file."""
        text = f"{path}: Permission denied"
        until(lambda: f"warning: {text}" in self.nobody.said(), f"{text} is told")
        until(lambda: f"outward-follow: {text}" in self.status(), lambda: f"status shows {text}: {self.status()}")

    def assert_all_is_counted(self, recovered=True):
        self.write(self.log, len(self.lines) - self.written)
        self.nobody.wait_for_lines(len(self.lines))
        if recovered:
            until(lambda: f"{self.log} can be read again" in self.nobody.said(), "the end of it is told")
        until(lambda: "Permission denied" not in self.status(), lambda: f"status has forgotten it: {self.status()}")
        self.nobody.stop()
        self.assertEqual(self.nobody.counted(), len(self.lines))
        self.assertEqual(self.nobody.counted("gaps"), 0)
        self.assert_same(self.nobody.report(), self.nobody.report_of(self.generated))
        self.assert_whole(self.nobody)

    def test_log_that_is_open_is_read_on(self):
        os.chmod(self.log, 0)
        self.write(self.log, 500)
        self.nobody.wait_for_lines(1000)
        self.assertNotIn("Permission denied", self.nobody.said())
        os.chmod(self.log, 0o644)
        self.assert_all_is_counted(recovered=False)

    def test_log_that_cannot_be_read_at_the_start(self):
        self.nobody.stop()
        os.chmod(self.log, 0o640)
        self.write(self.log, 500)
        self.nobody.start()
        self.wait_for_trouble(self.log)
        self.write(self.log, 500)
        os.chown(self.log, 0, self.user.pw_gid)
        self.assert_all_is_counted()

    def test_new_file_of_another_owner(self):
        self.rotate(0o600)
        self.wait_for_trouble(self.log)
        self.write(self.log, 500)
        os.chown(self.log, self.user.pw_uid, self.user.pw_gid)
        self.assert_all_is_counted()

    def test_rotated_again_before_it_may_be_read(self):
        self.rotate(0o600)
        self.wait_for_trouble(self.log)
        os.rename(f"{self.log}.1", f"{self.log}.2")
        self.rotate(0o644)
        self.wait_for_trouble(f"{self.log}.1")
        # What is younger is not counted before what is older.
        self.assertEqual(self.nobody.counted(), 500)
        os.chmod(f"{self.log}.1", 0o644)
        self.assert_all_is_counted()

    def test_directory_that_is_closed(self):
        os.chmod(self.folder, 0o700)
        self.wait_for_trouble(self.log)
        self.write(self.log, 500)
        self.rotate(0o644)
        os.chmod(self.folder, 0o755)
        self.assert_all_is_counted()

    def test_directory_that_cannot_be_listed(self):
        os.chmod(self.folder, 0o711)
        self.rotate(0o600)
        self.wait_for_trouble(self.log)
        os.chmod(self.log, 0o644)
        self.nobody.wait_for_lines(1000)
        self.rotate(0o644)
        self.assert_all_is_counted()


class Commands(Case):
    """outward status, watch and merge."""

    def outward(self, *words, code=0):
        done = run(f"{programs()}/outward", *words, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_status_speaks_as_monitoring_plugins_do(self):
        follower = self.follower(rules=RULES)
        self.assertIn("OUTWARD UNKNOWN - ", self.outward("status", "-c", f"{self.bed.path}/none.conf", code=3))
        self.assertIn("no outward-follow keeps", self.outward("status", "-c", follower.file, code=2))
        generated, _truth = generate(self.bed.path, 2000, seed=7, hosts=1)
        shutil.copy(generated, self.log)
        follower.start()
        follower.wait_for_lines(2000)
        # The log is older than a day: nothing to complain of.
        self.assertRegex(self.outward("status", "-c", follower.file).splitlines()[0],
                         r"^OUTWARD OK - outward-follow runs as process \d+ \| behind=0B waiting=0s;60;600;0 age=\d+s sent=0 plaintext=0 .*"
                         r"size=\d+B$")
        answer = json.loads(self.outward("status", "-c", follower.file, "--format", "json", "--check"))
        self.assertEqual(answer["status"], "OK")
        self.assertEqual(answer["figures"]["gaps"], 0)
        follower.daemon.send_signal(signal.SIGSTOP)
        with contextlib.closing(sqlite3.connect(follower.ledger)) as ledger, ledger:
            ledger.execute("UPDATE positions SET seen = seen - 700")
        with open(self.log, "ab") as file:
            file.write(b"x" * 100)
        os.utime(self.log, (time.time() - 650, time.time() - 650))
        self.assertRegex(self.outward("status", "-c", follower.file, code=2),
                         r"lines wait to be counted, for 6\d\d seconds \| behind=100B waiting=6\d\ds;60;600;0")

    @unittest.skipUnless(os.path.exists(JOURNAL_REMOTE), "needs systemd-journal-remote")
    def test_status_tells_how_far_it_is_behind_the_journal(self):
        start = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 300))
        generated, _truth = generate(self.bed.path, 300, hosts=1, seed=19, prefix="json", start=start)
        journal = f"{self.bed.path}/journal"
        os.mkdir(journal)
        entries = export_of(generated)
        append_to_journal(journal, entries[:100])
        follower = self.follower("journal", options=["--journal-directory", journal])
        words = ["status", "-c", follower.file, "--journal-directory", journal]
        with Daemonized(follower):
            follower.wait_for_lines(100)
            self.assertIn(" waiting=0s;60;600;0 ", self.outward(*words, code=1))
            follower.daemon.send_signal(signal.SIGSTOP)
            append_to_journal(journal, entries[100:])
            self.assertRegex(self.outward(*words, code=1), r"journal: lines wait to be counted, for [23]\d\d seconds")

    def test_status_warns_of_the_last_day(self):
        start = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 3600))
        generated, _truth = generate(self.bed.path, 2000, seed=8, hosts=1, start=start)
        follower = self.follower(rules=RULES)
        follower.once(generated)
        with Daemonized(follower):
            said = self.outward("status", "-c", follower.file, code=1)
        self.assertRegex(said, r"(1 message of the last 24 hours violates|\d+ messages of the last 24 hours violate) a `require` rule")
        self.assertIn("is not proven", said)

    def test_watch_shows_what_happens_from_now_on(self):
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 5))
        old, _truth = generate(self.bed.path, 3000, seed=9, hosts=1)
        new, _truth = generate(self.bed.path, 3000, seed=10, hosts=1, start=now)
        shutil.copy(old, self.log)
        with subprocess.Popen([f"{programs()}/outward", "watch", "--log", self.log, "--format", "json"],
                              stdout=subprocess.PIPE, text=True) as watch:
            self.addCleanup(watch.kill)
            until(lambda: has_open(watch.pid, self.log), "it watches the log")
            os.rename(self.log, f"{self.log}.1")
            shutil.copy(new, self.log)
            want = int(self.outward("watch", "--log", new, "--end", "--format", "json").count('"event":"delivery"'))
            self.assertGreater(want, 50)
            events = []
            while sum(event["event"] == "delivery" for event in events) < want:
                events.append(json.loads(watch.stdout.readline()))
            watch.kill()
        self.assertEqual({event["event"] for event in events} - {"verdict"}, {"delivery", "decision"})
        self.assertGreaterEqual(min(event["time"] for event in events if "time" in event)[:19], now)

    def test_watch_filters(self):
        log, _truth = generate(self.bed.path, 3000, seed=11, hosts=1)
        words = ["watch", "--log", log, "--end", "--format", "json"]
        events = [json.loads(line) for line in self.outward(*words, "--only", "deliveries").splitlines()]
        self.assertEqual({event["event"] for event in events} - {"verdict"}, {"delivery"})
        domain = events[0]["to"]
        for event in map(json.loads, self.outward(*words, "--only", "deliveries", "--to", domain).splitlines()):
            self.assertTrue(event["event"] == "verdict" or event["to"] == domain or event["to"].endswith("." + domain))
        plain = [json.loads(line) for line in self.outward(*words, "--only", "plaintext").splitlines()]
        self.assertLessEqual({event["protection"] for event in plain if event["event"] == "delivery"},
                             {"plaintext", "undecided"})
        self.outward("watch", "--only", "nothing", code=2)
        self.assertIn(" -> ", self.outward("watch", "--log", log, "--end"))

    def test_merge_adds_up_exactly(self):
        one, _truth = generate(self.bed.path, 4000, seed=12, hosts=1)
        two, _truth = generate(self.bed.path, 4000, seed=13, hosts=1)
        with open(two, "rb") as file:
            text = file.read()
        host = text.split(b" ")[1]
        renamed = f"{self.bed.path}/two.log"
        with open(renamed, "wb") as file:
            file.write(text.replace(b" " + host + b" ", b" otherhost "))
        ledgers = []
        for number, log in enumerate((one, renamed)):
            os.mkdir(f"{self.bed.path}/h{number}")
            follower = Follower(f"{self.bed.path}/h{number}", f"file {self.log}", rules=RULES)
            follower.once(log)
            ledgers.append(follower.ledger)
        total = self.follower(rules=RULES)
        self.outward("merge", "--output", total.ledger, *ledgers)
        self.assert_same(total.report(), total.report_of(one, renamed))
        self.assert_whole(total)
        self.outward("merge", "--output", total.ledger, *ledgers, code=1)
        self.outward("merge", "--output", f"{self.bed.path}/twice.db", ledgers[0], ledgers[0], code=1)
        self.assertFalse(os.path.exists(f"{self.bed.path}/twice.db"))

    def attempts(self, follower, *words):
        """(time, to, protection) of what trace tells of attempts."""
        answer = json.loads(self.outward("trace", "-c", follower.file, "--format", "json", *words))
        return [(event["time"], event["to"], event["protection"]) for event in answer["events"] if "to" in event]

    def test_trace_answers_from_the_logs_and_what_the_ledger_still_knows(self):
        follower = self.follower()
        follower.once(SAMPLE)
        with contextlib.closing(sqlite3.connect(follower.ledger)) as ledger:
            queue_id, recipient = ledger.execute(
                "SELECT queue_id, recipient FROM details WHERE protection = 3 AND status = 0").fetchone()
        want = self.attempts(follower, "--log", SAMPLE, queue_id)
        self.assertEqual(want[-1][2], "plaintext")
        # No log is there: the ledger has what left in plaintext.
        self.assertEqual(self.attempts(follower, queue_id), [one for one in want if one[2] == "plaintext"])
        self.assertIn(want[-1], self.attempts(follower, recipient.upper()))
        # The log was rotated away and packed; the ledger adds nothing that is told already.
        with open(SAMPLE, "rb") as file, gzip.open(f"{self.log}.1.gz", "wb") as out:
            out.write(file.read())
        self.assertEqual(self.attempts(follower, queue_id), want)
        self.outward("trace", "-c", follower.file, "4nosuchid", code=1)
        os.rename(follower.ledger, f"{follower.ledger}.away")
        self.assertEqual(self.attempts(follower, queue_id), want)
        os.unlink(f"{self.log}.1.gz")
        self.outward("trace", "-c", follower.file, queue_id, code=1)

    def test_simulate_reads_the_logs_that_are_followed(self):
        generated, _truth = generate(self.bed.path, 3000, seed=17, hosts=1)
        lines = log_lines(generated)
        with gzip.open(f"{self.log}.2.gz", "wb") as file:
            file.writelines(lines[:1000])
        for path, piece in ((f"{self.log}.1", lines[1000:2000]), (self.log, lines[2000:])):
            with open(path, "wb") as file:
                file.writelines(piece)
        follower = self.follower(rules="submission {\n reject plaintext\n accept\n}\n")
        words = ["simulate", "-c", follower.file, "--format", "json"]
        self.assertEqual(self.outward(*words), self.outward(*words, "--log", generated))

    def test_copy_of_a_ledger_that_is_being_written(self):
        generated, _truth = generate(self.bed.path, 2000, seed=14, hosts=1)
        shutil.copy(generated, self.log)
        follower = self.follower(rules=RULES)
        follower.start()
        follower.wait_for_lines(2000)
        os.mkdir(f"{self.bed.path}/backup")
        backup = Follower(f"{self.bed.path}/backup", f"file {self.log}", rules=RULES)
        self.outward("merge", "--output", backup.ledger, follower.ledger)
        self.assertEqual(backup.report(), follower.report())
        # It goes on where the ledger stood.
        backup.once()
        self.assertEqual(backup.counted(), 2000)


class Daemonized:
    """A follower that runs for as long as the block."""

    def __init__(self, follower):
        self.follower = follower

    def __enter__(self):
        self.follower.start()
        until(lambda: "ready:" in self.follower.said(), "the follower is ready")

    def __exit__(self, *_):
        self.follower.stop()


@unittest.skipUnless(os.geteuid() == 0, "needs root: mounts a small file system, seen by this process alone")
class FullDisk(Case):
    """A disk that is full for a while costs time, no counts."""

    def setUp(self):
        super().setUp()
        clone_newns = 0x00020000
        self.assertEqual(ctypes.CDLL(None, use_errno=True).unshare(clone_newns), 0)
        run("mount", "--make-rprivate", "/")
        self.small = f"{self.bed.path}/small"
        os.mkdir(self.small)
        run("mount", "-t", "tmpfs", "-o", "size=4m", "small", self.small)
        self.addCleanup(run, "umount", "-l", self.small)

    def fill(self):
        with open(f"{self.small}/fill", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def test_counting_waits_and_goes_on(self):
        generated, _truth = generate(self.bed.path, 20000, seed=6, hosts=1)
        lines = log_lines(generated)
        with open(self.log, "wb") as file:
            file.writelines(lines[:500])
        follower = Follower(self.small, f"file {self.log}", rules=RULES)
        follower.log = f"{self.bed.path}/follow.log"
        self.addCleanup(follower.stop)
        follower.start()
        follower.wait_for_lines(500)
        self.fill()
        with open(self.log, "ab") as file:
            file.writelines(lines[500:])
        until(lambda: "counting waits" in follower.said(), "the full disk is told")
        self.assertEqual(follower.counted(), 500)
        os.unlink(f"{self.small}/fill")
        follower.wait_for_lines(len(lines))
        until(lambda: "counting goes on" in follower.said(), "the end of it is told")
        self.assert_same(follower.report(), follower.report_of(generated))
        self.assertEqual(follower.said().count("counting waits"), 1)
        follower.stop()
        self.assert_whole(follower)


if __name__ == "__main__":
    main()
