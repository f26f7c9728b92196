"""A Postfix of the test's own: its configuration, its queue, its log, its listeners."""
import email
import email.policy
import json
import os
import shutil
import socket
import time

from .process import children, end_group, run
from .wait import PATIENCE, until

# Local mail lands in Maildirs of virtual users: no account of this machine is needed.
LOCAL_USERS = ("alice", "bob")

MAIN_CF = {
    "compatibility_level": "3.6",
    "queue_directory": "{base}/spool",
    "data_directory": "{base}/data",
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "shlib_directory": "/usr/lib/postfix",
    "meta_directory": "/etc/postfix",
    "maillog_file": "{base}/mail.log",
    "maillog_file_prefixes": "{base}",
    "myhostname": "{host}.example.org",
    "mydestination": "",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "alias_maps": "",
    "alias_database": "",
    "default_database_type": "texthash",
    "default_transport": "error:no route for this domain in the test bed",
    "virtual_mailbox_domains": "example.org",
    "virtual_mailbox_base": "{base}/mail",
    "virtual_mailbox_maps": "inline:{{mailboxes}}",
    "virtual_uid_maps": "static:65534",
    "virtual_gid_maps": "static:65534",
    "virtual_minimum_uid": "1",
    # Tests connect from 127.0.0.1 as strangers and from 127.0.0.2 as the own network.
    "mynetworks": "127.0.0.2/32",
    "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
    "smtpd_authorized_xclient_hosts": "127.0.0.1",
    "smtpd_peername_lookup": "no",
    "smtpd_error_sleep_time": "0",
    "smtpd_sasl_local_domain": "example.org",
    "cyrus_sasl_config_path": "{base}/conf/sasl",  # where Debian's looks unasked
    "smtpd_tls_chain_files": "{chains}",
    "smtpd_tls_CAfile": "{ca}",
    "smtpd_tls_loglevel": "1",
    "smtp_tls_security_level": "may",
    "smtp_tls_loglevel": "1",
    "smtp_tls_CAfile": "{ca}",
    "smtp_starttls_timeout": "5s",
    "in_flow_delay": "0",
    "milter_default_action": "tempfail",
}

SERVICES = """\
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp -o syslog_name=postfix/$service_name
lmtp      unix - - n - - lmtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
showq     unix n - n - - showq
tlsproxy  unix - - n - 0 tlsproxy
postlog   unix-dgram n - n - 1 postlogd
"""


