#!/usr/bin/python3
"""Every fact and every action of the gate on a real Postfix, and what Postfix does when the gate fails."""
import signal
import ssl

import bed
from bed.process import Daemon, run

PASSWORD = "s3cret"
LOGIN = "alice@example.org"

NO_TLS = (530, "5.7.0", "Must issue a STARTTLS command first")
NO_AUTH = (530, "5.7.0", "Authentication required")


class Submitting(bed.MailTest):
    """A submission listener that takes passwords in plaintext, too, so that the gate alone decides."""

    rules = ""
    inet = False
    listener_options = {}
    peer_names = ("gmail.com",)

    @classmethod
    def set_up(cls):
        cls.sasldb = cls.bed.sasldb({"alice": PASSWORD})
        cls.receivers = {domain: cls.bed.good_peer(domain) for domain in cls.peer_names}
        cls.peers = tuple(cls.receivers.values())
        cls.gate = cls.bed.gate("submission { accept }", inet=cls.inet)
        cls.postfix = cls.bed.postfix(
            milter=cls.gate.milter, routes=cls.receivers, listeners=cls.make_listeners(), settings=cls.make_settings(),
            services=cls.make_services())
        cls.use(cls.rules)
        cls.postfix.start()

    @classmethod
    def make_listeners(cls):
        return {"sub": bed.Listener.old_submission(cls.sasldb, **cls.listener_options)}

    @classmethod
    def make_settings(cls):
        return {}

    @classmethod
    def make_services(cls):
        return ""

    @classmethod
    def use(cls, rules):
        """Put rules in force; {sub} and the like stand for listeners' ports."""
        ports = {name: str(port) for name, port in cls.postfix.ports.items()}
        for name, port in ports.items():
            rules = rules.replace("{" + name + "}", port)
        said = cls.gate.reload(rules)
        assert "error" not in said, said

    def session(self, listener="sub", tls=True, auth=True, context=None):
        client = bed.Session(self.postfix.ports[listener], context=context)
        self.addCleanup(client.close)
        client.ehlo()
        if tls:
            client.starttls()
        if auth:
            self.assertEqual(client.auth_plain("alice", PASSWORD).code, 235)
        return client

    def arrived(self, address, count=1):
        """The entry of a message at the receiver of its domain."""
        return self.receivers[address.rpartition("@")[2]].wait_for(address, count)


class Certificates(Submitting):
    """A client certificate counts when its subject and its issuer are pinned; any other is as good as none."""

    listener_options = {
        "smtpd_tls_ask_ccert": "yes",
        "smtpd_relay_restrictions": "permit_tls_all_clientcerts, permit_sasl_authenticated, reject"}
    rules = """
        listener submission { port {sub} }
        certificate printer { subject "printer.example.org" issuer "Test CA" }
        submission {
            reject plaintext
            accept certificate printer
            reject unauthenticated
            accept
        }"""

    @classmethod
    def make_settings(cls):
        cls.other = bed.Authority(f"{cls.bed.path}/other", "Other CA")
        both = f"{cls.bed.path}/both.pem"
        run("sh", "-c", 'cat "$1" "$2" > "$3"', "sh", cls.bed.authority.pem, cls.other.pem, both)
        return {"smtpd_tls_CAfile": both}

    def attempt(self, certificate, sender):
        context = bed.trusting_context(certificate=certificate)
        return self.session(auth=False, context=context).send(sender, "bob@gmail.com")

    def test_a_pinned_certificate_is_a_login(self):
        certificate = self.bed.authority.issue("printer.example.org")
        self.assert_reply(self.attempt(certificate, "pinned@example.org"), 250)
        self.assert_record(self.gate.record("pinned@example.org"), decision="accept", auth="none",
                           cert_subject="printer.example.org", cert_issuer="Test CA")
        self.arrived("bob@gmail.com")

    def test_the_same_name_from_another_trusted_issuer_is_none(self):
        certificate = self.other.issue("printer.example.org")
        self.assert_reply(self.attempt(certificate, "other-issuer@example.org"), *NO_AUTH)
        self.assert_record(self.gate.record("other-issuer@example.org"), decision="reject",
                           cert_subject="printer.example.org", cert_issuer="Other CA")

    def test_another_name_from_the_pinned_issuer_is_none(self):
        self.assert_reply(self.attempt(self.bed.authority.issue("fax.example.org"), "fax@example.org"), *NO_AUTH)

    def test_a_self_signed_certificate_is_none(self):
        certificate = self.bed.authority.self_signed("printer.example.org")
        self.assert_reply(self.attempt(certificate, "self@example.org"), *NO_AUTH)
        self.assert_record(self.gate.record("self@example.org"), cert_subject=None, cert_issuer=None)


