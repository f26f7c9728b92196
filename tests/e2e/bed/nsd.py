"""A real authoritative name server, NSD, with zones of the test's own, signed where asked."""
import shutil
import socket
import subprocess

from .process import Daemon
from .wait import until

HERE = "127.0.0.1"
HEAD = "$ORIGIN {zone}.\n$TTL 60\n@ SOA ns root 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n"
SERVER = """server:
    ip-address: {here}@{port}
    username: ""
    chroot: ""
    database: ""
    pidfile: "{base}/nsd.pid"
    xfrdfile: "{base}/xfrd.state"
    zonelistfile: "{base}/zone.list"
    xfrdir: "{base}"
    zonesdir: "{base}"
remote-control:
    control-enable: no
"""
ZONE = "zone:\n    name: {zone}\n    zonefile: {file}\n"


def text_record(name, text):
    """A TXT record of any length, in strings of 255 octets."""
    strings = " ".join(f'"{text[at:at + 255]}"' for at in range(0, max(len(text), 1), 255))
    return f"{name} TXT {strings}\n"


class Nsd:
    """zones: name -> records.  signed: the zones with DNSSEC; `anchor` then is a file of their keys."""

    def __init__(self, bed, zones, signed=(), forged=None):
        self.base = bed.directory("dns", mode=0o755)
        self.anchor = f"{self.base}/anchors.key"
        with open(self.anchor, "w", encoding="ascii"):
            pass
        self.port = bed.ports.take()
        files = {zone: self._write(zone, records, zone in signed) for zone, records in zones.items()}
        for zone, (before, after) in (forged or {}).items():
            self._forge(files[zone], before, after)
        with open(f"{self.base}/nsd.conf", "w", encoding="ascii") as file:
            file.write(SERVER.format(here=HERE, port=self.port, base=self.base))
            for zone, name in files.items():
                file.write(ZONE.format(zone=zone, file=name))
        self.daemon = bed.keep(Daemon([shutil.which("nsd", path="/usr/sbin:/usr/bin"), "-d", "-c", f"{self.base}/nsd.conf"],
                                      f"{self.base}/nsd.log"))
        until(lambda: self._answers(next(iter(zones))), self.daemon.output)

    @property
    def server(self):
        """As libunbound's programs take it."""
        return f"{HERE}@{self.port}"

    def _write(self, zone, records, sign):
        with open(f"{self.base}/{zone}", "w", encoding="ascii") as file:
            file.write(HEAD.format(zone=zone) + records)
        if not sign:
            return zone
        keys = [self._run("ldns-keygen", *flags, "-a", "ECDSAP256SHA256", zone).strip() for flags in ([], ["-k"])]
        self._run("ldns-signzone", "-n", "-f", f"{zone}.signed", zone, *keys)
        with open(self.anchor, "a", encoding="ascii") as anchors, \
                open(f"{self.base}/{keys[1]}.key", encoding="ascii") as key:
            anchors.write(key.read())
        return f"{zone}.signed"

    def _forge(self, name, before, after):
        """Change what was signed, as somebody on the way would."""
        with open(f"{self.base}/{name}", encoding="ascii") as file:
            zone = file.read()
        assert before in zone, f"{before} is not in {name}"
        with open(f"{self.base}/{name}", "w", encoding="ascii") as file:
            file.write(zone.replace(before, after))

    def _run(self, *argv):
        return subprocess.run(argv, cwd=self.base, capture_output=True, text=True, check=True).stdout

    def _answers(self, zone):
        name = b"".join(bytes([len(label)]) + label.encode() for label in zone.split(".")) + b"\0"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.2)
            client.sendto(b"\0\1\0\0\0\1\0\0\0\0\0\0" + name + b"\0\6\0\1", (HERE, self.port))
            try:
                return bool(client.recv(512))
            except OSError:
                return False
