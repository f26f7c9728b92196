#!/usr/bin/python3
"""outward probe against real servers: one for each fault, and what it says of them is what they are."""
import http.server
import json
import os
import re
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import unittest

import bed
from bed.process import Daemon, run
from bed.wait import until

PASSWORD = "s3cret"
YES, NO, USAGE, UNKNOWN = range(4)
HERE = "127.0.0.1"


def probe(target, *options, timeout=5):
    """The exit code and the JSON answer."""
    done = run(f"{bed.programs()}/outward", "probe", target, "--timeout", timeout, "--format", "json", *options,
               check=False)
    assert done.returncode in (YES, NO, UNKNOWN), done.stderr
    answer = json.loads(done.stdout)
    assert answer["answer"] == {YES: "yes", NO: "no", UNKNOWN: "unknown"}[done.returncode]
    return done.returncode, answer


def remarks(answer, server=0):
    return {row["id"]: row["weight"] for row in answer["servers"][server]["remarks"]}


class Script(socketserver.ThreadingTCPServer):
    """Answers as it is told: to the connection, and to each command by its verb.  A value is bytes, or a function."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port, **answers):
        self.answers = answers
        super().__init__((HERE, port), Actor)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass


class Actor(socketserver.StreamRequestHandler):
    timeout = 20

    def handle(self):
        self.say("connect")
        while line := self.rfile.readline(4096):
            self.say(line.decode("latin-1").split()[0].lower() if line.strip() else "")

    def say(self, event):
        answer = self.server.answers.get(event, b"250 fine\r\n")
        if callable(answer):
            answer(self.wfile)
        else:
            self.wfile.write(answer)


class ProbeTest(bed.SharedBedTest):
    def probe(self, port, *options, **more):
        return probe(f"localhost:{port}", "-4", "--authorities", self.bed.authority.pem, *options, **more)

    def assert_decided(self, outcome, code, *deciding):
        """This exit code, and exactly these remarks decide it."""
        status, answer = outcome
        self.assertEqual(status, code, answer)
        found = [name for name, weight in remarks(answer).items() if weight == "decides"]
        self.assertEqual(sorted(found), sorted(deciding), answer)
        return answer["servers"][0]


class Submission(ProbeTest):
    """A real Postfix with SASL, set up well and as old tutorials do."""

    @classmethod
    def set_up(cls):
        bed.needs("dovecot")
        sasldb = cls.bed.sasldb({"alice": PASSWORD})
        dovecot = cls.bed.dovecot({"alice@example.org": PASSWORD})
        cls.postfix = cls.bed.postfix(listeners={
            "smtp": bed.Listener.port25(),
            "good": bed.Listener.submission(dovecot),
            "sasldb": bed.Listener.submission(sasldb),
            "old": bed.Listener.old_submission(dovecot),
            "smtps": bed.Listener.smtps(dovecot),
            "deaf": bed.Listener(dovecot, smtpd_tls_security_level="none"),
        }).start()

    def submission(self, name, *options):
        return self.probe(self.postfix.ports[name], "--as", "submission", *options)

    def test_a_good_service_is_a_yes(self):
        for name in ("good", "sasldb"):
            with self.subTest(listener=name):
                server = self.assert_decided(self.submission(name), YES)
                self.assertIsNone(server["auth_in_plaintext"])
                self.assertIn("PLAIN", server["auth_under_tls"])
                self.assertEqual(server["session"]["version"], "TLSv1.3")
                self.assertEqual(server["versions"]["1.3"], "yes")

    def test_implicit_tls_is_a_yes(self):
        server = self.assert_decided(self.submission("smtps", "--implicit-tls"), YES)
        self.assertIn("PLAIN", server["auth_under_tls"])
        self.assertIn("ESMTP", server["greeting"])

    def test_auth_in_plaintext_is_a_no(self):
        server = self.assert_decided(self.submission("old"), NO, "auth-in-plaintext")
        self.assertIn("PLAIN", server["auth_in_plaintext"])

    def test_a_service_without_tls_is_a_no(self):
        self.assert_decided(self.submission("deaf"), NO, "starttls-absent", "auth-in-plaintext")

    def test_the_wrong_kind_of_tls_is_named(self):
        server = self.assert_decided(self.submission("good", "--implicit-tls", "--brief"), NO, "implicit-failed")
        self.assertIn("plaintext first", server["remarks"][0]["text"])
        status, answer = probe(f"localhost:{self.postfix.ports['smtps']}", "-4", "--as", "submission", timeout=1)
        self.assertEqual((status, list(remarks(answer))), (UNKNOWN, ["no-greeting"]))

    def test_it_says_what_openssl_says(self):
        """The same session by openssl s_client, which takes the best version as well."""
        done = subprocess.run(
            ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{HERE}:{self.postfix.ports['good']}", "-servername",
             "localhost", "-CAfile", self.bed.authority.pem, "-verify_hostname", "localhost"],
            input="QUIT\n", capture_output=True, text=True, timeout=30, check=False)
        session = self.submission("good")[1]["servers"][0]["session"]
        self.assertIn(f"New, {session['version']}, Cipher is {session['cipher']}", done.stdout)
        self.assertEqual("Verify return code: 0 (ok)" in done.stdout, session["certificate"]["trusted"])
        self.assertIn("Verification: OK", done.stdout)

    def test_port_25_is_a_yes_for_mail_servers(self):
        status, answer = self.probe(self.postfix.ports["smtp"])
        self.assertEqual((status, answer["servers"][0]["purpose"]), (YES, "mx"))

    def test_nobody_logs_in_and_nothing_is_sent(self):
        self.submission("good")
        log = self.postfix.log_text()
        self.assertNotIn("sasl_username", log)
        self.assertNotIn("client=", log)


class Faults(ProbeTest):
    """One server for each fault."""

    @classmethod
    def set_up(cls):
        kinds = cls.bed.kinds_of_peers()
        kinds["many"] = {**kinds["good"], "versions": (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3)}
        cls.peers = {name: cls.bed.peer(name, host=HERE, **options) for name, options in kinds.items()}

    def look(self, name, *options, **more):
        return self.probe(self.peers[name].port, *options, **more)

    def test_for_a_mail_server_any_tls_is_a_yes(self):
        rows = (("good", set()), ("self-signed", {"certificate-self-signed"}), ("expired", {"certificate-expired"}),
                ("wrong-name", {"certificate-name"}), ("drop", set()),
                ("tls10", {"version-obsolete", "no-tls-1.3"}), ("tls12", {"no-tls-1.3"}), ("many", {"old-versions"}))
        for name, expected in rows:
            with self.subTest(peer=name):
                status, answer = self.look(name)
                self.assertEqual(status, YES, answer)
                self.assertEqual(set(remarks(answer)), expected)

    def test_for_users_names_trust_and_versions_count(self):
        for name, deciding in (("self-signed", "certificate-self-signed"), ("expired", "certificate-expired"),
                               ("wrong-name", "certificate-name"), ("tls10", "version-obsolete")):
            with self.subTest(peer=name):
                self.assert_decided(self.look(name, "--as", "submission"), NO, deciding)
        status, answer = probe(f"localhost:{self.peers['good'].port}", "-4", "--as", "submission")
        self.assertEqual((status, remarks(answer)["certificate-untrusted"]), (NO, "decides"))

    def test_each_version_is_found_by_a_handshake(self):
        for name, expected in (("good", ("no", "no", "yes", "yes")), ("tls10", ("yes", "no", "no", "no")),
                               ("tls12", ("no", "no", "yes", "no")), ("many", ("yes", "yes", "yes", "yes"))):
            with self.subTest(peer=name):
                self.assertEqual(tuple(self.look(name)[1]["servers"][0]["versions"].values()), expected)

    def test_plaintext_is_a_no_for_everybody(self):
        for name, deciding in (("plain", "starttls-absent"), ("refuse", "starttls-refused"),
                               ("garbage", "handshake-failed")):
            with self.subTest(peer=name):
                self.assert_decided(self.look(name), NO, deciding)
        self.assert_decided(self.look("silent", "--brief", timeout=1), NO, "handshake-failed")

    def test_nobody_there_is_unknown(self):
        self.assert_decided(self.probe(self.bed.ports.take()), UNKNOWN, "unreachable")

    def test_brief_makes_one_conversation(self):
        server = self.look("good", "--brief")[1]["servers"][0]
        self.assertEqual(set(server["versions"].values()), {None})
        self.assertIsNone(server["post_quantum"])


class OpenSsl(ProbeTest):
    """What only openssl s_server shows: staples and single ciphers, under implicit TLS."""

    def serve(self, certificate, *options):
        port = self.bed.ports.take()
        server = Daemon(["openssl", "s_server", "-accept", f"{HERE}:{port}", "-cert", certificate.cert, "-key",
                         certificate.key, "-quiet", *options], f"{self.bed.path}/s_server.log")
        self.addCleanup(server.stop)
        until(lambda: bed.listening(port), "s_server listens")
        return port

    def staple(self, certificate, name):
        """An OCSP response of the authority for this certificate."""
        ca, path = self.bed.authority, f"{self.bed.path}/{name}"
        run("openssl", "ocsp", "-issuer", ca.pem, "-cert", certificate.cert, "-reqout", f"{path}.req")
        run("openssl", "ocsp", "-index", f"{ca.directory}/index.txt", "-rsigner", ca.pem, "-rkey",
            f"{ca.directory}/ca.key", "-CA", ca.pem, "-reqin", f"{path}.req", "-respout", f"{path}.der")
        return f"{path}.der"

    def look(self, port):
        return self.probe(port, "--implicit-tls", "--as", "submission", "--brief", timeout=1)[1]["servers"][0]

    def test_a_staple_is_read(self):
        ca = self.bed.authority
        for name, revoke in (("good", False), ("revoked", True)):
            with self.subTest(staple=name):
                certificate = ca.issue("localhost")
                if revoke:
                    run("openssl", "ca", "-batch", "-config", f"{ca.directory}/ca.cnf", "-cert", ca.pem, "-keyfile",
                        f"{ca.directory}/ca.key", "-revoke", certificate.cert)
                server = self.look(self.serve(certificate, "-status_file", self.staple(certificate, name)))
                self.assertEqual(server["session"]["certificate"]["staple"], name)
                self.assertEqual(server["answer"], "no" if revoke else "yes")

    def test_a_staple_of_nonsense_is_told(self):
        path = f"{self.bed.path}/nonsense.der"
        with open(path, "wb") as file:
            file.write(b"\x30\x03\x0a\x01\x06")  # a response without a body: unauthorized
        server = self.look(self.serve(self.bed.authority.issue("localhost"), "-status_file", path))
        self.assertEqual(server["session"]["certificate"]["staple"], "unreadable")

    def test_a_cipher_without_forward_secrecy_is_told(self):
        certificate = self.bed.authority.issue("localhost", kind="rsa")
        server = self.look(self.serve(certificate, "-tls1_2", "-cipher", "AES256-GCM-SHA384"))
        self.assertEqual(server["session"]["cipher"], "AES256-GCM-SHA384")
        self.assertIn("no-forward-secrecy", [row["id"] for row in server["remarks"]])

    def test_the_group_is_named(self):
        server = self.look(self.serve(self.bed.authority.issue("localhost"), "-groups", "P-384"))
        self.assertIn(server["session"]["group"], ("secp384r1", "P-384"))


class Hostile(ProbeTest):
    """Servers that mean no good: the probe ends in time, within its limits, and shows nothing harmful."""

    def script(self, **answers):
        server = Script(self.bed.ports.take(), **answers)
        self.addCleanup(server.stop)
        return server.server_address[1]

    def test_greetings(self):
        def endless_line(to):
            while True:
                to.write(b"2" * 65536)

        def endless_reply(to):
            while True:
                to.write(b"220-more\r\n" * 1000)

        def slowly(to):
            for octet in b"220 a very slow server indeed\r\n":
                to.write(bytes([octet]))
                threading.Event().wait(0.2)

        rows = ((endless_line, "no-greeting"), (endless_reply, "no-greeting"), (slowly, "no-greeting"),
                (b"", "no-greeting"), (b"+OK POP3 here\r\n", "no-greeting"), (b"\x16\x03\x01\x00", "no-greeting"),
                (b"220-a\r\n221 b\r\n", "no-greeting"), (b"554 5.7.1 go away\r\n", "refused"),
                (b"421 4.3.2 busy\r\n", "refused"))
        for greeting, expected in rows:
            with self.subTest(greeting=greeting):
                patience = 1 if expected == "no-greeting" else 10
                self.assert_decided(self.probe(self.script(connect=greeting), timeout=patience), UNKNOWN, expected)

    def test_offers(self):
        hello = b"220 mx\r\n"
        rows = ((b"250-mx\r\n250-XXXXXXXA\r\n250 SIZE\r\n", NO, "starttls-overwritten"),
                (b"250 mx\r\n", NO, "starttls-absent"), (b"502 what\r\n", UNKNOWN, "refused"),
                (b"250-mx\r\n" * 101 + b"250 STARTTLS\r\n", UNKNOWN, "refused"))
        for offer, code, expected in rows:
            with self.subTest(offer=offer[:40]):
                self.assert_decided(self.probe(self.script(connect=hello, ehlo=offer), timeout=10), code, expected)

    def test_what_is_sent_in_plaintext_behind_starttls_is_dropped(self):
        def reply_and_more(to):
            to.write(b"220 go\r\n250-mx\r\n250 AUTH INJECTED\r\n")
        port = self.script(connect=b"220 mx\r\n", ehlo=b"250-mx\r\n250 STARTTLS\r\n", starttls=reply_and_more)
        server = self.assert_decided(self.probe(port, "--brief", timeout=1), NO, "handshake-failed")
        self.assertIsNone(server["auth_under_tls"])

    def test_a_terminal_is_not_led_astray(self):
        port = self.script(connect=b"220 mx\x1b[2J\x1b]0;owned\x07\x9b \xe2\x80\xae evil\r\n", ehlo=b"250 mx\x1b[1m\r\n")
        done = run(f"{bed.programs()}/outward", "probe", f"localhost:{port}", "-4", "--timeout", 1, check=False)
        self.assertEqual(done.returncode, NO)
        self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", done.stdout), repr(done.stdout))
        self.assertIn("mx?[2J", done.stdout)


class NameServer:
    """Answers from a table, without signatures: (name, type) -> list of rdata, a number for that rcode, None for silence."""

    TYPES = {"A": 1, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52}

    def __init__(self, table):
        self.table = {(name, self.TYPES[kind]): rows for (name, kind), rows in table.items()}
        self.names = {name for name, _ in self.table}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HERE, 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    @staticmethod
    def name(text):
        return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"

    @classmethod
    def mx(cls, preference, host):
        return struct.pack(">H", preference) + cls.name(host)

    def serve(self):
        while True:
            try:
                query, client = self.socket.recvfrom(4096)
            except OSError:
                return
            answer = self.answer(query)
            if answer is not None:
                self.socket.sendto(answer, client)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        name, question = ".".join(labels), query[12:at + 5]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        rows = self.table.get((name, kind), [] if name in self.names else 3)
        if rows is None:
            return None
        rcode, rows = (rows, []) if isinstance(rows, int) else (0, rows)
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(row)) + row for row in rows)
        return query[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, len(rows), 0, 0) + question + records

    def stop(self):
        self.socket.close()


class Domains(ProbeTest):
    """A domain's mail servers, found by DNS."""

    @classmethod
    def set_up(cls):
        # One port for all: that is what --mx-port is there for.
        ca, cls.port = cls.bed.authority, cls.bed.ports.take()
        for host, options in (("127.0.0.1", {"certificate": ca.issue("mx1.example", names="DNS:mx1.example")}),
                              ("127.0.0.2", {"certificate": ca.issue("mx2.example", names="DNS:mx2.example")}),
                              ("127.0.0.3", {})):
            cls.bed.keep(bed.Peer(host, cls.port, f"{cls.bed.path}/{host}.jsonl", host=host, **options))
        one, two, three = (socket.inet_aton(f"127.0.0.{n}") for n in (1, 2, 3))
        mx = NameServer.mx
        cls.names = cls.bed.keep(NameServer({
            ("mx1.example", "A"): [one], ("mx2.example", "A"): [two], ("plain.example", "A"): [three],
            ("both.example", "A"): [one, three], ("nowhere.example", "TXT"): [b"\x01x"],
            ("good.example", "MX"): [mx(20, "mx2.example"), mx(10, "MX1.example")],
            ("_mta-sts.good.example", "TXT"): [b"\x0dv=STSv1; id=1"],
            ("mixed.example", "MX"): [mx(10, "mx1.example"), mx(20, "plain.example")],
            ("split.example", "MX"): [mx(10, "both.example")],
            ("half.example", "MX"): [mx(10, "mx1.example"), mx(20, "nowhere.example")],
            ("null.example", "MX"): [mx(0, "")],
            ("broken.example", "MX"): 2,
            ("silent.example", "MX"): None,
            (f"_{cls.port}._tcp.mx1.example", "TLSA"): [b"\x03\x01\x01" + bytes(32)],
        }))

    def look(self, domain, *options, timeout=3):
        return probe(domain, "--mx-port", self.port, "--resolver", f"{HERE}@{self.names.port}", "--authorities",
                     self.bed.authority.pem, "--brief", *options, timeout=timeout)

    def test_all_mail_servers_are_asked_best_first(self):
        status, answer = self.look("good.example")
        self.assertEqual(status, YES, answer)
        self.assertEqual([(row["host"], row["address"], row["preference"]) for row in answer["servers"]],
                         [("mx1.example", "127.0.0.1", 10), ("mx2.example", "127.0.0.2", 20)])
        self.assertTrue(answer["domain"]["mta_sts"])
        self.assertTrue(all(row["session"]["certificate"]["name_matches"] for row in answer["servers"]))

    def test_tlsa_records_without_dnssec_prove_nothing(self):
        server = self.look("good.example")[1]["servers"][0]
        self.assertEqual(server["dane"]["records"], 1)
        self.assertNotEqual(server["dane"]["dnssec"], "signed")
        self.assertIn("dane-unsigned", [row["id"] for row in server["remarks"]])

    def test_one_server_or_address_without_tls_is_a_no(self):
        for domain in ("mixed.example", "split.example"):
            with self.subTest(domain=domain):
                status, answer = self.look(domain)
                self.assertEqual((status, [row["answer"] for row in answer["servers"]]), (NO, ["yes", "no"]))

    def test_who_cannot_be_asked_makes_a_yes_unknown(self):
        status, answer = self.look("half.example")
        self.assertEqual((status, len(answer["servers"])), (UNKNOWN, 1))
        self.assertEqual(answer["trouble"], "nowhere.example: no address")

    def test_without_mx_the_domain_itself_is_asked(self):
        status, answer = self.look("mx1.example")
        self.assertEqual((status, answer["domain"]["implicit_mx"]), (YES, True))

    def test_domains_without_mail_servers_are_unknown(self):
        rows = (("null.example", "it takes no mail (null MX, RFC 7505)"), ("absent.example", "there is no such domain"),
                ("broken.example", "the name server gives no answer"), ("silent.example", "the name server gives no answer"))
        for domain, trouble in rows:
            with self.subTest(domain=domain):
                status, answer = self.look(domain, timeout=1)
                self.assertEqual((status, answer["trouble"]), (UNKNOWN, f"{domain}: {trouble}"))


