#!/usr/bin/python3
"""Every example of the manual pages, the READMEs and the guides does what it is there for.

Commands run as they are written, on a machine of the test's own with the program installed, a log, a ledger, a rule file
and a real Postfix.  Rule files go through outward check, settings of Postfix through postconf, queries through the ledger,
records through the record's parser.  What cannot run here stands in NOT_RUN with its reason.  An example that is new is
run; one that is of no known kind fails the test until it has a place.
"""
import atexit
import glob
import gzip
import json
import os
import re
import shutil
import sqlite3
import time
import unittest

import bed
from bed.process import run
from bed.wait import until

PAGES = sorted(glob.glob(f"{bed.SOURCE}/man/outward*.[158]"))
TEXTS = [f"{bed.SOURCE}/{name}" for name in ("README.md", "README.ja.md", "docs/guide.md", "docs/guide.ja.md")]

# What cannot be run here, and why.  A row that no text has any more fails the test.
NOT_RUN = {
    "./script/demo": "installs packages; it is a test of its own in continuous integration",
    "./script/test": "this test is a part of it",
    "build/release/bin/outward report": "builds; the same commands run as `outward report`",
    "cmake ": "builds and installs: script/test builds, tests/package/run installs",
    "(cd build/release && cpack": "builds packages: tests/package/run",
    "systemd-sysusers outward.conf": "runs when the machine of this test is made",
    "systemctl ": "needs systemd as the first process: tests/package/run starts the units",
    "outward selftest --to postmaster@example.net": "needs a receiving server: test_selftest.py",
    "outward probe": "needs the network: test_probe.py",
    "outward watch --only trouble": "runs until it is interrupted: test_follow.py",
    "outward check && systemctl": "needs systemd; outward check runs",
    "docker ": "needs a container engine: test_container.py has the streams",
    "(docker ": "needs a container engine: test_container.py has the streams",
    "outward tls-policy --learn 7 --write": "the same with --learn 30 runs",
}

# Exit codes beside 0 of what begins like this: what the answer is on this machine.
CODES = {
    "outward doctor": 1,  # this Postfix encrypts nothing
    "outward guidelines": 3,  # there is no DNS here
    "outward status": 2,  # no follower runs
}

# Forms of lines, not examples of them.
GRAMMAR = {
    "451 4.3.0 Mail filter cannot decide, try again later",
    "sent = encrypted + plaintext + unknown",
}

COMMANDS = ("outward", "postsuper", "postconf", "journalctl", "grep", "runuser", "systemctl", "systemd-sysusers", "install",
            "cmake", "./script", "build/release", "(cd", "kill", "docker", "(docker")

TRACED, RULES_LINE, LEDGER = "4jX28S1gP8z1djYg", 13, "/var/lib/outward/ledger.db"


# ---- what the texts show ----

def unescape(line):
    """The letters of a line of mdoc."""
    return line.replace(r"\(dq", '"').replace(r"\e", "\\").replace(r"\-", "-").replace(r"\&", "")


def page_examples(path):
    """(place, text) of each .Dl and each literal .Bd of a page."""
    block = None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line, place = line.rstrip("\n"), f"{os.path.basename(path)}:{number}"
            if line.startswith(".Bd -literal"):
                block = (place, [])
            elif line == ".Ed" and block:
                yield block[0], unescape("\n".join(block[1]))
                block = None
            elif block:
                block[1].append(line)
            elif line.startswith(".Dl "):
                yield place, unescape(line[4:])


