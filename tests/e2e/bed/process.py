"""Helper processes that are surely gone afterwards."""
import os
import signal
import subprocess

from .wait import until


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


def end_group(group, patience):
    """Wait patience seconds for the group to end by itself, then kill what is left."""
    try:
        until(lambda: not group_alive(group), "", timeout=patience)
    except AssertionError:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass
        until(lambda: not group_alive(group), f"process group {group} dies", timeout=5)


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
                self.process.wait(5)
        end_group(self.pid, patience)


def run(*argv, text=None, timeout=60, check=True, env=None):
    """Run a command to its end: its CompletedProcess with texts.  A failure raises with what the command said."""
    done = subprocess.run(
        [str(word) for word in argv], input=text if text is not None else "", capture_output=True, text=True,
        timeout=timeout, check=False, errors="replace", env={**os.environ, **(env or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done