class Versions(Submitting):
    """TLS versions and ciphers are told apart, exactly."""

    rules = """
        listener submission { port {sub} }
        submission {
            reject plaintext
            reject tls below 1.2 "550 5.7.10 TLS 1.2 or newer is required here"
            reject encrypted not forward-secrecy "550 5.7.10 a cipher with forward secrecy is required here"
            accept
        }"""

    @classmethod
    def make_settings(cls):
        return {"smtpd_tls_ciphers": "low", "smtpd_tls_mandatory_ciphers": "low",
                "tls_low_cipherlist": "ALL:@SECLEVEL=0"}

    def attempt(self, sender, version, ciphers="ALL"):
        context = bed.trusting_context(version, version, ciphers)
        return self.session(context=context).send(sender, "bob@gmail.com")

    def test_each_version_is_judged_for_itself(self):
        versions = ssl.TLSVersion
        for version, name, code in ((versions.TLSv1, "TLSv1", 550), (versions.TLSv1_1, "TLSv1.1", 550),
                                    (versions.TLSv1_2, "TLSv1.2", 250), (versions.TLSv1_3, "TLSv1.3", 250)):
            with self.subTest(version=name):
                reply = self.attempt(f"{name}@example.org", version)
                self.assert_reply(reply, code, "5.7.10" if code == 550 else None)
                record = self.gate.record(f"{name}@example.org")
                self.assert_record(record, tls=name, decision="accept" if code == 250 else "reject",
                                   forward_secrecy="yes")

    def test_a_cipher_without_forward_secrecy_is_seen(self):
        for cipher, bits in (("AES128-SHA", "128"), ("AES256-GCM-SHA384", "256")):
            with self.subTest(cipher=cipher):
                reply = self.attempt(f"{cipher}@example.org", ssl.TLSVersion.TLSv1_2, cipher)
                self.assert_reply(reply, 550, "5.7.10", "a cipher with forward secrecy")
                self.assert_record(self.gate.record(f"{cipher}@example.org"), cipher=cipher, bits=bits,
                                   forward_secrecy="no", tls="TLSv1.2")


class Proxies(Submitting):
    """XCLIENT: what a proxy tells of the client, and who vouches for the TLS that it took off."""

    rules = """
        listener submission { port {sub} }
        listener proxied { port {proxied} tls-by-proxy }
        submission {
            reject plaintext
            reject unauthenticated
            accept
        }"""

    @classmethod
    def make_listeners(cls):
        return {**super().make_listeners(), "proxied": bed.Listener.old_submission(cls.sasldb)}

    def through_proxy(self, listener, sender, login):
        client = bed.Session(self.postfix.ports[listener])
        self.addCleanup(client.close)
        client.ehlo("proxy.example.org")
        client.say(f"XCLIENT NAME=laptop.example.com ADDR=198.51.100.9 {login}".rstrip())
        client.ehlo("laptop.example.com")
        return client.send(sender, "bob@gmail.com")

    def test_a_listener_behind_a_tls_proxy_is_neither_plaintext_nor_a_version(self):
        reply = self.through_proxy("proxied", "proxied@example.org", "LOGIN=alice")
        self.assert_reply(reply, 250)
        self.assert_record(self.gate.record("proxied@example.org"), decision="accept", tls="proxied", auth="XCLIENT",
                           login="alice", client="laptop.example.com[198.51.100.9]", listener="proxied")

    def test_behind_a_tls_proxy_a_login_is_still_needed(self):
        self.assert_reply(self.through_proxy("proxied", "proxied-nologin@example.org", ""), *NO_AUTH)

    def test_without_that_word_the_hop_from_the_proxy_is_plaintext(self):
        self.assert_reply(self.through_proxy("sub", "unmarked@example.org", "LOGIN=alice"), *NO_TLS)
        self.assert_record(self.gate.record("unmarked@example.org"), tls="none", auth="XCLIENT",
                           client="laptop.example.com[198.51.100.9]")