def text_examples(path):
    """(place, text) of each fenced block: commands one by one, all else whole."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for found in re.finditer(r"(?ms)^```\n(.*?)^```$", text):
        number, block = text[:found.start(1)].count("\n") + 1, found[1].rstrip("\n")
        lines = block.split("\n")
        place = f"{os.path.relpath(path, bed.SOURCE)}:{number}"
        if any(line.startswith(COMMANDS) for line in lines):
            yield from ((f"{place}+{at}", line) for at, line in enumerate(lines) if line.strip())
        else:
            yield place, block
    prose = re.sub(r"(?ms)^```\n.*?^```$", lambda block: "\n" * block[0].count("\n"), text)
    for found in re.finditer(r"`((?:runuser .* )?outward [a-z-]+ [^`]*)`", prose):
        yield f"{os.path.relpath(path, bed.SOURCE)}:{prose[:found.start(1)].count(chr(10)) + 1}", found[1]


def kind_of(text):
    """What an example is; None when nobody knows."""
    first = text.split("\n")[0]
    if any(re.match(form, first) for form in OUTPUTS):
        return "output"
    if text in GRAMMAR or re.match(r"(Ic|Ar|Fl) ", text):
        return "grammar"
    if re.match(r"[$#] outward .*\n", text):
        return "transcript"
    if re.sub(r"^[$#] ", "", first).startswith(COMMANDS) and "\n" not in text:
        return "record" if first.startswith("outward-milter[") else "command"
    if re.search(r"(?m)^(submission|alert|delivery|guidelines|ledger|follow|listen)\b", text):
        return "rules"
    if text.startswith("SELECT "):
        return "query"
    if text.startswith("{"):
        return "notice"
    if "outward-milter[" in first:
        return "line"
    if re.fullmatch(r"(\w+ *= .*\n?)+", text):
        return "settings"
    if re.fullmatch(r"([A-Z_]+=.*\n?)+", text):
        return "environment"
    if re.match(r"# rule ", text):
        return "table"
    return None


# Answers that stand below a command: their first line, and the command that gives one of that form.
OUTPUTS = {
    r"to: gmail\.com": "explain",
    r"outward\.conf:14:12: error: ": "check",
    r"\d+ on hold: ": "held",
    r"sent   to 127\.0\.0\.1 ": "selftest",
    r"If \./stricter\.conf were enforced: ": "simulate",
}


# ---- what --help and pages say of options ----

def argument_of(macros):
    """What mdoc says behind an option, in the letters of --help: "Ar address Ns Op @ Ns Ar port" is ADDRESS[@PORT]."""
    said, macro, joined, optional = "", None, True, False
    for word in macros.split():
        if word in ("Ar", "Cm"):
            macro = word
        elif word == "Op":
            optional, said, joined = True, said + "[", True
        elif word == "Ns":
            joined = True
        else:
            apart = not joined and word != "|" and not said.endswith(("|", "["))
            said += (" " if apart else "") + (word.upper() if macro == "Ar" else word)
            joined = word == "|"
    return said + ("]" if optional else "")


def page_options(path):
    """{(letter or None, name or None): argument} of the options that a page explains."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in map(unescape, file):
            if not line.startswith(".It Fl "):
                continue
            parts = [part.split(" ", 1) for part in line.strip().removeprefix(".It Fl ").split(" , Fl ")]
            if len(parts) == 2 and len(parts[0]) == 1 and len(parts[0][0]) == 1 and parts[1][0].startswith("-"):
                found[(parts[0][0], parts[1][0][1:])] = argument_of(" ".join(parts[1][1:]))
                continue
            for name, *macros in parts:
                found[(name, None) if len(name) == 1 else (None, name[1:])] = argument_of(" ".join(macros))
    return found


def help_options(text):
    """The same of what --help prints."""
    rows = re.findall(r"(?m)^  (?:-(\w), |-(\w)| {4})(?:--([a-z-]+))?(?: ([^ \n]+))?(?= {2,}|\n)", text)
    return {(letter or alone or None, name or None): argument for letter, alone, name, argument in rows
            if letter or alone or name}


# ---- what is on the machine ----

def stamp(ago):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - ago)) + ".000000+00:00"


RECORD = ("decision={decision} direction=outbound mode=enforce gen=1 stage=eom local=no listener=submission port=587 "
          "client=client.example.com[198.51.100.7] tls=TLSv1.3 auth=PLAIN login=alice@example.org "
          "from=<user@example.com> to=gmail.com nrcpt=1")


REFUSED = RECORD.format(decision="reject").replace("auth=PLAIN login=alice@example.org", "auth=none").replace(
    "client.example.com", "printer.example.com").replace("tls=TLSv1.3", "tls=none")


def message(ago, queue_id, host="mail"):
    """The lines of one message to Gmail, with the gate's record."""
    tls = "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"
    relay = "gmail-smtp-in.l.google.com[192.0.2.26]:25"
    lines = (
        "postfix/submission/smtpd[10]: connect from client.example.com[198.51.100.7]",
        f"postfix/submission/smtpd[10]: {queue_id}: client=client.example.com[198.51.100.7], sasl_method=PLAIN, "
        "sasl_username=alice@example.org",
        f"postfix/cleanup[11]: {queue_id}: message-id=<{queue_id}@example.com>",
        f"outward-milter[12]: {queue_id}: " + RECORD.format(decision="accept"),
        "outward-milter[12]: NOQUEUE: " + REFUSED,
        "outward-milter[12]: NOQUEUE: decision=none direction=inbound gen=1 stage=eom local=no port=25",
        f"postfix/qmgr[13]: {queue_id}: from=<user@example.com>, size=500, nrcpt=1 (queue active)",
        f"postfix/smtp[14]: Untrusted TLS connection established to {relay}: {tls}",
        f"postfix/smtp[14]: {queue_id}: to=<someone@gmail.com>, relay={relay}, delay=1, delays=0.1/0/0.5/0.4, dsn=2.0.0, "
        "status=sent (250 2.0.0 OK)",
        f"postfix/qmgr[13]: {queue_id}: removed",
    )
    return "".join(f"{stamp(ago)} {host} {line}\n" for line in lines)


