"""Mail clients: a dialogue of our own for exact steps, and the real ones that postmasters meet."""
import base64
import re
import socket
import ssl
import subprocess
import threading

from .peer import limit_versions
from .process import run

MESSAGE = "From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Mon, 04 Mar 2024 10:00:00 +0000\r\n" \
          "Message-ID: <{subject}@client.example.com>\r\n\r\nHello.\r\n"

QUEUED = re.compile(r"queued as ([0-9A-Za-z]+)")


class Reply:
    """What a server answered: code, text (lines joined by a line feed) and, when it took a message, its queue ID."""

    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3]) if lines and lines[-1][:3].isdigit() else 0
        self.text = "\n".join(line[4:] for line in lines)
        found = QUEUED.search(self.text)
        self.queue_id = found.group(1) if found else None

    def __str__(self):
        return f"{self.code} {self.text}"

    __repr__ = __str__


class Refused(Exception):
    """The server said no; reply and the command it answered."""

    def __init__(self, reply, command):
        super().__init__(f"{command}: {reply}")
        self.reply = reply
        self.command = command


def read_reply(stream):
    """One reply, of any number of lines."""
    lines = []
    while True:
        line = stream.readline().decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            raise ConnectionError(f"the connection ended after {lines}")
        lines.append(line)
        if line[3:4] != "-":
            return Reply(lines)


