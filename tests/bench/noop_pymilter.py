#!/usr/bin/python3
"""A no-op milter by pymilter (Debian's python3-milter), with the flags that outward-milter negotiates.

usage: noop_pymilter.py unix:PATH|inet:PORT@HOST [LOG OCTETS]

With LOG it reads the macros at end of message and appends a line of that length, as noop_filter --macros --log does.
"""
import os
import sys

import Milter

TLS_NAMES = "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}"
PRINTED = ("i", "client_name", "client_addr", "client_port", "tls_version", "cipher", "cipher_bits", "auth_type",
           "auth_authen", "mail_addr", "rcpt_addr", "rcpt_mailer", "daemon_name", "daemon_port", "daemon_addr")


class Noop(Milter.Base):
    """Takes MAIL, RCPT and end of message with a reply, CONNECT, DATA, headers and their end without; the rest is not sent."""

    def negotiate(self, opts):
        agreed = super().negotiate(opts)
        # Not by Milter.Base.setsymlist(), which in 1.0.5 hands octets to a function that wants a string.
        ask = self._ctx.setsymlist
        ask(Milter.M_CONNECT,
            "{daemon_name} {daemon_addr} {daemon_port} {client_addr} {client_name} {client_port}")
        ask(Milter.M_HELO, "i")
        ask(Milter.M_ENVFROM, TLS_NAMES + " {auth_type} {auth_authen} {mail_addr} i")
        ask(Milter.M_ENVRCPT, "{rcpt_addr} {rcpt_mailer} i")
        return agreed

    @Milter.noreply
    def connect(self, hostname, family, hostaddr):
        return Milter.CONTINUE

    @Milter.nocallback
    def hello(self, hostname):
        return Milter.CONTINUE

    def envfrom(self, f, *str):
        return Milter.CONTINUE

    def envrcpt(self, to, *str):
        return Milter.CONTINUE

    @Milter.noreply
    def data(self):
        return Milter.CONTINUE

    @Milter.noreply
    def header(self, field, value):
        return Milter.CONTINUE

    @Milter.noreply
    def eoh(self):
        return Milter.CONTINUE

    @Milter.nocallback
    def body(self, blk):
        return Milter.CONTINUE

    @Milter.nocallback
    def unknown(self, cmd):
        return Milter.CONTINUE

    def eom(self):
        return Milter.CONTINUE


class Writing(Noop):
    """The same, and a line at the end."""

    log = None
    octets = 0

    def eom(self):
        words = " ".join(f"{name}={self.getsymval(name) or 'none'}" for name in PRINTED)
        os.write(self.log, (f"<22>Nov 21 19:16:49 noop-pymilter[{os.getpid()}]: {words}"
                            .ljust(self.octets, "x")[:self.octets] + "\n").encode())
        return Milter.CONTINUE


if __name__ == "__main__":
    Milter.factory = Noop
    if len(sys.argv) > 2:
        Milter.factory = Writing
        Writing.log = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        Writing.octets = int(sys.argv[3])
    Milter.set_flags(Milter.SETSYMLIST)
    Milter.runmilter("noop", sys.argv[1], 60)
