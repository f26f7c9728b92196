#!/usr/bin/python3
"""outward tls-policy on a real Postfix: what was proven is enforced, and who strips STARTTLS gets nothing."""
import datetime
import json
import os
import re

import bed
from bed.peer import tls_context
from bed.process import run

SENDER = "alice@example.org"


class PolicyTest(bed.OwnBedTest):
    kinds = {}

    def setUp(self):
        super().setUp()
        certificate = self.bed.authority.issue("localhost")
        self.peers = {name: self.bed.peer(name, certificate=certificate if tls else None)
                      for name, tls in self.kinds.items()}
        self.postfix = self.bed.postfix(
            listeners={"smtp": bed.Listener.port25()},
            routes={f"{name}.example": peer for name, peer in self.peers.items()}).start()
        self.rules = f"{self.bed.path}/outward.conf"
        self.write_rules("")
        self.table = f"{self.postfix.conf}/outward_tls_policy"

    def write_rules(self, delivery):
        with open(self.rules, "w", encoding="ascii") as file:
            file.write(f"delivery {{\n{delivery}\n}}\nfollow {{ internal {{ 127.0.0.1 }} }}\n"
                       f"ledger {{ path {self.bed.path}/ledger.db }}\n")

    def hop(self, name):
        return f"[{self.peers[name].host}]:{self.peers[name].port}"

    def send(self, *recipients):
        with bed.Session(self.postfix.ports["smtp"], source="127.0.0.2") as client:
            client.ehlo()
            self.assertEqual(client.send(SENDER, *recipients).code, 250)

    def days_of_log(self, days):
        """The log as it would stand there had the same happened on each of these days: rotated files, today's last."""
        names = []
        lines = self.postfix.log_text().splitlines(keepends=True)
        for ago in range(days, 0, -1):
            day = (datetime.datetime.now() - datetime.timedelta(days=ago)).strftime("%b %d")
            names.append(f"{self.bed.path}/mail.log.{ago}")
            with open(names[-1], "w", encoding="utf-8") as file:
                file.writelines(re.sub(r"^\w{3} \d\d ", f"{day} ", line) for line in lines)
        return [*names, self.postfix.log]

    def tls_policy(self, *options, logs=(), check=True):
        return run(f"{bed.programs()}/outward", "tls-policy", "--postfix-dir", self.postfix.conf, "-c", self.rules,
                   *(word for log in logs for word in ("--log", log)), *options, check=check)

    def lines(self, *options, logs=()):
        """next hop -> policy, and ID -> the next hops or domains it was found of."""
        answer = json.loads(self.tls_policy("--format", "json", *options, logs=logs, check=False).stdout)
        findings = {}
        for note in answer["findings"]:
            findings.setdefault(note["id"], []).append(note["next_hop"])
        return ({line["next_hop"]: line["policy"] for line in answer["lines"] if not line["withdrawn"]},
                findings)

    def follow_advice(self, text):
        """Run the indented commands that were printed, as the operator would."""
        commands = re.findall(r"^    ((?:outward|postconf|postfix) .*)", text, re.MULTILINE)
        self.assertTrue(commands, text)
        for command in commands:
            ask = self.postfix.reread if command.endswith(" reload") else self.postfix.command
            ask("sh", "-e", "-c", command)