class Session:
    """An SMTP dialogue, step by step.  Commands return the Reply, whatever it is; send() goes through a message.

    tls        None: none yet; "wrapper": from the first byte
    source     local address: what Postfix sees as the client
    context    ssl.SSLContext; the default takes any certificate, for the server's is not the subject here
    preface    what is sent before anything else: the word of a proxy that spoke with the client
    """

    def __init__(self, port, *, host="127.0.0.1", tls=None, source="127.0.0.1", context=None, preface="", timeout=60):
        self.socket = socket.create_connection((host, port), timeout, source_address=(source, 0))
        self.socket.sendall(preface.encode())
        self.context = context or trusting_context()
        if tls == "wrapper":
            self.socket = self.context.wrap_socket(self.socket)
        self._lines = self.socket.makefile("rb")
        self.banner = self.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._lines.close()
        self.socket.close()

    def read(self):
        return read_reply(self._lines)

    def write(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def say(self, command):
        self.write(command + "\r\n")
        return self.read()

    def ehlo(self, name="client.example.com"):
        return self.say(f"EHLO {name}")

    def starttls(self, ehlo=True):
        """STARTTLS, and EHLO again as RFC 3207 4.2 asks for, unless the test leaves it out."""
        reply = self.say("STARTTLS")
        if reply.code != 220:
            raise Refused(reply, "STARTTLS")
        self._lines.close()
        self.socket = self.context.wrap_socket(self.socket)
        self._lines = self.socket.makefile("rb")
        return self.ehlo() if ehlo else reply

    def auth_plain(self, login, password):
        return self.say("AUTH PLAIN " + base64.b64encode(f"\0{login}\0{password}".encode()).decode())

    def auth_login(self, login, password):
        """AUTH LOGIN as the old tutorials type it into telnet."""
        self.say("AUTH LOGIN")
        self.say(base64.b64encode(login.encode()).decode())
        return self.say(base64.b64encode(password.encode()).decode())

    def mail(self, sender, parameters=""):
        return self.say(f"MAIL FROM:<{sender}>{' ' + parameters if parameters else ''}")

    def rcpt(self, *recipients):
        """The reply to each recipient; a single Reply for a single one."""
        replies = [self.say(f"RCPT TO:<{recipient}>") for recipient in recipients]
        return replies[0] if len(replies) == 1 else replies

    def data(self, message):
        reply = self.say("DATA")
        if reply.code != 354:
            return reply
        self.write(re.sub(rb"(?m)^\.", b"..", message.encode() if isinstance(message, str) else message) + b".\r\n")
        return self.read()

    def rset(self):
        return self.say("RSET")

    def quit(self):
        return self.say("QUIT")

    def send(self, sender, *recipients, subject="hello", message=None):
        """A whole transaction: the final Reply, or the first refusal at MAIL, at every RCPT, or at DATA."""
        reply = self.mail(sender)
        if reply.code != 250:
            return reply
        replies = [self.rcpt(recipient) for recipient in recipients]
        if not any(reply.code == 250 for reply in replies):
            return replies[-1]
        return self.data(message or make_message(sender, recipients, subject))


def make_message(sender, recipients, subject):
    return MESSAGE.format(sender=sender, to=", ".join(recipients), subject=subject)


def trusting_context(lowest=None, highest=None, ciphers="ALL", certificate=None):
    """A client's TLS settings that take any server certificate; TLS 1.0 and weak ciphers where they are asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    limit_versions(context, lowest, highest, ciphers)
    if certificate is not None:
        context.load_cert_chain(certificate.chain)
    return context


def openssl_session(port, commands, *options, timeout=30):
    """Say commands through openssl s_client after its STARTTLS, each behind the last one's answer: the Replies.

    s_client sends no EHLO behind STARTTLS; a test that wants one says it.
    """
    argv = ["openssl", "s_client", "-quiet", "-starttls", "smtp", "-connect", f"127.0.0.1:{port}", *options]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
        watchdog = threading.Timer(timeout, client.kill)
        watchdog.start()
        try:
            return [_ask(client, command) for command in commands]
        finally:
            watchdog.cancel()
            client.kill()  # it does not end by itself at the end of its input


def _ask(client, command):
    client.stdin.write(command.replace("\n", "\r\n").encode() + b"\r\n")
    client.stdin.flush()
    return read_reply(client.stdout)


class Outcome:
    """How a real client fared: its exit status, the replies it got, and all it said."""

    def __init__(self, status, replies, transcript):
        self.status = status
        self.replies = replies  # (command, Reply) in order
        self.transcript = transcript
        refusals = [(command, reply) for command, reply in replies if reply.code >= 400]
        self.refused_at, self.refusal = refusals[0] if refusals else (None, None)
        self.queue_id = next((reply.queue_id for _, reply in replies if reply.queue_id), None)

    @property
    def last(self):
        """The reply that tells how it went: the first refusal, else the one that took the message."""
        return self.refusal or next((reply for _, reply in reversed(self.replies) if reply.queue_id), None)


def _outcome(done, sent, received):
    """Pair commands with replies in a client's transcript; sent and received are the marks of its lines."""
    replies, command, lines = [], "", []
    for line in (done.stdout + "\n" + done.stderr).splitlines():
        line = line.rstrip("\r")
        if found := re.match(received, line):
            lines.append(found.group(1))
            if lines[-1][3:4] != "-":
                replies.append((command, Reply(lines)))
                lines = []
        elif found := re.match(sent, line):
            command = found.group(1)
    return Outcome(done.returncode, replies, done.stdout + done.stderr)


def swaks(port, sender, recipients, *options, subject="hello"):
    """Send with swaks.  options are swaks's: -tls, -tlsc, --auth ..."""
    done = run("swaks", "--server", f"127.0.0.1:{port}", "--helo", "client.example.com", "--from", sender,
               "--to", recipients if isinstance(recipients, str) else ",".join(recipients),
               "--header", f"Subject: {subject}", "--timeout", "60", *options, check=False)
    return _outcome(done, r"^ [-~]> (.*)", r"^<[-~*]{1,2}\*? +(\d{3}.*)")


def curl(url, sender, recipient, message_file, *options):
    """Send a file with curl.  url like smtp://127.0.0.1:587; options are curl's."""
    done = run("curl", "-sS", "-v", "--max-time", "60", "--url", url, "--mail-from", sender, "--mail-rcpt", recipient,
               "-T", message_file, *options, check=False)
    return _outcome(done, r"^> (.*)", r"^< (\d{3}.*)")


def sendmail(postfix, sender, *recipients, subject="hello"):
    """Hand a message to sendmail(1) of this instance."""
    return run("/usr/sbin/sendmail", "-C", postfix.conf, "-i", "-f", sender, *recipients, check=False,
               text=make_message(sender, recipients, subject).replace("\r\n", "\n"))


def mail_command(postfix, recipient, subject="hello"):
    """mail -s, as administrators and cron jobs do."""
    return run("mail", "-s", subject, recipient, text="Hello.\n", env={"MAIL_CONFIG": postfix.conf}, check=False)
