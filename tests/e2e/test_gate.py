#!/usr/bin/python3
"""The gate as a daemon: what it agrees on, how it starts, reloads and stops, and that nothing takes it down."""
import os
import pwd
import random
import re
import resource
import signal
import socket
import stat
import struct
import subprocess
import threading
import time
import unittest

import bed
from bed.milter import (
    ADD_HEADERS, AT_THE_END, CHANGE_HEADERS, FROM_587, LOGIN, NO_END_OF_HEADERS, NO_HEADERS, NO_REPLY_CONNECT,
    NO_REPLY_DATA, NO_REPLY_END_OF_HEADERS, NO_REPLY_HEADER, NO_REPLY_MAIL, NO_REPLY_RCPT, QUARANTINE, SET_MACROS,
    STAGES, STRICT, MilterConnection,
)


def umask_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"^Umask:\s+(\d+)$", file.read(), re.M).group(1), 8)


def sanitized():
    """True when the gate was built with sanitizers."""
    cache = f"{os.environ.get('OUTWARD_BUILD', 'build')}/CMakeCache.txt"
    if not os.path.exists(cache):
        return False
    with open(cache, encoding="utf-8") as file:
        return re.search(r"^OUTWARD_SANITIZE:\w+=.", file.read(), re.M) is not None


class GateTest(bed.OwnBedTest):
    """A bed and a gate for each test."""

    def gate(self, rules, **options):
        return self.bed.gate(rules, **options)

    @staticmethod
    def connected(gate):
        connection = MilterConnection(gate.milter)
        connection.connect()
        return connection

    def finish(self, connection):
        """The rest of a message behind MAIL; it must be accepted."""
        connection.rcpt("bob@gmail.com")
        connection.data("4ABC")
        connection.header("From", "a@example.org")
        self.assertEqual(connection.end("4ABC")[1][0], b"c")

    @staticmethod
    def run_gate(*arguments, **options):
        return subprocess.run([f"{bed.programs()}/outward-milter", *arguments], capture_output=True, text=True,
                              timeout=60, check=False, **options)


