#!/usr/bin/python3
"""Alerts: what happened reaches each channel once, and so does its end, whoever is down or killed meanwhile."""
import datetime
import email
import hashlib
import hmac
import json
import os
import re
import time
import unittest

import bed
from bed.base import Bed
from bed.command import programs
from bed.follower import Follower
from bed.process import kept_waiting, run
from bed.receiver import Script, WebReceiver
from bed.run import main
from bed.wait import until

SECRET = "a secret of 24 characters"
TLS_LINE = ("Trusted TLS connection established to mx.example[192.0.2.1]:25: TLSv1.3 with cipher "
            "TLS_AES_256_GCM_SHA384 (256/256 bits)")


def stamp(ago=0.0):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def delivery(domain, *, pid=200, ago=0.0, queue_id="4B1C2D"):
    return (f"{stamp(ago)} mail postfix/smtp[{pid}]: {queue_id}: to=<user@{domain}>, relay=mx.example[192.0.2.1]:25, "
            "delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 ok)\n")


class Written(unittest.TestCase):
    """A log that the test writes, and a follower with channels."""

    def setUp(self):
        self.bed = Bed()
        self.addCleanup(self.bed.close)
        self.log = f"{self.bed.path}/mail.log"
        self.script = Script(self.bed.path)
        self.secret = f"{self.bed.path}/hook.key"
        with open(self.secret, "w", encoding="utf-8") as file:
            file.write(SECRET + "\n")
        os.chmod(self.secret, 0o600)
        self.port = self.bed.ports.take()
        self.web = None
        open(self.log, "w", encoding="utf-8").close()

    def open_web(self, **options):
        self.web = WebReceiver(self.port, **options)
        self.addCleanup(self.web.close)

    def follower(self, alert, more=""):
        follower = Follower(self.bed.path, f"file {self.log}", rules=f"alert {{ {alert} }}\n{more}")
        self.addCleanup(follower.stop)
        return follower

    @property
    def hook(self):
        return f'webhook "http://127.0.0.1:{self.port}/hook" secret file "{self.secret}" insecure'

    def write(self, *lines):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write("".join(lines))

    def prove_logging(self):
        """The log begins long enough ago that no later session may have begun before it."""
        self.write(f"{stamp(60)} mail postfix/master[1]: daemon started -- version 3.7.11, configuration /etc/postfix\n",
                   f"{stamp(50)} mail postfix/smtp[100]: {TLS_LINE}\n", delivery("tls.example", pid=100, ago=50))

    def events(self):
        return [call["arguments"][:1][0] for call in self.script.calls()]

    def wait_for_calls(self, count):
        until(lambda: len(self.script.calls()) >= count, lambda: f"{count} calls, not {self.script.calls()}")
        return self.script.calls()

    def wait_for_posts(self, count):
        until(lambda: len(self.web.posts) >= count, lambda: f"{count} posts, not {self.web.posts}")
        return self.web.objects()


