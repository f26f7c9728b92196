#!/usr/bin/python3
"""The gate against a second peer: miltertest plays Postfix by the Lua scripts of miltertest/."""
import os
import subprocess
import unittest

import bed
from bed.milter import AT_THE_END, STRICT

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "miltertest")

EDITS = """
submission {
    tag "bulk" to domain gmail.com
    hold header-from domain gmail.com
    accept
}
"""


class Miltertest(unittest.TestCase):
    """Each script under its rules, then what the gate recorded of it."""

    def play(self, script, rules):
        bed.needs("miltertest")
        bed.programs()
        test_bed = bed.Bed()
        self.addCleanup(test_bed.close)
        gate = test_bed.gate(rules)
        path = f"{test_bed.path}/script.lua"
        with open(path, "w", encoding="ascii") as file:
            file.write(f'SOCKET = "{gate.milter}"\n')
            for name in ("common", script):
                with open(f"{SCRIPTS}/{name}.lua", encoding="ascii") as part:
                    file.write(part.read())
        done = subprocess.run(["miltertest", "-v", "-s", path], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}{gate.log_text()}")
        return gate

    def test_refusals_are_given_at_mail_and_rcpt(self):
        gate = self.play("refusals", STRICT)
        for sender, decision in (("plain", "reject"), ("tls", "reject"), ("good", "accept")):
            self.assertEqual(gate.record(f"refusals-{sender}@example.org")["decision"], decision)
        self.assertEqual(gate.record("refusals-good@example.org")["refused"], "1")
        self.assertEqual(len(gate.records()), 3)

    def test_a_verdict_is_never_given_where_it_would_be_swallowed(self):
        gate = self.play("no_reply", AT_THE_END)
        record = gate.record("noreply-held@example.org")
        self.assertEqual((record["decision"], record["stage"], record.queue_id), ("reject", "eom", "4DEF"))

    def test_messages_are_held_and_tagged(self):
        gate = self.play("edits", EDITS)
        self.assertEqual(gate.record("edits@example.org")["decision"], "hold")

    def test_transactions_that_end_early_are_recorded_once_when_they_reached_data(self):
        gate = self.play("orders", STRICT)
        self.assertEqual(gate.record("orders-plain@example.org")["decision"], "reject")
        self.assertEqual(gate.record("orders-cut@example.org")["stage"], "data")
        self.assertEqual(len(gate.records()), 2)


if __name__ == "__main__":
    bed.main()
