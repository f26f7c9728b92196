#!/usr/bin/python3
"""Postfix as containers run it: it logs to standard output, and the gate stands in a container of its own beside it.

No engine is needed for that: what matters is that neither has a syslog, that both write to a pipe which the engine keeps,
and that the socket lies in a volume whose group has a name in the other container only.
"""
import atexit
import json
import os
import signal
import smtplib
import stat
import subprocess
import unittest

import bed
from bed.wait import until

VOLUME = "/var/volume"
STRANGE_GROUP = 4711  # that of postfix in the other container; it has no name here
SETTINGS = ("maillog_file=/dev/stdout", "smtp_tls_loglevel=1", "smtp_tls_security_level=may", "inet_interfaces=127.0.0.1",
            "smtpd_milters=inet:127.0.0.1:8890", "milter_default_action=tempfail", "default_transport=discard",
            "smtpd_client_restrictions=", "mynetworks=127.0.0.0/8", "alias_maps=", "smtpd_peername_lookup=no")


class Piped:
    """A program whose output somebody keeps, as a container's engine does."""

    def __init__(self, machine, name, *command):
        self.path = f"{machine.work}/{name}"
        with open(self.path, "wb") as out:
            # cat stands for the engine: what the program sees is a pipe.
            self._process = subprocess.Popen(["sh", "-c", f'{" ".join(command)} 2>&1 | cat'], stdout=out,
                                             stdin=subprocess.DEVNULL, start_new_session=True)

    def stop(self):
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()

    def output(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.read()


class Containers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        build = os.environ.get("OUTWARD_BUILD")
        if not build:
            raise unittest.SkipTest("needs OUTWARD_BUILD, the build directory")
        cls.machine = machine = bed.Machine(build)
        atexit.register(machine.gone)
        machine.make_users()

    def start_gate(self, listen):
        self.machine.write("/etc/outward/outward.conf",
                           f"listen {listen}\nlog stderr\nmode enforce\nlistener public {{ port 25 }}\n"
                           "submission {\n    reject plaintext client network others\n    accept\n}\n"
                           "network others { 192.0.2.0/24 }\n")
        return Piped(self.machine, "gate.log", "runuser", "-u", "outward", "-G", "outward", "--", "outward-milter")

    def test_both_outputs_together_make_the_report(self):
        gate = self.start_gate("inet:8890@0.0.0.0")
        self.addCleanup(gate.stop)
        until(lambda: " ready: " in gate.output(), gate.output)
        for setting in SETTINGS:
            self.machine.must(f"postconf -e '{setting}'")
        self.machine.must("postconf -M 'postlog/unix-dgram=postlog unix-dgram n - n - 1 postlogd'")
        mail = Piped(self.machine, "mail.log", "postfix", "start-fg")
        self.addCleanup(mail.stop)
        until(lambda: bed.listening(25), mail.output)
        with smtplib.SMTP("127.0.0.1", 25) as client:
            client.sendmail("a@example.org", ["b@example.net"], "From: a@example.org\r\nSubject: x\r\n\r\nx\r\n")
        until(lambda: "decision=accept" in gate.output() and ": removed" in mail.output(),
              lambda: gate.output() + mail.output())
        for given in ("cat mail.log gate.log | outward report --log -", "outward report --log mail.log --log gate.log"):
            answer = json.loads(self.machine.must(f"{given} --format json").stdout)
            # What the gate says of its rule file before it begins has no stamp.
            self.assertEqual(answer["completeness"]["unparsed"], gate.output().count("outward.conf:1:1: warning"))
            self.assertEqual([row["accepted"] for row in answer["submission"]], [1])
        self.assertIn("127.0.0.1:8890", self.machine.must("outward setup").stdout)

    def test_a_socket_in_a_volume_belongs_to_the_other_containers_group(self):
        os.makedirs(VOLUME)
        os.chown(VOLUME, -1, STRANGE_GROUP)
        os.chmod(VOLUME, 0o2755)
        self.machine.write("/etc/outward/outward.conf",
                           f"listen unix:{VOLUME}/milter.sock group {STRANGE_GROUP} mode 0660\nlog stderr\nsubmission {{ accept }}\n")
        gate = Piped(self.machine, "socket.log", "outward-milter")
        self.addCleanup(gate.stop)
        until(lambda: os.path.exists(f"{VOLUME}/milter.sock"), gate.output)
        found = os.stat(f"{VOLUME}/milter.sock")
        self.assertEqual((found.st_gid, stat.S_IMODE(found.st_mode)), (STRANGE_GROUP, 0o660))


if __name__ == "__main__":
    bed.main()