class Observe(Submitting):
    """What stands above `observe` is in force; all rules below and the other ways to watch: test_log_only.py."""

    peer_names = ("gmail.com",)
    rules = """
mode enforce
listener submission { port {sub} }
submission {
    reject plaintext
    observe
    reject unauthenticated
    accept
}"""

    @classmethod
    def make_settings(cls):
        return {"mynetworks": "127.0.0.0/8"}  # the gate alone stands between the clients and the world

    def test_rules_above_observe_are_in_force(self):
        self.assert_reply(self.session(tls=False).send("above@example.org", "x@gmail.com"), *NO_TLS)
        self.assert_reply(self.session(auth=False).send("below@example.org", "below@gmail.com"), 250)
        self.assertTrue(self.gate.record("below@example.org")["would"].startswith("reject/"))
        self.arrived("below@gmail.com")


class ProxyProtocol(Submitting):
    """The proxy protocol of haproxy, before smtpd(8) and before postscreen(8), and a proxy that says nothing at all."""

    rules = """
        relay-networks { 127.0.0.2 198.51.100.0/24 }
        network proxies { {HANDS_ON} }
        listener submission { port {haproxy} port {silent} port 587 }
        listener implicit { port 465 tls-by-proxy }
        submission {
            accept client network proxies authenticated
            reject plaintext
            reject unauthenticated
            accept
        }"""

    @classmethod
    def make_listeners(cls):
        return {"haproxy": bed.Listener.old_submission(cls.sasldb, smtpd_upstream_proxy_protocol="haproxy"),
                "silent": bed.Listener.old_submission(cls.sasldb)}

    @classmethod
    def make_services(cls):
        cls.screened = cls.bed.ports.take()
        return (f"127.0.0.1:{cls.screened} inet n - n - 1 postscreen -o postscreen_upstream_proxy_protocol=haproxy\n"
                "smtpd pass - - n - - smtpd -o smtpd_tls_security_level=may\n"
                "dnsblog unix - - n - 0 dnsblog\n")

    @classmethod
    def make_settings(cls):
        return {"mynetworks": "127.0.0.2/32, 198.51.100.0/24", "postscreen_greet_wait": "1s"}

    @classmethod
    def set_up(cls):
        cls.rules = cls.rules.replace("{HANDS_ON}", bed.HANDS_ON)
        super().set_up()
        cls.proxy = cls.bed.tls_proxy(cls.postfix.ports["silent"])

    def behind(self, port, *, client="203.0.113.9", public=587):
        """What comes of it is a session whose client and port are the ones the proxy tells."""
        session = bed.Session(port, preface=f"PROXY TCP4 {client} 192.0.2.1 40000 {public}\r\n")
        self.addCleanup(session.close)
        session.ehlo("laptop.example.com")
        return session

    def test_the_clients_own_tls_counts_and_the_port_is_the_public_one(self):
        client = self.behind(self.postfix.ports["haproxy"])
        client.starttls()
        self.assertEqual(client.auth_plain("alice", PASSWORD).code, 235)
        self.assert_reply(client.send("through@example.org", "bob@gmail.com"), 250)
        self.assert_record(self.gate.record("through@example.org"), decision="accept", tls="TLSv1.3", auth="PLAIN",
                           client="unknown[203.0.113.9]", listener="submission", port="587", address="192.0.2.1")

    def test_where_the_proxy_takes_tls_off_the_listener_has_to_say_so(self):
        for public, sender, listener, tls, answer in ((465, "implicit", "implicit", "proxied", (250,)),
                                                      (587, "unmarked", "submission", "none", NO_TLS)):
            with self.subTest(port=public):
                client = self.behind(self.postfix.ports["haproxy"], public=public)
                self.assertEqual(client.auth_plain("alice", PASSWORD).code, 235)
                self.assert_reply(client.send(f"{sender}@example.org", "bob@gmail.com"), *answer)
                self.assert_record(self.gate.record(f"{sender}@example.org"), tls=tls, listener=listener,
                                   auth="PLAIN", port=str(public))

    def test_behind_it_a_login_is_still_needed(self):
        client = self.behind(self.postfix.ports["haproxy"], public=465)
        self.assert_reply(client.mail("nologin@example.org"), *NO_AUTH)

    def test_strangers_behind_postscreen_are_inbound(self):
        client = self.behind(self.screened, public=25)
        self.assert_reply(client.send("mx@client.example", "alice@example.org", subject="screened"), 250)
        self.assert_record(self.gate.record("mx@client.example"), decision="none", direction="inbound", tls="none",
                           client="unknown[203.0.113.9]")
        self.postfix.wait_for_mail("alice", "screened")

    def test_a_relay_network_behind_postscreen_is_judged(self):
        client = self.behind(self.screened, client="198.51.100.9", public=25)
        self.assert_reply(client.mail("printer@example.org"), 250)
        self.assert_reply(client.rcpt("bob@gmail.com"), *NO_TLS)
        client.quit()  # behind RSET smtpd(8) keeps the abort in its buffer until it has more to say
        self.assert_record(self.gate.record("printer@example.org"), decision="reject", stage="rcpt", tls="none",
                           client="unknown[198.51.100.9]")

    def test_a_proxy_that_says_nothing_is_trusted_by_its_network(self):
        """No XCLIENT, no proxy protocol: plaintext from the proxy's address, and a rule vouches for it."""
        with bed.Session(self.proxy.port, tls="wrapper") as client:
            client.ehlo("laptop.example.com")
            self.assert_reply(client.mail("silent-nologin@example.org"), *NO_TLS)
            self.assertEqual(client.auth_plain("alice", PASSWORD).code, 235)
            self.assert_reply(client.send("silent@example.org", "bob@gmail.com"), 250)
        record = self.gate.record("silent@example.org")
        self.assert_record(record, decision="accept", tls="none", auth="PLAIN", client=f"unknown[{bed.HANDS_ON}]")

    def test_beside_that_proxy_its_port_is_judged_as_ever(self):
        client = self.session("silent", tls=False)
        self.assert_reply(client.mail("beside@example.org"), *NO_TLS)


