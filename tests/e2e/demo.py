#!/usr/bin/python3
"""The demonstration behind script/demo: what a postmaster sees of the gate and of the report, on real mail."""
import sys
import textwrap

import bed

PASSWORD = "s3cret"
LOGIN = "alice@example.org"

RULES = """\
listener  submission {{ {ports} }}

submission {{
    accept   local                     # sendmail(1), cron
    reject   plaintext                 # 530 5.7.0 Must issue a STARTTLS command first
    reject   unauthenticated           # 530 5.7.0 Authentication required
    accept
}}
"""


def say(text=""):
    print(text, flush=True)


def title(text):
    say(f"\n== {text}")


def told(who, what, reply):
    """One submission: who sent it, how, and what the server answered."""
    say(f"  {who:<21} {what:<49} {reply}")


class Demo:
    """A mail server with two kinds of listeners, and three receiving servers on the other side."""

    def __init__(self, corner):
        self.bed = corner
        sasldb = corner.sasldb({"alice": PASSWORD})
        dovecot = corner.dovecot({LOGIN: PASSWORD})
        self.peers = {
            "gmail.com": corner.good_peer("gmail"),
            "partner.example": corner.peer("partner", certificate=corner.authority.self_signed("localhost")),
            "plain.example": corner.peer("plain"),
        }
        self.gate = corner.gate("submission { reject plaintext \n accept }")
        self.postfix = corner.postfix(
            milter=self.gate.milter, routes=self.peers,
            listeners={
                "smtp": bed.Listener.port25(),
                "submission": bed.Listener.submission(sasldb),
                "old": bed.Listener.old_submission(dovecot),
                "smtps": bed.Listener.smtps(dovecot),
            })
        ports = "  ".join(f"port {self.postfix.ports[name]}" for name in ("submission", "old", "smtps"))
        self.rules = RULES.format(ports=ports)
        self.gate.reload(self.rules)
        self.postfix.start()

    def tell_set_up(self):
        version = self.postfix.command("postconf", "-c", self.postfix.conf, "-h", "mail_version").stdout.strip()
        ports = self.postfix.ports
        title(f"A private Postfix {version}, and outward-milter with these rules")
        say(textwrap.indent(self.rules, "  "))
        say(f"  Port {ports['submission']} stands for 587 (STARTTLS, Cyrus SASL), {ports['smtps']} for 465 (Dovecot),")
        say(f"  {ports['old']} for a 587 of an old tutorial that takes passwords in plaintext, {ports['smtp']} for 25.")

    def send_all(self):
        title("What each client is told")
        self.laptop()
        self.phone()
        self.copier()
        self.script()
        self.cron()
        self.stranger()

    def laptop(self):
        outcome = bed.swaks(
            self.postfix.ports["submission"], LOGIN, ["bob@gmail.com", "bob@partner.example", "bob@plain.example"],
            "-tls", "--auth", "DIGEST-MD5", "--auth-user", "alice", "--auth-password", PASSWORD)
        told("a laptop (swaks)", "587, STARTTLS, DIGEST-MD5, to three domains", outcome.last)

    def phone(self):
        message = f"{self.bed.path}/phone.eml"
        with open(message, "w", encoding="ascii") as file:
            file.write(bed.make_message(LOGIN, ["carol@gmail.com"], "phone"))
        outcome = bed.curl(f"smtps://127.0.0.1:{self.postfix.ports['smtps']}", LOGIN, "carol@gmail.com", message,
                           "--cacert", self.bed.authority.pem, "-u", f"{LOGIN}:{PASSWORD}")
        told("a phone (curl)", "465, TLS from the start, to gmail.com", outcome.last)

    def copier(self):
        with bed.Session(self.postfix.ports["old"]) as client:
            client.ehlo("copier.example.org")
            client.auth_login(LOGIN, PASSWORD)
            told("a copier (telnet)", "587 in plaintext, AUTH LOGIN, to gmail.com",
                 client.send(LOGIN, "dave@gmail.com"))

    def script(self):
        outcome = bed.swaks(self.postfix.ports["submission"], "batch@example.org", "dave@gmail.com", "-tls")
        told("a script (swaks)", "587, STARTTLS, no password, to gmail.com", outcome.last)

    def cron(self):
        done = bed.sendmail(self.postfix, "cron@example.org", "erin@plain.example")
        told("cron (sendmail)", "local, to plain.example", "accepted" if done.returncode == 0 else done.stderr)

    def stranger(self):
        with bed.Session(self.postfix.ports["smtp"]) as client:
            client.ehlo("mx.client.example")
            told("a stranger's server", "25 in plaintext, to a user of ours: not judged",
                 client.send("frank@client.example", LOGIN))

    def wait_for_arrival(self):
        self.peers["gmail.com"].wait_for("carol@gmail.com")
        self.peers["plain.example"].wait_for("erin@plain.example")
        self.postfix.wait_until_empty()

    def tell_records(self):
        title("What the gate recorded")
        bed.until(lambda: len(self.gate.records()) >= 6, "six records")
        keys = ("decision", "direction", "rule", "tls", "auth", "from", "to")
        for record in self.gate.records():
            shown = " ".join(f"{key}={record[key]}" for key in keys if record[key])
            say(f"  {record.queue_id or 'NOQUEUE'}: {shown}")

    def tell_arrivals(self):
        title("What the receiving servers saw")
        for peer in self.peers.values():
            for address, tls in peer.received():
                say(f"  {address:<22} {tls or 'in plaintext'}")

    def report(self):
        title("outward report --log mail.log --log outward.log")
        say()
        # Here all servers are on this machine: only those on 127.0.0.1 are ours.
        say(bed.Outward()("report", "--internal", "127.0.0.1", "--log", self.postfix.log, "--log", self.gate.log)
            .stdout.rstrip())


def main():
    with bed.Bed() as corner:
        demo = Demo(corner)
        demo.tell_set_up()
        demo.send_all()
        demo.wait_for_arrival()
        demo.tell_records()
        demo.tell_arrivals()
        demo.report()


if __name__ == "__main__":
    sys.exit(main())
