"""The milter protocol, spoken as Postfix speaks it: packet by packet, so that a test also sees what is not answered."""
import socket
import struct

from .wait import PATIENCE

ACTIONS = 0x1FF
PROTOCOL = 0x1FFFFF

# Names of src/milter/milter8.c and libmilter/mfapi.h.
ADD_HEADERS, CHANGE_HEADERS, QUARANTINE, SET_MACROS = 0x01, 0x10, 0x20, 0x100
NO_HEADERS = 0x20
NO_REPLY_HEADER, NO_REPLY_CONNECT, NO_REPLY_MAIL, NO_REPLY_RCPT, NO_REPLY_DATA = 0x80, 0x1000, 0x4000, 0x8000, 0x10000
NO_END_OF_HEADERS, NO_REPLY_END_OF_HEADERS = 0x40, 0x40000

STAGES = {"connect": b"C", "helo": b"H", "mail": b"M", "rcpt": b"R", "data": b"T", "end": b"E"}

FROM_587 = {"{daemon_name}": "mail.example.org", "{daemon_addr}": "192.0.2.1", "{daemon_port}": "587",
            "{client_addr}": "192.0.2.7", "{client_name}": "client.example.com", "{client_port}": "4242"}
LOGIN = {"{tls_version}": "TLSv1.3", "{cipher}": "TLS_AES_256_GCM_SHA384", "{cipher_bits}": "256",
         "{auth_type}": "PLAIN", "{auth_authen}": "alice@example.org"}

# Rules that refuse as early as they can, and rules that wait for the headers.
STRICT = """
relay-networks { 192.0.2.0/24 }
submission {
    reject plaintext
    reject unauthenticated
    reject to domain never.example
    accept
}
"""

AT_THE_END = """
relay-networks { }
submission {
    reject header-from domain gmail.com
    accept
}
"""


class MilterConnection:
    """One connection to a gate; milter as smtpd_milters has it.  Replies are (letter, rest), None for silence."""

    def __init__(self, milter, *, actions=ACTIONS, protocol=PROTOCOL, negotiate=True):
        kind, _, address = milter.partition(":")
        if kind == "unix":
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(address)
        else:
            host, _, port = address.partition(":")
            self.socket = socket.create_connection((host, int(port)))
        self.socket.settimeout(PATIENCE)
        self.actions = self.protocol = 0
        if negotiate:
            self.negotiate(actions, protocol)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def offer(self, actions=ACTIONS, protocol=PROTOCOL):
        """The first packet, whose answer is not waited for."""
        self.send(b"O", struct.pack(">III", 6, actions, protocol))

    def negotiate(self, actions=ACTIONS, protocol=PROTOCOL):
        self.offer(actions, protocol)
        letter, rest = self.receive()
        assert letter == b"O", letter
        _version, self.actions, self.protocol = struct.unpack(">III", rest[:12])
        return rest[12:]

    def send(self, letter, data=b""):
        self.socket.sendall(struct.pack(">I", len(data) + 1) + letter + data)

    def _read(self, size):
        got = b""
        while len(got) < size:
            part = self.socket.recv(size - len(got))
            if not part:
                raise ConnectionError("the gate closed the connection")
            got += part
        return got

    def receive(self):
        """The next packet; edits of a message come before its reply."""
        (size,) = struct.unpack(">I", self._read(4))
        packet = self._read(size)
        return packet[:1], packet[1:]

    def is_silent(self, seconds=0.2):
        """True when nothing comes for so long."""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(PATIENCE)

    def macros(self, stage, values):
        pairs = b"".join(f"{name}\0{value}\0".encode() for name, value in values.items())
        self.send(b"D", STAGES[stage] + pairs)

    def connect(self, macros=None, host="client.example.com", address="192.0.2.7"):
        self.macros("connect", FROM_587 if macros is None else macros)
        self.send(b"C", host.encode() + b"\x004" + struct.pack(">H", 4242) + address.encode() + b"\0")
        return None if self.protocol & NO_REPLY_CONNECT else self.receive()

    def mail(self, sender, macros=None):
        self.macros("mail", LOGIN if macros is None else macros)
        self.send(b"M", f"<{sender}>".encode() + b"\0")
        return self.receive()

    def rcpt(self, recipient, transport="smtp"):
        self.macros("rcpt", {"{rcpt_addr}": recipient, "{rcpt_mailer}": transport})
        self.send(b"R", f"<{recipient}>".encode() + b"\0")
        return None if self.protocol & NO_REPLY_RCPT else self.receive()

    def data(self, queue_id):
        self.macros("data", {"i": queue_id})
        self.send(b"T")
        return None if self.protocol & NO_REPLY_DATA else self.receive()

    def header(self, name, value):
        self.send(b"L", f"{name}\0{value}\0".encode())
        return None if self.protocol & NO_REPLY_HEADER else self.receive()

    def end(self, queue_id):
        """End of headers and of message: (what was done to it, the reply)."""
        self.send(b"N")
        if not self.protocol & NO_REPLY_END_OF_HEADERS:
            self.receive()
        self.macros("end", {"i": queue_id})
        self.send(b"E")
        edits = []
        while True:
            packet = self.receive()
            if packet[0] in (b"c", b"a", b"r", b"t", b"y", b"d"):
                return edits, packet
            edits.append(packet)

    def abort(self):
        self.send(b"A")

    def message(self, sender, *recipients, queue_id="4ABC", headers=()):
        """A whole message with a login: the reply to its end, or the refusal before."""
        reply = self.mail(sender)
        if reply[0] != b"c":
            return reply
        for recipient in recipients:
            self.rcpt(recipient)
        self.data(queue_id)
        for name, value in headers or (("From", sender),):
            if not self.protocol & NO_HEADERS:
                self.header(name, value)
        return self.end(queue_id)[1]