class HeaderFacts(Submitting):
    """What a message says of itself, through a real smtpd(8) and cleanup(8)."""

    peer_names = ("gmail.com", "example.net")
    rules = """
        listener submission { port {sub} }
        submission {
            reject plaintext
            tag "no From of the sender" not header-from agrees sender
            tag "no From of the login" not header-from agrees login
            tag "no one-click" missing one-click to domain gmail.com
            tag "wants plaintext, too" tls-required-no
            hold format-fault any
            accept
        }"""

    good = {"From": LOGIN, "To": "bob@example.net", "Date": "Mon, 04 Mar 2024 10:00:00 +0000",
            "Message-ID": "<1@client.example.com>", "Subject": "facts"}
    unsubscribe = {"List-Unsubscribe": "<mailto:u@example.org>,\r\n <https://example.org/u?id=1>",
                   "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

    @classmethod
    def make_settings(cls):
        # Else smtpd(8) mends what is missing before the gate sees it, as it does for its own clients.
        return {"local_header_rewrite_clients": "", "always_add_missing_headers": "no"}

    def send(self, sender, recipient="bob@example.net", header=(), **fields):
        """A message with these fields beside or in place of the good ones; None leaves one out."""
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in {**self.good, **fields}.items() if value]
        message = "\r\n".join([*lines, *header, "", "Hello.", ""])
        reply = self.session().send(sender, recipient, message=message)
        self.assert_reply(reply, 250)
        return self.gate.record(sender)

    def tags_at(self, recipient):
        message = self.arrived(recipient)["message"]
        return [line.partition(": ")[2] for line in message.splitlines() if line.startswith("X-Outward: ")]

    def test_the_from_agrees_with_sender_and_login_by_their_registrable_domain(self):
        rows = (("both@example.org", "Alice <alice@news.example.org>", "sender,login", []),
                ("login@bounces.example.com", "alice@example.org", "login", ["no From of the sender"]),
                ("sender@example.com", "a@mail.example.com", "sender", ["no From of the login"]),
                ("none@example.com", "a@example.net", "none", ["no From of the login", "no From of the sender"]))
        for sender, header_from, agrees, tags in rows:
            with self.subTest(agrees=agrees):
                recipient = f"{sender.partition('@')[0]}@example.net"
                record = self.send(sender, recipient, From=header_from)
                self.assert_record(record, decision="accept", from_agrees=agrees, login=LOGIN)
                self.assertEqual(sorted(self.tags_at(recipient)), tags)

    def test_one_click_needs_both_fields_and_an_https_address(self):
        rows = (("whole", {}, "yes"), ("mailto", {"List-Unsubscribe": "<mailto:u@example.org>"}, "no"),
                ("http", {"List-Unsubscribe": "<http://example.org/u>"}, "no"),
                ("nopost", {"List-Unsubscribe-Post": None}, "no"),
                ("post", {"List-Unsubscribe-Post": "List-Unsubscribe=Two-Clicks"}, "no"))
        for name, change, one_click in rows:
            with self.subTest(name):
                record = self.send(f"{name}@example.org", f"{name}@gmail.com", **{**self.unsubscribe, **change})
                self.assert_record(record, decision="accept", one_click=one_click)
                self.assertEqual(self.tags_at(f"{name}@gmail.com"), [] if one_click == "yes" else ["no one-click"])

    def test_tls_required_no_is_seen(self):
        for value, seen in (("No", "yes"), ("Yes", "no")):
            with self.subTest(value):
                record = self.send(f"tlsr-{value}@example.org", f"tlsr-{value}@example.net", **{"TLS-Required": value})
                self.assert_record(record, decision="accept", tls_required_no=seen)
                self.assertEqual(self.tags_at(f"tlsr-{value}@example.net"),
                                 ["wants plaintext, too"] if seen == "yes" else [])

    def test_faults_of_the_format_are_named_and_held(self):
        rows = (("no-from", {"From": None}), ("several-from", {"header": ("From: carol@example.org",)}),
                ("bad-from", {"From": "alice at example"}), ("no-date", {"Date": None}),
                ("no-message-id", {"Message-ID": None}), ("bad-message-id", {"Message-ID": "one"}),
                ("repeated-field", {"header": ("Subject: again",)}),
                ("address-in-name", {"From": '"bob@gmail.com" <alice@example.org>'}),
                ("encoded-address", {"From": "=?utf-8?q?alice?=@example.org"}),
                ("header-too-large", {"header": [f"X-{number}: {'x' * 900}" for number in range(120)]}))
        for fault, change in rows:
            with self.subTest(fault):
                record = self.send(f"{fault}@example.org", **change)
                self.assertIn(fault, record["format_faults"].split(","), record)
                self.assert_record(record, decision="hold")
                self.postfix.wait_for_queue(record.queue_id, "hold")
                self.postfix.release(record.queue_id)


