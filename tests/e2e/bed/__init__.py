"""The test bed: real Postfix, SASL, TLS and receiving peers, private to one test and gone after it.

    with Bed() as bed:            a directory, an authority, ports; everything made from it is stopped with it
        peer = bed.peer("gmail")  a receiving server that remembers how each message reached it
        mta = bed.postfix(...)    a Postfix of its own, with the listeners asked for
        gate = bed.gate(RULES)    outward-milter under a rule file

Python 3 of Debian 12 and its standard library, nothing else.  Needs root, because Postfix's master does.
"""
from .base import Bed, needs
from .case import MailTest, OwnBedTest, SharedBedTest
from .clients import (
    Refused, Reply, Session, curl, mail_command, make_message, openssl_session, sendmail, swaks, trusting_context,
)
from .command import Outward, destinations, programs, truth
from .gate import SOURCE, Gate, Record, shipped_rules
from .load import Load
from .machine import Machine
from .nsd import Nsd, text_record
from .peer import OUTSIDE, Peer
from .pki import Authority
from .ports import Ports, listening, listening_at
from .postfix import Listener, Postfix
from .proxy import HANDS_ON, TlsProxy
from .run import main
from .wait import until

__all__ = [
    "Authority", "Bed", "Gate", "HANDS_ON", "Listener", "Load", "Machine", "MailTest", "Nsd", "OUTSIDE", "Outward",
    "OwnBedTest", "Peer", "Ports", "Postfix", "Record", "Refused", "Reply", "SOURCE", "Session", "SharedBedTest",
    "TlsProxy", "curl", "destinations", "listening", "listening_at", "mail_command", "main", "make_message", "needs",
    "openssl_session", "programs", "sendmail", "shipped_rules", "swaks", "text_record", "trusting_context", "truth",
    "until",
]
