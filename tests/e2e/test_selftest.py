#!/usr/bin/python3
"""outward selftest: one message through a real Postfix to real receivers, both its ends found in the growing logs."""
import json
import os

import bed

PASSWORD = "open sesame"

RULES = """
listener submission { port {sub}  port {smtps} }
submission {
    reject plaintext
    reject unauthenticated
    reject to domain never.example "550 5.7.1 not to them"
    hold   to domain later.example
    accept
}
"""


class Selftest(bed.MailTest):
    """A receiver with STARTTLS, one without, and the ways in which a test can fail."""

    compares_report = False

    @classmethod
    def set_up(cls):
        cls.good = cls.bed.good_peer("good.example")
        cls.plain = cls.bed.peer("plain.example")
        cls.gate = cls.bed.gate("submission { accept }\n")
        sasldb = cls.bed.sasldb({"alice": PASSWORD})
        cls.postfix = cls.bed.postfix(
            listeners={"sub": bed.Listener.submission(sasldb), "smtps": bed.Listener.smtps(sasldb)},
            routes={"good.example": cls.good, "plain.example": cls.plain, "never.example": cls.good,
                    "later.example": cls.good},
            milter=cls.gate.milter)
        rules = RULES
        for name, port in cls.postfix.ports.items():
            rules = rules.replace("{" + name + "}", str(port))
        cls.gate.reload(rules)
        cls.postfix.start()
        cls.secret = f"{cls.bed.path}/secret"
        with open(os.open(cls.secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(PASSWORD + "\n")

    def selftest(self, recipient, *options, logs=None):
        words = ["selftest", "-c", self.gate.file, "--to", recipient, "--from", "alice@example.org",
                 "--internal", "127.0.0.1", "--format", "json", "--timeout", "20"]
        for log in logs or (self.gate.log, self.postfix.log):
            words += ["--log", log]
        done = bed.Outward()(*words, *options, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def login(self):
        return "--user", "alice", "--password-file", self.secret

    def test_both_ends_encrypted(self):
        code, answer = self.selftest("bob@good.example", *self.login(), "--ca", self.bed.authority.pem)
        self.assertEqual((code, answer["verdict"]), (0, "encrypted"), answer)
        record = self.gate.record(queue_id=answer["in"]["queue_id"])
        self.assertEqual({key: answer["in"][key] for key in ("tls", "auth", "login", "decision", "listener")},
                         {"tls": record["tls"], "auth": record["auth"], "login": "alice@example.org",
                          "decision": "accept", "listener": "submission"})
        entry = self.good.wait_for("bob@good.example")
        self.assertEqual((answer["out"]["protection"], answer["out"]["version"]), ("encrypted", entry["tls"]))
        self.assertIn(answer["out"]["evidence"], ("tls-line", "tls-field"))  # the field: from Postfix 3.11
        self.assertIn(answer["message_id"], entry["message"])

    def test_a_receiver_without_starttls_is_found_out(self):
        # What proves that TLS is logged happened before this test's message.
        self.selftest("bob@good.example", *self.login())
        code, answer = self.selftest("bob@plain.example", *self.login())
        self.assertEqual((code, answer["verdict"]), (1, "not-encrypted"), answer)
        self.assertEqual((answer["in"]["encrypted"], answer["out"]["protection"]), (True, "plaintext"))
        self.assertEqual(self.plain.wait_for("bob@plain.example")["tls"], None)

    def test_implicit_tls(self):
        code, answer = self.selftest("carol@good.example", *self.login(), "--implicit-tls",
                                     "--port", str(self.postfix.ports["smtps"]))
        self.assertEqual((code, answer["verdict"]), (0, "encrypted"), answer)

    def test_the_text_says_both_ends(self):
        done = bed.Outward()("selftest", "-c", self.gate.file, "--to", "dave@good.example", "--from",
                             "alice@example.org", "--internal", "127.0.0.1", "--log", self.postfix.log, "--log",
                             self.gate.log, *self.login())
        for text in ("by STARTTLS: 250 2.0.0 Ok: queued as ", "in     encrypted, TLS TLSv1.3, ",
                     "out    sent by ", "fine: both ends found, both encrypted\n"):
            self.assertIn(text, done.stdout)

    def test_what_the_rules_refuse_or_keep_is_told(self):
        for options, recipient, verdict in (((), "bob@good.example", "refused"),
                                            (self.login(), "bob@never.example", "refused"),
                                            (self.login(), "bob@later.example", "kept")):
            with self.subTest(recipient, verdict=verdict):
                code, answer = self.selftest(recipient, *options)
                self.assertEqual((code, answer["verdict"]), (1, verdict), answer)
        self.assertEqual(answer["in"]["decision"], "hold")

    def test_a_server_certificate_of_another_authority_is_refused(self):
        other = bed.Authority(f"{self.bed.path}/other", "Other CA")
        code, answer = self.selftest("bob@good.example", *self.login(), "--ca", other.pem)
        self.assertEqual((code, answer["verdict"], answer["in"]), (1, "refused", None), answer)

    def test_an_end_whose_log_is_not_read_is_missing(self):
        code, answer = self.selftest("erin@good.example", *self.login(), "--timeout", "2", logs=[self.postfix.log])
        self.assertEqual((code, answer["verdict"], answer["in"]), (1, "incomplete", None), answer)
        self.assertEqual(answer["out"]["status"], "sent")

    def test_mail_that_stays_on_this_host_proves_nothing(self):
        code, answer = self.selftest("alice@example.org", *self.login())
        self.assertEqual((code, answer["verdict"], answer["out"]["local"]), (1, "not-delivered", True), answer)

    def test_a_password_that_others_can_read_is_not_used(self):
        loose = f"{self.bed.path}/loose"
        with open(loose, "w", encoding="ascii") as file:
            file.write(PASSWORD)
        os.chmod(loose, 0o640)
        code, stderr = self.selftest("bob@good.example", "--user", "alice", "--password-file", loose)
        self.assertEqual(code, 1)
        self.assertIn("only its owner can read", stderr)


if __name__ == "__main__":
    bed.main()