class Actions(Submitting):
    """Tag and hold."""

    peer_names = ("gmail.com", "example.net")
    rules = """
        listener submission { port {sub} }
        domain google { gmail.com googlemail.com }
        submission {
            reject plaintext
            hold header-from domain google
            tag "seen by outward" to domain google
            accept
        }"""

    def test_a_tag_replaces_forged_copies_and_changes_nothing_else(self):
        forged = "X-Outward: forged\r\nx-outward: again\r\nSubject: tag\r\nX-OUTWARD: and again\r\n"
        message = f"From: {LOGIN}\r\n{forged}Date: Mon, 04 Mar 2024 10:00:00 +0000\r\n" \
                  "Message-ID: <tag@client.example.com>\r\nTo: bob@gmail.com\r\n\r\nX-Outward: text, not a field\r\n"
        self.assert_reply(self.session().send("tag@example.org", "tag@gmail.com", message=message), 250)
        arrived = self.arrived("tag@gmail.com")["message"].replace("\r\n", "\n")
        self.assertTrue(arrived.startswith("X-Outward: seen by outward\n"), arrived)
        kept = arrived[arrived.index("From: "):]
        expected = message.replace("\r\n", "\n")
        for field in ("X-Outward: forged\n", "x-outward: again\n", "X-OUTWARD: and again\n"):
            expected = expected.replace(field, "")
        self.assertEqual(kept, expected)
        self.assertTrue(self.gate.record("tag@example.org")["tag"].startswith("outward.conf:"))

    def test_forged_copies_are_removed_also_where_no_tag_is_added(self):
        message = f"X-Outward: forged\r\nFrom: {LOGIN}\r\nSubject: untagged\r\n\r\nHello.\r\n"
        self.assert_reply(self.session().send("untagged@example.org", "untagged@example.net", message=message), 250)
        self.assertNotIn("forged", self.arrived("untagged@example.net")["message"])

    def test_a_held_message_waits_until_it_is_released(self):
        message = bed.make_message("newsletter@gmail.com", ["held@example.net"], "held")
        reply = self.session().send("hold@example.org", "held@example.net", message=message)
        self.assert_reply(reply, 250)
        record = self.gate.record("hold@example.org")
        self.assertEqual(record.queue_id, reply.queue_id)
        self.assert_record(record, decision="hold", header_from="gmail.com")
        self.assertTrue(record["rule"].startswith("outward.conf:"))
        self.postfix.wait_for_queue(reply.queue_id, "hold")
        self.postfix.release(reply.queue_id)
        self.arrived("held@example.net")

    def test_no_second_from_lets_a_message_by(self):
        froms = {"twice": f"From: {LOGIN}\r\nFrom: x@gmail.com\r\n", "list": f"From: x@gmail.com, {LOGIN}\r\n",
                 "first": f"From: x@gmail.com\r\nFrom: {LOGIN}\r\n"}
        for name, fields in froms.items():
            with self.subTest(name):
                message = f"{fields}Subject: {name}\r\n\r\nHello.\r\n"
                reply = self.session().send(f"{name}@example.org", f"{name}@example.net", message=message)
                self.assert_reply(reply, 250)
                record = self.gate.record(f"{name}@example.org")
                self.assert_record(record, decision="hold")
                self.assertEqual(set(record["header_from"].split(",")), {"gmail.com", LOGIN.partition("@")[2]})
                self.postfix.wait_for_queue(reply.queue_id, "hold")
                self.postfix.release(reply.queue_id)
                self.arrived(f"{name}@example.net")

    def test_a_flood_of_forged_copies_is_refused(self):
        message = "X-Outward: forged\r\n" * 1001 + f"From: {LOGIN}\r\nSubject: flood\r\n\r\nHello.\r\n"
        reply = self.session().send("flood@example.org", "never@example.net", message=message)
        self.assert_reply(reply, 550, "5.7.1", "Too many copies")
        self.assert_record(self.gate.record("flood@example.org"), decision="reject", trouble="forged-tags", rule=None)


