#!/usr/bin/python3
"""The main job on a real Postfix: submissions are decided as the rules say, deliveries are proven by the report.

Every row asserts what the client was told, what the gate recorded, and what arrived or where it waits.
"""
import bed

PASSWORD = "s3cret"
LOGIN = "alice@example.org"

STRICT = """
relay-networks {{ 127.0.0.2 }}
listener submission {{ {ports} }}
submission {{
    accept local
    reject plaintext
    reject unauthenticated
    accept
}}
"""

NO_TLS = (530, "5.7.0", "Must issue a STARTTLS command first")
NO_AUTH = (530, "5.7.0", "Authentication required")


def ports_of(postfix, *listeners):
    return "  ".join(f"port {postfix.ports[name]}" for name in listeners)


class Submission(bed.MailTest):
    """Submissions on 587 and 465, with each SASL service and each client."""

    needed = ("swaks", "curl", "saslauthd", "dovecot")

    @classmethod
    def set_up(cls):
        sasldb = cls.bed.sasldb({"alice": PASSWORD})
        shadow = cls.bed.saslauthd({"alice": PASSWORD})
        dovecot = cls.bed.dovecot({LOGIN: PASSWORD})
        gmail, plain = cls.bed.good_peer("gmail"), cls.bed.peer("plain")
        cls.peers = (gmail, plain)
        cls.gmail, cls.plain = gmail, plain
        cls.gate = cls.bed.gate("submission { reject plaintext }")
        cls.postfix = cls.bed.postfix(
            milter=cls.gate.milter,
            routes={"gmail.com": gmail, "plain.example": plain},
            listeners={
                "smtp": bed.Listener.port25(),
                "shadow": bed.Listener.submission(shadow),
                "sasldb": bed.Listener.submission(sasldb),
                "old": bed.Listener.old_submission(dovecot),
                "smtps": bed.Listener.smtps(dovecot),
            })
        cls.gate.reload(STRICT.format(ports=ports_of(cls.postfix, "shadow", "sasldb", "old", "smtps")))
        cls.postfix.start()

    def assert_accepted(self, sender, queue_id, mechanism, listener):
        """The record, and the arrival at both peers: one encrypted, one not."""
        self.assert_record(
            self.gate.record(sender), decision="accept", direction="outbound", auth=mechanism, login=LOGIN,
            tls="TLSv1.3", listener="submission", port=str(self.postfix.ports[listener]), nrcpt="2")
        self.assertEqual(self.gate.record(sender).queue_id, queue_id)
        address = f"to-{sender.partition('@')[0]}"
        for peer, domain, tls in ((self.gmail, "gmail.com", "TLSv1.3"), (self.plain, "plain.example", None)):
            entry = peer.wait_for(f"{address}@{domain}")
            self.assertEqual((entry["tls"], entry["queue_id"]), (tls, queue_id))

    @staticmethod
    def recipients(sender):
        local = f"to-{sender.partition('@')[0]}"
        return [f"{local}@gmail.com", f"{local}@plain.example"]

    def swaks(self, listener, sender, mechanism, login, tls="-tls"):
        return bed.swaks(self.postfix.ports[listener], sender, self.recipients(sender), tls,
                         "--auth", mechanism, "--auth-user", login, "--auth-password", PASSWORD)

    def test_1_saslauthd_plain_and_login_are_accepted(self):
        for mechanism in ("PLAIN", "LOGIN"):
            with self.subTest(mechanism=mechanism):
                sender = f"row1-{mechanism.lower()}@example.org"
                outcome = self.swaks("shadow", sender, mechanism, "alice")
                self.assert_reply(outcome.last, 250)
                self.assert_accepted(sender, outcome.queue_id, mechanism, "shadow")

    def test_2_sasldb_plain_cram_md5_and_digest_md5_are_accepted(self):
        for mechanism in ("PLAIN", "CRAM-MD5", "DIGEST-MD5"):
            with self.subTest(mechanism=mechanism):
                sender = f"row2-{mechanism.lower()}@example.org"
                outcome = self.swaks("sasldb", sender, mechanism, "alice")
                self.assert_reply(outcome.last, 250)
                self.assert_accepted(sender, outcome.queue_id, mechanism, "sasldb")

    def test_3_dovecot_in_wrapper_mode_is_accepted(self):
        sender = "row3@example.org"
        outcome = self.swaks("smtps", sender, "PLAIN", LOGIN, tls="-tlsc")
        self.assert_reply(outcome.last, 250)
        self.assert_accepted(sender, outcome.queue_id, "PLAIN", "smtps")

    def test_3_curl_over_smtps_is_accepted(self):
        sender, message = "row3-curl@example.org", f"{self.bed.path}/row3.eml"
        with open(message, "w", encoding="ascii") as file:
            file.write(bed.make_message(sender, self.recipients(sender), "row3"))
        second = ("--mail-rcpt", self.recipients(sender)[1])
        outcome = bed.curl(
            f"smtps://127.0.0.1:{self.postfix.ports['smtps']}", sender, self.recipients(sender)[0], message, *second,
            "--cacert", self.bed.authority.pem, "--login-options", "AUTH=CRAM-MD5", "-u", f"{LOGIN}:{PASSWORD}")
        self.assertEqual(outcome.status, 0, outcome.transcript)
        self.assert_accepted(sender, outcome.queue_id, "CRAM-MD5", "smtps")

    def test_4_the_old_tutorials_telnet_session_is_refused_at_mail(self):
        sender = "row4@example.org"
        with bed.Session(self.postfix.ports["old"]) as client:
            client.ehlo()
            self.assertEqual(client.auth_login(LOGIN, PASSWORD).code, 235)
            self.assert_reply(client.mail(sender), *NO_TLS)
            self.assertEqual(client.rcpt("victim@gmail.com").code, 503)
        record = self.gate.record(sender)
        self.assert_record(record, decision="reject", direction="outbound", stage="mail", tls="none", auth="LOGIN",
                           login=LOGIN, reply="530,5.7.0", nrcpt="0")
        self.assertIsNone(record.queue_id)
        self.postfix.wait_for_log("NOQUEUE: milter-reject: MAIL from unknown[127.0.0.1]: 530 5.7.0 Must issue")

    def test_5_tls_without_auth_is_refused_at_mail(self):
        sender = "row5@example.org"
        outcome = bed.swaks(self.postfix.ports["shadow"], sender, "victim@gmail.com", "-tls")
        self.assertTrue(outcome.refused_at.startswith("MAIL FROM"), outcome.refused_at)
        self.assert_reply(outcome.refusal, *NO_AUTH)
        self.assert_record(self.gate.record(sender), decision="reject", direction="outbound", stage="mail",
                           tls="TLSv1.3", auth="none", login=None, reply="530,5.7.0")

    def test_5_local_recipients_do_not_excuse_a_submission(self):
        """A submission is judged whomever it is for: the password would be in clear all the same."""
        sender = "row5-local@example.org"
        with bed.Session(self.postfix.ports["old"]) as client:
            client.ehlo()
            self.assert_reply(client.mail(sender), *NO_TLS)
        self.assert_record(self.gate.record(sender), decision="reject", tls="none", auth="none")

    def test_8_starttls_without_a_second_ehlo_is_seen_as_encrypted(self):
        sender = "row8@example.org"
        with bed.Session(self.postfix.ports["old"]) as client:
            client.ehlo()
            client.starttls(ehlo=False)
            self.assertEqual(client.auth_plain(LOGIN, PASSWORD).code, 235)
            reply = client.send(sender, *self.recipients(sender))
        self.assert_reply(reply, 250)
        self.assert_accepted(sender, reply.queue_id, "PLAIN", "old")

    def test_8_openssl_s_client_which_never_says_a_second_ehlo_is_seen_as_encrypted(self):
        sender = "row8-openssl@example.org"
        replies = bed.openssl_session(self.postfix.ports["old"], [f"MAIL FROM:<{sender}>"])
        self.assert_reply(replies[0], *NO_AUTH)
        self.assert_record(self.gate.record(sender), decision="reject", tls="TLSv1.3", auth="none")

    def test_10_five_messages_on_one_connection_are_judged_each_for_itself(self):
        """One session grows from plaintext to TLS to authenticated; RSET and refusals lie between the messages."""
        with bed.Session(self.postfix.ports["old"]) as client:
            client.ehlo()
            self.assert_reply(client.mail("row10-a@example.org"), *NO_TLS)
            client.starttls()
            self.assert_reply(client.mail("row10-b@example.org"), *NO_AUTH)
            self.assertEqual(client.auth_plain(LOGIN, PASSWORD).code, 235)
            first = client.send("row10-c@example.org", *self.recipients("row10-c@example.org"))
            client.mail("row10-d@example.org")
            client.rcpt("nobody@gmail.com")
            self.assertEqual(client.rset().code, 250)
            second = client.send("row10-e@example.org", *self.recipients("row10-e@example.org"))
        for sender, decision in (("a", "reject"), ("b", "reject"), ("c", "accept"), ("e", "accept")):
            self.assert_record(self.gate.record(f"row10-{sender}@example.org"), decision=decision)
        self.assert_accepted("row10-c@example.org", first.queue_id, "PLAIN", "old")
        self.assert_accepted("row10-e@example.org", second.queue_id, "PLAIN", "old")
        self.assertNotIn("row10-d@", [record["from"] for record in self.gate.records()])
        self.assertNotIn("nobody@gmail.com", [address for address, _tls in self.gmail.received()])


