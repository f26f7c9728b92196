#!/usr/bin/python3
"""The bed itself: each SASL service really authenticates, each listener and each peer behaves as the tests rely on."""
import socket
import unittest

import bed

PASSWORD = "s3cret"


class Listeners(unittest.TestCase):
    """Every listener of one instance, with the SASL service that real set-ups put behind it."""

    @classmethod
    def setUpClass(cls):
        bed.needs("swaks", "curl", "saslauthd", "dovecot")
        cls.bed = bed.Bed()
        cls.addClassCleanup(cls.bed.close)
        sasldb = cls.bed.sasldb({"alice": PASSWORD})
        shadow = cls.bed.saslauthd({"alice": PASSWORD})
        dovecot = cls.bed.dovecot({"alice@example.org": PASSWORD})
        cls.postfix = cls.bed.postfix(listeners={
            "smtp": bed.Listener.port25(),
            "sasldb": bed.Listener.submission(sasldb),
            "shadow": bed.Listener.submission(shadow),
            "old": bed.Listener.old_submission(dovecot),
            "smtps": bed.Listener.smtps(dovecot),
        }, routes={"elsewhere.example": "discard:"}).start()

    def accepted(self, outcome):
        self.assertEqual(outcome.status, 0, outcome.transcript)
        self.assertIsNotNone(outcome.queue_id, outcome.transcript)

    def test_each_mechanism_of_each_sasl_service_authenticates(self):
        rows = [("sasldb", "-tls", "alice", ("PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5")),
                ("shadow", "-tls", "alice", ("PLAIN", "LOGIN")),
                ("smtps", "-tlsc", "alice@example.org", ("PLAIN", "LOGIN", "CRAM-MD5"))]
        for listener, tls, login, mechanisms in rows:
            for mechanism in mechanisms:
                with self.subTest(listener=listener, mechanism=mechanism):
                    outcome = bed.swaks(self.postfix.ports[listener], "alice@example.org", "bob@example.org", tls,
                                        "--auth", mechanism, "--auth-user", login, "--auth-password", PASSWORD)
                    self.accepted(outcome)
                    line = self.postfix.wait_for_log(f" {outcome.queue_id}: client=")
                    self.assertIn(f"sasl_method={mechanism}, sasl_username=alice", line)

    def test_each_sasl_service_refuses_a_wrong_password(self):
        for listener, tls, login in (("sasldb", None, "alice"), ("shadow", None, "alice"),
                                     ("smtps", "wrapper", "alice@example.org")):
            with self.subTest(listener=listener):
                with bed.Session(self.postfix.ports[listener], tls=tls) as client:
                    client.ehlo()
                    if tls is None:
                        client.starttls()
                    self.assertEqual(client.auth_plain(login, "wrong").code, 535)

    def test_submission_demands_tls_and_the_old_listener_takes_a_password_in_plaintext(self):
        with bed.Session(self.postfix.ports["sasldb"]) as client:
            self.assertNotIn("AUTH", client.ehlo().text)
            self.assertEqual(str(client.mail("alice@example.org")), "530 5.7.0 Must issue a STARTTLS command first")
        with bed.Session(self.postfix.ports["old"]) as client:
            self.assertIn("AUTH", client.ehlo().text)
            self.assertEqual(client.auth_login("alice@example.org", PASSWORD).code, 235)

    def test_local_mail_arrives_from_each_client(self):
        port = self.postfix.ports["smtp"]
        message = f"{self.bed.path}/curl.eml"
        with open(message, "w", encoding="ascii") as file:
            file.write(bed.make_message("a@client.example.com", ["alice@example.org"], "curl"))
        self.accepted(bed.swaks(port, "a@client.example.com", "alice@example.org", subject="swaks"))
        self.accepted(bed.curl(f"smtp://127.0.0.1:{port}", "a@client.example.com", "alice@example.org", message,
                               "--ssl-reqd", "--cacert", self.bed.authority.pem))
        with bed.Session(port) as client:
            client.ehlo()
            self.assertIsNotNone(client.send("a@client.example.com", "alice@example.org", subject="dialogue").queue_id)
        replies = bed.openssl_session(port, [
            "MAIL FROM:<a@client.example.com>", "RCPT TO:<alice@example.org>", "DATA", "Subject: s_client\n\nHi\n."])
        self.assertEqual([reply.code for reply in replies], [250, 250, 354, 250], replies)
        self.assertEqual(bed.sendmail(self.postfix, "root@example.org", "alice@example.org",
                                      subject="sendmail").returncode, 0)
        self.assertEqual(bed.mail_command(self.postfix, "alice@example.org", subject="mail").returncode, 0)
        for subject in ("swaks", "curl", "dialogue", "s_client", "sendmail", "mail"):
            self.postfix.wait_for_mail("alice", subject)

    def test_strangers_may_not_relay_and_the_own_network_may(self):
        for source, code in (("127.0.0.1", 554), ("127.0.0.2", 250)):
            with self.subTest(source=source), bed.Session(self.postfix.ports["smtp"], source=source) as client:
                client.ehlo()
                client.mail("a@client.example.com")
                self.assertEqual(client.rcpt("bob@elsewhere.example").code, code)


