#!/usr/bin/python3
"""The report against what receiving servers really saw: every way in which a delivery is, or only seems, encrypted."""
import bed
from bed.follower import Follower

SENDER = "alice@example.org"


class Delivering(bed.MailTest):
    """A Postfix that sends what its own network hands it, and receivers by name."""

    kinds = {}
    settings = {}
    services = ""

    @classmethod
    def set_up(cls):
        authority = cls.bed.authority
        certificates = {
            "good": authority.issue("localhost"),
            "self-signed": authority.self_signed("localhost"),
            "expired": authority.expired("localhost"),
            "wrong-name": authority.issue("other.example", names="DNS:other.example"),
        }
        cls.receivers = {}
        for name, options in cls.kinds.items():
            options = {**options, "certificate": certificates.get(options.get("certificate"))}
            cls.receivers[name] = cls.bed.peer(name, **options)
        cls.peers = tuple(peer for peer in cls.receivers.values() if not peer.lmtp)
        cls.postfix = cls.bed.postfix(listeners={"smtp": bed.Listener.port25()}, routes=cls.make_routes(),
                                      settings=cls.settings, services=cls.services).start()
        cls.send_all()

    @classmethod
    def make_routes(cls):
        return {f"{name}.example": peer for name, peer in cls.receivers.items()}

    @classmethod
    def send_all(cls):
        """What is sent before the tests look."""
        raise NotImplementedError

    @classmethod
    def send(cls, *recipients):
        with bed.Session(cls.postfix.ports["smtp"], source="127.0.0.2") as client:
            client.ehlo()
            reply = client.send(SENDER, *recipients)
            assert reply.code == 250, reply

    @classmethod
    def nexthop(cls, name):
        """The receiver as Postfix names a next hop."""
        return f"[{cls.receivers[name].host}]:{cls.receivers[name].port}"

    def row(self, report, domain):
        return next(row for row in report["destinations"] if row["domain"] == domain)

    def report(self):
        self.postfix.wait_until_empty()
        return bed.Outward().report(*self.logs())


