#!/usr/bin/python3
"""Postfix at its process limit, its clients and the gate's peers stuck, killed or half open: the gate lets go of all.

OUTWARD_PROCESSES: Postfix's process limit (10).
"""
import os
import signal
import socket
import time

import bed
from bed.milter import MilterConnection
from bed.wait import until

PROCESSES = int(os.environ.get("OUTWARD_PROCESSES", "10"))
RULES = "listener submission { port {port} }\nsubmission { reject plaintext\n accept }\n"
PASSWORD = "open sesame"


def sockets(pid):
    """How many it has open."""
    count = 0
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:")
        except FileNotFoundError:
            pass  # closed meanwhile
    return count


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def resident_kib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class ProcessLimit(bed.MailTest):
    """One submission service, at most PROCESSES smtpd at once."""

    compares_report = False

    @classmethod
    def set_up(cls):
        cls.peer = cls.bed.good_peer("gmail.com")
        cls.gate = cls.bed.gate("submission { accept }\n")
        limits = "connect_timeout=3s, command_timeout=3s, content_timeout=3s"
        cls.postfix = cls.bed.postfix(
            listeners={"sub": bed.Listener.submission(cls.bed.sasldb({"alice": PASSWORD}))},
            routes={"gmail.com": cls.peer}, milter=f"{{ {cls.gate.milter}, {limits} }}",
            settings={"default_process_limit": str(PROCESSES), "smtpd_client_connection_count_limit": "0",
                      "smtpd_timeout": "60s", "smtpd_tls_session_cache_database": ""})
        cls.port = cls.postfix.ports["sub"]
        cls.gate.reload(RULES.replace("{port}", str(cls.port)))
        cls.postfix.start()
        cls.submit("warm@example.org")
        cls.wait_until_idle(first=True)

    @classmethod
    def session(cls, login=True, timeout=60):
        client = bed.Session(cls.port, timeout=timeout)
        client.ehlo()
        client.starttls()
        if login:
            client.auth_plain("alice", PASSWORD)
        return client

    @classmethod
    def submit(cls, sender, timeout=60):
        """The reply to a whole message, and the seconds from connect(2) to it."""
        began = time.monotonic()
        client = cls.session(timeout=timeout)
        try:
            return client.send(sender, "x@gmail.com"), time.monotonic() - began
        finally:
            client.close()

    @classmethod
    def wait_until_idle(cls, first=False):
        """No connection of an smtpd is left in the gate: seconds that took."""
        began = time.monotonic()
        if first:
            until(cls._is_steady, "the gate is idle")
            cls.idle = sockets(cls.gate.pid)
        else:
            until(lambda: sockets(cls.gate.pid) <= cls.idle,
                  lambda: f"{sockets(cls.gate.pid)} sockets, {cls.idle} when idle")
        return time.monotonic() - began

    @classmethod
    def _is_steady(cls):
        before = sockets(cls.gate.pid)
        time.sleep(0.5)
        return sockets(cls.gate.pid) == before

    def smtpds(self):
        """Process IDs of this Postfix's smtpd."""
        found = []
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                with open(f"/proc/{entry}/environ", "rb") as file:
                    mine = self.postfix.base.encode() in file.read()
            except (NotADirectoryError, FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if words[0] == b"smtpd" and mine:
                found.append(int(entry))
        return found

    def fill(self, stage):
        """As many clients as there may be processes, each in the middle of a message."""
        clients = []
        for number in range(PROCESSES):
            client = self.session()
            self.addCleanup(client.close)
            clients.append(client)
            if stage != "greeted":
                self.assert_reply(client.mail(f"stuck{number}@example.org"), 250)
                self.assert_reply(client.rcpt("x@gmail.com"), 250)
        until(lambda: len(self.smtpds()) == PROCESSES, lambda: f"{PROCESSES} smtpd, not {len(self.smtpds())}")
        return clients

    def assert_recovers(self, what):
        """The gate forgets them and mail flows at once."""
        idle = self.wait_until_idle()
        reply, seconds = self.submit("after@example.org")
        self.assert_reply(reply, 250)
        self.assertTrue(self.gate.running())
        print(f"{what}: the gate's last connection closed after {idle:.2f} s, the next message took {seconds:.2f} s; "
              f"the gate has {threads(self.gate.pid)} threads, {resident_kib(self.gate.pid)} KiB")

    def test_clients_that_say_nothing_more(self):
        clients = self.fill("recipient")
        with socket.create_connection(("127.0.0.1", self.port), 2) as late, self.assertRaises(TimeoutError):
            late.recv(1)  # no process is left to greet it: it waits in the kernel's queue
        for client in clients:
            client.close()
        self.assert_recovers("all clients stuck behind RCPT, then gone")

    def test_processes_that_are_killed(self):
        self.fill("recipient")
        self.kill(self.smtpds())
        self.assert_recovers("all smtpd killed with SIGKILL behind RCPT")

    def test_processes_that_stand_still(self):
        clients = self.fill("recipient")
        stopped = self.smtpds()[:PROCESSES - 1]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(self._kill, pid)
        for client in clients:
            client.close()
        reply, seconds = self.submit("beside@example.org")
        self.assert_reply(reply, 250)
        print(f"{len(stopped)} smtpd stopped with SIGSTOP: a message by the one that is left took {seconds:.2f} s")
        self.kill(stopped)
        self.assert_recovers("those killed")

    @staticmethod
    def kill(pids):
        """A few at a time: master(8) that has 200 deaths to tell at once can lock up with postlogd(8)."""
        for number, pid in enumerate(pids):
            os.kill(pid, signal.SIGKILL)
            if number % 10 == 9:
                time.sleep(0.1)

    @staticmethod
    def _kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def test_a_gate_that_hangs_under_all_of_them(self):
        clients = self.fill("recipient")
        self.gate.hang()
        began = time.monotonic()
        for client in clients:
            self.assertEqual(client.say("DATA").code, 354)  # nothing is asked of the gate there
            client.write("From: a@example.org\r\n\r\nx\r\n.\r\n")
        replies = [str(client.read()) for client in clients]
        spent = time.monotonic() - began
        self.gate.send_signal(signal.SIGCONT)
        for client in clients:
            client.close()
        print(f"the gate hangs: all {len(clients)} clients were told {sorted(set(replies))} within {spent:.2f} s")
        self.assertEqual({reply[:9] for reply in replies}, {"451 4.7.1"})
        self.assertLess(spent, 3 + 0.2 * PROCESSES)
        self.assert_recovers("the gate goes on")

    def peer_of_the_gate(self, crowd):
        """One more that is answered.

        libmilter may promise what two say at once to the same idle thread; when the first breaks off in the middle of a
        packet, the second waits until a third one brings a thread of its own.
        """
        first = MilterConnection(self.gate.milter, negotiate=False)
        first.offer()
        for _ in range(60):
            if not first.is_silent(1):
                break
            third = MilterConnection(self.gate.milter, negotiate=False)
            third.offer()
            crowd.append(third.socket)
        first.receive()
        return first.socket

    def test_peers_of_the_gate_that_never_speak(self):
        crowd = []
        for number in range(10 * PROCESSES):
            if number % 2 == 0:
                crowd.append(MilterConnection(self.gate.milter, negotiate=False).socket)
                if number % 4 == 0:
                    crowd[-1].sendall(b"\0\0\0\x0dO\0\0")  # the beginning of a packet
            else:
                crowd.append(self.peer_of_the_gate(crowd))
        reply, seconds = self.submit("beside@example.org")
        self.assert_reply(reply, 250)
        print(f"{len(crowd)} peers that say nothing or half a packet: a message beside them took {seconds:.2f} s")
        for peer in crowd:
            peer.close()
        self.assert_recovers("those gone")

    def test_clients_that_are_slow(self):
        clients = self.fill("recipient")
        for client in clients:
            self.assertEqual(client.say("DATA").code, 354)
        text = "From: slow@example.org\r\nSubject: slow\r\n\r\nx\r\n.\r\n"
        for octet in range(0, len(text), 8):
            for client in clients:
                client.write(text[octet:octet + 8])
            time.sleep(0.02)
        for client in clients:
            self.assert_reply(client.read(), 250)
            client.close()
        self.assert_recovers("all clients slow")


if __name__ == "__main__":
    bed.main()
