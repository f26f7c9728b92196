"""Throwaway certificates."""
import os

from .process import run

CA_CONFIG = """[ca]
default_ca = d
[d]
database = {directory}/index.txt
serial = {directory}/serial
new_certs_dir = {directory}
default_md = sha256
policy = p
unique_subject = no
[p]
commonName = supplied
"""

EXTENSIONS = """[x]
basicConstraints = CA:FALSE
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = {names}
"""

PAST = ("20200101000000Z", "20200201000000Z")
NOW = ("20200101000000Z", "20491231000000Z")


def key_options(kind):
    if kind == "rsa":
        return ["-newkey", "rsa:2048"]
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]


class Certificate:
    """Paths of one certificate: cert, key, and chain (key and certificate in one file, as Postfix and Python want)."""

    def __init__(self, stem):
        self.cert = f"{stem}.pem"
        self.key = f"{stem}.key"
        self.chain = f"{stem}.chain"

    def write_chain(self):
        with open(self.key, encoding="ascii") as key, open(self.cert, encoding="ascii") as cert:
            text = key.read() + cert.read()
        with open(self.chain, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.chain, 0o600)
        return self


class Authority:
    """A certificate authority in a directory of its own."""

    def __init__(self, directory, name="Test CA"):
        os.makedirs(directory, mode=0o755)
        self.directory = directory
        self.name = name
        self.pem = f"{directory}/ca.pem"
        self._count = 0
        self._write("index.txt", "")
        self._write("serial", "01\n")
        self._write("ca.cnf", CA_CONFIG.format(directory=directory))
        run("openssl", "req", "-x509", *key_options("ec"), "-nodes", "-keyout", f"{directory}/ca.key",
            "-out", self.pem, "-days", "3650", "-subj", f"/CN={name}",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _write(self, name, text):
        with open(f"{self.directory}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def issue(self, subject, names="DNS:localhost,IP:127.0.0.1", kind="ec", dates=NOW):
        """A certificate for subject (a CN) and names (as openssl's subjectAltName wants them)."""
        self._count += 1
        stem = f"{self.directory}/{self._count}"
        made = Certificate(stem)
        run("openssl", "req", "-new", *key_options(kind), "-nodes", "-keyout", made.key, "-out", f"{stem}.csr",
            "-subj", f"/CN={subject}")
        self._write(f"{self._count}.ext", EXTENSIONS.format(names=names))
        run("openssl", "ca", "-batch", "-config", f"{self.directory}/ca.cnf", "-cert", self.pem,
            "-keyfile", f"{self.directory}/ca.key", "-in", f"{stem}.csr", "-out", made.cert, "-notext",
            "-startdate", dates[0], "-enddate", dates[1], "-extfile", f"{stem}.ext", "-extensions", "x")
        return made.write_chain()

    def expired(self, subject):
        return self.issue(subject, dates=PAST)

    def self_signed(self, subject, names="DNS:localhost,IP:127.0.0.1"):
        """A certificate that no authority vouches for; kept here only for its directory."""
        self._count += 1
        made = Certificate(f"{self.directory}/{self._count}")
        run("openssl", "req", "-x509", *key_options("ec"), "-nodes", "-keyout", made.key, "-out", made.cert,
            "-days", "3650", "-subj", f"/CN={subject}", "-addext", f"subjectAltName={names}")
        return made.write_chain()
