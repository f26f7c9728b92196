"""What the test classes share: one bed for a class, and the assertions of the main job's table."""
import unittest

from .base import Bed, needs
from .clients import Session
from .command import Outward, decided, destinations, programs, submissions, truth
from .wait import until


class OwnBedTest(unittest.TestCase):
    """A bed for each test."""

    def setUp(self):
        needs()
        programs()
        self.bed = Bed()
        self.addCleanup(self.bed.close)


class SharedBedTest(unittest.TestCase):
    """A class with one bed; set_up() makes what its tests share."""

    needed = ()

    @classmethod
    def setUpClass(cls):
        needs(*cls.needed)
        programs()
        cls.bed = Bed()
        cls.addClassCleanup(cls.bed.close)
        cls.set_up()

    @classmethod
    def set_up(cls):
        """Nothing is shared but the bed."""


class MailTest(SharedBedTest):
    """Mail through the Postfix of set_up().

    When a class has delivered mail to peers, tearDownClass compares the report with what they saw:
    name them in cls.peers, the Postfix in cls.postfix and the gate in cls.gate.  A class whose report must say
    something else sets compares_report to False.
    """

    compares_report = True
    peers = ()
    postfix = None
    gate = None

    @classmethod
    def hand_back(cls, listener):
        """A content filter, for a peer's relay: what it takes it gives to this listener, and answers what that said."""
        def relay(sender, recipients, message):
            with Session(cls.postfix.ports[listener]) as client:
                client.ehlo("filter.example.org")
                client.say("MAIL " + sender)
                for recipient in recipients:
                    client.rcpt(recipient)
                return str(client.data(message))
        return relay

    @classmethod
    def tearDownClass(cls):
        if cls.peers and cls.compares_report:
            cls.assert_report_is_true()

    @classmethod
    def logs(cls):
        return [cls.postfix.log] + ([cls.gate.log] if cls.gate else [])

    @classmethod
    def _report_of_all_records(cls):
        """The report, unless a record came while it was made: of a client that is gone the gate learns in its own time."""
        before = cls.gate.records() if cls.gate else ()
        report = Outward().report(*cls.logs())
        return report if cls.gate is None or len(cls.gate.records()) == len(before) else None

    @classmethod
    def assert_report_is_true(cls):
        """The report of both logs says of domains what the peers saw, and of submissions what the gate recorded."""
        cls.postfix.wait_until_empty()
        report = until(cls._report_of_all_records, "the gate has written its last record")
        said, seen = destinations(report), truth(cls.peers)
        assert seen, "no peer received anything: this comparison would prove nothing"
        assert said == seen, f"the report says {said}, the peers saw {seen}"
        totals = tuple(sum(column) for column in zip(*seen.values()))
        said_totals = tuple(report["totals"][key] for key in ("sent", "encrypted", "plaintext", "unknown"))
        assert said_totals == totals, f"the report's totals are {said_totals}, the peers saw {totals}"
        if cls.gate:
            said, recorded = submissions(report), decided(cls.gate.records())
            assert said == recorded, f"the report says {said}, the gate recorded {recorded}"
        return report

    def assert_reply(self, reply, code, dsn=None, text=None):
        """A reply's code, and for refusals the enhanced code and text."""
        expected = " ".join(str(word) for word in (code, dsn, text) if word)
        self.assertTrue(str(reply).startswith(expected), f"{reply}, not {expected}")

    def assert_record(self, record, **values):
        """These keys of the gate's record have these values; None: the key is absent."""
        self.assertEqual({key: record[key] for key in values}, values, record)
