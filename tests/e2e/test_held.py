#!/usr/bin/python3
"""outward held: the mail on hold of a real Postfix, and the commands that release it, carried out."""
import json
import shlex

import bed

PASSWORD = "open sesame"

RULES = """
listener submission { port {sub} }
submission {
    hold header-from domain gmail.com
    accept
}
"""


class Held(bed.MailTest):
    """One message held by the gate, one by an operator."""

    compares_report = False

    @classmethod
    def set_up(cls):
        cls.peer = cls.bed.good_peer("example.net")
        cls.gate = cls.bed.gate("submission { accept }\n")
        cls.postfix = cls.bed.postfix(
            listeners={"sub": bed.Listener.submission(cls.bed.sasldb({"alice": PASSWORD}))},
            routes={"example.net": cls.peer}, milter=cls.gate.milter)
        cls.gate.reload(RULES.replace("{sub}", str(cls.postfix.ports["sub"])))
        cls.postfix.start()

    def session(self):
        client = bed.Session(self.postfix.ports["sub"])
        self.addCleanup(client.close)
        client.ehlo()
        client.starttls()
        self.assertEqual(client.auth_plain("alice", PASSWORD).code, 235)
        return client

    def send(self, sender, header_from):
        message = bed.make_message(header_from, ["held@example.net"], "held")
        reply = self.session().send(sender, "held@example.net", message=message)
        self.assert_reply(reply, 250)
        return reply.queue_id

    def held(self, *options):
        words = ("--postfix-dir", self.postfix.conf, "--log", self.postfix.log, "--log", self.gate.log, *options)
        return bed.Outward()("held", *words, "--format", "json")

    def rows(self, *options):
        return {row["queue_id"]: row for row in json.loads(self.held(*options).stdout)["held"]}

    def test_what_the_gate_held_is_told_with_its_rule_and_released_by_the_commands(self):
        queue_id = self.send("hold@example.org", "newsletter@gmail.com")
        self.postfix.wait_for_queue(queue_id, "hold")
        record = self.gate.record("hold@example.org")
        row = self.rows()[queue_id]
        self.assertEqual({key: row[key] for key in ("by", "rule", "sender", "domains", "recipients")},
                         {"by": "outward", "rule": record["rule"], "sender": "hold@example.org",
                          "domains": ["example.net"], "recipients": 1})
        self.assertEqual([shlex.split(command) for command in row["release"]],
                         [["postsuper", "-c", self.postfix.conf, "-H", queue_id],
                          ["postqueue", "-c", self.postfix.conf, "-i", queue_id]])
        for command in row["release"]:
            self.postfix.command(*shlex.split(command))
        bed.until(lambda: self.peer.received(), lambda: f"delivery: {self.postfix.log_text()[-2000:]}")
        self.assertNotIn(queue_id, self.rows())

    def test_mail_that_somebody_else_held_is_listed_as_such(self):
        queue_id = self.send("other@example.org", "newsletter@gmail.com")
        self.postfix.wait_for_queue(queue_id, "hold")
        self.postfix.command("postsuper", "-c", self.postfix.conf, "-H", queue_id)
        self.postfix.command("postsuper", "-c", self.postfix.conf, "-h", queue_id)
        self.postfix.wait_for_log(f"{queue_id}: placed on hold")
        self.assertEqual(self.rows()[queue_id]["by"], "other")
        text = bed.Outward()("held", "--postfix-dir", self.postfix.conf, "--log", self.postfix.log).stdout
        self.assertIn(f"{queue_id}  held by somebody else, for ", text)
        self.assertIn(f"postqueue -c {self.postfix.conf} -i {queue_id}", text)

    def test_a_queue_that_cannot_be_read_is_an_error(self):
        answer = bed.Outward()("held", "--postfix-dir", self.bed.directory("empty"), check=False)
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertIn("postqueue", answer.stderr)


if __name__ == "__main__":
    bed.main()