class Recipients(Submitting):
    """Rules for recipients, and the forms that senders, addresses and transactions take."""

    peer_names = ("gmail.com", "never.example", "later.example", "xn--bcher-kva.example")
    rules = """
        listener submission { port {sub} }
        domain books { "bücher.example" }
        submission {
            reject plaintext
            reject unauthenticated
            reject null-sender to domain books "550 5.7.1 no empty senders to booksellers"
            reject to domain never.example "550 5.7.1 not to them"
            tempfail to domain later.example "451 4.7.1 later"
            accept
        }"""

    @classmethod
    def make_settings(cls):
        books = cls.receivers["xn--bcher-kva.example"]
        routes = {**cls.receivers, "bücher.example": books}
        return {"transport_maps": bed.Postfix.transport_maps(routes)}

    def test_each_recipient_has_its_own_answer(self):
        client = self.session()
        client.mail("several@example.org")
        replies = client.rcpt("a@never.example", "several@gmail.com", "b@later.example", "c@never.example")
        self.assertEqual([reply.code for reply in replies], [550, 250, 451, 550])
        self.assert_reply(replies[0], 550, "5.7.1", "not to them")
        self.assert_reply(client.data(bed.make_message("several@example.org", ["several@gmail.com"], "x")), 250)
        self.arrived("several@gmail.com")
        self.assert_record(self.gate.record("several@example.org"), decision="accept", nrcpt="4", refused="3")
        for domain in ("never.example", "later.example"):
            self.assertEqual(self.receivers[domain].received(), [])

    def test_the_null_sender_is_a_sender(self):
        client = self.session()
        self.assert_reply(client.mail(""), 250)
        refused, accepted = client.rcpt("a@xn--bcher-kva.example", "null@gmail.com")
        self.assert_reply(refused, 550, "5.7.1", "no empty senders")
        self.assert_reply(accepted, 250)
        reply = client.data(bed.make_message(LOGIN, ["null@gmail.com"], "null"))
        self.assert_record(self.gate.record("", queue_id=reply.queue_id), decision="accept", **{"from": "<>"})
        self.arrived("null@gmail.com")

    def test_smtputf8_addresses_match_by_their_a_label(self):
        client = self.session()
        self.assert_reply(client.mail("jörg@example.org", "SMTPUTF8"), 250)
        self.assert_reply(client.rcpt("käthe@bücher.example"), 250)
        reply = client.data("From: jörg@example.org\r\nSubject: Grüße\r\n\r\nHallo.\r\n")
        self.assert_reply(reply, 250)
        self.assert_record(self.gate.record(queue_id=reply.queue_id), decision="accept",
                           to="xn--bcher-kva.example", **{"from": "<jörg@example.org>"})
        bed.until(lambda: self.receivers["xn--bcher-kva.example"].messages, "the message in UTF-8 arrives")

    def test_pipelined_commands_are_answered_in_order(self):
        client = self.session(tls=False)
        client.write("MAIL FROM:<piped@example.org>\r\nRCPT TO:<x@gmail.com>\r\nDATA\r\n")
        self.assertEqual([client.read().code for _ in range(3)], [530, 503, 503])
        self.assert_reply(client.say("NOOP"), 250)
        client = self.session()
        client.write("MAIL FROM:<piped-tls@example.org>\r\nRCPT TO:<y@never.example>\r\n"
                     "RCPT TO:<piped@gmail.com>\r\nDATA\r\n")
        self.assertEqual([client.read().code for _ in range(4)], [250, 550, 250, 354])
        client.write("Subject: piped\r\n\r\nHello.\r\n.\r\n")
        self.assert_reply(client.read(), 250)
        self.arrived("piped@gmail.com")

    def test_bdat_is_judged_like_data(self):
        message = bed.make_message(LOGIN, ["bdat@gmail.com"], "bdat")
        client = self.session(tls=False)
        self.assert_reply(client.mail("bdat-plain@example.org"), *NO_TLS)
        client = self.session()
        client.mail("bdat@example.org")
        client.rcpt("bdat@gmail.com")
        half = len(message) // 2
        client.write(f"BDAT {half}\r\n{message[:half]}")
        self.assert_reply(client.read(), 250)
        client.write(f"BDAT {len(message) - half} LAST\r\n{message[half:]}")
        reply = client.read()
        self.assert_reply(reply, 250)
        self.assert_record(self.gate.record("bdat@example.org"), decision="accept", header_from="example.org")
        self.assertIn("Subject: bdat", self.arrived("bdat@gmail.com")["message"])