class Deliveries(Delivering):
    """Each kind of receiver, several messages each; broken TLS is retried in plaintext, as Postfix does at level may."""

    kinds = {
        "trusted": {"certificate": "good"},
        "self-signed": {"certificate": "self-signed"},
        "expired": {"certificate": "expired"},
        "wrong-name": {"certificate": "wrong-name"},
        "plain": {},
        "refuse": {"certificate": "good", "starttls": "refuse"},
        "garbage": {"certificate": "good", "starttls": "garbage"},
        "drop": {"certificate": "good", "starttls": "drop"},
        "picky": {"certificate": "good", "rcpt_replies": {
            "gone": "550 5.1.1 no such user",
            "liar": "550 5.7.1 to=<x@plain.example>, relay=none, status=sent (250 ok)"}},
        "tempfail": {"certificate": "good", "rcpt_replies": {"moody": "450 4.2.0 try another server"}},
        "second": {},
        "delivery": {"certificate": "good", "lmtp": True},
        "delivery-plain": {"lmtp": True},
    }
    settings = {"minimal_backoff_time": "1s", "maximal_backoff_time": "2s", "queue_run_delay": "1s",
                "lmtp_tls_security_level": "may", "lmtp_tls_loglevel": "1", "smtp_destination_concurrency_limit": "2"}

    @classmethod
    def make_routes(cls):
        routes = super().make_routes()
        for name in ("delivery", "delivery-plain"):
            routes[f"{name}.example"] = f"lmtp:{cls.nexthop(name)}"
        # The first server of the list takes TLS but not this recipient; the next one takes it, without TLS.
        routes["fallback.example"] = f"smtp:{cls.nexthop('tempfail')}, {cls.nexthop('second')}"
        # Nobody listens on the first one's port.
        routes["two-servers.example"] = f"smtp:[127.0.0.24]:{cls.receivers['trusted'].port}, {cls.nexthop('trusted')}"
        return routes

    @classmethod
    def send_all(cls):
        simple = ("trusted", "self-signed", "expired", "wrong-name", "plain", "refuse", "garbage", "drop", "delivery",
                  "delivery-plain", "two-servers")
        for number in range(3):
            for name in simple:
                cls.send(f"user{number}@{name}.example")
        cls.send("a@trusted.example", "b@trusted.example", "c@plain.example", "d@expired.example")
        cls.send("fine@picky.example", "gone@picky.example", "liar@picky.example")
        cls.send("moody@fallback.example")
        cls.receivers["second"].wait_for("moody@fallback.example")
        cls.receivers["drop"].wait_for("user2@drop.example", timeout=60)
        cls.receivers["garbage"].wait_for("user2@garbage.example", timeout=60)
        cls.postfix.wait_until_empty(timeout=60)

    def test_the_levels_of_trust_are_told_apart(self):
        report = self.report()
        for domain, level in (("trusted.example", "trusted"), ("self-signed.example", "untrusted"),
                              ("expired.example", "untrusted"), ("wrong-name.example", "trusted")):
            row = self.row(report, domain)
            self.assertEqual({name: count for name, count in row["levels"].items() if count}, {level: row["sent"]})
            self.assertEqual(row["versions"], {"TLSv1.3": row["sent"]})

    def test_a_handshake_before_a_plaintext_retry_encrypts_nothing(self):
        """The log has a TLS line to the same server, by the same process, right before."""
        report = self.report()
        for domain in ("drop.example", "garbage.example", "fallback.example"):
            row = self.row(report, domain)
            self.assertEqual((row["encrypted"], row["plaintext"]), (0, row["sent"]), row)
            self.assertIsNotNone(row["last_plaintext"])
        self.assertGreater(self.row(report, "drop.example")["deferred"], 0)
        self.assertGreater(self.row(report, "garbage.example")["failures"]["handshake"], 0)

    def test_refused_recipients_are_bounces_whatever_the_server_says(self):
        row = self.row(self.report(), "picky.example")
        self.assertEqual((row["sent"], row["encrypted"], row["bounced"]), (1, 1, 2))

    def test_lmtp_is_a_number_of_its_own(self):
        report = self.report()
        seen = [tls for name in ("delivery", "delivery-plain") for _address, tls in self.receivers[name].received()]
        self.assertEqual(len(seen), 6)
        self.assertEqual((report["lmtp"]["encrypted"], report["lmtp"]["plaintext"]), (3, 3))
        self.assertNotIn("delivery.example", bed.destinations(report))

    def test_bounces_to_our_own_users_are_no_deliveries(self):
        self.postfix.wait_for_mail("alice", "Undelivered Mail Returned to Sender")
        self.assertNotIn("example.org", bed.destinations(self.report()))

    def test_totals_are_complete_and_nothing_is_unknown(self):
        report = self.report()
        self.assertEqual(report["completeness"]["unknown"], 0)
        self.assertEqual(report["completeness"]["unparsed"], 0)


class Reuse(Delivering):
    """Connections that Postfix keeps open: in plaintext by scache, under TLS by tlsproxy."""

    kinds = {"plain": {}, "mixed": {"certificate": "good"}, "reuse": {"certificate": "good"}}
    services = "reuse unix - - n - - smtp -o smtp_tls_connection_reuse=yes\n"
    settings = {"smtp_connection_cache_destinations": bed.OUTSIDE}

    @classmethod
    def make_routes(cls):
        routes = super().make_routes()
        routes["reuse.example"] = f"reuse:{cls.nexthop('reuse')}"
        return routes

    @classmethod
    def send_all(cls):
        for number in range(6):
            for name in cls.kinds:
                cls.send(f"user{number}@{name}.example")
                cls.receivers[name].wait_for(f"user{number}@{name}.example")

    def assert_reused(self, name):
        """The test proves something only when connections were really reused."""
        port = self.receivers[name].port
        self.assertRegex(self.postfix.log_text(), rf"relay=[^ ]*:{port}, conn_use=[2-9]")

    def test_reused_plaintext_connections_stay_plaintext(self):
        self.assert_reused("plain")
        self.assertEqual(bed.destinations(self.report())["plain.example"], (6, 0, 6, 0))

    def test_reused_tls_connections_stay_encrypted(self):
        self.assert_reused("reuse")
        self.assertIn(" TLS connection reused to ", self.postfix.log_text())
        self.assertEqual(bed.destinations(self.report())["reuse.example"], (6, 6, 0, 0))


