"""A receiving mail server that remembers how each message reached it: the truth that a report must equal."""
import json
import re
import socketserver
import ssl
import threading
import time
import warnings

from .wait import PATIENCE, until

# All of 127.0.0.0/8 is this machine.  To the report, what stands on 127.0.0.1 is a part of our own mail system, such as
# a content filter, and what stands here is somebody else's server (report --internal 127.0.0.1).
OUTSIDE = "127.0.0.25"

# What happens at STARTTLS.
STARTTLS = (
    "offer",       # the handshake, then SMTP goes on
    "absent",      # not in the EHLO reply
    "refuse",      # 454
    "garbage",     # 220, then bytes that are no TLS
    "silent",      # 220, then nothing
    "drop",        # the handshake and the second EHLO, then the connection is gone
)

QUEUE_ID = re.compile(rb"^Received: (?:.*\r\n[ \t])*?.*\bid ([0-9A-Za-z]+)", re.IGNORECASE)


def tls_context(certificate, lowest=None, highest=None):
    """A server's TLS settings; lowest and highest as ssl.TLSVersion, which admits TLS 1.0 as well."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain)
    limit_versions(context, lowest, highest)
    return context


def limit_versions(context, lowest, highest, ciphers="ALL"):
    """Admit these versions only; old ones want OpenSSL's lowest security level, and Python warns of them."""
    if lowest is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = lowest, highest


class Server(socketserver.ThreadingTCPServer):
    """Listens beside the reservation of its port and does not wait for its threads at the end."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a client that goes away is what several tests are about


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    timeout = 60

    def handle(self):
        self.peer = self.server.peer
        self.tls = None
        self.cipher = None
        self.forget()
        self.reply(self.peer.banner)
        while line := self.rfile.readline(65536):
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            time.sleep(self.peer.delay)
            step = getattr(self, f"do_{verb.lower()}", None)
            if step is None:
                self.reply("502 5.5.2 Command not recognized")
            elif step(rest) is False:
                return

    def finish(self):
        super().finish()
        self.request.close()  # the TLS socket, which the server does not know

    def reply(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def forget(self):
        self.sender = None
        self.recipients = []

    def offers(self):
        words = ["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        if self.peer.starttls != "absent" and self.tls is None:
            words.append("STARTTLS")
        return words

    def do_ehlo(self, _name):
        self.forget()
        if self.tls is not None and self.peer.starttls == "drop":
            return False
        lines = ["peer.example", *self.offers()]
        for word in lines[:-1]:
            self.reply(f"250-{word}")
        self.reply(f"250 {lines[-1]}")
        return True

    do_lhlo = do_ehlo

    def do_helo(self, _name):
        self.forget()
        self.reply("250 peer.example")

    def do_starttls(self, _rest):
        if self.peer.starttls == "refuse":
            self.reply("454 4.7.0 TLS not available due to temporary reason")
            return True
        self.reply("220 2.0.0 Ready to start TLS")
        if self.peer.starttls == "garbage":
            self.reply("this is no TLS record")
            return False
        if self.peer.starttls == "silent":
            self.request.recv(65536)
            self.peer.stopped.wait(self.timeout)
            return False
        self.start_tls()
        return True

    def start_tls(self):
        self.request = self.peer.context.wrap_socket(self.request, server_side=True)
        self.tls, self.cipher = self.request.version(), self.request.cipher()[0]
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)

    def do_mail(self, rest):
        self.sender = rest
        self.reply("250 2.1.0 Ok")

    def do_rcpt(self, rest):
        address = re.sub(r"(?i)^to:\s*<(.*)>.*", r"\1", rest)
        answer = self.peer.rcpt_replies.get(address.rpartition("@")[0], "250 2.1.5 Ok")
        if answer.startswith("2"):
            self.recipients.append(address)
        self.reply(answer)

    def do_data(self, _rest):
        if not self.recipients:
            self.reply("554 5.5.1 No valid recipients")
            return
        self.reply("354 End data with <CR><LF>.<CR><LF>")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if line == b"":
            return
        message = b"".join(lines)
        answers = [self.peer.data_reply or self.peer.accept(self, message)]
        if self.peer.lmtp:  # one answer for each recipient, RFC 2033 4.2
            answers *= len(self.recipients)
        for answer in answers:
            self.reply(answer)
        self.forget()

    def do_rset(self, _rest):
        self.forget()
        self.reply("250 2.0.0 Ok")

    def do_noop(self, _rest):
        self.reply("250 2.0.0 Ok")

    def do_quit(self, _rest):
        self.reply("221 2.0.0 Bye")
        return False


class Peer:
    """A receiving server in a thread of the test.

    certificate   as pki makes it; None: no STARTTLS
    starttls      one of STARTTLS
    versions      (lowest, highest) as ssl.TLSVersion
    delay         seconds before each answer
    rcpt_replies  local part -> reply to RCPT; others are accepted
    data_reply    what the end of the message is answered, nothing being recorded then
    relay         called with (sender, recipients, message bytes), gives the reply: a content filter
    lmtp          answers for each recipient
    host          the loopback address it listens on; OUTSIDE stands for other people's servers
    """

    def __init__(self, name, port, path, *, certificate=None, starttls="offer", versions=(None, None), delay=0,
                 rcpt_replies=None, data_reply=None, relay=None, lmtp=False, host=OUTSIDE):
        assert starttls in STARTTLS
        self.name = name
        self.host = host
        self.port = port
        self.path = path
        self.starttls = starttls if certificate else "absent"
        self.context = tls_context(certificate, *versions) if certificate else None
        self.delay = delay
        self.rcpt_replies = rcpt_replies or {}
        self.data_reply = data_reply
        self.relay = relay
        self.lmtp = lmtp
        self.banner = "220 peer.example ESMTP"
        self.messages = []
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._server = Server((host, port), Conversation)
        self._server.peer = self
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def accept(self, conversation, message):
        """Take responsibility for a message: remember it, in memory and as a JSON line, and give the reply."""
        if self.relay is not None:
            return self.relay(conversation.sender, conversation.recipients, message)
        found = QUEUE_ID.search(message)
        entry = {"tls": conversation.tls, "cipher": conversation.cipher, "from": conversation.sender,
                 "rcpt": list(conversation.recipients), "queue_id": found.group(1).decode() if found else None,
                 "message": message.decode("utf-8", "replace")}
        with self._lock:
            self.messages.append(entry)
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
            return f"250 2.0.0 Ok: queued as PEER{len(self.messages):05}"

    def received(self):
        """Recipients that got a message, as (address, TLS version or None), in the order of arrival."""
        with self._lock:
            return [(address, entry["tls"]) for entry in self.messages for address in entry["rcpt"]]

    def wait_for(self, address, count=1, timeout=PATIENCE):
        """Wait until count messages for this address arrived; the last one's entry."""
        def look():
            with self._lock:
                entries = [entry for entry in self.messages if address in entry["rcpt"]]
            return entries[-1] if len(entries) >= count else None
        return until(look, lambda: f"{count} for {address} at {self.name}: {self.received()}", timeout)

    def stop(self):
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
