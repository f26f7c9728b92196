#!/usr/bin/python3
"""The daily report by mail: what arrives is what the report says, whole, in both languages; and when nothing is said."""
import email
import email.policy
import email.utils
import os
import pathlib
import shutil
import unittest

import bed
from bed.process import run

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
QUIET = [
    "Nov 20 07:00:00 mail postfix/postfix-script[1]: starting the Postfix mail system",
    "Nov 20 08:00:00 mail postfix/qmgr[2]: 4AA00001: from=<a@example.org>, size=1, nrcpt=1 (queue active)",
    "Nov 20 08:00:01 mail postfix/smtp[3]: Untrusted TLS connection established to mx.example.com[192.0.2.1]:25: "
    "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)",
    "Nov 20 08:00:01 mail postfix/smtp[3]: 4AA00001: to=<b@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=1, "
    "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
]


class Mailed(bed.MailTest):
    """A server that takes the report, and logs with and without news."""

    @classmethod
    def set_up(cls):
        cls.outward = bed.Outward()
        cls.peer = cls.bed.peer("postmaster")
        cls.busy = f"{cls.bed.path}/busy.log"
        cls.quiet = f"{cls.bed.path}/quiet.log"
        shutil.copy(ROOT / "tests/data/report/day.log", cls.busy)
        pathlib.Path(cls.quiet).write_text("\n".join(QUIET) + "\n", encoding="utf-8")
        cls.config = f"{cls.bed.path}/empty.conf"
        pathlib.Path(cls.config).touch(mode=0o600)

    def words(self, log, *options):
        return ["report", "--config", self.config, "--log", log, "--tz", "UTC", "--year", "2026", *options]

    def mail(self, log, *options, check=True):
        server = f"{self.peer.host}:{self.peer.port}"
        return self.outward(*self.words(log, *options, "--mail", "postmaster@example.org", "--mail-server", server),
                            check=check)

    def arrived(self, count):
        entry = self.peer.wait_for("postmaster@example.org", count=count)
        return entry, email.message_from_string(entry["message"], policy=email.policy.default)

    def assert_same(self, message, language):
        """Both parts are octet by octet what the command writes."""
        text = self.outward(*self.words(self.busy, "--lang", language)).stdout
        page = self.outward(*self.words(self.busy, "--lang", language, "--format", "html")).stdout
        self.assertEqual(message.get_content_type(), "multipart/mixed")
        first, second = message.iter_parts()
        self.assertEqual((first.get_content_type(), first.get_content_charset()), ("text/plain", "utf-8"))
        self.assertEqual(first.get_payload(decode=True).replace(b"\r\n", b"\n"), text.encode())
        self.assertTrue(second.is_attachment())
        self.assertRegex(second.get_filename(), r"^outward-\d{4}-\d\d-\d\d\.html$")
        self.assertEqual(second.get_payload(decode=True), page.encode())
        for part in (message, first, second):
            self.assertEqual(part.defects, [])

    def test_the_message_is_the_report(self):
        before = len(self.peer.received())
        for number, (language, word) in enumerate((("en", "PLAINTEXT: 2 of 6"), ("ja", "平文：6 通のうち 2 通")), 1):
            with self.subTest(language=language):
                self.mail(self.busy, "--lang", language, "--mail-from", "outward@example.org")
                entry, message = self.arrived(before + number)
                self.assertIn("<outward@example.org>", entry["from"])
                self.assertIn(word, message["subject"])
                self.assertEqual(message["auto-submitted"], "auto-generated")
                self.assertEqual(message["content-language"], language)
                self.assertIsNotNone(email.utils.parsedate_to_datetime(message["date"]))
                self.assertRegex(message["message-id"], r"^<[^@<>\s]+@[^@<>\s]+>$")
                self.assertTrue(entry["message"].isascii())
                self.assert_same(message, language)

    def test_it_is_sent_only_when_there_is_something_to_say(self):
        before = len(self.peer.received())
        answer = self.mail(self.quiet)
        self.assertIn("nothing to say", answer.stdout)
        self.assertEqual(len(self.peer.received()), before)
        self.mail(self.quiet, "--mail-always")
        _, message = self.arrived(before + 1)
        self.assertIn("ENCRYPTED: the only message that was sent left encrypted.", message["subject"])

    def test_with_output_it_is_written_and_not_sent(self):
        before = len(self.peer.received())
        answer = self.mail(self.busy, "--output", "-")
        self.assertIn("\nTo: <postmaster@example.org>", answer.stdout)
        path = f"{self.bed.path}/message.eml"
        self.mail(self.busy, "--output", path)
        with open(path, "rb") as file:
            message = email.message_from_binary_file(file, policy=email.policy.default)
        self.assert_same(message, "en")
        self.assertEqual(len(self.peer.received()), before)

    def test_what_cannot_be_sent_is_told(self):
        refusing = self.bed.peer("refusing", rcpt_replies={"postmaster": "550 5.1.1 no such user"})
        nobody = self.bed.ports.take()
        for server, words in ((f"{refusing.host}:{refusing.port}", "550 5.1.1 no such user"),
                              (f"127.0.0.1:{nobody}", "127.0.0.1 port")):
            answer = self.outward(*self.words(self.busy, "--mail", "postmaster@example.org", "--mail-server", server),
                                  check=False)
            self.assertEqual(answer.returncode, 1)
            self.assertIn(words, answer.stderr)

    def test_wrong_calls_are_refused_before_anything_is_read(self):
        for words in (["--mail", "a@example.org\nBcc: b@example.org"], ["--mail", ""], ["--mail-always"],
                      ["--mail", "a@example.org", "--mail-server", "host:0"],
                      ["--mail", "a@example.org", "--mail-server", ""],
                      ["--mail", "a@example.org", "--mail-from", "<a@example.org>"]):
            with self.subTest(words=words):
                answer = self.outward(*self.words("/nonexistent", *words), check=False)
                self.assertEqual(answer.returncode, 2, answer.stderr)


class Units(unittest.TestCase):
    """What systemd makes of the timer and the service."""

    def test_systemd_finds_no_fault(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("needs systemd-analyze")
        root = pathlib.Path(os.environ["OUTWARD_BUILD"]) / "unit-check"
        shutil.rmtree(root, ignore_errors=True)
        run("cmake", "--install", os.environ["OUTWARD_BUILD"], "--prefix", str(root), timeout=120)
        folder = root / "lib/systemd/system"
        service = (folder / "outward-report.service").read_text(encoding="utf-8")
        # The program lies where the service says, once it is installed there.
        program = next(line for line in service.splitlines() if line.startswith("ExecStart="))[10:].split()[0]
        (folder / "outward-report.service").write_text(
            service.replace(program, str(root / "bin/outward")).replace("User=outward", "User=root"), encoding="utf-8")
        answer = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=one",
                     str(folder / "outward-report.service"), str(folder / "outward-report.timer"), check=False)
        self.assertEqual((answer.returncode, answer.stderr.strip()), (0, ""))
        shutil.rmtree(root)


if __name__ == "__main__":
    bed.main()