class PublicPort(bed.MailTest):
    """Port 25: what comes in is never judged, what a relay network sends out is judged for each recipient."""

    @classmethod
    def set_up(cls):
        cls.backend, cls.gmail = cls.bed.good_peer("backend"), cls.bed.good_peer("gmail")
        cls.peers = (cls.backend, cls.gmail)
        cls.gate = cls.bed.gate(STRICT.format(ports="port 587"), inet=True)
        cls.postfix = cls.bed.postfix(
            milter=cls.gate.milter,
            listeners={"smtp": bed.Listener.port25()},
            routes={"gmail.com": cls.gmail, "relayed.example": cls.backend},
            settings={
                "relay_domains": "relayed.example",
                "virtual_alias_domains": "alias.example",
                "virtual_alias_maps": "inline:{{sales@alias.example = alice@example.org}}",
            }).start()

    def from_outside(self):
        """A dialogue as a stranger has it, with a public address."""
        client = bed.Session(self.postfix.ports["smtp"])
        client.ehlo()
        client.say("XCLIENT NAME=mx.client.example ADDR=203.0.113.5")
        client.ehlo("mx.client.example")
        return client

    def test_6_inbound_mail_in_plaintext_is_never_judged_and_arrives_unchanged(self):
        for kind, recipient in (("local", "alice@example.org"), ("relay", "carol@relayed.example"),
                                ("alias", "sales@alias.example")):
            with self.subTest(recipient=kind):
                sender = f"row6-{kind}@client.example"
                message = bed.make_message(sender, [recipient], f"row6-{kind}")
                with self.from_outside() as client:
                    reply = client.send(sender, recipient, message=message)
                self.assert_reply(reply, 250)
                record = self.gate.record(sender)
                self.assert_record(record, decision="none", direction="inbound", tls="none", auth="none",
                                   client="mx.client.example[203.0.113.5]", listener=None)
                self.assertEqual(record.queue_id, reply.queue_id)
                self.assert_unchanged(kind, recipient, message)

    def assert_unchanged(self, kind, recipient, message):
        """Header and body are the sender's; only Postfix's own trace fields stand above them."""
        if kind == "relay":
            arrived = self.backend.wait_for(recipient)["message"].replace("\r\n", "\n")
        else:
            arrived = self.postfix.wait_for_mail("alice", f"row6-{kind}").as_string()
        trace, _, rest = arrived.partition("From: ")
        self.assertEqual("From: " + rest.rstrip(), message.replace("\r\n", "\n").rstrip())
        names = {line.partition(":")[0] for line in trace.splitlines() if line[:1] not in (" ", "\t")}
        self.assertLessEqual(names, {"Return-Path", "X-Original-To", "Delivered-To", "Received"})

    def test_7_a_relay_network_is_judged_for_the_outside_recipient_alone(self):
        sender = "row7@example.org"
        with bed.Session(self.postfix.ports["smtp"], source="127.0.0.2") as client:
            client.ehlo()
            self.assert_reply(client.mail(sender), 250)
            local, outside = client.rcpt("alice@example.org", "victim@gmail.com")
            self.assert_reply(local, 250)
            self.assert_reply(outside, *NO_TLS)
            reply = client.data(bed.make_message(sender, ["alice@example.org"], "row7"))
        self.assert_reply(reply, 250)
        self.postfix.wait_for_mail("alice", "row7")
        record = self.gate.record(sender)
        self.assertEqual(record.queue_id, reply.queue_id)
        self.assert_record(record, decision="none", direction="inbound", tls="none", nrcpt="2", refused="1")
        self.assertNotIn("victim@gmail.com", [address for address, _tls in self.gmail.received()])

    def test_7_a_relay_network_without_any_acceptable_recipient_sends_nothing(self):
        sender = "row7-only@example.org"
        with bed.Session(self.postfix.ports["smtp"], source="127.0.0.2") as client:
            client.ehlo()
            self.assert_reply(client.send(sender, "victim@gmail.com"), *NO_TLS)
            client.rset()
        self.assert_record(self.gate.record(sender), decision="reject", direction="outbound", stage="rcpt")

    def test_7_a_relay_network_with_tls_is_refused_for_want_of_a_login(self):
        with bed.Session(self.postfix.ports["smtp"], source="127.0.0.2") as client:
            client.ehlo()
            client.starttls()
            self.assert_reply(client.send("row7-tls@example.org", "victim@gmail.com"), *NO_AUTH)


