"""A machine of one's own, for commands exactly as a manual writes them: /etc, /var, /usr, /dev/log and the network.

What is in the host's /etc, /var and /usr can be read, everything written goes to memory, and the programs under test are
installed below /usr.  The network has a loopback interface and nothing else, so ports 25 and 587 are free.  Processes of
the host are not seen by bed.main(), which puts the test into a process namespace; so nothing outlives the test.
"""
import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import unittest

from .process import Daemon, run
from .wait import until

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

RSYSLOG = """\
module(load="imuxsock" SysSock.Name="/dev/log")
mail.* action(type="omfile" file="/var/log/mail.log" template="RSYSLOG_FileFormat" fileCreateMode="0644")
"""


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
        flags = struct.unpack("16sH14x", request)[1] | IFF_UP
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags))


class Machine:
    """Entered by the process that makes it, for the rest of its life: one in a test file."""

    def __init__(self, build):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root, for a mount and a network namespace")
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
            raise unittest.SkipTest("needs a mount and a network namespace, and may not have them")
        run("mount", "--make-rprivate", "/")
        loopback_up()
        self.memory = tempfile.mkdtemp(prefix="outward-machine.", dir="/tmp")
        run("mount", "-t", "tmpfs", "-o", "mode=755", "machine", self.memory)
        run("cmake", "--install", build, "--prefix", "/usr", env={"DESTDIR": f"{self.memory}/install"}, timeout=120)
        self._overlay("/usr", f"{self.memory}/install/usr:/usr")
        self._overlay("/etc", "/etc")
        self._overlay("/var", "/var")
        self._make_devices()
        self.work = f"{self.memory}/home"
        os.mkdir(self.work)
        for empty in ("/var/log", "/var/spool/postfix", "/var/lib/postfix", "/etc/outward", "/var/lib/outward"):
            shutil.rmtree(empty, ignore_errors=True)
        for new in ("/var/log", "/var/spool/postfix", "/etc/outward"):
            os.makedirs(new)

    def _overlay(self, place, lower):
        for part in ("upper", "work"):
            os.makedirs(f"{self.memory}/{part}{place}")
        run("mount", "-t", "overlay", "machine", "-o",
            f"lowerdir={lower},upperdir={self.memory}/upper{place},workdir={self.memory}/work{place}", place)

    def _make_devices(self):
        """The host's devices but for the log."""
        dev = f"{self.memory}/dev"
        os.mkdir(dev)
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            open(f"{dev}/{name}", "wb").close()
            run("mount", "--bind", f"/dev/{name}", f"{dev}/{name}")
        run("mount", "--rbind", dev, "/dev")
        os.symlink("/proc/self/fd", "/dev/fd")
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            os.symlink(f"/proc/self/fd/{number}", f"/dev/{name}")
        os.mkdir("/dev/shm", mode=0o1777)

    def gone(self):
        """Take its directory away; the mounts end with the process."""
        run("umount", "-l", self.memory)
        os.rmdir(self.memory)

    def run(self, line, user=None, timeout=120, env=None):
        """A line for a shell, in the work directory."""
        command = ["sh", "-c", line] if user is None else ["runuser", "-u", user, "--", "sh", "-c", line]
        return subprocess.run(
            command, cwd=self.work, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False,
            encoding="utf-8", errors="replace",
            env={"PATH": PATH, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **(env or {})})

    def must(self, line, **options):
        """The same, for a line that has to do well."""
        done = self.run(line, **options)
        if done.returncode != 0:
            raise AssertionError(f"{line}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def start(self, *command, user):
        """A daemon; it ends with the test at the latest."""
        log = f"{self.memory}/{command[0]}.log"
        return Daemon(["runuser", "-u", user, "--", *command], log, env={"PATH": PATH})

    def write(self, path, text):
        """A file, for its owner to change alone.  Paths that do not begin at the root lie in the work directory."""
        path = os.path.join(self.work, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o644)
        return path

    def start_log(self):
        """rsyslog, as Debian 12 has it, for facility mail."""
        file = self.write("/etc/rsyslog-test.conf", RSYSLOG)
        os.makedirs("/var/spool/rsyslog", exist_ok=True)
        run("rsyslogd", "-f", file, "-i", f"{self.memory}/rsyslogd.pid")
        until(lambda: os.path.exists("/dev/log"), "rsyslogd listens")

    def make_users(self):
        """What the package's installation does."""
        run("systemd-sysusers", "outward.conf")
        run("systemd-tmpfiles", "--create", "outward.conf")