class PolicyServer(http.server.BaseHTTPRequestHandler):
    """/.well-known/mta-sts.txt by the name that is asked for: status and text from a table."""

    def do_GET(self):  # pylint: disable=invalid-name
        status, text = self.server.policies.get(self.headers["Host"].partition(":")[0], (404, ""))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", text)
            text = ""
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Policies(ProbeTest):
    """MTA-STS policies over HTTPS, each with its own name and certificate."""

    POLICY = "version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: 86400\r\n"

    @classmethod
    def set_up(cls):
        ca, cls.port = cls.bed.authority, cls.bed.ports.take()
        cls.bed.keep(bed.Peer("mx", cls.port, f"{cls.bed.path}/mx.jsonl", host="127.0.0.1",
                              certificate=ca.issue("mx1.example", names="DNS:mx1.example")))
        domains = ("good", "other", "testing", "broken", "gone", "moved", "untrusted", "long")
        names = ",".join(f"DNS:mta-sts.{name}.example" for name in domains if name != "untrusted")
        cls.https = http.server.ThreadingHTTPServer((HERE, 0), PolicyServer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ca.issue("mta-sts.good.example", names=names).chain)
        cls.https.socket = context.wrap_socket(cls.https.socket, server_side=True)
        cls.https.policies = {
            "mta-sts.good.example": (200, cls.POLICY.format(mode="enforce", mx="*.example")),
            "mta-sts.other.example": (200, cls.POLICY.format(mode="enforce", mx="mx2.example")),
            "mta-sts.testing.example": (200, cls.POLICY.format(mode="testing", mx="mx2.example")),
            "mta-sts.broken.example": (200, "<html>"),
            "mta-sts.moved.example": (302, "https://mta-sts.good.example/.well-known/mta-sts.txt"),
            "mta-sts.untrusted.example": (200, cls.POLICY.format(mode="enforce", mx="mx2.example")),
            "mta-sts.long.example": (200, "x" * 70000)}
        threading.Thread(target=cls.https.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.https.server_close)
        cls.addClassCleanup(cls.https.shutdown)
        here = socket.inet_aton(HERE)
        table = {("mx1.example", "A"): [socket.inet_aton("127.0.0.1")]}
        for name in domains:
            table[(f"{name}.example", "MX")] = [NameServer.mx(10, "mx1.example")]
            table[(f"_mta-sts.{name}.example", "TXT")] = [b"\x0dv=STSv1; id=1"]
            table[(f"mta-sts.{name}.example", "A")] = [here]
        cls.names = cls.bed.keep(NameServer(table))

    def look(self, domain, *options):
        return probe(domain, "--mx-port", self.port, "--resolver", f"{HERE}@{self.names.port}", "--authorities",
                     self.bed.authority.pem, "--brief", "--https-port", self.https.server_address[1], *options, timeout=3)

    def test_mail_servers_are_held_against_the_policy(self):
        for domain, status, sts, remark in (("good", YES, "yes", None), ("other", NO, "no", "mta-sts-refused"),
                                            ("testing", YES, "no", "mta-sts-testing")):
            with self.subTest(domain=domain):
                got, answer = self.look(f"{domain}.example", "--mta-sts")
                server = answer["servers"][0]
                self.assertEqual((got, server["mta_sts"]), (status, sts), answer)
                self.assertEqual(remark in [row["id"] for row in server["remarks"]], remark is not None)
                self.assertEqual(answer["domain"]["mta_sts_policy"]["max_age"], 86400)

    def test_what_is_no_policy_is_told(self):
        for domain, trouble in (("broken", 'a line is no "key: value"'), ("gone", "the server answers 404; only 200 counts"),
                                ("moved", "the server answers 302; only 200 counts"), ("untrusted", "mta-sts.untrusted.example"),
                                ("long", "the policy is longer than 65536 octets")):
            with self.subTest(domain=domain):
                status, answer = self.look(f"{domain}.example", "--mta-sts")
                self.assertEqual((status, answer["domain"]["mta_sts_policy"]), (YES, None))
                self.assertIn(trouble, answer["domain"]["mta_sts_trouble"])

    def test_it_is_fetched_only_when_asked_for(self):
        answer = self.look("other.example")[1]
        self.assertEqual((answer["domain"]["mta_sts"], answer["domain"]["mta_sts_policy"], answer["servers"][0]["mta_sts"]),
                         (True, None, None))


