"""One test's private corner of the machine."""
import os
import shutil
import ssl
import tempfile
import unittest

from .gate import Gate
from .peer import Peer
from .pki import Authority
from .ports import Ports
from .postfix import Postfix
from .proxy import TlsProxy
from .sasl import Dovecot, Saslauthd, Sasldb


def needs(*programs):
    """Skip the test, saying why, where it cannot run: without root, or without a program it drives."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root: Postfix's master does not start without")
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for program in ("postfix", "openssl", *programs):
        if shutil.which(program, path=path) is None:
            raise unittest.SkipTest(f"needs {program}: run script/deps")


class Bed:
    """A directory below /tmp, ports and certificates; everything made from it is stopped, last made first, with it."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="outward-e2e.", dir="/tmp")
        os.chmod(self.path, 0o711)  # Postfix's unprivileged processes must get through
        self.ports = Ports()
        self._running = []
        self._authority = None
        self._made = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Stop everything, also when stopping one part fails, then remove the directory."""
        failures = []
        while self._running:
            try:
                self._running.pop().stop()
            except Exception as failure:  # pylint: disable=broad-except
                failures.append(failure)
        self.ports.close()
        if os.environ.get("OUTWARD_KEEP"):
            print(f"kept: {self.path}")
        else:
            shutil.rmtree(self.path, ignore_errors=True)
        if failures:
            raise failures[0]

    def directory(self, name, mode=0o711):
        path = f"{self.path}/{name}"
        os.mkdir(path)
        os.chmod(path, mode)
        return path

    def _new(self, kind):
        self._made += 1
        return self.directory(f"{kind}{self._made}")

    def keep(self, part):
        """Stop this part, too, when the bed is closed."""
        self._running.append(part)
        return part

    @property
    def authority(self):
        if self._authority is None:
            self._authority = Authority(f"{self.path}/ca")
        return self._authority

    # Order of making is order of need: a SASL service outlives the Postfix that asks it, as it must (an idle smtpd
    # holds Dovecot's socket open for 100 s).

    def sasldb(self, users, realm="example.org"):
        return Sasldb(self._new("sasldb"), users, realm)

    def saslauthd(self, users):
        return self.keep(Saslauthd(self._new("saslauthd"), users))

    def dovecot(self, users):
        return self.keep(Dovecot(self._new("dovecot"), users))

    def peer(self, name, **options):
        """A receiving server; see Peer for the options."""
        peer = Peer(name, self.ports.take(), f"{self.path}/peer-{name}.jsonl", **options)
        return self.keep(peer)

    def good_peer(self, name, **options):
        """A peer with a certificate that the test's authority vouches for."""
        return self.peer(name, certificate=self.authority.issue("localhost"), **options)

    def kinds_of_peers(self):
        """Options of peer() by name: one that is good, each fault that a certificate or STARTTLS can have, two versions."""
        ca, good = self.authority, self.authority.issue("localhost")
        old, recent = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2
        return {
            "good": {"certificate": good},
            "self-signed": {"certificate": ca.self_signed("localhost")},
            "expired": {"certificate": ca.expired("localhost")},
            "wrong-name": {"certificate": ca.issue("other.example", names="DNS:other.example")},
            "tls10": {"certificate": good, "versions": (old, old)},
            "tls12": {"certificate": good, "versions": (recent, recent)},
            "plain": {},
            "refuse": {"certificate": good, "starttls": "refuse"},
            "garbage": {"certificate": good, "starttls": "garbage"},
            "silent": {"certificate": good, "starttls": "silent"},
            "drop": {"certificate": good, "starttls": "drop"},
        }

    def tls_proxy(self, target):
        """A proxy under TLS before this port."""
        return self.keep(TlsProxy(self.ports.take(), self.authority.issue("localhost"), target))

    def postfix(self, **options):
        """A Postfix that is not started yet; see Postfix for the options."""
        return self.keep(Postfix(self._new("postfix"), self.ports, self.authority, **options))

    def gate(self, rules, **options):
        """outward-milter, started and answering; see Gate for the options."""
        gate = self.keep(Gate(self._new("gate"), self.ports, rules, **options))
        gate.start()
        return gate