class Enforced(PolicyTest):
    kinds = {"good": True, "plain": False}

    def test_a_peer_that_drops_starttls_gets_nothing_in_plaintext(self):
        good = self.peers["good"]
        self.send("bob@good.example")
        good.wait_for("bob@good.example")
        self.postfix.wait_until_empty()
        history = self.days_of_log(20)

        done = self.tls_policy("--learn", "14", "--write", logs=history)
        with open(self.table, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("all encrypted", text)
        self.assertIn(f"\n{self.hop('good')} encrypt\n", text)
        self.follow_advice(done.stdout)
        self.assertIn("outward_tls_policy", self.postfix.command("postconf", "-c", self.postfix.conf,
                                                                 "smtp_tls_policy_maps").stdout)

        good.starttls = "absent"
        self.send("carol@good.example")
        line = self.postfix.wait_for_log("TLS is required, but was not offered")
        self.assertIn("status=deferred", line)
        self.send("dave@plain.example")  # others are as they were
        self.peers["plain"].wait_for("dave@plain.example")
        self.assertEqual([address for address, _ in good.received()], ["bob@good.example"])

        # The failure is told, with the command; nothing withdraws by itself, however often it runs.
        for _ in range(2):
            failing = self.tls_policy("--learn", "14", "--write", logs=[*history[:-1], self.postfix.log], check=False)
            self.assertEqual(failing.returncode, 1, failing.stderr)
            self.assertIn("(line-failing)", failing.stderr)
            self.assertIn(f"outward tls-policy --withdraw '{self.hop('good')}'", failing.stderr)
            self.assertNotIn("reload", failing.stdout)  # nothing has changed
            with open(self.table, encoding="utf-8") as file:
                self.assertEqual(file.read(), text)

        self.tls_policy("--withdraw", self.hop("good"))
        self.postfix.reread()
        self.postfix.flush()
        good.wait_for("carol@good.example")
        self.assertEqual([tls for _, tls in good.received()][1:], [None])
        # And it is not learned again, also with the days of before.
        self.assertEqual(self.lines("--learn", "14", logs=history[:-1])[0], {})
        self.tls_policy("--restore", self.hop("good"))
        self.assertEqual(self.lines(logs=history[:-1])[0], {self.hop("good"): "encrypt"})


class Verified(PolicyTest):
    """A rule demands verified, and the log shows that the certificates of all servers were vouched for."""

    kinds = {"good": True}

    def test_the_names_of_the_servers_are_what_postfix_matches(self):
        good, ca = self.peers["good"], self.bed.authority
        good.context = tls_context(ca.issue("mx.good.example", names="DNS:mx.good.example"))
        self.write_rules("require verified to domain good.example")
        self.send("bob@good.example")
        good.wait_for("bob@good.example")
        self.postfix.wait_until_empty()
        # The bed has no name service: the server's name stands in the log as it would with one.
        log = f"{self.bed.path}/named.log"
        with open(log, "w", encoding="utf-8") as file:
            file.write(self.postfix.log_text().replace(f"{good.host}[{good.host}]", f"mx.good.example[{good.host}]"))
        done = self.tls_policy("--write", logs=[log])
        with open(self.table, encoding="utf-8") as file:
            self.assertIn(f"\n{self.hop('good')} secure match=mx.good.example servername=hostname\n", file.read())
        self.follow_advice(done.stdout)

        self.send("carol@good.example")
        good.wait_for("carol@good.example")
        self.postfix.wait_for_log("Verified TLS connection established")
        good.context = tls_context(ca.issue("other.example", names="DNS:other.example"))
        self.send("dave@good.example")
        self.assertIn("status=deferred", self.postfix.wait_for_log("Server certificate not verified"))
        self.assertEqual([address for address, _ in good.received()], ["bob@good.example", "carol@good.example"])
        failing = self.tls_policy(logs=[self.postfix.log], check=False)
        self.assertIn("1 certificate", failing.stderr)


class Ledger(PolicyTest):
    """The same from what outward-follow counted, without any log."""

    kinds = {"good": True, "mixed": True}

    def test_what_the_ledger_proves_is_learned(self):
        self.send("bob@good.example", "carol@mixed.example")
        self.peers["good"].wait_for("bob@good.example")
        self.peers["mixed"].wait_for("carol@mixed.example")
        self.postfix.wait_until_empty()
        history = self.days_of_log(20)
        self.peers["mixed"].starttls = "absent"
        self.send("dave@mixed.example")
        self.peers["mixed"].wait_for("dave@mixed.example")
        self.postfix.wait_until_empty()
        self.assertEqual(self.tls_policy("--learn", "14", check=False).returncode, 1)  # there is no ledger yet
        run(f"{bed.programs()}/outward-follow", "-c", self.rules, "--once", *history)
        for deliveries, lines in ((10, {self.hop("good"): "encrypt"}), (21, {self.hop("good"): "encrypt"}), (22, {})):
            with self.subTest(deliveries=deliveries):
                self.assertEqual(self.lines("--learn", "14", "--deliveries", str(deliveries))[0], lines)
        self.assertEqual(self.lines("--learn", "21")[0], {})
        self.assertEqual(self.lines("--learn", "14", "--since", "-10d")[0], {})
        self.assertEqual(self.lines("--learn", "9", "--since", "-10d")[0], {self.hop("good"): "encrypt"})

        # Once a line stands, the ledger tells who would have waited, and that its mail waits now.
        with open(self.table, "w", encoding="ascii") as file:
            file.write(f"{self.hop('mixed')} encrypt\n")
        self.assertIn("mixed.example: by", self.tls_policy("--dry-run").stdout)


class Rules(PolicyTest):
    kinds = {"good": True, "plain": False}

    def test_a_dry_run_tells_whose_mail_would_have_waited(self):
        self.write_rules("require encrypted to domain { plain.example good.example }")
        self.send("bob@good.example")
        self.send("carol@plain.example", "dave@plain.example")
        self.postfix.wait_until_empty()
        done = self.tls_policy("--dry-run", logs=[self.postfix.log])
        self.assertIn(f"plain.example: by {self.hop('plain')} (encrypt): 2 in plaintext", done.stdout)
        self.assertIn("2 from example.org", done.stdout)
        self.assertIn("would have deferred mail to 2 recipients", done.stdout)
        self.assertNotIn("good.example", done.stdout)
        self.assertFalse(os.path.exists(self.table))

    def test_a_smarthost_cannot_be_pinned_for_one_domain(self):
        self.write_rules("require encrypted to domain elsewhere.example\nrequire encrypted to domain good.example")
        self.postfix.settings.update({"relayhost": self.hop("good"), "default_transport": "smtp"})
        self.postfix.reload()
        lines, findings = self.lines(logs=[self.postfix.log])
        self.assertEqual(lines, {})
        self.assertEqual(findings, {"shared-hop": ["elsewhere.example", "good.example"]})

    def test_each_kind_of_table_is_one_that_postfix_reads(self):
        known = self.postfix.command("postconf", "-m").stdout.split()
        self.write_rules("require encrypted to domain good.example")
        for kind in ("texthash", "cdb", "lmdb"):
            if kind not in known:
                continue
            with self.subTest(kind=kind):
                table = f"{kind}:{self.postfix.base}/{kind}_policy"
                self.tls_policy("--map", table, "--write", logs=[self.postfix.log])
                found = self.postfix.command("postmap", "-c", self.postfix.conf, "-q", self.hop("good"), table)
                self.assertEqual(found.stdout, "encrypt\n")
                self.tls_policy("--map", table, "--withdraw", self.hop("good"))
                found = self.postfix.command("postmap", "-c", self.postfix.conf, "-q", self.hop("good"), table, check=False)
                self.assertEqual((found.returncode, found.stdout), (1, ""))


class CommandLine(PolicyTest):
    def test_what_cannot_be_meant_is_refused(self):
        for code, words in ((2, ("--learn", "0")), (2, ("--learn", "x")), (2, ("--deliveries", "0")), (2, ("surplus",)),
                            (2, ("--write", "--dry-run")), (2, ("--withdraw", "a", "--learn", "3")),
                            (2, ("--map", "hash:/x")), (2, ("--map", "texthash:x")), (2, ("--format", "xml")),
                            (1, ("--withdraw", "nowhere.example")), (1, ("--learn", "3")),
                            (1, ("--map", "texthash:/nonexistent/x", "--write"))):
            with self.subTest(words=words):
                done = self.tls_policy(*words, check=False)
                self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                self.assertIn("outward tls-policy: ", done.stderr)

    def test_a_table_with_a_fault_is_left_alone(self):
        with open(self.table, "w", encoding="ascii") as file:
            file.write("a.example encrypt\nb.example\n")
        done = self.tls_policy("--write", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("outward_tls_policy:2:", done.stderr)


if __name__ == "__main__":
    bed.main()
