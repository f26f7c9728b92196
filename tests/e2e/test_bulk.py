#!/usr/bin/python3
"""Sender guidelines on a real Postfix with the gate: who sent how much to a server that stands for Gmail's, and how."""
import json
import re

import bed
from bed.follower import Follower

PASSWORD = "open sesame"
ONE_CLICK = "List-Unsubscribe: <https://example.org/u?x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
SIGNATURE = "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=x; h=from; bh=x; b=x\r\n"
REFUSED = "550 5.7.26 Your email has been blocked because the sender is unauthenticated. x - gsmtp"
RATE = "421 4.7.28 Our system has detected an unusual rate of mail. x - gsmtp"
NO_TLS = "421 4.7.29 Your email has been rate limited: it was not sent over a TLS connection. x - gsmtp"


class Senders(bed.MailTest):
    """Everything is sent once; each test looks at one side of what came of it."""

    compares_report = False

    @classmethod
    def set_up(cls):
        certificate = cls.bed.authority.issue("localhost")
        cls.gmail = cls.bed.peer("gmail", certificate=certificate,
                                 rcpt_replies={"refused": REFUSED, "rate": RATE})
        cls.plain = cls.bed.peer("plain", data_reply=NO_TLS)
        cls.gate = cls.bed.gate("submission { accept }\n")
        cls.postfix = cls.bed.postfix(
            listeners={"sub": bed.Listener.submission(cls.bed.sasldb({"alice": PASSWORD, "bob": PASSWORD}))},
            routes={"gmail.com": cls.gmail, "googlemail.com": cls.gmail, "hosted.example": cls.gmail,
                    "plain.example": cls.plain},
            settings={"virtual_alias_maps": "inline:{{team@example.org=x@gmail.com, y@gmail.com, z@googlemail.com}}"},
            milter=cls.gate.milter)
        cls.gate.reload(f"listener submission {{ port {cls.postfix.ports['sub']} }}\nsubmission {{ accept }}\n")
        cls.postfix.start()
        cls.ids = {}
        cls.send_all()
        cls.log = cls.as_google()

    @classmethod
    def send(cls, name, sender, recipients, header_from=None, fields="", login="alice", message=None):
        client = bed.Session(cls.postfix.ports["sub"])
        try:
            client.ehlo()
            client.starttls()
            assert client.auth_plain(login, PASSWORD).code == 235
            text = message or fields + bed.make_message(header_from or sender, recipients, name)
            reply = client.send(sender, *recipients, message=text)
        finally:
            client.close()
        assert reply.code == 250, reply
        cls.ids[name] = reply.queue_id

    @classmethod
    def send_all(cls):
        """Ten recipients at Gmail for shop.example and its subdomain, three of them behind an alias."""
        cls.send("good", "news@shop.example", ["a@gmail.com", "b@gmail.com"], fields=SIGNATURE + ONE_CLICK)
        cls.send("sub", "bounce@shop.example", ["c@GoogleMail.com"], "news@mail.shop.example", SIGNATURE + ONE_CLICK)
        cls.send("alias", "news@shop.example", ["team@example.org"], fields=SIGNATURE)
        cls.send("esp", "x@esp.example", ["d@gmail.com"], "news@shop.example")
        cls.send("faulty", "news@shop.example", ["e@gmail.com"], fields=SIGNATURE,
                 message="From: news@shop.example\r\nFrom: news@shop.example\r\nSubject: x\r\n\r\nx\r\n")
        cls.send("hosted", "news@shop.example", ["a@hosted.example", "b@hosted.example"], fields=SIGNATURE)
        cls.send("refused", "news@shop.example", ["refused@gmail.com"], fields=SIGNATURE)
        cls.send("rate", "news@shop.example", ["rate@gmail.com"], fields=SIGNATURE, login="bob")
        cls.send("plain", "news@shop.example", ["p@plain.example"], fields=SIGNATURE)
        cls.send("spoof", "news@shop.example", ["f@gmail.com"], "somebody@gmail.com")
        wanted = {"refused": "bounced", "rate": "deferred", "plain": "deferred"}
        for name, queue_id in cls.ids.items():
            line = f"{queue_id}: to=.*status={wanted.get(name, 'sent')}"
            count = 3 if name == "alias" else 1
            bed.until(lambda line=line, count=count: len(re.findall(line, cls.postfix.log_text())) >= count, f"{name}: {line}")

    @classmethod
    def as_google(cls):
        """One log as syslog would write it, had the server been called as Gmail's: each record before qmgr's first line."""
        records = {record.queue_id: record for record in cls.gate.records()}
        path = f"{cls.bed.path}/google.log"
        with open(cls.postfix.log, encoding="utf-8") as file, open(path, "w", encoding="utf-8") as out:
            for line in file:
                queued = re.match(r"(.*) postfix/qmgr\[\d+\]: (\w+): from=<", line)
                record = records.pop(queued[2], None) if queued else None
                if record is not None:
                    out.write(f"{queued[1]} outward-milter[1]: {record.queue_id}: {record.text}\n")
                out.write(line.replace(f"{bed.OUTSIDE}[{bed.OUTSIDE}]", f"gmail-smtp-in.l.google.com[{bed.OUTSIDE}]"))
        assert not records, records
        return path

    @classmethod
    def logs(cls):
        return [cls.log]

    def setUp(self):
        self.report = bed.Outward().report(*self.logs())

    def sender(self, report, domain):
        return next(row for row in report["guidelines"] if row["domain"] == domain)

    def rows(self, domain="shop.example"):
        return self.sender(self.report, domain)["profiles"]["gmail"]["rows"]

    def assert_row(self, requirement, verdict, source, ids=()):
        row = self.rows()[requirement]
        self.assertEqual((row["verdict"], row["source"]), (verdict, source), row)
        self.assertTrue({self.ids[name] for name in ids} <= set(row["queue_ids"]), (row, self.ids))
        self.assertTrue(row["evidence"] and (row["next"] or verdict == "compliant"), row)
        return row

    def test_recipients_count_by_the_owner_of_the_header_from_after_aliases(self):
        volumes = self.sender(self.report, "shop.example")["volumes"]
        accepted = sum(address.lower().endswith(("@gmail.com", "@googlemail.com")) for address, _ in self.gmail.received())
        self.assertEqual(volumes["gmail"]["total"] + 1, accepted)  # one has another owner's From
        self.assertEqual((volumes["gmail"]["total"], volumes["gmail"]["peak_24h"]), (8, 8))
        self.assertEqual(volumes["google-hosted"]["total"], 2)
        self.assertEqual(volumes["gmail"]["by_envelope_instead"], 0)
        self.assertEqual(volumes["gmail"]["of_unknown_origin"], 0)
        self.assertEqual(volumes["gmail-by-envelope"]["total"], 8)  # the one of esp.example not, the spoofed one too
        self.assertEqual(volumes["gmail-by-dkim"]["total"], 6)

    def test_the_receivers_words_are_rows_with_their_queue_ids(self):
        self.assert_row("spf", "needs-work", "receiver", ["refused"])
        self.assertEqual(self.assert_row("dkim", "needs-work", "receiver", ["refused"])["detail"], "gmail 5.7.26 x1")
        self.assertEqual(self.rows()["dkim"]["queue_ids"], [self.ids["refused"]])  # not those that the gate saw unsigned
        self.assertEqual(self.assert_row("spam-rate", "unknown", "receiver")["finding"], "spam-rate-limited")
        self.assertEqual(self.assert_row("tls", "needs-work", "receiver", ["plain"])["finding"], "tls-refused")
        self.assertEqual(self.report["totals"]["plaintext_attempts"], 1)

    def test_the_gate_tells_what_stood_in_the_headers(self):
        self.assert_row("alignment", "needs-work", "gate", ["esp"])
        self.assert_row("one-click", "unknown", "gate")
        self.assert_row("gmail-from", "compliant", "gate")
        self.assertEqual(self.rows("gmail.com")["gmail-from"]["finding"], "gmail-from-used")
        self.assertIn(self.ids["spoof"], self.rows("gmail.com")["gmail-from"]["queue_ids"])

    def test_logins_have_their_recipients(self):
        self.assertEqual({row["login"]: row["submitted"] for row in self.report["logins"]},
                         {"alice@example.org": 2 + 1 + 3 + 1 + 1 + 2 + 1 + 1 + 1, "bob@example.org": 1})

    def test_text_says_it(self):
        text = bed.Outward()("report", "--internal", "127.0.0.1", "--log", self.log).stdout
        self.assertRegex(text, r"\n  shop\.example +needs work +8 +8 +32\n")
        self.assertIn("DMARC alignment: 1 of ", text)

    def test_the_ledger_says_the_same_and_keeps_the_flag(self):
        follower = Follower(self.bed.directory("ledger"), f"file {self.log} internal {{ 127.0.0.1 }}")
        follower.once()
        kept, seen = (self.sender(report, "shop.example") for report in (follower.report(), follower.report_of(self.log)))
        self.assertEqual(kept["volumes"], seen["volumes"])
        for requirement, row in seen["profiles"]["gmail"]["rows"].items():
            got = kept["profiles"]["gmail"]["rows"][requirement]
            self.assertEqual((got["finding"], got["count"], got["of"]), (row["finding"], row["count"], row["of"]), requirement)
        with open(f"{follower.directory}/volume", encoding="ascii") as file:
            lines = file.read().splitlines()
        shop = next((line for line in lines if line.startswith("shop.example 0 ")), f"nothing in {lines}")
        self.assertEqual(sum(int(word.partition(":")[2]) for word in shop.split()[2:]), 8)
        self.assertEqual(lines[-1], f"end {len(lines) - 2}")
        self.set_by_hand(follower)

    def set_by_hand(self, follower):
        outward = bed.Outward()
        outward("bulk", "-c", follower.file, "mail.shop.example", "--since", "2025-06-01", "--reason", "other servers")
        flag = json.loads(outward("bulk", "-c", follower.file, "--format", "json").stdout)["bulk"]
        self.assertEqual([(row["domain"], row["origin"], row["reason"]) for row in flag],
                         [("shop.example", "by-hand", "other servers")])
        sender = self.sender(follower.report(), "shop.example")
        self.assertEqual(sender["bulk"]["origin"], "by-hand")
        self.assertTrue(sender["profiles"]["gmail"]["rows"]["one-click"]["asked"])
        outward("bulk", "-c", follower.file, "shop.example", "--clear", "--reason", "no")
        self.assertEqual(self.sender(follower.report(), "shop.example")["bulk"]["origin"], "cleared")
        for wrong in (["co.jp", "--clear", "--reason", "x"], ["example.org"], ["example.org", "--clear"],
                      ["example.org", "--since", "tomorrow", "--reason", "x"], ["--clear"]):
            self.assertEqual(outward("bulk", "-c", follower.file, *wrong, check=False).returncode, 2, wrong)


if __name__ == "__main__":
    bed.main()
