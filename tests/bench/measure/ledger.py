"""outward-follow: awake only when there is something, quick when there is, and quick to ask about a month."""
import contextlib
import datetime
import os
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import threading
import time

DELIVERIES_A_DAY = 5000000
LINES_A_DELIVERY = 9.03  # of the generated log: one `status=sent` among so many lines
DOMAINS = 20000
DAYS = 30
RATE = 20000  # lines a second that one core must keep up with
RATE_SECONDS = 60
IDLE_SECONDS = 60
DAY_MS = 86400000


def midnight(days_ago):
    """The start of a UTC day, as log_generator wants it."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - datetime.timedelta(days=days_ago)).strftime("%Y-%m-%dT00:00:00")


class Keeper:
    """A follower, its rule file, its log and its ledger in a directory of its own."""

    def __init__(self, build, directory, name):
        self.build = build
        self.directory = f"{directory}/{name}"
        os.mkdir(self.directory)
        self.ledger = f"{self.directory}/ledger.db"
        self.log = f"{self.directory}/mail.log"
        self.config = f"{self.directory}/outward.conf"
        self.process = None
        with open(self.config, "w", encoding="ascii") as file:
            file.write(f"log stderr\nledger {{ path {self.ledger} addresses no }}\n"
                       f"follow {{ file {self.log} tz UTC }}\n")
        with open(self.log, "wb"):
            pass

    def __enter__(self):
        with open(f"{self.directory}/stderr", "wb") as errors:
            self.process = subprocess.Popen([f"{self.build}/bin/outward-follow", "-c", self.config], stderr=errors)
        self.wait_for(lambda: b"ready:" in self.said(), 10)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def said(self):
        """Its own log."""
        with open(f"{self.directory}/stderr", "rb") as file:
            return file.read()

    @staticmethod
    def wait_for(condition, seconds):
        """Until a condition is true; the seconds that took."""
        begin = time.monotonic()
        while not condition():
            if time.monotonic() - begin > seconds:
                raise RuntimeError("it does not happen")
            time.sleep(0.005)
        return time.monotonic() - begin

    def number(self, query):
        """What a query answers."""
        with contextlib.closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, timeout=30)) as ledger:
            return ledger.execute(query).fetchone()[0] or 0

    def lines(self):
        """How many are counted."""
        return self.number("SELECT sum(count) FROM counts JOIN names ON names.id = what WHERE name = 'lines'")

    def used(self):
        """Clock ticks of CPU and voluntary context switches so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            switches = next(line for line in file if line.startswith("voluntary_ctxt_switches"))
        return int(fields[11]) + int(fields[12]), int(switches.split()[1])

    def append(self, octets):
        """As a syslog daemon does."""
        with open(self.log, "ab", buffering=0) as file:
            file.write(octets)

    def report(self):
        """Wall and CPU seconds of a report from the ledger."""
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run([f"{self.build}/bin/outward", "report", "-c", self.config, "--format", "json"], check=True,
                       stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (time.monotonic() - begin,
                after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    def octets(self):
        """Of the ledger, with what SQLite keeps beside it."""
        return sum(os.path.getsize(path) for path in (self.ledger, f"{self.ledger}-wal") if os.path.exists(path))


def generator(build, lines, rate, start):
    """The command that writes a log of that many lines."""
    return [f"{build}/bench/log_generator", "--lines", str(lines), "--hosts", "1", "--domains", str(DOMAINS), "--prefix",
            "rfc3339", "--rate", str(rate), "--start", start]


def latencies(keeper, line, count):
    """Seconds from a written line to its count in the ledger, several times."""
    found, lines = [], keeper.lines()
    for _ in range(count):
        lines += 1
        keeper.append(line)
        found.append(keeper.wait_for(lambda: keeper.lines() >= lines, 30))
        time.sleep(0.3)
    return found


def measure_calm(build, directory, table):
    """Idle, and one line at a time."""
    with Keeper(build, directory, "calm") as keeper:
        text = subprocess.run(generator(build, 20000, 100, midnight(0)), check=True, stdout=subprocess.PIPE).stdout
        keeper.append(text)
        keeper.wait_for(lambda: keeper.lines() >= 20000, 60)
        time.sleep(2)
        before = keeper.used()
        time.sleep(IDLE_SECONDS)
        ticks, switches = (now - then for now, then in zip(keeper.used(), before))
        table.add(f"idle for {IDLE_SECONDS} s: clock ticks of CPU", ticks, "0", ticks == 0)
        table.add(f"idle for {IDLE_SECONDS} s: times it was awake", switches)
        found = latencies(keeper, text[:text.index(b"\n") + 1], 20)
        table.add("a line is in the ledger after, s: median (longest of 20)",
                  f"{statistics.median(found):.2f} ({max(found):.2f})", "<= 1", max(found) <= 1)


class Pace:
    """Writes lines at a steady rate, twenty times a second, and knows when each was written."""

    def __init__(self, keeper, text, rate):
        self.keeper, self.rate = keeper, rate
        self.lines = text.splitlines(keepends=True)
        self.thread = threading.Thread(target=self._run)
        self.written = 0

    def _run(self):
        begin = time.monotonic()
        with open(self.keeper.log, "ab", buffering=0) as file:
            while self.written < len(self.lines):
                due = min(int((time.monotonic() - begin) * self.rate), len(self.lines))
                file.write(b"".join(self.lines[self.written:due]))
                self.written = due
                time.sleep(0.05)


def measure_pace(build, directory, table):
    """A steady stream: does one core keep up, and how far behind is it at worst?"""
    text = subprocess.run(generator(build, RATE * RATE_SECONDS, RATE, midnight(0)), check=True,
                          stdout=subprocess.PIPE).stdout
    with Keeper(build, directory, "pace") as keeper:
        pace = Pace(keeper, text, RATE)
        before, begin, behind = keeper.used()[0], time.monotonic(), []
        pace.thread.start()
        while pace.thread.is_alive():
            behind.append(pace.written - keeper.lines())
            time.sleep(0.2)
        keeper.wait_for(lambda: keeper.lines() >= len(pace.lines), 60)
        wall, ticks = time.monotonic() - begin, keeper.used()[0] - before
        share = ticks / os.sysconf("SC_CLK_TCK") / wall
        table.add(f"{RATE:,} lines a second for {RATE_SECONDS} s: share of one core", f"{share:.2f}", "< 1", share < 1)
        table.add("the same: lines behind at worst, as seconds of the stream", f"{max(behind) / RATE:.2f}", "<= 1",
                  max(behind) <= RATE)


def measure_day(build, directory, table):
    """A day through a pipe into an empty ledger; the keeper of it."""
    keeper = Keeper(build, directory, "day")
    lines = int(DELIVERIES_A_DAY * LINES_A_DELIVERY)
    rate = int(lines / 86400 / 0.9) + 1  # the generator keeps to nine tenths of it: the log ends before the day does
    begin = time.monotonic()
    with subprocess.Popen(generator(build, lines, rate, midnight(1)), stdout=subprocess.PIPE) as source:
        reader = subprocess.Popen([f"{build}/bin/outward-follow", "-c", keeper.config, "--once", "-"],
                                  stdin=source.stdout, stdout=subprocess.DEVNULL)
        source.stdout.close()
        _, status, used = os.wait4(reader.pid, 0)
        reader.returncode = os.waitstatus_to_exitcode(status)
    if reader.returncode != 0:
        raise RuntimeError(f"the import ended with {reader.returncode}")
    wall, cpu = time.monotonic() - begin, used.ru_utime + used.ru_stime
    sent = keeper.number("SELECT sum(sent) FROM totals")
    table.add("a day: lines, messages sent, domains", f"{lines:,}, {sent:,}, "
              f"{keeper.number('SELECT count(DISTINCT domain) FROM destinations_days'):,}",
              f">= {DELIVERIES_A_DAY:,} messages", sent >= DELIVERIES_A_DAY)
    table.add("a day: times real time, by wall (the generator beside it), by the follower's CPU",
              f"{86400 / wall:.0f}, {86400 / cpu:.0f}", ">= 20", wall <= 86400 / 20)
    table.add("a day: lines a second of CPU", f"{lines / cpu:,.0f}", f">= {RATE:,}", lines / cpu >= RATE)
    table.add("a day: peak memory, MiB", f"{used.ru_maxrss / 1024:.0f}")
    table.add("a day: ledger, MB", f"{keeper.octets() / 1e6:.0f}")
    return keeper


def shift(path, days):
    """The same ledger, as many days earlier."""
    with contextlib.closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("PRAGMA synchronous = OFF")
        for table in [row[0] for row in ledger.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]:
            columns = {row[1] for row in ledger.execute(f"PRAGMA table_info({table})")}
            moved = columns & {"begin", "first", "last", "last_plaintext", "last_encrypted", "waiting_last", "time"}
            changes = ", ".join(f"{column} = {column} - ({column} > 0) * {days * DAY_MS}" for column in sorted(moved))
            if changes:
                # No row meets another that was not moved yet: all move by more than all of them span.
                ledger.execute(f"UPDATE {table} SET {changes}")


def copy_without_details(build, directory, ledger):
    """A copy, and one of it without single deliveries: a ledger holds 1,000,000 of them, two days' here, not 30."""
    full, bare = f"{directory}/full.db", f"{directory}/bare.db"
    subprocess.run([f"{build}/bin/outward", "merge", "--output", full, ledger], check=True)
    with contextlib.closing(sqlite3.connect(full)) as copy, copy:
        copy.execute("DELETE FROM details")
    subprocess.run([f"{build}/bin/outward", "merge", "--output", bare, full], check=True)
    os.remove(full)
    return bare


def build_month(build, directory, day):
    """That day and copies of it, each a day earlier than the one before, added up by outward merge."""
    month, parts = Keeper(build, directory, "month"), [day.ledger]
    bare = copy_without_details(build, directory, day.ledger)
    for number in range(1, DAYS):
        part = f"{directory}/part{number}.db"
        shutil.copyfile(day.ledger if number == 1 else bare, part)
        shift(part, number)
        parts.append(part)
    begin = time.monotonic()
    subprocess.run([f"{build}/bin/outward", "merge", "--output", month.ledger, *parts], check=True)
    wall = time.monotonic() - begin
    for part in [bare, *parts[1:]]:
        os.remove(part)
    return month, wall


def measure_month(build, directory, table, day, rounds):
    """Reports over a month, and making the ledger smaller while it is asked and written."""
    month, wall = build_month(build, directory, day)
    table.add(f"outward merge of {DAYS} ledgers of a day, s", f"{wall:.0f}")
    before = month.octets()
    line = subprocess.run(generator(build, 100, 1, midnight(0)), check=True,
                          stdout=subprocess.PIPE).stdout.splitlines(keepends=True)[0]
    with month:
        begin, found, reports = time.monotonic(), [], []
        while month.number("SELECT min(begin) FROM destinations_hours") < (time.time() - 9 * 86400) * 1000:
            found += latencies(month, line, 1)
            reports.append(month.report()[0])
        table.add("hours of 22 days removed while lines come and reports are made, s", f"{time.monotonic() - begin:.0f}")
        table.add("meanwhile a line is in the ledger after, s: median (longest)",
                  f"{statistics.median(found):.2f} ({max(found):.2f})", "<= 1", max(found) <= 1)
        table.add("meanwhile a report of 30 days, s: median (longest)",
                  f"{statistics.median(reports):.2f} ({max(reports):.2f})")
        month.wait_for(lambda: month.number("SELECT freelist_count FROM pragma_freelist_count") < 1000, 1800)
    after = month.octets()
    table.add("ledger before and after, MB", f"{before / 1e6:.0f}, {after / 1e6:.0f}")
    reports = [month.report() for _ in range(max(3, rounds))]
    sent = month.number("SELECT sum(sent) FROM totals")
    for number, what in enumerate(("wall", "CPU")):
        found = [report[number] for report in reports]
        table.add(f"report of {DAYS} days ({sent:,} messages, {after / 1e6:.0f} MB), s {what}: median (longest)",
                  f"{statistics.median(found):.2f} ({max(found):.2f})", "<= 2", statistics.median(found) <= 2)


def measure(build, directory, table, rounds):
    """All of the ledger's rows."""
    measure_calm(build, directory, table)
    measure_pace(build, directory, table)
    day = measure_day(build, directory, table)
    measure_month(build, directory, table, day, rounds)
