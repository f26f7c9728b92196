"""outward-follow under a rule file of its own, and what its ledger says."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time

from .command import programs
from .process import Daemon, run
from .wait import PATIENCE, until


class Follower:
    """A follower that keeps directory/ledger.db.

    sources  the words of `follow { }`
    environment  more variables for it
    """

    KEEP = "keep detail 3650d keep hours 3650d keep days 3650d"  # the tests' logs have their days, whatever day it is

    def __init__(self, directory, sources, *, rules="", options=(), addresses="yes", keep=KEEP, environment=None):
        self.directory = directory
        self.file = f"{directory}/outward.conf"
        self.ledger = f"{directory}/ledger.db"
        self.log = f"{directory}/follow.log"
        self.options = list(options)
        self.environment = environment
        self.daemon = None
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(f"log stderr\nledger {{ path {self.ledger} addresses {addresses} {keep} }}\nfollow {{ {sources} tz UTC }}\n{rules}")

    @property
    def command(self):
        return [f"{programs()}/outward-follow", "-c", self.file, *self.options]

    def start(self):
        self.daemon = Daemon(self.command, self.log, self.environment)

    def kill(self):
        """kill -9."""
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(60)  # a disk that is asked to sync by all may take its time

    def stop(self):
        if self.daemon is not None:
            self.daemon.stop(patience=10)

    def once(self, *files, check=True, text=None):
        """Count files, or what the sources hold now."""
        return run(*self.command, "--once", *files, check=check, text=text, env=self.environment)

    def report(self, *options):
        """What the ledger says."""
        return json.loads(run(f"{programs()}/outward", "report", "-c", self.file, "--format", "json", *options).stdout)

    def report_of(self, *logs):
        """What the same report says of logs."""
        words = [word for log in logs for word in ("--log", log)]
        return self.report(*words)

    def number(self, query):
        """The number that a query to the ledger gives; None while it cannot be asked."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, timeout=5)) as ledger:
                return ledger.execute(query).fetchone()[0]
        except sqlite3.OperationalError:
            return None

    def counted(self, what="lines"):
        """One of the numbers in the table `counts`."""
        return self.number(
            f"SELECT coalesce(sum(count), 0) FROM counts JOIN names ON names.id = what WHERE name = '{what}'") or 0

    def wait_for_lines(self, lines, timeout=PATIENCE):
        until(lambda: self.counted() >= lines, lambda: f"{lines} lines are counted, not {self.counted()}", timeout)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def cpu_ticks(self):
        """What the daemon has used, in clock ticks."""
        with open(f"/proc/{self.daemon.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


def generate(directory, lines, *, hosts=2, seed=1, prefix="rfc3339", rate=20, start="2026-10-05T08:00:00"):
    """A realistic log, and the file with the truth about it."""
    generator = f"{os.path.dirname(programs())}/bench/log_generator"
    log, truth = f"{directory}/generated-{seed}.log", f"{directory}/truth-{seed}.json"
    with open(log, "wb") as output:
        subprocess.run([generator, "--lines", str(lines), "--seed", str(seed), "--hosts", str(hosts), "--prefix", prefix,
                        "--rate", str(rate), "--start", start, "--truth", truth],
                       stdout=output, check=True, timeout=120)
    return log, truth


class Writer:
    """A syslog daemon and logrotate in one: appends octets at a pace, in pieces that end anywhere, and rotates."""

    def __init__(self, path, octets, *, seconds, rotations, random, pack=True):
        self.path = path
        self.octets = octets
        self.seconds = seconds
        self.random = random
        self.pack = pack
        self.rotate_at = sorted(random.sample(range(1, len(octets)), rotations))
        self.rotated = 0

    def _rotate(self):
        """mail.log becomes mail.log.1, that one mail.log.2.gz and so on, as logrotate does it."""
        names = sorted((name for name in os.listdir(os.path.dirname(self.path))
                        if name.startswith(os.path.basename(self.path) + ".")),
                       key=lambda name: int(name.removesuffix(".gz").rpartition(".")[2]), reverse=True)
        folder = os.path.dirname(self.path)
        for name in names:
            plain = name.removesuffix(".gz")
            number = int(plain.rpartition(".")[2])
            new = f"{self.path}.{number + 1}" + (".gz" if name.endswith(".gz") else "")
            os.rename(f"{folder}/{name}", new)
            if self.pack and not new.endswith(".gz"):
                subprocess.run(["gzip", new], check=True)
        os.rename(self.path, f"{self.path}.1")
        self.rotated += 1

    def run(self):
        start, at = time.monotonic(), 0
        rotations = list(self.rotate_at)
        file = open(self.path, "ab", buffering=0)
        while at < len(self.octets):
            end = min(at + self.random.randint(1, 6000), len(self.octets))
            if rotations and end >= rotations[0]:
                rotations.pop(0)
                end = self.octets.index(b"\n", at) + 1
                file.write(self.octets[at:end])
                self._rotate()
                if self.random.random() < 0.5:  # the writer learns of it later
                    more = self.octets.index(b"\n", end) + 1
                    file.write(self.octets[end:more])
                    end = more
                file.close()
                file = open(self.path, "ab", buffering=0)
            else:
                file.write(self.octets[at:end])
            at = end
            ahead = start + self.seconds * at / len(self.octets) - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        file.close()


class SteadyWriter:
    """A syslog daemon: appends lines at a pace, twenty times a second.

    It opens its file again when FOLDER/reopen appears, as on SIGHUP, and writes nothing while FOLDER/hold is there,
    which it answers with FOLDER/held.  It writes no more lines than `limit`, which may be raised while it runs.
    """

    def __init__(self, path, lines, *, rate, folder):
        self.path = path
        self.lines = lines
        self.rate = rate
        self.folder = folder
        self.written = 0
        self.limit = len(lines)
        self.file = open(path, "ab", buffering=0)

    def _obey(self):
        if os.path.exists(f"{self.folder}/reopen"):
            os.unlink(f"{self.folder}/reopen")
            self.file.close()
            self.file = open(self.path, "ab", buffering=0)
        if not os.path.exists(f"{self.folder}/hold"):
            return True
        with open(f"{self.folder}/held", "wb"):
            pass
        return False

    def run(self):
        while self.written < len(self.lines):
            if self._obey():
                end = min(self.written + self.rate // 20, self.limit)
                self.file.write(b"".join(self.lines[self.written:end]))
                self.written = end
            time.sleep(0.05)
        self.file.close()