class Neighbours(Submitting):
    """A signer before us and behind us, and a before-queue filter that takes the message away from us.

    The gate listens on a port: Postfix sends DATA together with its hang-up here, and of a unix socket that hung up
    libmilter reads no more.
    """

    needed = ("opendkim",)
    inet = True
    rules = """
        listener submission { port {before} port {behind} port {proxyfilter} }
        relay-networks { 127.0.0.0/8 }
        submission {
            accept local
            reject plaintext listener submission
            accept
        }"""

    @classmethod
    def make_listeners(cls):
        signer, gate = cls.start_opendkim(), cls.gate.milter
        cls.proxy = cls.bed.peer("before-queue", host="127.0.0.1", relay=cls.hand_back("return"))
        submission = bed.Listener.old_submission
        return {"before": submission(cls.sasldb, smtpd_milters=f"{signer}, {gate}"),
                "behind": submission(cls.sasldb, smtpd_milters=f"{gate}, {signer}"),
                "proxyfilter": submission(cls.sasldb, smtpd_proxy_filter=f"127.0.0.1:{cls.proxy.port}"),
                "return": bed.Listener(smtpd_milters="", mynetworks="127.0.0.0/8",
                                       smtpd_authorized_xforward_hosts="127.0.0.0/8")}

    @classmethod
    def start_opendkim(cls):
        directory = cls.bed.directory("opendkim")
        port = cls.bed.ports.take()
        run("openssl", "genrsa", "-out", f"{directory}/key.pem", "2048")
        with open(f"{directory}/opendkim.conf", "w", encoding="ascii") as file:
            file.write(f"Socket inet:{port}@127.0.0.1\nDomain example.org\nSelector test\n"
                       f"KeyFile {directory}/key.pem\nMode s\nInternalHosts 127.0.0.1\nSyslog no\n"
                       "RequireSafeKeys no\n")
        cls.bed.keep(Daemon(["opendkim", "-f", "-x", f"{directory}/opendkim.conf"], f"{directory}/log"))
        bed.until(lambda: bed.listening(port), "opendkim listens")
        return f"inet:127.0.0.1:{port}"

    def test_a_signer_before_us_is_seen_and_one_behind_us_is_not(self):
        for listener, dkim, aligned in (("before", "example.org", "yes"), ("behind", "none", "no")):
            with self.subTest(signer=listener):
                sender = f"{listener}@example.org"
                self.assert_reply(self.session(listener).send(sender, f"{listener}@gmail.com"), 250)
                self.assert_record(self.gate.record(sender), decision="accept", dkim=dkim, dkim_aligned=aligned)
                self.assertIn("DKIM-Signature:", self.arrived(f"{listener}@gmail.com")["message"])

    def test_a_before_queue_filter_leaves_us_the_envelope_and_a_record(self):
        self.assert_reply(self.session("proxyfilter", tls=False).mail("proxy-plain@example.org"), *NO_TLS)
        client = self.session("proxyfilter")
        self.assert_reply(client.send("proxy@example.org", "proxy@gmail.com"), 250)
        client.quit()
        self.arrived("proxy@gmail.com")
        record = self.gate.record("proxy@example.org")
        self.assert_record(record, decision="accept", stage="data", nrcpt="1", to="gmail.com", header_from=None)