class Negotiation(GateTest):
    """Events, replies and actions that cannot matter are agreed away; others are not."""

    def test_what_is_agreed_on_follows_the_rules(self):
        always = NO_REPLY_CONNECT | NO_REPLY_DATA | NO_REPLY_HEADER | NO_REPLY_END_OF_HEADERS
        for name, mode, rules, actions, protocol in (
                ("monitor", "monitor", STRICT, SET_MACROS, always | NO_REPLY_RCPT),
                ("recipients", "enforce", STRICT, SET_MACROS | QUARANTINE, always),
                ("none at RCPT", "enforce", AT_THE_END, SET_MACROS | QUARANTINE, always | NO_REPLY_RCPT),
                ("brief", "enforce", "record brief\n" + STRICT, SET_MACROS | QUARANTINE, always | NO_HEADERS),
                ("brief, but a rule reads headers", "enforce", "record brief\n" + AT_THE_END,
                 SET_MACROS | QUARANTINE, always | NO_REPLY_RCPT),
                ("tag", "enforce", 'record brief\nrelay-networks { }\nsubmission { tag "x" encrypted\n accept }\n',
                 SET_MACROS | QUARANTINE | ADD_HEADERS | CHANGE_HEADERS, always | NO_REPLY_RCPT)):
            with self.subTest(name):
                gate = self.gate(rules, mode=mode)
                with MilterConnection(gate.milter) as connection:
                    self.assertEqual(connection.actions, actions)
                    looked_at = always | NO_REPLY_RCPT | NO_REPLY_MAIL | NO_HEADERS | NO_END_OF_HEADERS
                    self.assertEqual(connection.protocol & looked_at, protocol)

    def test_a_verdict_that_would_be_swallowed_comes_at_the_end(self):
        gate = self.gate(AT_THE_END)
        with self.connected(gate) as connection:
            self.assertEqual(connection.mail("a@example.org")[0], b"c")
            connection.rcpt("bob@gmail.com")
            connection.data("4ABC")
            connection.header("From", "x@gmail.com")
            self.assertTrue(connection.is_silent(), "an answer where none was agreed on")
            self.assertEqual(connection.end("4ABC")[1][0], b"y")

    def test_memory_that_runs_out_before_the_end_is_told_at_the_end(self):
        """The one trouble that can come up at RCPT: where RCPT has no reply it must not be forgotten."""
        gate = self.gate(AT_THE_END)
        with self.connected(gate) as connection:
            connection.mail("a@example.org")
            for number in range(10001):
                connection.rcpt(f"a@d{number}.example")
            connection.data("4ABC")
            self.assertTrue(connection.is_silent())
            _edits, (letter, text) = connection.end("4ABC")
            self.assertEqual((letter, text[:9]), (b"y", b"451 4.3.0"))
        self.assertIn("too many different recipient domains", gate.log_text())

    def test_a_message_without_a_single_header_field_is_answered(self):
        for rules in (STRICT, "record brief\n" + STRICT):
            gate = self.gate(rules)
            with self.connected(gate) as connection:
                connection.mail("bare@example.org")
                connection.rcpt("bob@gmail.com")
                connection.data("4ABC")
                self.assertEqual(connection.end("4ABC")[1][0], b"c")
            self.assertEqual(gate.record("bare@example.org")["stage"], "eom")

    def test_an_mta_that_cannot_hold_gets_the_message_back(self):
        gate = self.gate("submission { hold to domain gmail.com\n accept }\n")
        with MilterConnection(gate.milter, actions=SET_MACROS) as connection:
            connection.connect()
            self.assertEqual(connection.message("a@example.org", "b@gmail.com")[1][:9], b"451 4.3.0")

    def test_an_mta_of_version_2_without_any_feature_is_served(self):
        gate = self.gate(STRICT)
        with MilterConnection(gate.milter, negotiate=False) as connection:
            connection.send(b"O", struct.pack(">III", 2, 0x3F, 0x7F))
            letter, rest = connection.receive()
            self.assertEqual((letter, len(rest)), (b"O", 12))
            self.assertEqual(connection.connect()[0], b"c")
            self.assertEqual(connection.mail("a@example.org", {})[0], b"y")
            self.assertEqual(connection.mail("a@example.org")[0], b"c")
            self.assertEqual(connection.rcpt("b@gmail.com")[0], b"c")
            self.assertEqual(connection.header("From", "a@example.org")[0], b"c")
            self.assertEqual(connection.end("4ABC")[1][0], b"c")