def write_logs(machine):
    day = 86400
    started = f"{stamp(20 * day)} mail postfix/master[9]: daemon started -- version 3.7.11, configuration /etc/postfix\n"
    machine.write("/var/log/mail.log", message(3600, TRACED))
    machine.write("/var/log/mail.log.1", message(day, "4jX28S1gP8z1djY1") + message(day // 2, "4jX28S1gP8z1djY2"))
    for number in (2, 3):
        with gzip.open(f"/var/log/mail.log.{number}.gz", "wt", encoding="utf-8") as file:
            file.write((started if number == 3 else "") + message(7 * number * day, f"4jX28S1gP8z1djY{number + 1}"))
    shutil.copy("/var/log/mail.log", f"{machine.work}/mail.log")


NOTIFY = """\
#!/bin/sh
exec cat > /var/lib/outward/notice.json
"""


def rule_file(first=RULES_LINE, mode="enforce"):
    """Rules that begin on this line, where the manual's line numbers have them."""
    head = ["listen unix:/var/spool/postfix/outward/milter.sock mode 0660", f"mode {mode}",
            'alert { exec "/usr/lib/outward/notify" }', "follow { file /var/log/mail.log }"]
    body = ["submission {", "    accept local", "    reject plaintext", "    accept", "}",
            "delivery {", "    expect encrypted to any", "}"]
    return "\n".join([*head, *[""] * (first - 1 - len(head)), *body]) + "\n"


def write_rules(machine):
    machine.write("/etc/outward/outward.conf", rule_file())
    machine.write("outward.conf", rule_file())
    machine.write("stricter.conf", rule_file(first=5))


def fill_ledgers(machine):
    """What the follower makes of the logs, here and on two other hosts; and an incident of number 17."""
    machine.must("outward-follow --once /var/log/mail.log /var/log/mail.log.1", user="outward-follow")
    for host in ("mx1", "mx2"):
        machine.write(f"{host}.conf", f"ledger {{ path {machine.work}/{host}.db }}\n")
        machine.write(f"{host}.log", message(3600, "4jX28S1gP8z1djYh", host))
        machine.must(f"outward-follow -c {host}.conf --once {host}.log")
    now = int(time.time() * 1000)
    ledger = sqlite3.connect(LEDGER)
    row = dict.fromkeys((name for _, name, *_ in ledger.execute("PRAGMA table_info(incidents)")), 0)
    row.update(number=17, kind="plaintext", subject="to domain google", opened=now, last=now)
    with ledger:
        ledger.execute(f"INSERT INTO incidents ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    ledger.close()


def skeleton(text):
    """The lines of an answer without what differs from one day to the next."""
    text = re.sub(r"\\\n", "", text)  # a long line, broken for the page
    return [re.sub(r"\d[\d.:-]*", "N", line).strip() for line in text.split("\n") if line.strip()]


class Manual(unittest.TestCase):
    """What all tests share: one machine, as a process can enter one only."""

    machine = None

    @classmethod
    def setUpClass(cls):
        build = os.environ.get("OUTWARD_BUILD")
        if not build:
            raise unittest.SkipTest("needs OUTWARD_BUILD, the build directory")
        if Manual.machine is None:
            Manual.machine = cls.make_machine(build)

    @staticmethod
    def make_machine(build):
        machine = bed.Machine(build)
        atexit.register(machine.gone)
        machine.make_users()
        machine.start_log()
        machine.write("/usr/lib/outward/notify", NOTIFY)
        os.chmod("/usr/lib/outward/notify", 0o755)
        os.symlink("/usr/share/outward", "/usr/local/share/outward")  # where a build without a package installs it
        write_rules(machine)
        write_logs(machine)
        # As Postfix comes without its package's questions; with them it encrypts where it can.
        machine.must("postconf -X smtp_tls_security_level smtpd_tls_security_level")
        machine.must("postfix start")
        fill_ledgers(machine)
        atexit.register(machine.start("outward-milter", user="outward").stop)
        until(lambda: bed.listening_at("/var/spool/postfix/outward/milter.sock"), "the gate listens")
        return machine

    def setUp(self):
        write_rules(self.machine)

    def examples(self, *kinds):
        """(place, text) of these kinds, in all texts."""
        for path in (*PAGES, *TEXTS):
            found = page_examples(path) if path in PAGES else text_examples(path)
            yield from ((place, text) for place, text in found if kind_of(text) in kinds)

    def each(self, check, *kinds):
        """Call check(text) for each of them; there is one at least."""
        found = list(self.examples(*kinds))
        self.assertNotEqual(found, [])
        for place, text in found:
            with self.subTest(place=place, text=text):
                check(text)

    def run_well(self, line):
        """Run it, and have it do what it does on this machine."""
        write_rules(self.machine)
        self.machine.run("rm -f all.db backup.db ledger-before.db")
        done = self.machine.run(line)
        wanted = next((code for start, code in CODES.items() if line.startswith(start)), 0)
        self.assertEqual(done.returncode, wanted, done.stdout + done.stderr)


class Commands(Manual):
    def test_commands_run(self):
        unused, seen = set(NOT_RUN), set()

        def check(text):
            line = re.sub(r"^[$#] | +# .*", "", text.split("\n")[0])
            reason = next((start for start in NOT_RUN if line.startswith(start)), None)
            unused.discard(reason)
            if reason is None and line not in seen:
                self.run_well(line)
            seen.add(line)
        self.each(check, "command", "transcript")
        self.assertEqual(unused, set(), "rows of NOT_RUN that no text has any more")

    def test_the_help_of_every_command_has_an_example_that_runs(self):
        for page in PAGES:
            command = os.path.basename(page).partition(".")[0]
            if not page.endswith((".1", ".8")) or command == "outward":
                continue
            words = command.replace("outward-", "outward ", 1) if page.endswith(".1") else command
            with self.subTest(command=words):
                line = re.search(r"(?m)^example: (.*)$", self.machine.must(f"{words} --help").stdout)[1]
                if not any(line.startswith(start) for start in NOT_RUN):
                    self.run_well(line)


class Texts(Manual):
    def test_every_example_is_of_a_known_kind(self):
        self.assertEqual(list(self.examples(None)), [])

    def test_pages_and_help_have_the_same_options(self):
        for page in PAGES:
            command = os.path.basename(page).partition(".")[0]
            if not page.endswith((".1", ".8")) or command == "outward":
                continue
            words = command.replace("outward-", "outward ", 1) if page.endswith(".1") else command
            with self.subTest(command=words):
                said = help_options(self.machine.must(f"{words} --help").stdout)
                self.assertIn(("h", "help"), said)
                self.assertEqual(page_options(page), said)

    def test_the_first_page_names_all_others(self):
        with open(f"{bed.SOURCE}/man/outward.1", encoding="utf-8") as file:
            named = set(re.findall(r"(?m)^\.Xr (\S+) (\d)", file.read().partition(".Sh SEE ALSO")[2]))
        pages = {tuple(os.path.basename(path).rsplit(".", 1)) for path in PAGES} - {("outward", "1")}
        self.assertEqual(named, pages)

    def test_pages_are_called_what_the_list_of_commands_says(self):
        listed = dict(re.findall(r"(?m)^  ([a-z-]+) +(.*)$", self.machine.must("outward --help").stdout))
        pages = {}
        for page in PAGES:
            with open(page, encoding="utf-8") as file:
                text = unescape(file.read())
            if page.endswith(".1") and not page.endswith("/outward.1"):
                pages[os.path.basename(page)[len("outward-"):-2]] = re.search(r"(?m)^\.Nd (.*)$", text)[1]
        self.assertEqual(pages, listed)
        with open(f"{bed.SOURCE}/man/outward.1", encoding="utf-8") as file:
            found = re.findall(r"(?m)^\.It Ic (.*)\n(.*):$", unescape(file.read()))
        self.assertEqual([(name, said[0].lower() + said[1:]) for name, said in found], sorted(listed.items()))

    def test_rule_files_pass_the_check(self):
        def check(text):
            self.machine.write("example.conf", text + "\n")
            done = self.machine.run("outward check -c example.conf")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.each(check, "rules")

    def test_settings_of_postfix_are_known_to_it(self):
        def check(text):
            self.machine.write("postfix/main.cf", f"compatibility_level = 3.6\n{text}\n")
            shutil.copy("/etc/postfix/master.cf", f"{self.machine.work}/postfix/master.cf")
            done = self.machine.must("postconf -n -c postfix")
            self.assertEqual(done.stderr, "")
            for line in text.split("\n"):
                self.assertIn(re.sub(r" *= *", " = ", line, count=1), done.stdout)
        self.each(check, "settings")

    def test_queries_are_answered_by_a_ledger(self):
        def check(text):
            ledger = sqlite3.connect(f"file:{LEDGER}?mode=ro", uri=True)
            self.addCleanup(ledger.close)
            self.assertEqual(ledger.execute(text).fetchall(), [])  # nothing left in plaintext
        self.each(check, "query")

    def test_a_notice_has_the_members_of_a_real_one(self):
        self.machine.must("outward alert test", user="outward-follow")
        with open("/var/lib/outward/notice.json", encoding="utf-8") as file:
            real = json.load(file)
        self.each(lambda text: self.assertEqual(list(json.loads(text)), list(real)), "notice")

    def test_records_and_lines_are_read_as_the_log_has_them(self):
        record = next(text for _, text in self.examples("record"))

        def check(text):
            line = re.sub(r" \.\.\.$| \.\.\. ", " ", text).strip()
            line = line.replace("decision=...", re.search(r"decision=[^.]*\.conf:\d+ \w.*(?= \.\.\.)", record)[0])
            self.machine.write("line.txt", line)
            done = self.machine.must('outward explain --format json --record "$(cat line.txt)"')
            self.assertEqual(len(json.loads(done.stdout)["answers"]), 1)
        self.each(check, "record", "line")

    def test_settings_of_a_unit_are_words_of_its_command(self):
        with open("/usr/lib/systemd/system/outward-report.service", encoding="utf-8") as file:
            unit = file.read()

        def check(text):
            for line in text.split("\n"):
                self.assertIn(line.partition("=")[0], unit)
            options = re.search(r"OPTIONS=(.*)", text)[1]
            self.machine.must(f"outward report --mail a@example.org --output mail.txt {options}")
        self.each(check, "environment")

    def test_a_table_of_tls_policies_can_be_worked_on(self):
        def check(text):
            table = self.machine.write("table", text + "\n")
            names = re.findall(r"(?m)^([a-z.]+) encrypt", text)
            self.assertNotEqual(names, [])
            for name in names:
                done = self.machine.must(f"outward tls-policy --map texthash:{table} --withdraw {name}")
                self.assertIn("is withdrawn", done.stdout)
        self.each(check, "table")

    def answer(self, text):
        """A real answer of the same kind as the one that is shown; None where another test has it."""
        command = next(command for form, command in OUTPUTS.items() if re.match(form, text))
        if command == "check":
            self.machine.write("outward.conf", rule_file().replace("reject plaintext", "reject plaintxt"))
            return self.machine.run("outward check -c outward.conf").stderr
        if command == "explain":
            line = "outward explain --port 587 --tls TLSv1.2 --login alice --sender a@example.org --to gmail.com"
            return self.machine.must(line).stdout.replace("/etc/outward/", "")
        if command == "simulate":
            return self.machine.must(next(line for _, line in self.examples("command") if "./stricter.conf" in line)).stdout
        return None

    def test_answers_are_what_programs_say(self):
        def check(text):
            real = self.answer(text)
            if real is not None:
                shown, real = skeleton(text), skeleton(real)
                self.assertEqual([line.removesuffix(" ...") for line in shown],
                                 [line[:len(want) - 4] if want.endswith(" ...") else line for want, line in zip(shown, real)])
        self.each(check, "output")

    def test_a_transcript_is_what_the_program_says(self):
        self.machine.write("/etc/outward/outward.conf", rule_file() + "ledger { path /var/lib/outward/live.db }\n")
        follower = self.machine.start("outward-follow", user="outward-follow")
        self.addCleanup(follower.stop)

        def check(text):
            line, _, shown = text.removeprefix("$ ").partition("\n")
            until(lambda: self.machine.run(line).returncode == 0, lambda: self.machine.run(line).stdout)
            self.assertEqual(skeleton(shown), skeleton(self.machine.must(line).stdout))
        self.each(check, "transcript")


if __name__ == "__main__":
    bed.main()