class Life(Written):
    """One incident."""

    def test_a_hundred_thousand_plaintext_deliveries_are_one_incident(self):
        follower = self.follower(f'on plaintext exec "{self.script.path}" recover 4s')
        self.prove_logging()
        self.write(*(delivery("small.example") for _ in range(100)), *(delivery("big.example") for _ in range(99900)))
        follower.start()
        follower.wait_for_lines(100003)
        calls = self.wait_for_calls(2)
        self.assertEqual([call["arguments"] for call in calls],
                         [["opened", "outward-1", "plaintext"], ["recovered", "outward-1", "plaintext"]])
        over = calls[1]["object"]
        self.assertEqual(over["count"], 100000)
        self.assertEqual(over["top"][0], {"name": "big.example", "count": 99900})
        self.assertIsNotNone(over["ended"])
        time.sleep(1)
        self.assertEqual(len(self.script.calls()), 2)
        listed = json.loads(run(f"{programs()}/outward", "incidents", "-c", follower.file, "--all", "--format",
                                "json").stdout)
        self.assertEqual([(row["reference"], row["state"], row["count"]) for row in listed["incidents"]],
                         [("outward-1", "recovered", 100000)])

    def test_a_plaintext_delivery_is_told_within_five_seconds(self):
        follower = self.follower(f'on plaintext exec "{self.script.path}"')
        self.prove_logging()
        follower.start()
        follower.wait_for_lines(3)
        self.write(delivery("plain.example"))
        began, queued = time.monotonic(), kept_waiting(os.getpid(), follower.daemon.pid)
        self.wait_for_calls(1)
        spent = time.monotonic() - began
        self.assertLess(spent - (kept_waiting(os.getpid(), follower.daemon.pid) - queued), 5)

    def test_what_was_old_when_it_was_read_is_one_note(self):
        self.write(f"{stamp(7200)} mail postfix/smtp[100]: {TLS_LINE}\n", delivery("tls.example", pid=100, ago=7200),
                   *(delivery("plain.example", ago=7000 - i) for i in range(50)))
        self.follower(f'on plaintext exec "{self.script.path}"').start()
        calls = self.wait_for_calls(1)
        self.assertEqual(calls[0]["arguments"][0], "history")
        self.assertEqual(calls[0]["object"]["count"], 50)

    def test_a_downgrade_of_everything_at_once_is_our_own_path(self):
        follower = self.follower(f'on downgrade exec "{self.script.path}"')
        for pid, domain in enumerate(("a.example", "b.example", "c.example"), 100):
            self.write(f"{stamp(1000)} mail postfix/smtp[{pid}]: {TLS_LINE}\n", delivery(domain, pid=pid, ago=1000))
        follower.start()
        follower.wait_for_lines(6)
        self.write(delivery("never.example"), delivery("a.example"), delivery("b.example"), delivery("c.example"))
        said = self.wait_for_calls(1)[0]["object"]
        self.assertEqual((said["count"], said["everywhere"]), (3, True))

    def test_acknowledged_and_silenced(self):
        follower = self.follower(f'on plaintext exec "{self.script.path}" repeat 2s recover 1h')
        self.prove_logging()
        self.write(delivery("plain.example"))
        follower.start()
        self.wait_for_calls(1)
        run(f"{programs()}/outward", "incidents", "-c", follower.file, "acknowledge", "outward-1")

        def shown():
            return run(f"{programs()}/outward", "incidents", "-c", follower.file).stdout
        until(lambda: "acknowledged" in shown(), lambda: f"the follower knows of it: {shown()}")
        self.write(delivery("plain.example"))
        time.sleep(4)
        self.assertEqual(self.events(), ["opened"])
        self.assertIn("outward-1", shown())

    def test_a_milter_that_postfix_does_not_reach_makes_us_blind(self):
        follower = self.follower(f'on blind exec "{self.script.path}"')
        follower.start()
        self.write(f"{stamp()} mail postfix/submission/smtpd[7]: warning: connect to Milter service "
                   "unix:outward/milter.sock: No such file or directory\n")
        self.assertEqual(self.wait_for_calls(1)[0]["object"]["condition"], "blind")

    def test_what_postfix_does_not_show_the_gate_makes_us_blind(self):
        follower = self.follower(f'on blind exec "{self.script.path}"')
        follower.start()
        client = "client=mail.example.org[192.0.2.7], sasl_method=PLAIN, sasl_username=alice"
        record = "decision=accept direction=outbound mode=monitor gen=1 stage=eom local=no listener=submission tls=none"
        self.write(f"{stamp()} mail postfix/submission/smtpd[7]: Anonymous TLS connection established from "
                   "mail.example.org[192.0.2.7]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n",
                   f"{stamp()} mail postfix/submission/smtpd[7]: 4B1C2D: {client}\n",
                   f"{stamp()} mail outward-milter[9]: 4B1C2D: {record} nrcpt=1 to=example.com transports=smtp to_more=0\n",
                   f"{stamp()} mail postfix/submission/smtpd[7]: 4B1C3E: {client}\n",
                   f"{stamp()} mail postfix/qmgr[8]: 4B1C3E: removed\n")
        subjects = {call["object"]["subject"] for call in self.wait_for_calls(2)}
        self.assertEqual(subjects, {"records of the gate without the TLS of their session",
                                    "messages of authenticated clients without a record of the gate"})

    def test_a_log_that_cannot_be_read_makes_us_blind_until_it_can(self):
        os.rename(self.log, f"{self.bed.path}/away.log")
        os.mkdir(self.log)
        follower = self.follower(f'on blind exec "{self.script.path}"')
        follower.start()
        self.wait_for_calls(1)
        os.rmdir(self.log)
        os.rename(f"{self.bed.path}/away.log", self.log)
        self.write(delivery("plain.example"))
        self.assertEqual([call["arguments"][0] for call in self.wait_for_calls(2)], ["opened", "recovered"])