class Life(GateTest):
    """Start, reload, stop."""

    def test_a_file_is_checked_without_starting(self):
        path = f"{self.bed.path}/rules.conf"
        for text, status, said in (("submission { accept }\n", 0, ""),
                                   ("submission { reject plaintxt }\n", 1, "rules.conf:1:"),
                                   (None, 1, "No such file")):
            with self.subTest(text=text):
                if text is None:
                    os.unlink(path)
                else:
                    with open(path, "w", encoding="ascii") as file:
                        file.write(text)
                done = self.run_gate("-n", "-c", path)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(said, done.stderr)

    def test_arguments_that_are_none_are_told(self):
        for arguments in (("-x",), ("rules.conf",), ("-c",)):
            done = self.run_gate(*arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn("outward-milter: ", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(self.run_gate("--help").returncode, 0)

    def test_without_a_socket_to_listen_on_it_does_not_start(self):
        path = f"{self.bed.path}/rules.conf"
        for listen, said in (("", "no `listen`"), ("listen unix:/nonexistent/sock\n", "/nonexistent/sock")):
            with open(path, "w", encoding="ascii") as file:
                file.write(f"{listen}log stderr\nsubmission {{ accept }}\n")
            done = self.run_gate("-c", path)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(said, done.stderr)

    def test_a_socket_that_cannot_be_given_away_does_not_stay(self):
        path, sock = f"{self.bed.path}/rules.conf", f"{self.bed.path}/sock"
        with open(path, "w", encoding="ascii") as file:
            file.write(f"listen unix:{sock} group no-such-group-here\nlog stderr\nsubmission {{ accept }}\n")
        done = self.run_gate("-c", path)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("no-such-group-here", done.stderr)
        self.assertFalse(os.path.exists(sock))

    def test_it_becomes_its_user_for_good(self):
        gate = self.gate(STRICT, user="nobody")
        with open(f"/proc/{gate.pid}/status", encoding="ascii") as file:
            status = file.read()
        uid = str(pwd.getpwnam("nobody").pw_uid)
        self.assertEqual(re.search(r"^Uid:\s+(.*)$", status, re.M).group(1).split(), [uid] * 4)
        self.assertEqual(re.search(r"^CapEff:\s+(.*)$", status, re.M).group(1), "0" * 16)
        self.assertNotIn("running as root", gate.log_text())

    def test_as_root_without_a_user_it_warns_once(self):
        gate = self.gate(STRICT, user=None)
        self.assertEqual(gate.log_text().count("running as root"), 1)

    def test_the_socket_of_a_dead_gate_is_replaced_and_that_of_a_living_one_is_not(self):
        gate = self.gate(STRICT)
        second = self.run_gate("-c", gate.file)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another process answers", second.stderr)
        with self.connected(gate) as connection:
            self.assertEqual(connection.message("a@example.org", "b@gmail.com")[0], b"c")
        gate.stop()
        gate.start()
        with self.connected(gate) as connection:
            self.assertEqual(connection.message("a@example.org", "b@gmail.com")[0], b"c")

    def test_an_open_session_keeps_the_rules_it_began_with(self):
        gate = self.gate(STRICT)
        with self.connected(gate) as old:
            gate.reload("submission { tempfail encrypted\n accept }\n")
            self.assertEqual(old.message("old@example.org", "b@gmail.com")[0], b"c")
            with self.connected(gate) as new:
                self.assertEqual(new.message("new@example.org", "b@gmail.com")[1][:3], b"451")
            self.assertEqual(old.message("old2@example.org", "b@gmail.com")[0], b"c")
        self.assertEqual(gate.record("old2@example.org")["gen"], "1")
        self.assertEqual(gate.record("new@example.org")["gen"], "2")

    def test_a_broken_file_is_told_with_its_place_and_changes_nothing(self):
        gate = self.gate(STRICT)
        said = gate.reload("submission { reject plaintxt }\n")
        self.assertRegex(said, r"outward\.conf:\d+:\d+: error: ")
        self.assertIn("the rules before it stay in force", said)
        with self.connected(gate) as connection:
            self.assertEqual(connection.mail("a@example.org", {})[0], b"y")
        self.assertEqual(gate.record("a@example.org")["gen"], "1")

    def test_a_rotated_log_is_opened_anew(self):
        gate = self.gate(STRICT)
        os.rename(gate.log, f"{gate.log}.1")
        gate.reload()
        with self.connected(gate) as connection:
            connection.message("rotated@example.org", "b@gmail.com")
        gate.record("rotated@example.org")

    def test_a_log_that_takes_nothing_is_not_waited_for_and_the_next_record_tells(self):
        gate = self.gate(STRICT, user=None)
        os.unlink(gate.log)
        os.mkfifo(gate.log)
        reader = os.open(gate.log, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)

        def read():
            text = b""
            while True:
                try:
                    part = os.read(reader, 65536)
                except BlockingIOError:
                    return text
                if not part:
                    return text
                text += part
        gate.send_signal(signal.SIGUSR1)
        bed.until(lambda: b"reload" in read(), "the gate writes to the pipe")
        with self.connected(gate) as connection:
            for number in range(300):
                self.assertEqual(connection.message(f"{number}@example.org", "b@gmail.com")[0], b"c")
            written = read().decode()
            self.assertEqual(connection.message("last@example.org", "b@gmail.com")[0], b"c")
        last = read().decode()
        whole = written.count("decision=accept")
        self.assertLess(whole, 300)
        self.assertEqual(int(re.search(r" lost=(\d+) ", last).group(1)), 300 - whole)

    def test_a_syslog_that_reads_nothing_is_not_waited_for_and_the_next_record_tells(self):
        """The gate sees a /dev with a log socket of ours, whose reader sleeps."""
        path = f"{self.bed.path}/syslog"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslogd:
            syslogd.bind(path)
            os.chmod(path, 0o666)
            gate = self.gate(STRICT, syslog=path)
            began = time.monotonic()
            with self.connected(gate) as connection:
                for number in range(1500):
                    self.assertEqual(connection.message(f"{number}@example.org", "b@gmail.com")[0], b"c")
                spent = time.monotonic() - began
                read = self.datagrams(syslogd)
                self.assertEqual(connection.message("last@example.org", "b@gmail.com")[0], b"c")
            last = bed.until(lambda: self.datagrams(syslogd), "the next record")[-1]
        whole = sum("decision=accept" in line for line in read)
        self.assertLess(whole, 1500, "the socket took all: nothing was blocked")
        self.assertIn("from=<last@example.org>", last)
        self.assertEqual(int(re.search(r" lost=(\d+) ", last).group(1)), 1500 - whole)
        self.assertRegex(last, r"^<22>\w{3} [ \d]\d \d\d:\d\d:\d\d outward-milter\[\d+\]: ")
        self.assertLess(spent, 30)

    @staticmethod
    def datagrams(receiver):
        """Everything that waits on this socket."""
        receiver.setblocking(False)
        lines = []
        while True:
            try:
                lines.append(receiver.recv(65536).decode())
            except BlockingIOError:
                return lines

    def test_without_a_syslog_mail_is_decided_all_the_same(self):
        path = f"{self.bed.path}/syslog"
        gate = self.gate(STRICT, syslog=path)
        with self.connected(gate) as connection:
            for number in range(10):
                self.assertEqual(connection.message(f"{number}@example.org", "b@gmail.com")[0], b"c")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslogd:
                syslogd.bind(path)
                os.chmod(path, 0o666)
                connection.message("found@example.org", "b@gmail.com")
                line = bed.until(lambda: self.datagrams(syslogd), "the syslogd that came later")[-1]
        self.assertIn("from=<found@example.org>", line)
        self.assertEqual(int(re.search(r" lost=(\d+) ", line).group(1)), 12)  # "volume", "ready" and ten records

    def test_a_message_in_flight_comes_to_its_end_before_a_stop(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number.name):
                gate = self.gate(STRICT)
                with self.connected(gate) as connection, self.connected(gate) as idle:
                    connection.mail(f"{number.name}@example.org")
                    connection.rcpt("bob@gmail.com")
                    gate.send_signal(number)
                    bed.until(lambda gate=gate: not gate.answers(), "nobody can connect any more")
                    time.sleep(0.3)
                    connection.data("4ABC")
                    connection.header("From", "a@example.org")
                    self.assertEqual(connection.end("4ABC")[1][0], b"c")
                    self.assertIsNotNone(idle)
                    self.assertEqual(gate.wait(60), 0)
                self.assertEqual(gate.record(f"{number.name}@example.org")["decision"], "accept")
                self.assertIn("messages cut off: 0", gate.log_text())

    def test_a_second_signal_does_not_wait(self):
        gate = self.gate(STRICT)
        with self.connected(gate) as connection:
            connection.mail("slow@example.org")
            began = time.monotonic()
            gate.send_signal(signal.SIGTERM)
            bed.until(lambda: not gate.answers(), "the first signal was taken")
            gate.send_signal(signal.SIGTERM)
            self.assertEqual(gate.wait(60), 0)
            self.assertLess(time.monotonic() - began, 9)
        self.assertIn("messages cut off: 1", gate.log_text())

    def test_a_reload_asked_for_while_it_stops_does_not_cut_it_short(self):
        gate = self.gate(STRICT)
        with self.connected(gate) as connection:
            connection.mail("slow@example.org")
            gate.send_signal(signal.SIGTERM)
            bed.until(lambda: not gate.answers(), "the stop was asked for")
            gate.send_signal(signal.SIGUSR1)
            time.sleep(0.3)
            self.finish(connection)
            self.assertEqual(gate.wait(60), 0)
        self.assertIn("messages cut off: 0", gate.log_text())

    def test_signals_close_together_still_let_a_message_come_to_its_end(self):
        """libmilter's thread waits for the same signals; it must never be the one that gets them."""
        for numbers in ((signal.SIGUSR1, signal.SIGTERM), (signal.SIGUSR1, signal.SIGHUP),
                        (signal.SIGUSR1, signal.SIGUSR1, signal.SIGINT), (signal.SIGTERM,)) * 3:
            with self.subTest(signals=[number.name for number in numbers]):
                gate = self.gate(STRICT)
                with self.connected(gate) as connection:
                    connection.mail("a@example.org")
                    for number in numbers:
                        gate.send_signal(number)
                    bed.until(lambda gate=gate: not gate.answers(), "nobody can connect any more")
                    time.sleep(0.1)
                    self.finish(connection)
                self.assertIn("messages cut off: 0", bed.until(
                    lambda gate=gate: "stopping" in gate.log_text() and gate.log_text(), "its last word"))
                gate.stop()

    def test_the_next_gates_socket_outlives_the_one_before(self):
        gate = self.gate(STRICT)
        with self.connected(gate) as connection:
            connection.mail("a@example.org")
            gate.send_signal(signal.SIGTERM)
            bed.until(lambda: not gate.answers(), "the path is free")
            with subprocess.Popen([f"{bed.programs()}/outward-milter", "-c", gate.file]) as successor:
                try:
                    bed.until(gate.answers, "its successor is there")
                    self.finish(connection)
                    self.assertEqual(gate.wait(60), 0)
                    self.assertTrue(gate.answers())
                    self.assertEqual([name for name in os.listdir(gate.directory) if name.startswith("milter")],
                                     ["milter.sock"])
                finally:
                    successor.kill()

    def test_a_socket_without_a_mode_is_open_to_its_group(self):
        path = f"{self.bed.path}/rules.conf"
        sock = f"{self.bed.path}/sock"
        with open(path, "w", encoding="ascii") as file:
            file.write(f"listen unix:{sock}\nlog stderr\nsubmission {{ accept }}\n")
        with subprocess.Popen([f"{bed.programs()}/outward-milter", "-c", path], stderr=subprocess.DEVNULL) as gate:
            try:
                bed.until(lambda: os.path.exists(sock), "it listens")
                self.assertEqual(stat.S_IMODE(os.stat(sock).st_mode), 0o660)
            finally:
                gate.kill()

    def test_a_reload_asked_for_during_the_start_does_not_end_it(self):
        path = f"{self.bed.path}/rules.conf"
        domains = f"{self.bed.path}/domains"
        with open(domains, "w", encoding="ascii") as file:
            file.writelines(f"d{number}.example\n" for number in range(100000))
        with open(path, "w", encoding="ascii") as file:
            file.write(f"listen unix:{self.bed.path}/sock\nlog stderr\ndomain many file {domains}\n"
                       "submission {\n    reject to domain many\n    accept\n}\n")
        with subprocess.Popen([f"{bed.programs()}/outward-milter", "-c", path], stderr=subprocess.PIPE,
                              text=True, umask=0o022) as gate:
            try:
                bed.until(lambda: umask_of(gate.pid) == 0o027, "it begins")
                gate.send_signal(signal.SIGUSR1)
                for line in gate.stderr:
                    if "rules of generation 2" in line:
                        break
                else:
                    self.fail(f"no reload; it ended with {gate.wait(20)}")
            finally:
                gate.kill()

    def test_the_service_manager_is_told(self):
        path = f"{self.bed.path}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            os.chmod(path, 0o777)
            manager.settimeout(60)
            gate = self.gate(STRICT, environment={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"})
            self.assertEqual(manager.recv(1000), b"READY=1")
            self.assertEqual(manager.recv(1000), b"WATCHDOG=1")
            gate.reload()
            said = b""
            while b"READY=1" not in said:
                said += manager.recv(1000) + b"\n"
            self.assertIn(b"RELOADING=1\nMONOTONIC_USEC=", said)
            gate.send_signal(signal.SIGTERM)
            while manager.recv(1000) != b"STOPPING=1":
                pass
            self.assertEqual(gate.wait(60), 0)


class Hostile(GateTest):
    """Nothing that comes over the socket takes the gate down."""

    def test_bytes_that_are_no_protocol(self):
        gate = self.gate(STRICT)
        dice = random.Random(4)
        for _ in range(200):
            with MilterConnection(gate.milter, negotiate=dice.random() < 0.7) as connection:
                for _ in range(dice.randrange(12)):
                    letter = dice.choice(b"ABCDEHLMNOQRTUK\0\xff")
                    data = dice.randbytes(dice.choice((0, 1, 3, 40, 3000))) + dice.choice((b"", b"\0"))
                    try:
                        connection.send(bytes((letter,)), data)
                    except OSError:
                        break
        with self.connected(gate) as connection:
            self.assertEqual(connection.message("alive@example.org", "b@gmail.com")[0], b"c")
        self.assertTrue(gate.running())

    def test_stages_and_macros_in_any_order_on_many_connections_while_rules_change(self):
        """Each packet is one that Postfix sends, at a time when it would not.  Run it in the builds with sanitizers."""
        tsan = f"suppressions={bed.SOURCE}/tests/tsan.supp report_thread_leaks=0"
        gate = self.gate(STRICT, environment={"TSAN_OPTIONS": tsan})
        threads = [threading.Thread(target=self.confuse, args=(gate, seed)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for number in range(6):
            gate.reload((STRICT, AT_THE_END, "submission {\n tag encrypted\n hold\n}\n")[number % 3])
        for thread in threads:
            thread.join()
        gate.reload(STRICT)
        self.assertTrue(self.serves(gate))
        with self.connected(gate) as connection:
            self.assertEqual(connection.mail("plain@example.org", {})[0], b"y")
        self.assertEqual(gate.terminate(), 0, gate.log_text()[-3000:])
        self.assertNotIn("Sanitizer", gate.log_text())

    @staticmethod
    def confuse(gate, seed):
        """Connections with packets of every kind in random order, each cut off at its end."""
        dice = random.Random(seed)
        for _ in range(25):
            with MilterConnection(gate.milter, negotiate=dice.random() < 0.9) as connection:
                try:
                    for _ in range(dice.randrange(40)):
                        Hostile.one_packet(connection, dice)
                except OSError:
                    pass  # libmilter ends what it takes for no dialogue

    @staticmethod
    def one_packet(connection, dice):
        """Macros, or a command; whatever is answered is not read."""
        values = {**LOGIN, **FROM_587, "{mail_addr}": "a@example.org", "{rcpt_addr}": "b@gmail.com",
                  "{rcpt_mailer}": "smtp", "i": "4ABC"}
        packets = {b"C": b"host\x004\x10\x92192.0.2.7\0", b"H": b"host\0", b"M": b"<a@example.org>\0",
                   b"R": b"<b@gmail.com>\0", b"T": b"", b"L": b"From\0a@example.org\0", b"N": b"", b"B": b"text",
                   b"E": b"", b"A": b"", b"U": b"XYZ\0", b"K": b"", b"O": struct.pack(">III", 6, 0x1FF, 0x1FFFFF)}
        if dice.random() < 0.4:
            names = dice.sample(sorted(values), dice.randrange(len(values)))
            connection.macros(dice.choice(list(STAGES)), {name: values[name] for name in names})
        else:
            letter = dice.choice(list(packets))
            connection.send(letter, packets[letter])

    def test_addresses_and_fields_of_any_size_and_octets(self):
        gate = self.gate(STRICT)
        odd = ("\x01\x7f\t ", "\u00e9\u4e2d" * 200, "%41%0a", 'a"b', "x" * 300000, "decision=accept queue", "a,b")
        for number, text in enumerate(odd):
            with self.subTest(number), self.connected(gate) as connection:
                connection.macros("mail", {**LOGIN, "{auth_authen}": text[:100000]})
                connection.send(b"M", f"<{text}@odd{number}.example>".encode() + b"\0")
                self.assertEqual(connection.receive()[0], b"c")
                connection.rcpt(f"{text[:100000]}@gmail.com")
                connection.data("4ABC")
                connection.header("From", f"{text} <a@example.org>")
                connection.header(text[:100000] or "x", text)
                self.assertEqual(connection.end("4ABC")[1][0], b"c")
        records = gate.records()
        self.assertEqual(len(records), len(odd))
        for record in records:
            self.assertLessEqual(len(record.text), 1800)
            self.assertEqual(record.text.count(" decision="), 0, record.text)
            self.assertTrue(record["to"].startswith("gmail.com") or record["to_more"] == "1", record)

    def test_no_descriptor_left_refuses_and_recovers(self):
        gate = self.gate(STRICT, user=None)
        with self.connected(gate) as first:
            self.assertEqual(first.message("first@example.org", "b@gmail.com")[0], b"c")
            used = len(os.listdir(f"/proc/{gate.pid}/fd"))
            _soft, hard = resource.prlimit(gate.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(gate.pid, resource.RLIMIT_NOFILE, (used + 5, hard))
            crowd = []
            for _ in range(40):
                connection = MilterConnection(gate.milter, negotiate=False)
                crowd.append(connection)
            self.assertEqual(first.message("during@example.org", "b@gmail.com")[0], b"c")
            for connection in crowd:
                connection.close()
        resource.prlimit(gate.pid, resource.RLIMIT_NOFILE, (hard, hard))
        bed.until(lambda: self.serves(gate), "it takes connections again")

    def test_connections_past_the_limit_of_open_files_are_turned_away(self):
        gate = self.gate(STRICT, open_files=80)
        crowd = [self.connected(gate) for _ in range(16)]
        for connection in crowd:
            self.addCleanup(connection.close)
        self.assertFalse(self.serves(gate))
        bed.until(lambda: "too many connections" in gate.log_text(), "it is told")
        self.assertEqual(crowd[0].message("crowd@example.org", "b@gmail.com")[0], b"c")
        crowd.pop().close()
        bed.until(lambda: self.serves(gate), "one that went makes room")

    def serves(self, gate):
        try:
            with MilterConnection(gate.milter, negotiate=False) as connection:
                connection.socket.settimeout(2)
                connection.negotiate()
                connection.connect()
                return connection.message("after@example.org", "b@gmail.com")[0] == b"c"
        except OSError:
            return False

    @unittest.skipIf(sanitized(), "a sanitizer keeps memory of its own, and looks for leaks itself")
    def test_many_messages_leave_nothing_behind(self):
        gate = self.gate(STRICT)
        connections = [self.connected(gate) for _ in range(20)]
        for connection in connections:
            self.addCleanup(connection.close)

        def burst(count):
            for number in range(count):
                connection = connections[number % len(connections)]
                connection.message("soak@example.org", "b@gmail.com", "c@never.example")
                connection.mail("soak@example.org", {})

        def resident():
            with open(f"/proc/{gate.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        burst(500)
        before, descriptors = resident(), len(os.listdir(f"/proc/{gate.pid}/fd"))
        burst(3000)
        self.assertLess(resident() - before, 512 * 1024)
        self.assertEqual(len(os.listdir(f"/proc/{gate.pid}/fd")), descriptors)


if __name__ == "__main__":
    bed.main()
