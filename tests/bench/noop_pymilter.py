#!/usr/bin/python3
"""A no-op milter by pymilter (Debian's python3-milter), with the flags that outward-milter negotiates.

usage: noop_pymilter.py unix:PATH|inet:PORT@HOST
"""
import sys

import Milter

TLS_NAMES = "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}"


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


if __name__ == "__main__":
    Milter.factory = Noop
    Milter.set_flags(Milter.SETSYMLIST)
    Milter.runmilter("noop", sys.argv[1], 60)
