"""A reload each second under load: the gate loses no mail and the follower no line, and neither grows."""
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

from .gate import Bench
from .ledger import Keeper, generator, midnight

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECONDS = 30
SESSIONS = 50
MAILS_A_SESSION = 20
LINES_A_SECOND = 5000
PIECE = 0.1  # seconds between two writes to the log
SLACK_KIB = 1024
LISTED = 100000  # domains of a list that each reload reads


def resident_kib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class Prober:
    """One message after the other on a connection that stays open: how long each took."""

    def __init__(self, address):
        sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
        from bed.milter import MilterConnection  # pylint: disable=import-error,import-outside-toplevel
        self._session = MilterConnection(address)
        self._session.connect()
        self._stopping = threading.Event()
        self.seconds, self.others = [], 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stopping.is_set():
            begin = time.monotonic()
            reply = self._session.message("probe@example.org", "x@example.net")
            self.seconds.append(time.monotonic() - begin)
            self.others += reply[0] != b"c"
            time.sleep(0.002)

    def stop(self):
        self._stopping.set()
        self._thread.join()
        self._session.close()


def load_for(bench, gate, seconds):
    """Load for some seconds: mails, their wall seconds, and what a prober saw.  milter_load fails at any wrong answer."""
    prober = Prober(gate.address)
    end, mails, spent = time.monotonic() + seconds, 0, 0.0
    while time.monotonic() < end:
        loaded = bench.load(gate, "--sessions", SESSIONS, "--mails", SESSIONS * MAILS_A_SESSION,
                            "--per-session", MAILS_A_SESSION)
        mails += loaded["mails"]
        spent += loaded["seconds"]
    prober.stop()
    return mails, spent, prober


class Ticker:
    """Does something each second, beside whatever goes on."""

    def __init__(self, action):
        self._action = action
        self._stopping = threading.Event()
        self.count = 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stopping.wait(1):
            self._action()
            self.count += 1

    def stop(self):
        self._stopping.set()
        self._thread.join()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def generation(gate):
    """One more reload: the number of the rules that it put in force."""
    gate.process.send_signal(signal.SIGUSR1)
    end = time.monotonic() + 30
    before = os.path.getsize(gate.log)
    while time.monotonic() < end:
        with open(gate.log, "rb") as file:
            file.seek(before)
            found = re.findall(rb"reload: rules of generation (\d+) in force", file.read())
        if found:
            return int(found[-1])
        time.sleep(0.05)
    raise RuntimeError("no reload")


def measure_gate(build, directory, table):
    path = f"{directory}/domains"
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"blocked{number}.example\n" for number in range(LISTED))
    os.chmod(path, 0o644)
    with Bench(build, directory) as bench:
        gate = bench.gate("gate", "    reject to domain many\n", f'domain many file "{path}"\n')
        quiet_mails, quiet_spent, quiet = load_for(bench, gate, SECONDS)
        memory = []

        def reload():
            gate.process.send_signal(signal.SIGUSR1)
            memory.append(resident_kib(gate.process.pid))
        before = generation(gate)
        ticker = Ticker(reload)
        mails, spent, prober = load_for(bench, gate, SECONDS)
        ticker.stop()
        time.sleep(2)
        done = generation(gate) - before - 1
        growth = growth_of(memory)
        files = len(os.listdir(f"/proc/{gate.process.pid}/fd"))
    table.add("gate: reloads asked for, done (those that meet one under way are one)", f"{ticker.count}, {done}")
    table.add("gate: mails under reloads, answered otherwise than without", f"{mails:,}, {prober.others}", "0",
              prober.others == 0)
    table.add("gate: mails a second, with reloads / without", f"{mails / spent / (quiet_mails / quiet_spent):.2f}")
    table.add("gate: a message, ms, median, 99 %, longest, without", times(quiet.seconds))
    table.add("gate: the same with a reload each second", times(prober.seconds))
    table.add("gate: resident KiB grew by", f"{growth:,}", f"<= {SLACK_KIB:,}", growth <= SLACK_KIB)
    table.add("gate: descriptors afterwards", f"{files}")


def growth_of(memory):
    """By how many KiB the lowest points rose from the second quarter to the later half: the first reloads find room."""
    steady = memory[len(memory) // 4:]
    return min(steady[len(steady) // 2:]) - steady[0]


def times(seconds):
    """As a row shows them."""
    return ", ".join(f"{1000 * value:.1f}" for value in (statistics.median(seconds), percentile(seconds, 0.99), max(seconds)))


def measure_follower(build, directory, table):
    command = generator(build, LINES_A_SECOND * SECONDS, LINES_A_SECOND, midnight(1))
    lines = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines(keepends=True)
    step = int(LINES_A_SECOND * PIECE)
    memory, signals = [], random.Random(1)
    with Keeper(build, directory, "reloaded") as keeper:
        def reload():
            keeper.process.send_signal(signals.choice((signal.SIGUSR1, signal.SIGHUP)))
            memory.append(resident_kib(keeper.process.pid))
        ticker = Ticker(reload)
        begin = time.monotonic()
        for first in range(0, len(lines), step):
            keeper.append(b"".join(lines[first:first + step]))
            time.sleep(max(0.0, begin + (first + step) / LINES_A_SECOND - time.monotonic()))
        behind = keeper.wait_for(lambda: keeper.lines() >= len(lines), 60)
        ticker.stop()
        counted = keeper.lines()
        growth = growth_of(memory)
    table.add("follower: signals to reload while lines came", f"{ticker.count}")
    table.add("follower: lines written, counted", f"{len(lines):,}, {counted:,}", "the same", counted == len(lines))
    table.add("follower: the last line is in the ledger after, s", f"{behind:.2f}", "<= 2", behind <= 2)
    table.add("follower: resident KiB grew by", f"{growth:,}", f"<= {4 * SLACK_KIB:,}",
              growth <= 4 * SLACK_KIB)


def measure(build, directory, table, _rounds):
    """Both daemons."""
    measure_gate(build, directory, table)
    measure_follower(build, directory, table)