class LocalMail(bed.MailTest):
    """sendmail(1) and mail(1): never lost in maildrop, whatever the rules say."""

    needed = ("mail",)
    shipped = ("monitor-first.conf", "strict-submission.conf", "gmail-bulk.conf")

    @classmethod
    def set_up(cls):
        cls.gmail = cls.bed.good_peer("gmail")
        cls.peers = (cls.gmail,)
        cls.gate = cls.bed.gate(STRICT.format(ports="port 587"))
        cls.postfix = cls.bed.postfix(
            milter=cls.gate.milter, listeners={"smtp": bed.Listener.port25()}, routes={"gmail.com": cls.gmail}).start()

    def assert_accepted(self, sender, recipient):
        self.assertEqual(self.gmail.wait_for(recipient)["tls"], "TLSv1.3")
        self.assert_record(self.gate.record(sender), decision="accept", direction="outbound", local="yes")

    def test_9_sendmail_and_mail_are_accepted_under_every_shipped_file(self):
        for name in self.shipped:
            with self.subTest(file=name):
                stem = name.partition(".")[0]
                self.gate.reload(bed.shipped_rules(name))
                sender = f"{stem}@example.org"
                self.assertEqual(bed.sendmail(self.postfix, sender, f"sendmail-{stem}@gmail.com").returncode, 0)
                self.assert_accepted(sender, f"sendmail-{stem}@gmail.com")
                self.assertEqual(bed.mail_command(self.postfix, f"mail-{stem}@gmail.com").returncode, 0)
                self.assertEqual(self.gmail.wait_for(f"mail-{stem}@gmail.com")["tls"], "TLSv1.3")

    def wait_until_out_of_maildrop(self):
        """A moment later than in the queue: pickup(8) removes its file when cleanup(8) has told it that it has the mail."""
        bed.until(lambda: "maildrop" not in [entry["queue_name"] for entry in self.postfix.queue()], "nothing in maildrop")

    def test_9_a_hold_rule_that_hits_holds_it(self):
        self.gate.reload("submission { hold local \n accept }")
        bed.sendmail(self.postfix, "row9-hold@example.org", "held@gmail.com")
        record = self.gate.record("row9-hold@example.org")
        self.assert_record(record, decision="hold", local="yes")
        self.postfix.wait_for_queue(record.queue_id, "hold")
        self.wait_until_out_of_maildrop()
        self.postfix.release(record.queue_id)
        self.gmail.wait_for("held@gmail.com")

    def test_9_a_tempfail_rule_that_hits_holds_it_too(self):
        self.gate.reload("submission { tempfail local \n accept }")
        bed.sendmail(self.postfix, "row9-tempfail@example.org", "later@gmail.com")
        record = self.gate.record("row9-tempfail@example.org")
        self.postfix.wait_for_queue(record.queue_id, "hold")
        self.wait_until_out_of_maildrop()
        self.postfix.release(record.queue_id)
        self.gmail.wait_for("later@gmail.com")

    def test_9_a_reject_rule_that_hits_bounces_it(self):
        self.gate.reload('submission { reject local "550 5.7.1 not from here" \n accept }')
        bed.sendmail(self.postfix, "alice@example.org", "never@gmail.com", subject="row9-reject")
        bounce = self.postfix.wait_for_mail("alice", "Undelivered Mail Returned to Sender")
        self.assertIn("<never@gmail.com>: not from here", bounce.as_string())
        self.assertIn("Status: 5.7.1", bounce.as_string())
        self.assert_record(self.gate.record("alice@example.org"), decision="reject", local="yes")
        self.postfix.wait_until_empty()


