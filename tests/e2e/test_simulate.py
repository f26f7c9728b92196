#!/usr/bin/python3
"""outward simulate: what it foretells from the gate's records, and from Postfix's lines alone, is what the gate then does."""
import json

import bed

PASSWORD = "open sesame"

# syslog_name tells the listener to those who have no record: here it is the rule file's own name for it.
RULES = """
mode {mode}
listener sub { port {sub} }
submission {
    reject plaintext
    tempfail sender domain later.example
    hold to domain held.example
    accept
}
"""

MESSAGES = (  # sender, recipient, tls
    ("plain@example.org", "bob@good.example", False),
    ("good@example.org", "bob@good.example", True),
    ("wait@later.example", "bob@good.example", True),
    ("kept@example.org", "bob@held.example", True),
)

FATES = {"reject": "rejected", "tempfail": "tempfailed", "hold": "held", "accept": "accepted"}


class Simulate(bed.MailTest):
    """The same messages under monitor, foretold, and under enforce, done."""

    compares_report = False

    @classmethod
    def set_up(cls):
        cls.peer = cls.bed.good_peer("good.example")
        cls.gate = cls.bed.gate("submission { accept }\n")
        cls.postfix = cls.bed.postfix(
            listeners={"sub": bed.Listener.old_submission(cls.bed.sasldb({"alice": PASSWORD}))},
            routes={"good.example": cls.peer, "held.example": cls.peer}, milter=cls.gate.milter)
        cls.use("monitor")
        cls.postfix.start()

    @classmethod
    def use(cls, mode):
        cls.gate.reload(RULES.replace("{sub}", str(cls.postfix.ports["sub"])).replace("{mode}", mode))

    def send_all(self):
        for sender, recipient, tls in MESSAGES:
            with bed.Session(self.postfix.ports["sub"]) as client:
                client.ehlo()
                if tls:
                    client.starttls()
                self.assertEqual(client.auth_plain("alice", PASSWORD).code, 235)
                client.send(sender, recipient)
                client.quit()

    def foretold(self, *logs):
        """sender -> fate, those that are hit; and the totals."""
        words = [word for log in logs for word in ("--log", log)]
        answer = json.loads(bed.Outward()("simulate", "-c", self.gate.file, *words, "--format", "json").stdout)
        return {row["sender"]: row["fate"] for row in answer["rows"]}, answer["totals"]

    def test_what_is_foretold_is_what_happens(self):
        self.send_all()
        self.postfix.wait_until_empty()
        for sender, _recipient, _tls in MESSAGES:
            self.gate.record(sender)
        by_records, records = self.foretold(self.gate.log)
        by_lines, lines = self.foretold(self.postfix.log)
        together, both = self.foretold(self.postfix.log, self.gate.log)
        self.use("enforce")
        self.send_all()
        done = {}
        for sender, _recipient, _tls in MESSAGES:
            done[sender] = FATES[self.gate.record(sender, count=2)["decision"]]
        hit = {sender: fate for sender, fate in done.items() if fate != "accepted"}
        self.assertEqual(len(hit), 3, done)
        self.assertEqual(by_records, hit)
        self.assertEqual(by_lines, hit)
        self.assertEqual(together, hit)
        for totals, without in ((records, 0), (lines, 4), (both, 0)):
            self.assertEqual((totals["messages"], totals["without_gate"], totals["accepted"]), (4, without, 1), totals)


if __name__ == "__main__":
    bed.main()