class Failure(Submitting):
    """The gate is stopped, hangs, or dies in the middle of a message, under each milter_default_action."""

    actions = ("tempfail", "accept", "reject", "quarantine")
    rules = """
        listener submission { port {tempfail} }
        submission { reject plaintext \n accept }"""

    # What the client is told at MAIL when the gate is away, and at DATA when it dies behind RCPT.
    answers = {"tempfail": (451, "4.7.1"), "reject": (550, "5.5.0"), "accept": (250, None), "quarantine": (250, None)}

    @classmethod
    def make_listeners(cls):
        limits = "connect_timeout=2s, command_timeout=2s, content_timeout=2s"
        return {action: bed.Listener.old_submission(
            cls.sasldb, smtpd_milters=f"{{ {cls.gate.milter}, default_action={action}, {limits} }}")
                for action in cls.actions}

    def tearDown(self):
        self.gate.stop()
        self.gate.start()

    def assert_fate(self, action, reply, address):
        """Refused, delivered, or held, as the action says."""
        self.assert_reply(reply, *self.answers[action])
        if action == "accept":
            self.arrived(address)
        elif action == "quarantine":
            self.postfix.wait_for_queue(reply.queue_id, "hold")
            self.postfix.release(reply.queue_id)
            self.arrived(address)

    def without_the_gate(self, name):
        for action in self.actions:
            with self.subTest(action=action):
                address = f"{name}-{action}@gmail.com"
                client = bed.Session(self.postfix.ports[action])
                self.addCleanup(client.close)
                client.ehlo()
                client.auth_plain("alice", PASSWORD)
                reply = client.send(f"{name}-{action}@example.org", address)
                if action == "tempfail":  # Postfix answers AUTH so, too, and forgets the login
                    self.assertEqual(reply.code // 100, 4, reply)
                else:
                    self.assert_fate(action, reply, address)

    def test_a_stopped_gate(self):
        self.gate.stop()
        self.without_the_gate("stopped")

    def test_a_gate_that_hangs(self):
        self.gate.hang()
        self.without_the_gate("hung")

    def begun(self, action, name):
        """A session whose message the gate has accepted so far: (client, recipient)."""
        if not self.gate.running():
            self.gate.start()
        client, address = self.session(action), f"{name}-{action}@gmail.com"
        self.assert_reply(client.mail(f"{name}-{action}@example.org"), 250)
        self.assert_reply(client.rcpt(address), 250)
        return client, address

    def test_a_gate_that_dies_before_the_text_of_a_message(self):
        for action in self.actions:
            with self.subTest(action=action):
                client, address = self.begun(action, "killed")
                self.gate.stop()
                reply = client.data(bed.make_message(LOGIN, [address], "killed"))
                self.assert_fate(action, reply, address)

    def in_the_middle_of_the_text(self, name, end):
        """The end comes behind half a text."""
        for action in self.actions:
            with self.subTest(action=action):
                client, address = self.begun(action, name)
                self.assertEqual(client.say("DATA").code, 354)
                client.write(f"From: {LOGIN}\r\nSubject: {name}\r\n\r\n" + "Hello.\r\n" * 2000)
                end()
                client.write("Bye.\r\n.\r\n")
                reply = client.read()
                self.gate.send_signal(signal.SIGCONT)
                self.assert_fate(action, reply, address)

    def test_a_gate_that_dies_in_the_middle_of_the_text(self):
        self.in_the_middle_of_the_text("cut", self.gate.stop)

    def test_a_gate_that_hangs_in_the_middle_of_the_text(self):
        self.in_the_middle_of_the_text("stuck", self.gate.hang)


if __name__ == "__main__":
    bed.main()