class ContentFilter(bed.MailTest):
    """A content filter hands the mail back over loopback: a second session, in plaintext, without a login."""

    @classmethod
    def set_up(cls):
        sasldb = cls.bed.sasldb({"alice": PASSWORD})
        cls.gmail, cls.plain = cls.bed.good_peer("gmail"), cls.bed.peer("plain")
        cls.peers = (cls.gmail, cls.plain)
        filters = {name: cls.bed.peer(f"filter-{name}", relay=cls.hand_back(name), host="127.0.0.1")
                   for name in ("seen", "unseen")}
        cls.gate = cls.bed.gate("submission { accept local \n accept client network loopback \n accept }")
        submission = {f"via-{name}": bed.Listener.submission(sasldb, content_filter=f"smtp:[127.0.0.1]:{peer.port}")
                      for name, peer in filters.items()}
        # A filter returns mail as the own network sends it, and must not be filtered again.
        returns = {"content_filter": "", "smtpd_relay_restrictions": "permit_mynetworks, reject",
                   "mynetworks": "127.0.0.0/8"}
        cls.postfix = cls.bed.postfix(
            milter=cls.gate.milter, routes={"gmail.com": cls.gmail, "plain.example": cls.plain},
            listeners={**submission, "seen": bed.Listener(**returns),
                       "unseen": bed.Listener(receive_override_options="no_milters", **returns)})
        cls.gate.reload(f"""
            relay-networks {{ 127.0.0.0/8 }}
            listener submission {{ {ports_of(cls.postfix, "via-seen", "via-unseen")} }}
            submission {{
                reject plaintext listener submission
                reject unauthenticated listener submission
                accept local
                accept client network loopback
                reject plaintext
            }}""")
        cls.postfix.start()

    def test_11_filtered_mail_is_accepted_delivered_and_counted_once(self):
        for name, records in (("seen", 2), ("unseen", 1)):
            with self.subTest(filter=name):
                sender = f"row11-{name}@example.org"
                with bed.Session(self.postfix.ports[f"via-{name}"]) as client:
                    client.ehlo()
                    client.starttls()
                    client.auth_plain("alice", PASSWORD)
                    reply = client.send(sender, f"{name}@gmail.com", f"{name}@plain.example")
                self.assert_reply(reply, 250)
                self.assertEqual(self.gmail.wait_for(f"{name}@gmail.com")["tls"], "TLSv1.3")
                self.assertIsNone(self.plain.wait_for(f"{name}@plain.example")["tls"])
                self.gate.record(sender, count=records)
                mine = [record for record in self.gate.records() if record["from"] == f"<{sender}>"]
                self.assertEqual([record["decision"] for record in mine], ["accept"] * records, mine)
                self.assertEqual(mine[0].queue_id, reply.queue_id)

    def test_11_what_reaches_the_return_port_from_elsewhere_is_still_judged(self):
        with bed.Session(self.postfix.ports["via-seen"]) as client:
            client.ehlo()
            self.assertEqual(client.mail("row11-plain@example.org").code, 530)


