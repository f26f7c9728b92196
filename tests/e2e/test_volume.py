#!/usr/bin/python3
"""The gate's volume to Gmail, on a real Postfix: who passes a threshold without one-click unsubscribe is held."""
import os
import time

import bed
from bed.process import run

PASSWORD = "open sesame"
QUARTER = 15 * 60 * 1000
ONE_CLICK = "List-Unsubscribe: <https://example.org/u?x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"

RULES = """
listener submission { port {sub} }
ledger { path {ledger}/ledger.db }
guidelines {
    transactional        { shop.example.org }
    transactional-login  { "robot@example.org" }
    transactional-header "X-Class: transactional"
}
submission {
    hold volume over 3 missing one-click not transactional
    hold bulk-sender missing dkim
    accept
}
"""


class Volume(bed.MailTest):
    """Each test sends from domains of its own, so that none counts for another."""

    compares_report = False

    @classmethod
    def set_up(cls):
        cls.peer = cls.bed.good_peer("gmail.com")
        cls.ledger = cls.bed.directory("ledger", mode=0o755)
        cls.gate = cls.bed.gate("submission { accept }\n")
        cls.postfix = cls.bed.postfix(
            listeners={"sub": bed.Listener.submission(cls.bed.sasldb({"alice": PASSWORD, "robot": PASSWORD}))},
            routes={"gmail.com": cls.peer, "example.net": cls.peer}, milter=cls.gate.milter)
        cls.rules = RULES.replace("{sub}", str(cls.postfix.ports["sub"])).replace("{ledger}", cls.ledger)
        cls.gate.reload(cls.rules)
        cls.postfix.start()

    def send(self, sender, recipients=("x@gmail.com",), fields="", login="alice", header_from=None):
        """Was it held?  And its record."""
        message = fields + bed.make_message(header_from or sender, recipients, "volume")
        client = bed.Session(self.postfix.ports["sub"])
        try:
            client.ehlo()
            client.starttls()
            self.assertEqual(client.auth_plain(login, PASSWORD).code, 235)
            reply = client.send(sender, *recipients, message=message)
        finally:
            client.close()
        self.assert_reply(reply, 250)
        record = bed.until(lambda: next((row for row in self.gate.records() if row.queue_id == reply.queue_id), None),
                           "a record")
        return record["decision"] == "hold", record

    def restart(self):
        self.gate.stop()
        self.gate.start()

    def test_the_sender_that_passes_the_threshold_is_held(self):
        for count in range(1, 4):
            held, record = self.send("news@one.example.org", header_from=f"news@s{count}.marketing.example")
            self.assertEqual((held, record["volume"]), (False, str(count)), record)
        held, record = self.send("news@one.example.org", header_from="news@marketing.example")
        self.assertEqual((held, record["volume"], record["bulk"]), (True, "4", "no"), record)
        self.postfix.wait_for_queue(record.queue_id, "hold")
        held, record = self.send("news@one.example.org", header_from="news@marketing.example", fields=ONE_CLICK)
        self.assertEqual((held, record["one_click"]), (False, "yes"), record)
        self.assertFalse(self.send("news@other.example.com")[0])  # another domain has a count of its own

    def test_two_recipients_at_gmail_count_twice_and_others_not(self):
        _, record = self.send("a@counted.example.com", ("x@gmail.com", "y@gmail.com", "z@example.net"),
                              header_from="a@counted.example")
        self.assertEqual(record["volume"], "2")

    def test_the_transactional_class_passes(self):
        for _ in range(5):
            self.assertFalse(self.send("order@shop.example.org", header_from="order@busy.example")[0])
        for fields, login, want in (("", "alice", True), ("", "robot", False),
                                    ("X-Class: transactional\r\n", "alice", False), ("X-Class: news\r\n", "alice", True)):
            with self.subTest(fields=fields, login=login):
                held, record = self.send("news@busy.example", fields=fields, login=login)
                self.assertEqual((held, record["transactional"]), (want, "no" if want else "yes"), record)

    def test_a_gate_starts_from_the_followers_file(self):
        now = int(time.time() * 1000)
        begin = now - now % QUARTER - 95 * QUARTER
        path = f"{self.ledger}/volume"
        self.assertIn(f"volume: {path} is not there", self.reload_log())
        with open(f"{path}.new", "w", encoding="ascii") as file:
            file.write(f"outward-volume 1 {now} {begin}\nfull.example 0 94:3\nonce.example 1774000000000\nend 2\n")
        os.rename(f"{path}.new", path)
        self.addCleanup(os.unlink, path)
        self.restart()
        self.assertIn(f"volume: 2 sender domains taken from {path}", self.gate.log_text())
        self.assertEqual((self.send("a@full.example")[0], self.send("a@once.example")[0]), (True, True))
        with open(path, "w", encoding="ascii") as file:
            file.write(f"outward-volume 1 {now} {begin}\nfull.example 0 94:3\n")
        self.assertIn("the file is cut", self.reload_log())
        self.restart()
        self.assertRegex(self.gate.log_text(), r"warning: volume: .*: the file is cut.*: volumes are counted from 0")
        self.assertFalse(self.send("a@full.example")[0])

    def test_the_follower_writes_what_the_gate_reads(self):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00", time.gmtime())
        log, rules = f"{self.bed.path}/follow.log", f"{self.bed.path}/follow.conf"
        with open(log, "w", encoding="ascii") as file:
            for number in range(7):
                head, queue_id = f"{stamp} mx", f"4B2F1C0A{number}"
                file.write(f"{head} postfix/smtpd[1]: {queue_id}: client=c.example.org[192.0.2.7], sasl_method=PLAIN, sasl_username=a\n"
                           f"{head} postfix/qmgr[2]: {queue_id}: from=<a@news.followed.example>, size=300, nrcpt=1 (queue active)\n"
                           f"{head} postfix/smtp[3]: {queue_id}: to=<x@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.9]:25, "
                           "delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 OK)\n")
        with open(rules, "w", encoding="ascii") as file:
            file.write(f"ledger {{ path {self.ledger}/ledger.db }}\n")
        run(f"{bed.programs()}/outward-follow", "-c", rules, "--once", log)
        self.addCleanup(os.unlink, f"{self.ledger}/volume")
        os.chmod(f"{self.ledger}/volume", 0o644)  # the package makes its group the gate's
        self.restart()
        held, record = self.send("a@followed.example")
        self.assertEqual((held, record["volume"]), (True, "8"), record)

    def reload_log(self):
        """What the gate says of the file when it reloads."""
        before = len(self.gate.log_text())
        self.gate.reload(self.rules)
        return bed.until(lambda: text if "volume: " in (text := self.gate.log_text()[before:]) else None, "a word of it")

    def test_check_and_explain_know_the_conditions(self):
        path = f"{self.bed.path}/check.conf"
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.rules)
        done = bed.Outward()("check", "-c", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stderr)
        words = ("explain", "-c", path, "--port", str(self.postfix.ports["sub"]), "--auth", "PLAIN", "--tls", "TLSv1.3",
                 "--from", "<a@example.com>", "--to", "gmail.com", "--one-click", "no")
        self.assertIn("hold", bed.Outward()(*words, "--volume", "4", "--transactional", "no").stdout)
        self.assertNotIn("held", bed.Outward()(*words, "--volume", "4", "--transactional", "yes").stdout)


if __name__ == "__main__":
    bed.main()
