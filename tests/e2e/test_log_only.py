#!/usr/bin/python3
"""The main job's twelve rows where rules only watch: `mode monitor`, `observe`, `monitor-only`.

Under each of them everything passes that Postfix itself lets pass, arrives as it would without the gate, and each
record says what the rules would have done.  The network around is trusted, so that nothing but the gate could refuse.
"""
import bed

PASSWORD = "s3cret"
LOGIN = "alice@example.org"


class Watching(bed.MailTest):
    """One Postfix with all listeners of the main job; a subclass says how its rules only watch."""

    needed = ("swaks", "curl", "saslauthd", "dovecot", "mail")
    mode = "enforce"
    first = ""       # what stands above the rules
    word = ""        # what stands behind each action

    head = """
mode {mode}
relay-networks {{ 127.0.0.0/8 }}
listener submission {{ {ports} }}
submission {{
    {first}
    accept client network loopback port {seen}
    {rules}
}}"""
    strict = "accept local \n reject{word} plaintext \n reject{word} unauthenticated \n accept"

    @classmethod
    def set_up(cls):
        sasldb, shadow = cls.bed.sasldb({"alice": PASSWORD}), cls.bed.saslauthd({"alice": PASSWORD})
        dovecot = cls.bed.dovecot({LOGIN: PASSWORD})
        cls.gmail, cls.plain = cls.bed.good_peer("gmail"), cls.bed.peer("plain")
        cls.backend = cls.bed.good_peer("backend")
        cls.peers = (cls.gmail, cls.plain, cls.backend)
        content_filter = cls.bed.peer("filter", relay=cls.hand_back("seen"), host="127.0.0.1")
        cls.gate = cls.bed.gate("submission { accept }")
        cls.postfix = cls.bed.postfix(
            milter=cls.gate.milter,
            routes={"gmail.com": cls.gmail, "plain.example": cls.plain, "relayed.example": cls.backend},
            listeners={
                "smtp": bed.Listener.port25(),
                "shadow": bed.Listener.submission(shadow),
                "sasldb": bed.Listener.submission(sasldb),
                "old": bed.Listener.old_submission(dovecot),
                "smtps": bed.Listener.smtps(dovecot),
                "via": bed.Listener.submission(sasldb, content_filter=f"smtp:[127.0.0.1]:{content_filter.port}"),
                "seen": bed.Listener(content_filter=""),
            },
            settings={
                "mynetworks": "127.0.0.0/8",
                "relay_domains": "relayed.example",
                "virtual_alias_domains": "alias.example",
                "virtual_alias_maps": "inline:{{sales@alias.example = alice@example.org}}",
            })
        cls.use(cls.strict)
        cls.postfix.start()

    @classmethod
    def use(cls, rules):
        """Put rules in force, in words that only watch; {word} stands behind an action that would do something."""
        said = cls.gate.reload(cls.text(rules))
        assert "error" not in said, said

    @classmethod
    def text(cls, rules):
        ports = cls.postfix.ports
        listening = "  ".join(f"port {ports[name]}" for name in ("shadow", "sasldb", "old", "smtps", "via"))
        return cls.head.format(mode=cls.mode, first=cls.first, ports=listening, seen=ports["seen"],
                               rules=rules.format(word=cls.word))

    def setUp(self):
        self.addCleanup(self.use, self.strict)

    # What is sent, and what must be true of it

    @staticmethod
    def recipients(sender):
        local = f"to-{sender.partition('@')[0]}"
        return [f"{local}@gmail.com", f"{local}@plain.example"]

    def session(self, listener, *, tls=True, login="", source="127.0.0.1"):
        client = bed.Session(self.postfix.ports[listener], source=source)
        self.addCleanup(client.close)
        client.ehlo()
        if tls:
            client.starttls()
        if login:
            self.assertEqual(client.auth_plain(login, PASSWORD).code, 235)
        return client

    def assert_passed(self, sender, queue_id, would, **values):
        """Accepted and recorded with what would have been, arrived at both peers."""
        record = self.gate.record(sender)
        self.assert_record(record, decision="accept", direction="outbound", mode=self.mode, reply=None, **values)
        self.assert_would(record, would)
        self.assertEqual(record.queue_id, queue_id)
        for peer, recipient in zip((self.gmail, self.plain), self.recipients(sender)):
            self.assertEqual(peer.wait_for(recipient)["queue_id"], queue_id)
        return record

    def assert_would(self, record, would):
        """would: what a rule would have done; None: nothing."""
        self.assertEqual((record["would"] or "/").partition("/")[0], would or "", record)

    def test_1_to_3_good_submissions_pass_and_nothing_would_have_happened(self):
        for listener, mechanism, login, tls in (
                ("shadow", "PLAIN", "alice", "-tls"), ("shadow", "LOGIN", "alice", "-tls"),
                ("sasldb", "CRAM-MD5", "alice", "-tls"), ("sasldb", "DIGEST-MD5", "alice", "-tls"),
                ("smtps", "PLAIN", LOGIN, "-tlsc")):
            with self.subTest(listener=listener, mechanism=mechanism):
                sender = f"row1-{listener}-{mechanism.lower()}@example.org"
                outcome = bed.swaks(self.postfix.ports[listener], sender, self.recipients(sender), tls, "--auth",
                                    mechanism, "--auth-user", login, "--auth-password", PASSWORD)
                self.assert_reply(outcome.last, 250)
                self.assert_passed(sender, outcome.queue_id, None, tls="TLSv1.3", auth=mechanism, login=LOGIN)

    def test_4_the_old_tutorials_telnet_session_passes_and_would_have_been_rejected(self):
        sender = "row4@example.org"
        client = self.session("old", tls=False)
        self.assertEqual(client.auth_login(LOGIN, PASSWORD).code, 235)
        reply = client.send(sender, *self.recipients(sender))
        self.assert_reply(reply, 250)
        self.assert_passed(sender, reply.queue_id, "reject", tls="none", auth="LOGIN", login=LOGIN, stage="eom")

    def test_5_tls_without_auth_passes_and_would_have_been_rejected(self):
        sender = "row5@example.org"
        outcome = bed.swaks(self.postfix.ports["shadow"], sender, self.recipients(sender), "-tls")
        self.assert_reply(outcome.last, 250)
        self.assert_passed(sender, outcome.queue_id, "reject", tls="TLSv1.3", auth="none", login=None)

    def test_5_local_recipients_do_not_excuse_a_submission(self):
        reply = self.session("old", tls=False).send("row5-local@example.org", "bob@example.org", subject="row5-local")
        self.assert_reply(reply, 250)
        self.assert_would(self.gate.record("row5-local@example.org"), "reject")
        self.postfix.wait_for_mail("bob", "row5-local")

    def test_6_inbound_mail_is_not_judged_at_all(self):
        for kind, recipient in (("local", "alice@example.org"), ("relay", "carol@relayed.example"),
                                ("alias", "sales@alias.example")):
            with self.subTest(recipient=kind):
                sender = f"row6-{kind}@client.example"
                client = self.session("smtp", tls=False)
                client.say("XCLIENT NAME=mx.client.example ADDR=203.0.113.5")
                client.ehlo("mx.client.example")
                reply = client.send(sender, recipient, subject=f"row6-{kind}")
                self.assert_reply(reply, 250)
                self.assert_record(self.gate.record(sender), decision="none", direction="inbound", would=None)
                if kind == "relay":
                    self.backend.wait_for(recipient)
                else:
                    self.postfix.wait_for_mail("alice", f"row6-{kind}")

    def test_7_a_relay_network_sends_to_all_and_would_have_been_refused_the_outside(self):
        sender = "row7@example.org"
        client = self.session("smtp", tls=False, source="127.0.0.2")
        reply = client.send(sender, "alice@example.org", *self.recipients(sender), subject="row7")
        self.assert_reply(reply, 250)
        self.assert_passed(sender, reply.queue_id, "reject", nrcpt="3", refused=None, tls="none")
        self.postfix.wait_for_mail("alice", "row7")

    def test_7_to_local_recipients_alone_it_is_inbound(self):
        reply = self.session("smtp", tls=False, source="127.0.0.2").send("row7-local@example.org", "bob@example.org")
        self.assert_reply(reply, 250)
        self.assert_record(self.gate.record("row7-local@example.org"), decision="none", direction="inbound", would=None)

    def test_7_with_tls_it_would_have_been_refused_for_want_of_a_login(self):
        sender = "row7-tls@example.org"
        reply = self.session("smtp", source="127.0.0.2").send(sender, *self.recipients(sender))
        self.assert_reply(reply, 250)
        self.assert_passed(sender, reply.queue_id, "reject", tls="TLSv1.3", auth="none")

    def test_8_starttls_without_a_second_ehlo_is_seen_as_encrypted(self):
        sender = "row8@example.org"
        client = self.session("old", tls=False)
        client.starttls(ehlo=False)
        self.assertEqual(client.auth_plain(LOGIN, PASSWORD).code, 235)
        reply = client.send(sender, *self.recipients(sender))
        self.assert_reply(reply, 250)
        self.assert_passed(sender, reply.queue_id, None, tls="TLSv1.3", auth="PLAIN")

    def test_9_local_mail_passes_also_where_a_rule_would_have_held_or_rejected_it(self):
        # A tempfail would have held it: in maildrop it would have come back for ever.
        for action, would in (("accept", None), ("hold{word}", "hold"), ("tempfail{word}", "hold"),
                              ("reject{word}", "reject")):
            with self.subTest(action=action):
                self.use(f"{action} local \n accept")
                sender = f"row9-{action.partition('{')[0]}@example.org"
                self.assertEqual(bed.sendmail(self.postfix, sender, *self.recipients(sender)).returncode, 0)
                record = self.gate.record(sender)
                self.assert_passed(sender, record.queue_id, would, local="yes")

    def test_9_mail_passes(self):
        self.assertEqual(bed.mail_command(self.postfix, "row9-mail@gmail.com").returncode, 0)
        entry = self.gmail.wait_for("row9-mail@gmail.com")
        self.assert_record(self.gate.record(queue_id=entry["queue_id"]), decision="accept", local="yes", would=None)

    def test_10_messages_of_one_connection_are_each_judged_for_themselves(self):
        client = self.session("old", tls=False)
        names = iter("abcd")

        def send(would, **values):
            sender = f"row10-{next(names)}@example.org"
            reply = client.send(sender, *self.recipients(sender))
            self.assert_reply(reply, 250)
            self.assert_passed(sender, reply.queue_id, would, **values)

        send("reject", tls="none", auth="none")
        client.starttls()
        send("reject", tls="TLSv1.3", auth="none")
        self.assertEqual(client.auth_plain(LOGIN, PASSWORD).code, 235)
        send(None, auth="PLAIN")
        client.mail("row10-reset@example.org")
        client.rcpt("nobody@gmail.com")
        self.assertEqual(client.rset().code, 250)
        send(None, auth="PLAIN")
        self.assertNotIn("<row10-reset@example.org>", [record["from"] for record in self.gate.records()])

    def test_11_filtered_mail_is_delivered_and_counted_once(self):
        sender = "row11@example.org"
        reply = self.session("via", login="alice").send(sender, *self.recipients(sender))
        self.assert_reply(reply, 250)
        for peer, recipient in zip((self.gmail, self.plain), self.recipients(sender)):
            peer.wait_for(recipient)
        self.gate.record(sender, count=2)
        mine = [record for record in self.gate.records() if record["from"] == f"<{sender}>"]
        self.assertEqual([(record["decision"], record["would"]) for record in mine], [("accept", None)] * 2)
        self.assertEqual(mine[0].queue_id, reply.queue_id)

    def one_message(self, sender, tls):
        with bed.Session(self.postfix.ports["old"]) as client:
            client.ehlo()
            if tls:
                client.starttls()
                client.auth_plain(LOGIN, PASSWORD)
            return client.send(sender, self.recipients(sender)[0])

    def test_12_reloads_under_load_lose_and_misjudge_nothing(self):
        load = bed.Load(self.one_message, "row12", 3)
        self.addCleanup(load.end)
        for number in range(4):
            load.wait_for(more=5)
            if number % 2 == 0:
                self.assertNotIn("error", self.gate.reload(self.text(self.strict) + f"\n# change {number}\n"))
            else:
                self.assertIn("plaintxt", self.gate.reload("submission { reject plaintxt }"))
        load.wait_for(more=5)
        results = load.stop()
        self.postfix.wait_until_empty()
        arrived = [address for address, _tls in self.gmail.received()]
        for sender, tls, reply in results:
            self.assertEqual(reply.code, 250, (sender, reply))
            record = self.gate.record(sender)
            self.assert_record(record, decision="accept")
            self.assert_would(record, None if tls else "reject")
            self.assertEqual(arrived.count(self.recipients(sender)[0]), 1, sender)


class Monitor(Watching):
    """`mode monitor`, the default."""

    mode = "monitor"


class Observe(Watching):
    """`mode enforce`, but `observe` stands above everything."""

    first = "observe"


class MonitorOnly(Watching):
    """`mode enforce`, but each rule that would refuse or hold says `monitor-only`."""

    word = " monitor-only"


del Watching  # not a test by itself

if __name__ == "__main__":
    bed.main()
