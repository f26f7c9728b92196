#!/usr/bin/python3
"""outward doctor on real configurations: what it answers, what it leaves alone, how it ends."""
import json
import os

import bed
from bed.follower import Follower
from bed.process import run

FINE, ERRORS, USAGE, WARNINGS = range(4)

MAIN = """compatibility_level = 3.6
queue_directory = {dir}/spool
myhostname = mail.example.org
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
"""
GOOD = """smtp_tls_security_level = may
smtp_tls_loglevel = 1
smtpd_tls_security_level = may
smtpd_tls_chain_files = {dir}/chain.pem
"""
MASTER = """smtp inet n - n - - smtpd
submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
smtp unix - - n - - smtp
relay unix - - n - - smtp -o syslog_name=postfix/relay
cleanup unix n - n - 0 cleanup
"""


def doctor(*options):
    return run(f"{bed.programs()}/outward", "doctor", *options, check=False)


def findings(done, instance=0):
    """severity by ID."""
    return {row["id"]: row["severity"] for row in json.loads(done.stdout)["instances"][instance]["findings"]}


class DoctorTest(bed.OwnBedTest):
    def configuration(self, name, main=MAIN + GOOD, master=MASTER):
        """A folder as Postfix wants it; its certificate is good.  Nothing in it has just changed, which Postfix waits for."""
        path = self.bed.directory(name, mode=0o755)
        os.mkdir(f"{path}/spool")
        certificate = self.bed.authority.issue("mail.example.org", names="DNS:mail.example.org")
        with open(certificate.chain, encoding="ascii") as chain, open(self.bed.authority.pem, encoding="ascii") as ca:
            self.write(path, "chain.pem", chain.read() + ca.read())
        os.chmod(f"{path}/chain.pem", 0o600)
        self.write(path, "main.cf", main.format(dir=path))
        self.write(path, "master.cf", master)
        return path

    @staticmethod
    def write(path, name, text):
        with open(f"{path}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.utime(f"{path}/{name}", (1600000000, 1600000000))

    @staticmethod
    def everything(path):
        """Names, contents, modes and times of all files."""
        found = {}
        for folder, _, names in os.walk(path):
            for name in names:
                status = os.lstat(f"{folder}/{name}")
                with open(f"{folder}/{name}", "rb") as file:
                    found[f"{folder}/{name}"] = (file.read(), status.st_mode, status.st_mtime_ns, status.st_ctime_ns)
        return found


class Answers(DoctorTest):
    def test_the_exit_code_is_that_of_the_worst_finding(self):
        rows = ((MAIN + GOOD, ["--ignore", "submission-auth-off"], FINE), (MAIN + GOOD, [], WARNINGS),
                (MAIN, [], ERRORS), (MAIN, ["--only", "outbound-log-off"], WARNINGS),
                (MAIN, ["--only", "gate-map"], FINE))
        for number, (main, options, code) in enumerate(rows):
            with self.subTest(options=options):
                done = doctor("--postfix-dir", self.configuration(f"c{number}", main), *options)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)

    def test_text_says_what_where_why_and_how_to_mend(self):
        path = self.configuration("c", MAIN)
        text = doctor("--postfix-dir", path, "--only", "outbound-off").stdout
        self.assertEqual(text, f"""\
error   Mail leaves without encryption  (outbound-off)
    found   smtp_tls_security_level is empty, which means none
    service smtp/unix, relay/unix
    why     Gmail refuses or rate-limits mail that does not come over TLS, and everybody on the way can read it. \
(Gmail email sender guidelines, TLS; 4.7.29)
    mend    postconf -c {path} -e 'smtp_tls_security_level=may'
    check   outward report, after some mail

{path} (Postfix {self.version()}): 1 error, 0 warnings, 0 notices.
Nothing was changed.  After mending: postfix reload
""")

    @staticmethod
    def version():
        return run("/usr/sbin/postconf", "-dh", "mail_version").stdout.strip()

    def test_json_has_the_same(self):
        path = self.configuration("c", MAIN)
        answer = json.loads(doctor("--postfix-dir", path, "--only", "outbound-off", "--format", "json").stdout)
        self.assertEqual((answer["schema"], len(answer["instances"])), (1, 1))
        instance = answer["instances"][0]
        self.assertEqual((instance["directory"], instance["errors"], instance["warnings"]), (path, 1, 0))
        finding = instance["findings"][0]
        self.assertEqual((finding["id"], finding["severity"], finding["parameter"], finding["services"], finding["mend"]),
                         ("outbound-off", "error", "smtp_tls_security_level", ["smtp/unix", "relay/unix"],
                          f"postconf -c {path} -e 'smtp_tls_security_level=may'"))

    def test_nothing_is_changed(self):
        path = self.configuration("c", MAIN)
        before = self.everything(path)
        doctor("--postfix-dir", path)
        self.assertEqual(self.everything(path), before)

    def test_other_instances_are_looked_at_too(self):
        other = self.configuration("other", MAIN)
        path = self.configuration("c", MAIN + GOOD + f"multi_instance_directories = {other}\n")
        done = doctor("--postfix-dir", path, "--format", "json", "--ignore", "submission-auth-off")
        self.assertEqual(done.returncode, ERRORS)
        self.assertNotIn("outbound-off", findings(done, 0))
        self.assertEqual(findings(done, 1)["outbound-off"], "error")

    def test_the_rule_file_is_compared(self):
        path = self.configuration("c", MAIN + GOOD + "mynetworks = 127.0.0.0/8 192.0.2.0/24\n")
        self.write(path, "outward.conf", f"listen unix:{path}/spool/milter.sock\nsubmission {{ accept }}\n")
        done = doctor("--postfix-dir", path, "-c", f"{path}/outward.conf", "--format", "json")
        found = findings(done)
        self.assertEqual((found["gate-absent"], found["gate-local-absent"], found["gate-relay-networks"]),
                         ("warning", "warning", "warning"))

    def test_each_check_is_listed(self):
        lines = doctor("--list").stdout.splitlines()
        self.assertGreater(len(lines), 70)
        for line in lines:
            self.assertRegex(line, r"^(error|warning|notice) +[a-z0-9-]+ +[A-Za-z']+ ")

    def test_a_real_running_postfix_is_examined(self):
        """What listens on loopback alone takes no password across a network."""
        postfix = self.bed.postfix(listeners={"smtp": bed.Listener.port25(),
                                              "old": bed.Listener.old_submission(self.bed.sasldb({"alice": "s3cret"}))}).start()
        for name in ("main.cf", "master.cf"):
            os.utime(f"{postfix.conf}/{name}", (1600000000, 1600000000))
        done = doctor("--postfix-dir", postfix.conf, "--format", "json")
        found = findings(done)
        self.assertNotIn("error", found.values(), done.stdout)
        self.assertEqual(found["outbound-opportunistic"], "notice")
        self.assertNotIn("s3cret", done.stdout)