class Listener:
    """One smtpd service of master.cf.  sasl: a back end of sasl.py, or None for no AUTH; options: main.cf overrides.

    The four kinds that a mail server has:
        Listener.port25()                    STARTTLS offered, no AUTH
        Listener.submission(sasl)            587: STARTTLS demanded, AUTH
        Listener.old_submission(sasl)        587 as old tutorials had it: AUTH in plaintext, too
        Listener.smtps(sasl)                 465: TLS from the first byte, AUTH
    """

    def __init__(self, sasl=None, **options):
        self.sasl = sasl
        self.options = options

    @classmethod
    def port25(cls, **options):
        return cls(smtpd_tls_security_level="may", **options)

    @classmethod
    def submission(cls, sasl, **options):
        return cls(sasl, smtpd_tls_security_level="encrypt", **options)

    @classmethod
    def old_submission(cls, sasl, **options):
        return cls(sasl, smtpd_tls_security_level="may", smtpd_tls_auth_only="no", **options)

    @classmethod
    def smtps(cls, sasl, **options):
        return cls(sasl, smtpd_tls_wrappermode="yes", **options)

    def master_line(self, name, port):
        options = {"syslog_name": f"postfix/{name}", **self._sasl_options(name), **self.options}
        words = " ".join(f"-o {{ {key} = {value} }}" for key, value in options.items())
        return f"127.0.0.1:{port} inet n - n - - smtpd {words}\n"

    def _sasl_options(self, name):
        if self.sasl is None:
            return {}
        if self.sasl.name == "dovecot":
            return {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": self.sasl.socket}
        return {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_path": name}


class Postfix:
    """A private instance.

    listeners: name -> Listener; ports[name] is where it listens.
    routes:    domain -> peer (or transport text), for transport_maps.
    milter:    the value of smtpd_milters and non_smtpd_milters.
    settings:  further main.cf settings; {base} stands for the instance's directory.
    services:  further lines of master.cf.
    """

    def __init__(self, base, ports, authority, *, listeners, routes=None, milter="", settings=None, services=""):
        self.base = base
        self.conf = f"{base}/conf"
        self.log = f"{base}/mail.log"
        self.listeners = listeners
        self.ports = {name: ports.take() for name in listeners}
        self.services = services
        self._marks = 0
        self.host = socket.gethostname().split(".")[0]
        certificate = authority.issue(f"{self.host}.example.org")
        rsa = authority.issue(f"{self.host}.example.org", kind="rsa")  # for ciphers without forward secrecy
        self._facts = {
            "base": base, "host": self.host, "ca": authority.pem, "chains": f"{certificate.chain}, {rsa.chain}",
            "mailboxes": ", ".join(f"{{{user}@example.org = {user}/}}" for user in LOCAL_USERS)}
        self.settings = {**MAIN_CF, **(settings or {})}
        if routes and "transport_maps" not in self.settings:
            self.settings["transport_maps"] = self.transport_maps(routes)
        if milter:
            self.settings.setdefault("smtpd_milters", milter)
            self.settings.setdefault("non_smtpd_milters", milter)

    @staticmethod
    def transport_maps(routes):
        """The value of transport_maps for these routes."""
        lines = []
        for domain, target in routes.items():
            transport = target if isinstance(target, str) else f"smtp:[{target.host}]:{target.port}"
            lines.append(f"{{{domain} = {transport}}}")
        return "inline:{" + ", ".join(lines) + "}"

    # Files

    def _write(self, name, text):
        with open(f"{self.conf}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        # Postfix reads a file of this very second again and again, 0.3 s apart, lest it be half written.
        os.utime(f"{self.conf}/{name}", (time.time() - 60,) * 2)

    def _filled(self, value):
        """A setting with our {base} and the like put in; Postfix's own braces stay."""
        for name, fact in self._facts.items():
            value = value.replace("{" + name + "}", fact)
        return value

    def write_configuration(self):
        """Write main.cf, master.cf and sasl/*.conf as the attributes say; a running instance needs reload() then."""
        os.makedirs(f"{self.conf}/sasl", exist_ok=True)
        self._write("main.cf", "".join(f"{key} = {self._filled(value)}\n" for key, value in self.settings.items()))
        self._write("master.cf", SERVICES + self.services + "".join(
            listener.master_line(name, self.ports[name]) for name, listener in self.listeners.items()))
        for name, listener in self.listeners.items():
            if listener.sasl is not None and listener.sasl.name != "dovecot":
                self._write(f"sasl/{name}.conf", listener.sasl.configuration)

    def _make_directories(self):
        for name, owner in (("conf", "root"), ("spool", "root"), ("data", "postfix"), ("mail", "nobody")):
            os.makedirs(f"{self.base}/{name}", exist_ok=True)
            os.chmod(f"{self.base}/{name}", 0o755)
            shutil.chown(f"{self.base}/{name}", owner)
        os.makedirs(f"{self.base}/spool/pid", mode=0o755, exist_ok=True)  # without it the first start takes 2 s

    # Life

    def start(self):
        """Start; returns when the listeners are bound."""
        self._make_directories()
        self.write_configuration()
        done = self.command("postfix", "-c", self.conf, "start", check=False)
        if done.returncode != 0:  # it tells its reason nowhere but in its log
            raise AssertionError(f"Postfix does not start: {done.stdout}{done.stderr}{self.log_text()}")
        return self

    def reload(self):
        """Write the configuration and put it into force."""
        self.write_configuration()
        self.reread()

    def reread(self, *command):
        """postfix reload, or a command that does it; returns when no process is left that knows what was in force before.

        The command itself does not wait: what is asked of the queue manager right behind it may go to the one that ends.
        """
        master = self._master()
        before = children(master)
        self.command(*(command or ("postfix", "-c", self.conf, "reload")))
        until(lambda: not before & children(master), "the processes of before have ended")

    def _master(self):
        """The process ID of master(8)."""
        with open(f"{self.base}/spool/pid/master.pid", encoding="ascii") as file:
            return int(file.read())

    def stop(self):
        try:
            master = self._master()
        except FileNotFoundError:
            return  # never started
        self.command("postfix", "-c", self.conf, "stop", check=False)
        end_group(master, patience=3)

    def command(self, *argv, **options):
        """One of Postfix's commands, with sbin in its path."""
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        return run(*argv, env={"PATH": path}, **options)

    # What it knows

    def log_text(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait_for_log(self, text, timeout=PATIENCE):
        """The first log line that contains text."""
        def find():
            return next((line for line in self.log_text().splitlines() if text in line), None)
        return until(find, lambda: f"{text!r} in {self.log}:\n{self.log_text()[-3000:]}", timeout)

    def queue(self):
        """What postqueue(1) knows: one dict for each message; maildrop included."""
        listing = self.command("postqueue", "-c", self.conf, "-j").stdout
        return [json.loads(line) for line in listing.splitlines()]

    def queued(self, queue_id):
        """The message of this queue ID, or None."""
        return next((entry for entry in self.queue() if entry["queue_id"] == queue_id), None)

    def wait_until_empty(self, timeout=PATIENCE):
        """Wait until nothing is queued, and the log says what became of it."""
        until(lambda: not self.queue(), lambda: f"empty queue: {self.queue()}", timeout)
        self._wait_until_logged()

    def _wait_until_logged(self):
        """What was said so far stands in the log: postlogd(8) writes line after line, and may be behind."""
        self._marks += 1
        mark = f"mark {self._marks}."
        self.command("postlog", "-c", self.conf, "-t", "bed", mark)
        self.wait_for_log(f"]: {mark}")

    def wait_for_queue(self, queue_id, queue_name, timeout=PATIENCE):
        """Wait until the message is in that queue; its entry."""
        def look():
            entry = self.queued(queue_id)
            return entry if entry and entry["queue_name"] == queue_name else None
        return until(look, lambda: f"{queue_id} in {queue_name}: {self.queue()}", timeout)

    def flush(self):
        """Try everything that is deferred again."""
        self.command("postqueue", "-c", self.conf, "-f")

    def release(self, queue_id):
        """Take a message off hold and deliver it; -H alone only moves it to the deferred queue."""
        self.command("postsuper", "-c", self.conf, "-H", queue_id)
        self.command("postqueue", "-c", self.conf, "-i", queue_id)

    def mailbox(self, user):
        """The messages in a local user's Maildir, as email.message objects."""
        directory = f"{self.base}/mail/{user}/new"
        messages = []
        for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
            with open(f"{directory}/{name}", "rb") as file:
                messages.append(email.message_from_binary_file(file, policy=email.policy.default))
        return messages

    def wait_for_mail(self, user, subject):
        """The message with this subject in a local user's Maildir."""
        def look():
            return next((mail for mail in self.mailbox(user) if mail["subject"] == subject), None)
        return until(look, lambda: f"{subject!r} for {user}:\n{self.log_text()[-3000:]}")
