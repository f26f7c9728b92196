"""Who knows the passwords: sasldb, saslauthd over the shadow file, Dovecot.  Each is what Postfix really asks."""
import os
import shutil
import unittest

from .ports import listening_at
from .process import Daemon, run
from .wait import until


class Sasldb:
    """Cyrus SASL's own database: no process; PLAIN LOGIN CRAM-MD5 DIGEST-MD5.  users: name -> password."""

    name = "sasldb"

    def __init__(self, directory, users, realm):
        self.database = f"{directory}/sasldb2"
        for user, password in users.items():
            run("saslpasswd2", "-p", "-c", "-f", self.database, "-u", realm, user, text=password)
        shutil.chown(self.database, "postfix")
        os.chmod(self.database, 0o600)
        self.configuration = (
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
            f"sasldb_path: {self.database}\nmech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5\n")


class Saslauthd:
    """saslauthd -a shadow: PLAIN LOGIN against a passwd and a shadow file that exist only in its mount namespace, so
    that no account of this machine is touched."""

    name = "saslauthd"

    def __init__(self, directory, users):
        self.socket = f"{directory}/run/mux"
        os.mkdir(f"{directory}/run")
        self._write_accounts(directory, users)
        self._daemon = Daemon(
            ["unshare", "-m", "sh", "-ec",
             'mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/shadow" /etc/shadow; '
             'exec saslauthd -d -a shadow -m "$1/run" -n 2', "sh", directory],
            f"{directory}/log")
        self._wait_for_socket()
        self.configuration = (
            f"pwcheck_method: saslauthd\nsaslauthd_path: {self.socket}\nmech_list: PLAIN LOGIN\n")

    @staticmethod
    def _write_accounts(directory, users):
        passwd, shadow = "root:x:0:0::/:/bin/sh\n", "root:*:19000:0:99999:7:::\n"
        for number, (user, password) in enumerate(users.items(), start=60001):
            digest = run("openssl", "passwd", "-6", "-stdin", text=password + "\n").stdout.strip()
            passwd += f"{user}:x:{number}:65534::/nonexistent:/usr/sbin/nologin\n"
            shadow += f"{user}:{digest}:19000:0:99999:7:::\n"
        for name, text, mode in (("passwd", passwd, 0o644), ("shadow", shadow, 0o600)):
            with open(f"{directory}/{name}", "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(f"{directory}/{name}", mode)

    def _wait_for_socket(self):
        def ready():
            return listening_at(self.socket) or not self._daemon.running()
        until(ready, lambda: f"saslauthd opens {self.socket}: {self._daemon.output()}")
        if not self._daemon.running():
            raise unittest.SkipTest("needs mount namespaces for saslauthd: " + self._daemon.output().strip())

    def stop(self):
        self._daemon.stop()


DOVECOT = """base_dir = {0}/run
state_dir = {0}/state
log_path = {0}/log
protocols =
ssl = no
listen = 127.0.0.1
auth_mechanisms = plain login cram-md5
auth_failure_delay = 0
disable_plaintext_auth = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {0}/passwd
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}}
service auth {{
  unix_listener {0}/auth-client {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


class Dovecot:
    """Dovecot's auth service with a passwd-file: PLAIN LOGIN CRAM-MD5.  users: full login name -> password."""

    name = "dovecot"

    def __init__(self, directory, users):
        self.socket = f"{directory}/auth-client"
        with open(f"{directory}/passwd", "w", encoding="ascii") as file:
            file.writelines(f"{user}:{{PLAIN}}{password}\n" for user, password in users.items())
        shutil.chown(f"{directory}/passwd", "root", "dovecot")
        os.chmod(f"{directory}/passwd", 0o640)
        with open(f"{directory}/dovecot.conf", "w", encoding="ascii") as file:
            file.write(DOVECOT.format(directory))
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        self._daemon = Daemon(["dovecot", "-F", "-c", f"{directory}/dovecot.conf"], f"{directory}/stderr",
                              {"PATH": path})
        until(lambda: listening_at(self.socket), lambda: f"Dovecot opens {self.socket}: {self._daemon.output()}")

    def stop(self):
        self._daemon.stop(patience=0.2)  # its children wait for as long as a Postfix process holds a socket of theirs