class Facts(DoctorTest):
    def facts(self, main, master=MASTER):
        path = self.configuration("c", main, master)
        doctor("--postfix-dir", path, "--facts", f"{self.bed.path}/facts.json")
        with open(f"{self.bed.path}/facts.json", encoding="utf-8") as file:
            instance = json.load(file)["instances"][0]
        return {row["service"]: (row["level"], row["proof"], row["log_name"]) for row in instance["services"]}

    def test_lines_prove_what_the_level_leaves_open(self):
        self.assertEqual(self.facts(MAIN + GOOD, MASTER + "slow unix - - n - - smtp -o smtp_tls_loglevel=0\n"
                                    "hard unix - - n - - smtp -o smtp_tls_security_level=encrypt\n"
                                    "bare unix - - n - - smtp -o smtp_tls_security_level=none\n"
                                    "lmtp unix - - n - - lmtp\n"),
                         {"smtp/unix": ("may", "lines", "postfix"), "relay/unix": ("may", "lines", "postfix/relay"),
                          "slow/unix": ("may", "nothing", "postfix"), "hard/unix": ("encrypt", "always-encrypted", "postfix"),
                          "bare/unix": ("none", "always-plaintext", "postfix"),
                          "lmtp/unix": ("none", "always-plaintext", "postfix")})

    def test_the_report_counts_what_only_the_configuration_proves(self):
        """Nothing is logged; a service demands TLS, another has none, a third leaves it open."""
        good = self.bed.good_peer("good")
        services = "".join(f"{name} unix - - n - - smtp -o smtp_tls_security_level={level} -o syslog_name=postfix/{name}\n"
                           for name, level in (("hard", "encrypt"), ("bare", "none"), ("open", "may")))
        hop = f"[{good.host}]:{good.port}"
        postfix = self.bed.postfix(listeners={"smtp": bed.Listener.port25()}, services=services,
                                   routes={f"{name}.example": f"{name}:{hop}" for name in ("hard", "bare", "open")},
                                   settings={"smtp_tls_loglevel": "0"}).start()
        Ledger.age(postfix)
        postfix.reread()
        with bed.Session(postfix.ports["smtp"], source="127.0.0.2") as client:
            client.ehlo()
            client.send("alice@example.org", "a@hard.example", "b@bare.example", "c@open.example")
        for address in ("a@hard.example", "b@bare.example", "c@open.example"):
            good.wait_for(address)
        postfix.wait_until_empty()
        self.assertEqual(dict(good.received())["b@bare.example"], None)
        self.assertNotEqual(dict(good.received())["a@hard.example"], None)

        blind = bed.destinations(bed.Outward().report(postfix.log))
        self.assertEqual(set(blind.values()), {(1, 0, 0, 1)})
        facts = f"{self.bed.path}/facts.json"
        doctor("--postfix-dir", postfix.conf, "--facts", facts)
        told = bed.destinations(bed.Outward().report(postfix.log, options=("--facts", facts)))
        self.assertEqual(told, {"hard.example": (1, 1, 0, 0), "bare.example": (1, 0, 1, 0), "open.example": (1, 0, 0, 1)})
        follower = Follower(self.bed.directory("ledger"), f"file {postfix.log} internal {{ 127.0.0.1 }}",
                            options=("--facts", facts))
        follower.once()
        self.assertEqual(bed.destinations(follower.report()), told)

    def test_a_table_may_change_every_level(self):
        facts = self.facts(MAIN + GOOD.replace("= may", "= encrypt") + "smtp_tls_policy_maps = static:may\n")
        self.assertEqual(facts["smtp/unix"], ("encrypt", "lines", "postfix"))