class Channels(Written):
    """Receivers that are down, refuse, lie or are killed over."""

    def test_nothing_is_lost_or_doubled_over_kills_while_the_receiver_is_down(self):
        follower = self.follower(f"on plaintext {self.hook} recover 1s")
        self.prove_logging()
        self.write(delivery("plain.example"))
        for _ in range(8):
            follower.start()
            time.sleep(0.7)
            follower.kill()
        follower.start()
        time.sleep(1.5)
        self.open_web()
        objects = self.wait_for_posts(2)
        for _ in range(3):
            follower.kill()
            follower.start()
            time.sleep(0.7)
        self.assertEqual([said["event"] for said in objects], ["opened", "recovered"])
        self.assertEqual(len(self.web.posts), 2)
        until(lambda: follower.number("SELECT count(*) FROM notices") == 0, "nothing waits any more")

    def test_what_was_delivered_before_a_kill_is_not_delivered_again(self):
        self.open_web()
        follower = self.follower(f"on plaintext {self.hook}")
        self.prove_logging()
        for number in range(6):
            self.write(delivery("plain.example", queue_id=f"4B1C2{number}"))
            follower.start()
            until(lambda: self.web.posts, "the post")
            follower.kill()
        self.assertEqual(len(self.web.posts), 1)

    def test_a_dead_channel_delays_no_other(self):
        follower = self.follower(f'on plaintext {self.hook} exec "{self.script.path}"')
        self.prove_logging()
        self.write(delivery("plain.example"))
        follower.start()
        self.wait_for_calls(1)
        until(lambda: "it is tried again" in follower.said(), "the trouble is told")
        until(lambda: follower.number("SELECT count(*) FROM notices") == 1, "one notice waits")

    def test_a_post_is_signed(self):
        self.open_web()
        follower = self.follower(f"on plaintext {self.hook}")
        self.prove_logging()
        self.write(delivery("plain.example"))
        follower.start()
        self.wait_for_posts(1)
        headers, body = self.web.posts[0]
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Outward-Signature"], f"sha256={expected}")
        self.assertRegex(headers["X-Outward-Notice"], r"^outward-1\.1@")

    def test_a_refusal_and_a_redirect_are_given_up_and_told(self):
        for status in (403, 302):
            with self.subTest(status=status):
                self.setUp()
                self.open_web(status=status)
                follower = self.follower(f"on plaintext {self.hook}")
                self.prove_logging()
                self.write(delivery("plain.example"))
                follower.start()
                until(lambda: "it is given up" in follower.said(), "it is told")
                until(lambda: follower.number("SELECT count(*) FROM notices") == 0, "nothing waits")
                self.assertEqual(len(self.web.posts), 1)

    def test_a_secret_that_others_may_read_is_not_used(self):
        os.chmod(self.secret, 0o644)
        self.open_web()
        follower = self.follower(f"on plaintext {self.hook}")
        self.prove_logging()
        self.write(delivery("plain.example"))
        follower.start()
        until(lambda: "others may read it" in follower.said(), "it is told")
        self.assertEqual(self.web.posts, [])

    def test_chat_and_alertmanager_forms(self):
        self.open_web()
        follower = self.follower(
            f'on plaintext webhook "http://127.0.0.1:{self.port}/a" as slack insecure '
            f'webhook "http://127.0.0.1:{self.port}/b" as alertmanager insecure')
        self.prove_logging()
        self.write(delivery("plain.example"))
        follower.start()
        objects = self.wait_for_posts(2)
        slack = next(said for said in objects if isinstance(said, dict))
        manager = next(said for said in objects if isinstance(said, list))
        self.assertIn("plain.example", slack["text"])
        self.assertEqual(manager[0]["labels"]["condition"], "plaintext")

    def test_every_channel_can_be_tried(self):
        self.open_web()
        follower = self.follower(f'on plaintext {self.hook} exec "{self.script.path}" mail postmaster@example.com '
                                 f"relay 127.0.0.1:{self.bed.ports.take()}")
        done = run(f"{programs()}/outward", "alert", "test", "-c", follower.file, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(self.events(), ["test"])
        self.assertEqual(self.web.objects()[0]["event"], "test")
        self.assertRegex(done.stdout, r"webhook \S+\s+taken")
        run(f"{programs()}/outward", "alert", "failed", "outward-milter.service", "-c", follower.file, check=False)
        self.assertEqual(self.script.calls()[1]["object"]["subject"], "outward-milter.service failed")
        self.assertRegex(done.stdout, r"mail postmaster@example.com\s+failed: ")


class Delivered(bed.MailTest):
    """A real Postfix delivers to Gmail in plaintext: program, web server and mailbox each hear of it once, and of its end."""

    compares_report = False

    @classmethod
    def set_up(cls):
        cls.encrypted = cls.bed.peer("tls", certificate=cls.bed.authority.issue("localhost"))
        cls.plain = cls.bed.peer("plain")
        cls.mailbox = cls.bed.peer("mailbox")
        cls.script = Script(cls.bed.path)
        port = cls.bed.ports.take()
        cls.web = WebReceiver(port)
        cls.addClassCleanup(cls.web.close)
        cls.postfix = cls.bed.postfix(listeners={"smtp": bed.Listener.port25()},
                                      routes={"tls.example": cls.encrypted, "gmail.com": cls.plain,
                                              "example.com": cls.mailbox},
                                      settings={"mynetworks": "127.0.0.0/8"}).start()
        cls.follower = Follower(
            cls.bed.path, f"file {cls.postfix.log} internal {{ 127.0.0.1 }}",
            rules="domain google { gmail.com googlemail.com }\n"
                  f'alert {{ on plaintext to domain google on plaintext exec "{cls.script.path}" recover 6s '
                  f'webhook "{cls.web.url}" insecure mail postmaster@example.com '
                  f"relay 127.0.0.1:{cls.postfix.ports['smtp']} }}\n")
        cls.addClassCleanup(cls.follower.stop)
        cls.follower.start()

    def send(self, recipient):
        with bed.Session(self.postfix.ports["smtp"], source="127.0.0.2") as client:
            client.ehlo()
            self.assertEqual(client.send("alice@example.org", recipient).code, 250)

    def mails(self):
        """The alert mails, with the envelope's sender."""
        return [(entry["from"], email.message_from_string(entry["message"])) for entry in list(self.mailbox.messages)
                if "postmaster@example.com" in entry["rcpt"]]

    def test_each_channel_hears_of_it_once_and_of_its_end_once(self):
        self.send("a@tls.example")
        self.encrypted.wait_for("a@tls.example")
        self.send("b@gmail.com")
        self.plain.wait_for("b@gmail.com")
        until(lambda: len(self.script.calls()) >= 4 and len(self.web.posts) >= 4 and len(self.mails()) >= 4,
              lambda: f"all are told: {self.script.calls()}, {self.web.posts}, {self.mails()}")
        time.sleep(2)
        mails = [mail["Subject"] for _sender, mail in self.mails()]
        for reference in ("outward-1", "outward-2"):
            self.assertEqual([call["arguments"][0] for call in self.script.calls() if call["arguments"][1] == reference],
                             ["opened", "recovered"])
            self.assertEqual([said["event"] for said in self.web.objects() if said["reference"] == reference],
                             ["opened", "recovered"])
            self.assertEqual([re.match(r"\[outward\] (\w+): mail left in plaintext, to ", subject)[1]
                              for subject in mails if f"({reference} on " in subject], ["opened", "recovered"])
        # The alert mails went to their mailbox in plaintext themselves, and opened nothing.
        self.assertEqual({said["count"] for said in self.web.objects()}, {1})
        self.assertTrue(all(tls is None for _address, tls in self.mailbox.received()))
        self.assertTrue(all(sender.upper().startswith("FROM:<>") for sender, _mail in self.mails()), self.mails())


if __name__ == "__main__":
    main()
