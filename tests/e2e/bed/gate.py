"""outward-milter under a rule file, and what it recorded."""
import os
import re
import shutil
import signal
import urllib.parse

from .command import programs
from .ports import listening, listening_at
from .process import Daemon, thread_states
from .wait import until

RECORD = re.compile(r"outward-milter\[(\d+)\]: ([0-9A-Za-z]+): (decision=.*)")


SOURCE = os.path.abspath(f"{os.path.dirname(__file__)}/../../..")


def shipped_rules(name):
    """A shipped rule file's text without the lines that a test sets itself; its mode stays."""
    with open(f"{SOURCE}/policy/{name}", encoding="utf-8") as file:
        return "".join(line for line in file if not re.match(r"(listen|user|log)\s", line))


class Record:
    """One record of the gate: queue_id (None for NOQUEUE) and the values of its keys, unescaped."""

    def __init__(self, queue_id, text):
        self.text = text
        self.queue_id = None if queue_id == "NOQUEUE" else queue_id
        self.values = {}
        for word in text.split():
            key, _, value = word.partition("=")
            self.values[key] = urllib.parse.unquote(value)

    def __getitem__(self, key):
        return self.values.get(key)

    def __repr__(self):
        return f"{self.queue_id}: {self.text}"


class Gate:
    """A gate on a socket of its own; milter is what smtpd_milters wants.

    rules   the rule file's text behind the lines that every test needs (socket, log, mode); file names it
    mode    enforce or monitor, unless the rules say it
    user    whom it becomes; None: stays root
    inet    on a TCP port instead of a socket file
    environment  more variables for it
    open_files   how many file descriptors it may have
    syslog  where its /dev/log leads: it writes to syslog, then, instead of into a file
    """

    # A /dev of its own, private to it, with what a daemon needs of it and the log socket.
    OWN_DEV = ("mount --make-rprivate / && mount -t tmpfs -o mode=755 dev \"$0\" && touch \"$0/null\" && "
               "mount --bind /dev/null \"$0/null\" && ln -s \"$1\" \"$0/log\" && mount --move \"$0\" /dev && "
               "shift && exec \"$@\"")

    def __init__(self, directory, ports, rules, *, mode="enforce", user="nobody", inet=False,
                 environment=None, open_files=None, syslog=None):
        self.directory = directory
        self.file = f"{directory}/outward.conf"
        self.log = f"{directory}/outward.log"
        self.mode = mode
        self.user = user
        self._port = ports.take() if inet else None
        self._socket = f"{directory}/milter.sock"
        self.milter = f"inet:127.0.0.1:{self._port}" if inet else f"unix:{self._socket}"
        self._environment = environment
        self._limits = ["prlimit", f"--nofile={open_files}"] if open_files else []
        self._syslog = syslog
        self._daemon = None
        # As the package has it: the user's own directory, its group Postfix's, so that the socket inherits it.
        shutil.chown(directory, user or "root", "postfix")
        os.chmod(directory, 0o2750)
        self.write(rules)

    def write(self, rules):
        """Write the rule file; a running gate reads it at reload()."""
        listen = f"inet:{self._port}@127.0.0.1" if self._port else f"unix:{self._socket} mode 0660"
        lines = [f"listen {listen}", "log syslog" if self._syslog else f"log file {self.log}"]
        if not re.search(r"(?m)^mode\s", rules):
            lines.append(f"mode {self.mode}")
        if self.user:
            lines.append(f"user {self.user}")
        temporary = f"{self.file}.new"
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n" + rules)
        os.rename(temporary, self.file)

    def start(self):
        """Start it; returns when it is ready, which it says when it listens as the user it is to be."""
        before = self._sizes()
        self._daemon = Daemon(self._command(), f"{self.directory}/stderr", self._environment)
        until(lambda: ((self._syslog or " ready: " in self.log_text(before)) and self.answers()) or not self.running(),
              lambda: f"the gate is ready: {self.log_text(before)}")
        if not self.running():
            raise AssertionError(f"the gate does not start: {self._daemon.output()}")
        return self

    def _command(self):
        command = [*self._limits, f"{programs()}/outward-milter", "-c", self.file]
        if self._syslog is None:
            return command
        dev = f"{self.directory}/dev"
        os.makedirs(dev, exist_ok=True)
        return ["unshare", "--mount", "sh", "-c", self.OWN_DEV, dev, self._syslog, *command]

    def running(self):
        return self._daemon is not None and self._daemon.running()

    def answers(self):
        """True when somebody listens on its socket."""
        return listening(self._port) if self._port else listening_at(self._socket)

    @property
    def pid(self):
        return self._daemon.pid

    def send_signal(self, number):
        self._daemon.send_signal(number)

    def hang(self):
        """It does nothing any more, until SIGCONT; returns when all of it stands still."""
        self.send_signal(signal.SIGSTOP)
        until(lambda: thread_states(self.pid) == {"T"}, "the gate stands still")

    def wait(self, timeout):
        """Its exit status, when it ends by itself or by a signal that was sent."""
        return self._daemon.wait(timeout)

    def reload(self, rules=None):
        """SIGUSR1, after writing new rules; returns when the gate said what became of it (its new log text)."""
        if rules is not None:
            self.write(rules)
        before = self._sizes()
        self.send_signal(signal.SIGUSR1)

        def said():
            new = self.log_text(before)
            return new if re.search(r"\]: (error: )?reload: ", new) else None
        return until(said, lambda: f"a word about the reload: {self.log_text()[-2000:]}")

    def stop(self):
        """Stop it at once; clean stops are a test's own business: terminate()."""
        if self._daemon is not None:
            self._daemon.stop(number=signal.SIGKILL)

    def terminate(self, timeout=60):
        """SIGTERM: its exit status, when it is gone."""
        self.send_signal(signal.SIGTERM)
        return self._daemon.wait(timeout)

    def _files(self):
        """Its log and its standard error."""
        return [path for path in (self.log, f"{self.directory}/stderr") if os.path.exists(path)]

    def _sizes(self):
        return {path: os.path.getsize(path) for path in self._files()}

    def log_text(self, behind=None):
        """Everything it wrote, or what it wrote behind these sizes of its files."""
        text = b""
        for path in self._files():
            with open(path, "rb") as file:
                file.seek((behind or {}).get(path, 0))
                text += file.read()
        return text.decode("utf-8", "replace")

    def records(self):
        return [Record(found.group(2), found.group(3)) for found in RECORD.finditer(self.log_text())]

    def record(self, sender=None, queue_id=None, count=1):
        """The newest record of this sender or queue ID, when there are count of them."""
        def fits(record):
            return (sender is None or record["from"] == f"<{sender}>") and \
                (queue_id is None or record.queue_id == queue_id)

        def look():
            found = [record for record in self.records() if fits(record)]
            return found[-1] if len(found) >= count else None
        return until(look, lambda: f"{count} record(s) of {sender or queue_id}: {self.log_text()[-3000:]}")