class Ledger(DoctorTest):
    def test_a_reload_that_was_forgotten_is_seen_by_what_was_delivered(self):
        plain = self.bed.peer("plain")
        good = self.bed.good_peer("good")
        postfix = self.bed.postfix(listeners={"smtp": bed.Listener.port25()},
                                   routes={"plain.example": plain, "good.example": good}).start()
        with bed.Session(postfix.ports["smtp"], source="127.0.0.2") as client:
            client.ehlo()
            client.send("alice@example.org", "bob@plain.example", "carol@good.example")
        plain.wait_for("bob@plain.example")
        good.wait_for("carol@good.example")
        postfix.wait_until_empty()
        follower = Follower(self.bed.directory("ledger"), f"file {postfix.log} internal {{ 127.0.0.1 }}")
        follower.once()

        postfix.settings["smtp_tls_security_level"] = "encrypt"
        postfix.write_configuration()
        self.age(postfix)
        done = doctor("--postfix-dir", postfix.conf, "-c", follower.file, "--only", "ledger-plaintext,outbound-opportunistic")
        self.assertEqual(done.returncode, ERRORS, done.stdout)
        self.assertIn("mail to 1 recipient in plaintext, some to plain.example", done.stdout)
        self.assertIn(f"mend    postfix -c {postfix.conf} reload", done.stdout)

        # As it is in force, there is no contradiction; nor is there when the files are younger than the deliveries.
        postfix.settings["smtp_tls_security_level"] = "may"
        postfix.write_configuration()
        self.age(postfix)
        self.assertEqual(doctor("--postfix-dir", postfix.conf, "-c", follower.file, "--only", "ledger-plaintext").returncode, FINE)
        postfix.settings["smtp_tls_security_level"] = "encrypt"
        postfix.write_configuration()
        self.assertEqual(doctor("--postfix-dir", postfix.conf, "-c", follower.file, "--only", "ledger-plaintext").returncode, FINE)

    @staticmethod
    def age(postfix):
        for name in ("main.cf", "master.cf"):
            os.utime(f"{postfix.conf}/{name}", (1600000000, 1600000000))


class Trouble(DoctorTest):
    def test_what_cannot_be_meant_is_refused(self):
        for code, words in ((USAGE, ("--only", "nonsense")), (USAGE, ("--ignore", "outbound")), (USAGE, ("surplus",)),
                            (USAGE, ("--format", "xml")), (USAGE, ("--postconf", "postconf")),
                            (ERRORS, ("--postfix-dir", "/nonexistent")), (ERRORS, ("-c", "/nonexistent/outward.conf"))):
            with self.subTest(words=words):
                done = doctor(*words)
                self.assertEqual((done.returncode, done.stdout), (code, ""))
                self.assertNotEqual(done.stderr, "")

    def test_a_configuration_that_cannot_be_read_is_named(self):
        path = self.configuration("c")
        os.chmod(f"{path}/main.cf", 0o600)  # postconf runs as nobody
        done = doctor("--postfix-dir", path)
        self.assertEqual(done.returncode, ERRORS)
        self.assertIn(f"{path}/main.cf", done.stderr)

    def test_a_postconf_that_hangs_or_floods_is_ended(self):
        path = self.configuration("c")
        self.write(path, "flood", "#!/bin/sh\nexec yes 'a = b'\n")
        os.chmod(f"{path}/flood", 0o755)
        done = doctor("--postconf", f"{path}/flood")
        self.assertEqual((done.returncode, done.stdout), (ERRORS, ""))
        self.assertIn("said more than we take", done.stderr)

    def test_facts_are_written_whole_or_not_at_all(self):
        path = self.configuration("c")
        os.mkdir(f"{path}/facts")
        done = doctor("--postfix-dir", path, "--facts", f"{path}/facts")
        self.assertEqual(done.returncode, ERRORS)
        self.assertEqual([name for name in os.listdir(path) if name.startswith("facts.")], [])


if __name__ == "__main__":
    bed.main()