class Smarthost(Delivering):
    """Everything goes to one relay of somebody else's: what it does behind is not ours to claim."""

    kinds = {"smarthost": {"certificate": "good"}}
    compares_report = False
    domains = ("gmail.com", *(f"d{number}.example" for number in range(9)))

    @classmethod
    def make_routes(cls):
        return {"*": cls.receivers["smarthost"], "example.org": "virtual:"}

    @classmethod
    def send_all(cls):
        for domain in cls.domains:
            cls.send(f"user@{domain}")
        cls.postfix.wait_until_empty()

    def text(self, *options):
        return bed.Outward()("report", "--internal", "127.0.0.1", *options, "--log", self.postfix.log).stdout

    def test_its_hop_is_counted_apart(self):
        report = bed.Outward().report(*self.logs(), options=("--smarthost", bed.OUTSIDE))
        self.assertEqual(report["via_smarthost"]["sent"], len(self.domains))
        self.assertEqual(report["via_smarthost"]["encrypted"], len(self.domains))
        self.assertEqual(report["totals"]["sent"], 0)
        self.assertEqual(len(self.receivers["smarthost"].received()), len(self.domains))

    def test_the_verdict_ends_at_the_smarthost(self):
        self.assertIn("\nENCRYPTED AS FAR AS THE RELAY: all 10 messages left encrypted. 10 messages went through a "
                      "smarthost: the proof ends there.\n", self.text("--smarthost", bed.OUTSIDE))

    def test_one_that_nobody_declared_is_told(self):
        """On port 25 it looks like any server, except that it takes nearly everything."""
        self.assertEqual(self.report()["main_relay"], bed.OUTSIDE)
        text = self.text()
        self.assertIn(f"\nENCRYPTED AS FAR AS THE RELAY: all 10 messages left encrypted. Nearly all of it went through "
                      f"{bed.OUTSIDE}: if that is a smarthost, the proof ends there.\n", text)
        self.assertIn(f"if {bed.OUTSIDE} sends on for you, say --smarthost", text)

    def test_the_ledger_says_the_same_of_it(self):
        """Whoever counted the mail need not have known: at the hop, and in the verdict."""
        follower = Follower(self.bed.directory("keeper"), f"file {self.postfix.log} internal {{ 127.0.0.1 }}")
        follower.once()
        self.assertEqual(follower.report()["main_relay"], bed.OUTSIDE)
        text = bed.Outward()("report", "-c", follower.file).stdout
        self.assertIn(f"\nENCRYPTED AS FAR AS THE RELAY: all 10 messages left encrypted. Nearly all of it went through "
                      f"{bed.OUTSIDE}: if that is a smarthost, the proof ends there.\n", text)
        declared = Follower(self.bed.directory("declared"), f"file {self.postfix.log} internal {{ 127.0.0.1 }} "
                                f"smarthost {{ {bed.OUTSIDE} }}")
        declared.once()
        text = bed.Outward()("report", "-c", declared.file).stdout
        self.assertIn("\nENCRYPTED AS FAR AS THE RELAY: all 10 messages left encrypted. 10 messages went through a "
                      "smarthost: the proof ends there.\n", text)


class Blind(Delivering):
    """Without smtp_tls_loglevel, and the tls= field of Postfix 3.11, the log proves nothing; the report claims nothing."""

    kinds = {"trusted": {"certificate": "good"}, "plain": {}}
    settings = {"smtp_tls_loglevel": "0", "smtp_log_tls_feature_status": "no"}
    compares_report = False

    @classmethod
    def send_all(cls):
        for name in cls.kinds:
            cls.send(f"user@{name}.example")
        cls.postfix.wait_until_empty()

    def test_everything_is_unknown(self):
        report = self.report()
        self.assertEqual(bed.destinations(report), {"trusted.example": (1, 0, 0, 1), "plain.example": (1, 0, 0, 1)})
        self.assertEqual(report["completeness"]["unknown"], 2)

    def test_the_text_says_how_to_mend_it(self):
        text = bed.Outward()("report", "--internal", "127.0.0.1", "--log", self.postfix.log).stdout
        self.assertIn("smtp_tls_loglevel", text)

    def test_an_operator_who_knows_may_say_that_it_was_on(self):
        report = bed.Outward().report(*self.logs(), options=("--tls-logging", "on"))
        self.assertEqual(bed.destinations(report)["plain.example"], (1, 0, 1, 0))


if __name__ == "__main__":
    bed.main()
