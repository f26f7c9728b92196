#!/usr/bin/python3
"""outward setup on a real Postfix: what it prints is what hooks the gate in, and the way back leads back."""
import json
import os
import shutil

import bed
from bed.process import Daemon, run
from bed.wait import until

RULES = """listen unix:{socket} mode 0660
log file {log}
mode {mode}
user postfix
relay-networks {{ 127.0.0.2 }}
submission {{
    accept local
    reject unauthenticated
    accept
}}
"""


class SetupTest(bed.OwnBedTest):
    def setUp(self):
        super().setUp()
        self.chrooted = self.bed.ports.take()
        self.back = self.bed.ports.take()
        self.postfix = self.bed.postfix(
            listeners={"smtp": bed.Listener.port25(), "own": bed.Listener.port25(smtpd_milters="")},
            routes={"elsewhere.example": "smtp:[127.0.0.1]:9"}, settings={"milter_default_action": "accept"},
            services=f"127.0.0.1:{self.chrooted} inet n - y - - smtpd\n"
                     f"127.0.0.1:{self.back} inet n - n - - smtpd -o content_filter=\n")
        self.conf = self.postfix.conf
        self.rules = f"{self.bed.path}/outward.conf"
        self.log = f"{self.bed.path}/gate/outward.log"

    def write_rules(self, mode="enforce", socket=None):
        socket = socket or f"{self.postfix.base}/spool/outward/milter.sock"
        with open(self.rules, "w", encoding="ascii") as file:
            file.write(RULES.format(socket=socket, log=self.log, mode=mode))

    def start_gate(self):
        """As the package has it: a folder of the gate's below the queue directory."""
        os.makedirs(f"{self.postfix.base}/spool/outward")
        shutil.chown(f"{self.postfix.base}/spool/outward", "postfix", "postfix")
        shutil.chown(self.bed.directory("gate"), "postfix")
        self.bed.keep(Daemon([f"{bed.programs()}/outward-milter", "-c", self.rules], f"{self.bed.path}/stderr"))
        until(lambda: " ready: " in self.gate_log(), lambda: f"the gate starts: {self.gate_log()}")

    def gate_log(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def outward_setup(self, *options, check=True):
        return run(f"{bed.programs()}/outward", "setup", "--postfix-dir", self.conf, "-c", self.rules, *options,
                   check=check)

    def configuration(self):
        """What Postfix itself makes of the files."""
        return [self.postfix.command("postconf", "-c", self.conf, option).stdout for option in ("-n", "-M")]

    def copies(self):
        return sorted(name for name in os.listdir(self.conf) if ".before-outward-" in name)


class Apply(SetupTest):
    def test_the_gate_is_asked_everywhere_but_where_a_filter_hands_back(self):
        self.write_rules()
        self.postfix.start()
        self.start_gate()
        before = self.configuration()

        done = self.outward_setup("--apply")
        self.assertIn(f"postconf -c '{self.conf}' -e 'smtpd_milters=$outward_milter'\n", done.stdout)
        self.assertEqual(len(self.copies()), 2)
        for name, port in (("main.cf's list", self.postfix.ports["smtp"]), ("a list of its own", self.postfix.ports["own"]),
                           ("chrooted", self.chrooted)):
            with self.subTest(listener=name):
                # Who relays without AUTH is refused by the rules once a recipient leaves the host.
                with bed.Session(port, source="127.0.0.2") as client:
                    client.ehlo()
                    client.mail("a@example.org")
                    self.assertEqual(str(client.rcpt("b@elsewhere.example")), "530 5.7.0 Authentication required")
        with bed.Session(self.back, source="127.0.0.2") as client:
            client.ehlo()
            client.mail("a@example.org")
            self.assertNotIn("Authentication required", str(client.rcpt("b@elsewhere.example")))
        bed.sendmail(self.postfix, "root@example.org", "alice@example.org", subject="local")
        until(lambda: "local=yes" in self.gate_log(), self.gate_log)

        again = self.outward_setup("--apply")
        self.assertIn("Nothing to do", again.stdout)
        self.assertEqual(len(self.copies()), 2)
        doctor = run(f"{bed.programs()}/outward", "doctor", "--postfix-dir", self.conf, "-c", self.rules, check=False)
        for finding in ("gate-absent", "gate-local-absent", "gate-socket)", "gate-reinjection", "gate-fails-open"):
            self.assertNotIn(finding, doctor.stdout)

        self.outward_setup("--undo", "--apply")
        # The blank list that the listener had is blank again; everything else is as it was, too.
        self.assertEqual(self.configuration(), before)
        self.assertIn("Nothing to do", self.outward_setup("--undo").stdout)

    def test_what_is_printed_is_a_script_for_the_shell(self):
        self.write_rules("monitor")
        self.postfix.start()
        script = self.outward_setup().stdout
        self.assertEqual(self.copies(), [])
        self.assertNotIn("outward_milter", self.configuration()[0])
        self.postfix.command("sh", "-e", text=script)
        self.assertIn("default_action=accept", self.configuration()[0])
        self.assertIn("Nothing to do", self.outward_setup().stdout)

    def test_json_has_the_words_of_each_command_and_what_was_saved(self):
        self.write_rules("monitor")
        self.postfix.start()
        plan = json.loads(self.outward_setup("--format", "json").stdout)
        self.assertEqual((plan["schema"], plan["undo"], plan["possible"], plan["saved"]), (1, False, True, None))
        before = self.configuration()
        done = json.loads(self.outward_setup("--format", "json", "--apply").stdout)
        self.assertEqual(done["steps"], plan["steps"])
        self.assertIn(f"main.cf.{done['saved']}", self.copies())
        self.assertEqual(json.loads(self.outward_setup("--format", "json").stdout)["steps"], [])
        # The words themselves lead back.
        for step in json.loads(self.outward_setup("--undo", "--format", "json").stdout)["steps"]:
            self.assertTrue(step["why"])
            self.postfix.command(*step["command"])
        self.assertEqual(self.configuration(), before)

    def test_a_change_of_mode_is_followed(self):
        self.write_rules("monitor")
        self.postfix.start()
        self.outward_setup("--apply")
        self.write_rules("enforce")
        self.start_gate()
        done = self.outward_setup("--apply")
        self.assertEqual(done.stdout.count("postconf -c"), 1)
        self.assertIn("default_action=tempfail", self.configuration()[0])


class Trouble(SetupTest):
    def contents(self):
        found = {}
        for name in ("main.cf", "master.cf"):
            status = os.stat(f"{self.conf}/{name}")
            with open(f"{self.conf}/{name}", encoding="utf-8") as file:
                found[name] = (file.read(), status.st_mode, status.st_uid)
        return found

    def write_configuration(self, **settings):
        self.postfix.settings.update(settings)
        os.makedirs(self.conf, exist_ok=True)
        os.makedirs(f"{self.postfix.base}/spool", exist_ok=True)
        self.postfix.write_configuration()
        os.chmod(self.conf, 0o755)

    def test_when_postfix_complains_both_files_are_put_back(self):
        self.write_rules("monitor")
        self.write_configuration(meta_directory="/nonexistent")
        before = self.contents()
        done = self.outward_setup("--apply", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("both files are as they were", done.stderr)
        self.assertEqual(self.contents(), before)
        self.assertEqual(len(self.copies()), 2)

    def test_enforcing_without_a_gate_is_refused(self):
        self.write_rules("enforce")
        self.write_configuration()
        before = self.contents()
        done = self.outward_setup("--apply", check=False)
        self.assertEqual((done.returncode, self.contents(), self.copies()), (1, before, []))
        self.assertIn("not running", done.stderr)

    def test_a_socket_that_a_chroot_hides_is_refused(self):
        self.write_rules("monitor", socket=f"{self.bed.path}/milter.sock")
        self.write_configuration()
        done = self.outward_setup("--apply", check=False)
        self.assertEqual((done.returncode, self.copies()), (1, []))
        self.assertIn("listen unix:", done.stdout)

    def test_what_cannot_be_meant_is_refused(self):
        for code, words in ((2, ("surplus",)), (1, ("--postfix-dir", "/nonexistent")),
                            (1, ("-c", "/nonexistent/outward.conf")), (2, ("--nonsense",)), (2, ("--format", "xml"))):
            with self.subTest(words=words):
                done = run(f"{bed.programs()}/outward", "setup", *words, check=False)
                self.assertEqual((done.returncode, done.stdout), (code, ""))


if __name__ == "__main__":
    bed.main()