class Peers(unittest.TestCase):
    """Every kind of receiving server, and what Postfix makes of it."""

    @classmethod
    def setUpClass(cls):
        bed.needs()
        cls.bed = bed.Bed()
        cls.addClassCleanup(cls.bed.close)
        kinds = cls.bed.kinds_of_peers()
        kinds["slow"] = {**kinds["good"], "delay": 0.05}
        cls.peers = {name: cls.bed.peer(name, **options) for name, options in kinds.items()}
        cls.postfix = cls.bed.postfix(
            listeners={"smtp": bed.Listener.port25()},
            routes={f"{name}.example": peer for name, peer in cls.peers.items()},
            settings={"smtp_starttls_timeout": "2s"}).start()
        for name in cls.peers:
            with bed.Session(cls.postfix.ports["smtp"], source="127.0.0.2") as client:
                client.ehlo()
                assert client.send("a@example.org", f"b@{name}.example").code == 250

    def outcome(self, name):
        """The delivery line's status and the TLS line's level for this peer's domain."""
        delivery = self.postfix.wait_for_log(f"to=<b@{name}.example>")
        levels = [line.split("]: ")[1].split()[0] for line in self.postfix.log_text().splitlines()
                  if f" TLS connection established to {bed.OUTSIDE}[{bed.OUTSIDE}]:{self.peers[name].port}:" in line]
        return delivery.partition("status=")[2].split()[0], levels

    def test_peers_with_tls_get_it(self):
        for name, level, version in (("good", "Trusted", "TLSv1.3"), ("self-signed", "Untrusted", "TLSv1.3"),
                                     ("expired", "Untrusted", "TLSv1.3"), ("wrong-name", "Trusted", "TLSv1.3"),
                                     ("tls10", "Trusted", "TLSv1"), ("tls12", "Trusted", "TLSv1.2"),
                                     ("slow", "Trusted", "TLSv1.3")):
            with self.subTest(peer=name):
                self.assertEqual(self.outcome(name), ("sent", [level]))
                self.assertEqual(self.peers[name].wait_for(f"b@{name}.example")["tls"], version)

    def test_peers_without_tls_get_plaintext_and_no_word_in_the_log(self):
        for name in ("plain", "refuse"):
            with self.subTest(peer=name):
                self.assertEqual(self.outcome(name), ("sent", []))
                self.assertIsNone(self.peers[name].wait_for(f"b@{name}.example")["tls"])

    def test_peers_that_break_tls_get_nothing(self):
        for name, levels in (("garbage", []), ("silent", []), ("drop", ["Trusted"])):
            with self.subTest(peer=name):
                self.assertEqual(self.outcome(name), ("deferred", levels))
                self.assertEqual(self.peers[name].received(), [])

    def test_a_peer_records_the_queue_id_that_postfix_logged(self):
        entry = self.peers["good"].wait_for("b@good.example")
        self.assertIn(f" {entry['queue_id']}: to=<b@good.example>", self.postfix.wait_for_log("to=<b@good.example>"))


class Ports(unittest.TestCase):
    def test_reserved_ports_go_to_nobody_else_and_can_be_listened_on(self):
        first, second = bed.Ports(), bed.Ports()
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        taken = [ports.take() for ports in (first, second) * 50]
        self.assertEqual(len(set(taken)), len(taken))
        with socket.socket() as other, self.assertRaises(OSError):
            other.bind(("127.0.0.1", taken[0]))
        peer = bed.Peer("reserved", taken[0], "/dev/null")
        self.addCleanup(peer.stop)
        with bed.Session(taken[0], host=peer.host) as client:
            self.assertEqual(client.ehlo().code, 250)


if __name__ == "__main__":
    bed.main()