class Dane(ProbeTest):
    """A signed zone, its TLSA records, and certificates that they name or do not."""

    @classmethod
    def set_up(cls):
        bed.needs("nsd", "ldns-keygen", "ldns-signzone")
        ca, cls.port = cls.bed.authority, cls.bed.ports.take()
        certificates = {}
        for at, name in ((1, "good"), (2, "bad"), (3, "ca")):
            certificates[name] = ca.issue(f"{name}.dane.example", names=f"DNS:{name}.dane.example")
            cls.bed.keep(bed.Peer(name, cls.port, f"{cls.bed.path}/{name}.jsonl", host=f"127.0.0.{at}",
                                  certificate=certificates[name]))
        records = [f"{name} A 127.0.0.{at}\n@ MX 10 {name}" for at, name in ((1, "good"), (2, "bad"), (3, "ca"))]
        digest = cls.key_digest(certificates["good"])
        records += [f"_{cls.port}._tcp.{name} TLSA 3 1 1 {digest}" for name in ("good", "bad")]
        cls.dns = bed.Nsd(cls.bed, {"dane.example": "\n".join(records) + "\n"}, signed=["dane.example"])

    @classmethod
    def key_digest(cls, certificate):
        key = subprocess.run(["openssl", "x509", "-in", certificate.cert, "-noout", "-pubkey"], capture_output=True,
                             check=True).stdout
        octets = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, capture_output=True,
                                check=True).stdout
        return subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=octets, capture_output=True,
                              check=True).stdout.split()[0].decode()

    def test_a_certificate_that_the_records_name(self):
        status, answer = probe("dane.example", "--mx-port", self.port, "--resolver", self.dns.server,
                               "--trust-anchor", self.dns.anchor, "--authorities", self.bed.authority.pem)
        self.assertEqual(answer["domain"]["dnssec"], "signed", answer)
        servers = {row["host"].split(".")[0]: row for row in answer["servers"]}
        self.assertEqual({name: row["dane"]["matches"] for name, row in servers.items()},
                         {"good": "yes", "bad": "no", "ca": None})
        self.assertEqual({name: row["answer"] for name, row in servers.items()},
                         {"good": "yes", "bad": "no", "ca": "yes"})
        self.assertEqual(status, NO)


class CommandLine(unittest.TestCase):
    def test_what_cannot_be_meant_is_refused(self):
        program = f"{bed.programs()}/outward"
        for words in ((), ("a.example", "b.example"), ("192.0.2.1",), ("host:0",), ("--as", "pop", "host:25"),
                      ("-4", "-6", "host:25"), ("--timeout", "0", "host:25"), ("--helo", "a\r\nRCPT", "host:25"),
                      ("--format", "xml", "host:25")):
            with self.subTest(words=words):
                done = run(program, "probe", *words, check=False)
                self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
                self.assertTrue(done.stderr.startswith("outward probe: "), done.stderr)

    def test_a_file_that_is_not_there_is_told(self):
        done = run(f"{bed.programs()}/outward", "probe", "--authorities", "/nonexistent", "host:25", check=False)
        self.assertEqual((done.returncode, done.stdout), (NO, ""))
        self.assertEqual(done.stderr, "outward probe: --authorities: /nonexistent: No such file or directory\n")

    def test_help_has_an_example(self):
        done = run(f"{bed.programs()}/outward", "probe", "--help")
        self.assertIn("example: outward probe", done.stdout)


if __name__ == "__main__":
    os.environ.setdefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
    bed.main()