class Reload(bed.MailTest):
    """Rules change under load; the gate stops under load; the gate is away."""

    writers = 4

    @classmethod
    def set_up(cls):
        sasldb = cls.bed.sasldb({"alice": PASSWORD})
        cls.gmail = cls.bed.good_peer("gmail")
        cls.peers = (cls.gmail,)
        cls.gate = cls.bed.gate("submission { accept }")
        cls.postfix = cls.bed.postfix(
            milter=cls.gate.milter, routes={"gmail.com": cls.gmail},
            listeners={"old": bed.Listener.old_submission(sasldb)})
        cls.rules = STRICT.format(ports=ports_of(cls.postfix, "old"))
        cls.gate.reload(cls.rules)
        cls.postfix.start()

    def setUp(self):
        if self.gate.running():
            self.gate.reload(self.rules)
        else:
            self.gate.write(self.rules)
            self.gate.start()

    def one_message(self, sender, tls):
        """A submission of its own connection: the reply that ends it."""
        with bed.Session(self.postfix.ports["old"]) as client:
            client.ehlo()
            if tls:
                try:
                    client.starttls()
                except bed.Refused as refused:
                    return refused.reply
                reply = client.auth_plain("alice", PASSWORD)
                if reply.code != 235:
                    return reply
            return client.send(sender, sender.partition("@")[0] + "@gmail.com")

    def load(self, name):
        """Writers that submit until stop() of what this returns, every second message in plaintext."""
        load = bed.Load(self.one_message, name, self.writers)
        self.addCleanup(load.end)
        return load

    def assert_judged_rightly(self, results, generation=None):
        """Each answered as its TLS deserves; what was accepted arrived once, what was refused never."""
        arrived = [address for address, _tls in self.gmail.received()]
        for sender, tls, reply in results:
            self.assertEqual(reply.code, 250 if tls else 530, (sender, tls, reply, generation))
            address = sender.partition("@")[0] + "@gmail.com"
            self.assertEqual(arrived.count(address), 1 if tls else 0, address)

    def test_12_reloading_good_and_broken_files_under_load_loses_and_misjudges_nothing(self):
        load = self.load("row12-reload")
        generations = set()
        for number in range(6):
            load.wait_for(more=8)
            if number % 2 == 0:
                said = self.gate.reload(self.rules + f"# change {number}\n")
                self.assertNotIn("error", said)
            else:
                said = self.gate.reload("submission { reject plaintxt }")
                self.assertIn("plaintxt", said)
        load.wait_for(more=8)
        results = load.stop()
        self.postfix.wait_until_empty()
        self.assert_judged_rightly(results)
        for sender, tls, _reply in results:
            record = self.gate.record(sender)
            self.assert_record(record, decision="accept" if tls else "reject")
            generations.add(int(record["gen"]))
        self.assertGreaterEqual(len(generations), 4, "the load did not span the reloads")

    def test_12_a_stop_under_load_leaves_each_message_answered_or_deferred(self):
        load = self.load("row12-stop")
        load.wait_for(more=8)
        self.assertEqual(self.gate.terminate(), 0)
        load.wait_for(more=8)
        results = load.stop()
        self.postfix.wait_until_empty()
        self.assertIn(451, {reply.code for _sender, _tls, reply in results})
        answered = [row for row in results if row[2].code in (250, 530)]
        self.assert_judged_rightly(answered)
        arrived = [address for address, _tls in self.gmail.received()]
        for sender, _tls, reply in results:
            if reply.code not in (250, 530):
                self.assertIn(reply.code, (421, 451, 454), (sender, reply))
                self.assertNotIn(sender.partition("@")[0] + "@gmail.com", arrived)

    def test_12_without_the_gate_nothing_is_taken(self):
        self.gate.stop()
        with bed.Session(self.postfix.ports["old"]) as client:
            client.ehlo()
            self.assert_reply(client.mail("row12-down@example.org"), 451, "4.7.1")
        self.gate.start()
        self.assertEqual(self.one_message("row12-back@example.org", True).code, 250)


if __name__ == "__main__":
    bed.main()
