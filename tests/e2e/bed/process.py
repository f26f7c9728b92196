"""Helper processes that are surely gone afterwards."""
import os
import signal
import subprocess

from .wait import PATIENCE, until


def group_alive(group):
    """True while a process of this process group runs.  Zombies do not count: PID 1 may reap orphans seconds late."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                state, _parent, its_group = file.read().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_group) == group and state != "Z":
            return True
    return False


def children(parent):
    """Process IDs of the children of a process that run."""
    found = set()
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                state, its_parent = file.read().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_parent) == parent and state != "Z":
            found.add(int(entry))
    return found


def _thread_files(pid, name):
    """The text of a file in /proc of each thread of a process; of those that end meanwhile none."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/{name}", encoding="utf-8", errors="replace") as file:
                yield file.read()
        except (FileNotFoundError, ProcessLookupError):
            pass


def thread_states(pid):
    """What the threads of a process do: R runs, S sleeps, D waits for a disk, T stands still."""
    return {text.rpartition(")")[2].split()[0] for text in _thread_files(pid, "stat")}


def kept_waiting(*pids):
    """Seconds that threads of these processes were ready to run and had no processor: what their neighbours cost them."""
    return sum(int(text.split()[1]) for pid in pids for text in _thread_files(pid, "schedstat")) / 1e9


def has_open(pid, path):
    """True while a process has this file open."""
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            if os.readlink(f"/proc/{pid}/fd/{number}") == path:
                return True
        except FileNotFoundError:
            pass  # closed meanwhile
    return False


def end_group(group, patience):
    """Wait patience seconds for the group to end by itself, then kill what is left."""
    try:
        until(lambda: not group_alive(group), "", timeout=patience)
    except AssertionError:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass
        until(lambda: not group_alive(group), f"process group {group} dies")


class Daemon:
    """A process in a session of its own (saslauthd kills its whole process group when it stops), output in a file."""

    def __init__(self, argv, log, env=None):
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, **(env or {})})
        self.pid = self.process.pid

    def running(self):
        return self.process.poll() is None

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def send_signal(self, number):
        """Send a signal to the process itself, not to its group."""
        self.process.send_signal(number)

    def wait(self, timeout):
        """The exit status; negative: killed by that signal."""
        return self.process.wait(timeout)

    def stop(self, number=signal.SIGTERM, patience=2.0):
        if self.running():
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE)
        end_group(self.pid, patience)


def run(*argv, text=None, timeout=60, check=True, env=None):
    """Run a command to its end: its CompletedProcess with texts.  A failure raises with what the command said."""
    done = subprocess.run(
        [str(word) for word in argv], input=text if text is not None else "", capture_output=True, text=True,
        timeout=timeout, check=False, errors="replace", env={**os.environ, **(env or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done
