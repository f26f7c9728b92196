#!/usr/bin/python3
"""outward guidelines against a real name server: signed zones, a forged one, and servers that fail."""
import json
import os
import socket
import subprocess
import time
import unittest

import bed
from bed.process import run

FINE, NEEDS_WORK, USAGE, UNKNOWN = range(4)
HERE = "127.0.0.1"


def rsa_key(bits):
    """The p= of a fresh key."""
    key = subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=key, capture_output=True,
                         check=True).stdout
    return subprocess.run(["openssl", "base64", "-A"], input=der, capture_output=True, text=False,
                          check=True).stdout.decode()


class GuidelinesTest(bed.SharedBedTest):
    needed = ("nsd", "ldns-keygen", "ldns-signzone")


class Answers(GuidelinesTest):
    """A domain with everything, and domains that lack one thing each."""

    @classmethod
    def set_up(cls):
        text = bed.text_record
        good, short = rsa_key(2048), rsa_key(768)
        records = "mail.good A 192.0.2.25\nmail.good AAAA 2001:db8::25\ngood MX 10 mail.good\n"
        records += text("good", "v=spf1 include:spf.good.example -all")
        records += text("spf.good", "v=spf1 a:mail.good.example ip4:198.51.100.0/24 -all")
        records += text("_dmarc.good", "v=DMARC1; p=quarantine; rua=mailto:postmaster@good.example")
        records += text("s1._domainkey.good", f"v=DKIM1; k=rsa; p={good}")
        records += text("short._domainkey.good", f"v=DKIM1; p={short}") + text("gone._domainkey.good", "v=DKIM1; p=")
        records += "bare A 192.0.2.80\n"
        records += text("many", "v=spf1 " + " ".join(f"a:h{n}.many.example" for n in range(11)) + " -all") + "many A 192.0.2.1\n"
        records += "".join(f"h{n}.many A 192.0.2.{100 + n}\n" for n in range(11))
        records += text("lame", "v=spf1 include:nobody.serves.this -all") + "lame A 192.0.2.1\n"
        reverse = "25.2.0.192 PTR mail.good.example.\n9.100.51.198 PTR mail.good.example.\n"
        six = ".".join(reversed("20010db8000000000000000000000025")) + " PTR mail.good.example.\n"
        forged = text("@", "v=spf1 ip4:192.0.2.25 -all") + "@ A 192.0.2.1\n" + text("_dmarc", "v=DMARC1; p=none")
        cls.dns = bed.Nsd(cls.bed, {"example": records, "forged": forged, "in-addr.arpa": reverse, "ip6.arpa": six},
                          signed=["example", "forged"],
                          forged={"forged": ("v=spf1 ip4:192.0.2.25 -all", "v=spf1 ip4:203.0.113.6 -all")})

    def look(self, domain, *options, code=None, server=None):
        """The rows by requirement, and the whole answer."""
        done = run(f"{bed.programs()}/outward", "guidelines", "--resolver", server or self.dns.server, "--trust-anchor",
                   self.dns.anchor, "--format", "json", "--timeout", 8, *options, domain, check=False)
        self.assertIn(done.returncode, (FINE, NEEDS_WORK, UNKNOWN), done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["verdict"], {FINE: "compliant", NEEDS_WORK: "needs-work", UNKNOWN: "unknown"}[done.returncode])
        if code is not None:
            self.assertEqual(done.returncode, code, done.stdout)
        return {row["requirement"]: row for row in answer["rows"]}, answer

    def test_a_domain_with_everything_is_compliant(self):
        rows, answer = self.look("good.example", "--egress", "192.0.2.25", "--egress", "2001:db8::25", "--selector", "s1",
                                 code=FINE)
        self.assertEqual({row["finding"] for row in rows.values()},
                         {"spf-passes", "dkim-keys-good", "dmarc-found", "alignment-domains-fit", "ptr-confirmed"})
        self.assertTrue(answer["validated"])
        self.assertEqual([(row["spf"]["result"], row["ptr"]["name"]) for row in answer["addresses"]],
                         [("pass", "mail.good.example")] * 2)
        self.assertEqual(answer["dkim"][0]["bits"], 2048)
        self.assertTrue(answer["dkim"][0]["dnssec"] and answer["dmarc"]["dnssec"])
        self.assertEqual(answer["dmarc"]["policy"], "quarantine")

    def test_the_text_says_the_same_with_evidence(self):
        done = run(f"{bed.programs()}/outward", "guidelines", "--resolver", self.dns.server, "--trust-anchor", self.dns.anchor,
                   "--egress", "192.0.2.26", "good.example", check=False)
        self.assertEqual(done.returncode, NEEDS_WORK)
        self.assertIn("validated with DNSSEC", done.stdout)
        self.assertRegex(done.stdout, r"SPF +needs work +SPF does not pass for 1 of 1 sending addresses: 192\.0\.2\.26 fail by -all")
        self.assertRegex(done.stdout, r"DMARC policy +compliant +a DMARC policy is published: p=quarantine for good\.example")
        self.assertIn("good.example: needs work", done.stdout)

    def test_each_lack_is_found_by_itself(self):
        rows, _ = self.look("good.example", "--egress", "198.51.100.9", "--selector", "short", "--selector", "gone",
                            code=NEEDS_WORK)
        self.assertEqual(rows["spf"]["finding"], "spf-passes")
        self.assertEqual(rows["dkim"]["finding"], "dkim-keys-bad")
        self.assertIn("revoked", rows["dkim"]["evidence"])
        self.assertEqual(rows["dns-records"]["finding"], "ptr-mismatch")
        self.assertEqual(self.look("good.example", "--selector", "short")[0]["dkim"]["finding"], "dkim-keys-short")
        rows, _ = self.look("bare.example", "--egress", "192.0.2.80", code=NEEDS_WORK)
        self.assertEqual([rows[name]["finding"] for name in ("spf", "dmarc-policy", "dns-records")],
                         ["spf-absent", "dmarc-absent", "ptr-absent"])

    def test_a_subdomain_is_under_its_organizations_policy(self):
        rows, answer = self.look("news.good.example", "--egress", "192.0.2.25", "--envelope", "good.example")
        self.assertEqual((rows["dmarc-policy"]["finding"], rows["alignment"]["finding"]),
                         ("dmarc-found", "alignment-domains-fit"))
        self.assertEqual(answer["dmarc"]["organizational_domain"], "good.example")

    def test_the_look_up_limit_is_kept(self):
        rows, answer = self.look("many.example", "--egress", "192.0.2.200", code=NEEDS_WORK)
        self.assertEqual(rows["spf"]["finding"], "spf-broken")
        self.assertIn("more than 10", rows["spf"]["evidence"])
        self.assertEqual(answer["spf"]["lookups_at_most"], 11)
        self.assertEqual(self.look("many.example", "--egress", "192.0.2.103")[0]["spf"]["finding"], "spf-passes")

    def test_a_forged_record_is_unknown(self):
        rows, _ = self.look("forged", "--egress", "203.0.113.6")
        self.assertEqual(rows["spf"]["verdict"], "unknown", rows)
        self.assertIn("DNSSEC validation failed", rows["spf"]["evidence"])
        self.assertEqual(rows["dmarc-policy"]["verdict"], "compliant")
        self.assertEqual(self.look("forged", "--egress", "203.0.113.6", "--no-dnssec")[0]["spf"]["finding"], "spf-passes")

    def test_a_name_server_that_fails_is_unknown(self):
        rows, _ = self.look("lame.example", "--egress", "192.0.2.200")
        self.assertEqual((rows["spf"]["finding"], rows["spf"]["verdict"]), ("spf-no-answer", "unknown"))
        rows, _ = self.look("nobody.serves.this", "--egress", "192.0.2.25", code=UNKNOWN)
        self.assertEqual({row["verdict"] for name, row in rows.items() if name != "dns-records"}, {"unknown"})

    def test_silence_ends_in_time_and_is_unknown(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind((HERE, 0))
            before = time.monotonic()
            rows, _ = self.look("good.example", "--egress", "192.0.2.25", "--selector", "s1", "--timeout", 1, code=UNKNOWN,
                                server=f"{HERE}@{silent.getsockname()[1]}")
            self.assertLess(time.monotonic() - before, 6)
        self.assertEqual({row["verdict"] for row in rows.values()}, {"unknown"})

    def test_the_addresses_come_from_the_rule_file_or_from_postfix(self):
        path = f"{self.bed.path}/outward.conf"
        with open(path, "w", encoding="ascii") as file:
            file.write("guidelines { egress { 192.0.2.25 198.51.100.0/24 } }\n")
        _, answer = self.look("good.example", "-c", path)
        self.assertEqual((answer["addresses_from"], [row["address"] for row in answer["addresses"]],
                          answer["addresses_not_asked"]), ("file", ["192.0.2.25"], 1))
        _, answer = self.look("good.example", "-c", path, "--egress", "2001:db8::25")
        self.assertEqual([row["address"] for row in answer["addresses"]], ["2001:db8::25"])
        # postconf itself refuses addresses that the machine does not have.
        postconf = f"{self.bed.path}/postconf"
        for settings, want in (("smtp_bind_address = 192.0.2.25\ninet_interfaces = all\n", ["192.0.2.25"]),
                               ("inet_interfaces = 127.0.0.1, 192.0.2.25\n", ["192.0.2.25"]),
                               ("inet_interfaces = 127.0.0.1, [2001:db8::25], 192.0.2.25\n", ["192.0.2.25", "2001:db8::25"]),
                               ("inet_interfaces = 192.0.2.25, 192.0.2.26\n", []),
                               ("smtp_bind_address = 10.1.2.3\n", []), ("inet_interfaces = all\n", []), (None, [])):
            with self.subTest(settings=settings):
                with open(postconf, "w", encoding="ascii") as file:
                    file.write("#!/bin/sh\n")
                    if settings is None:
                        file.write("echo no Postfix here >&2; exit 1\n")
                    else:
                        file.write(f"case $* in *-x*) cat <<'E'\nconfig_directory = /etc/postfix\nmail_version = 3.7.11\n"
                                   f"{settings}E\n;; esac\n")
                os.chmod(postconf, 0o755)
                _, answer = self.look("good.example", "--postconf", postconf)
                self.assertEqual([row["address"] for row in answer["addresses"]], want)
                self.assertEqual(answer["addresses_from"], "postfix" if want else "none")


    def test_selectors_come_from_the_signers_log(self):
        path = f"{self.bed.path}/signed.log"
        with open(path, "w", encoding="ascii") as file:
            for number, (selector, domain) in enumerate((("s1", "good.example"), ("short", "good.example"),
                                                         ("s1", "good.example"), ("x", "elsewhere.example"))):
                file.write(f"2026-11-20T10:00:0{number}.000000+00:00 mx opendkim[7]: 4B2F1C0{number}: "
                           f"DKIM-Signature field added (s={selector}, d={domain})\n")
        rows, answer = self.look("good.example", "--egress", "192.0.2.25", "--log", path, code=NEEDS_WORK)
        self.assertEqual([(row["selector"], row["bits"]) for row in answer["dkim"]], [("s1", 2048), ("short", 768)])
        self.assertEqual(rows["dkim"]["finding"], "dkim-keys-short")
        self.assertEqual(rows["alignment"]["verdict"], "compliant")
        done = run(f"{bed.programs()}/outward", "guidelines", "--log", "/nowhere", "good.example", check=False)
        self.assertEqual(done.returncode, NEEDS_WORK, done.stdout)
        self.assertIn("/nowhere", done.stderr)

    def test_a_report_asks_on_request(self):
        path = f"{self.bed.path}/mail.log"
        with open(path, "w", encoding="ascii") as file:
            for number, domain in enumerate(("good.example", "bare.example", "lame.example"), 1):
                head, queue_id = "2026-11-20T10:00:00.000000+00:00 mx", f"4B2F1C0A{number}"
                file.write(f"{head} postfix/smtpd[1]: {queue_id}: client=c.example.org[192.0.2.7], sasl_method=PLAIN, sasl_username=a\n"
                           f"{head} postfix/qmgr[2]: {queue_id}: from=<a@{domain}>, size=300, nrcpt=1 (queue active)\n"
                           f"{head} postfix/smtp[3]: {queue_id}: to=<x@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.9]:25, "
                           "delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 OK)\n")
        words = ("report", "--log", path, "--format", "json", "--egress", "192.0.2.25", "--resolver", self.dns.server,
                 "--trust-anchor", self.dns.anchor)
        rows = {}
        for option in ((), ("--dns",)):
            report = json.loads(run(f"{bed.programs()}/outward", *words, *option).stdout)
            rows[option] = {sender["domain"]: json.dumps(sender) for sender in report["guidelines"]}
        self.assertNotEqual(rows[()], rows[("--dns",)])
        self.assertIn("p=quarantine for good.example", rows[("--dns",)]["good.example"])
        self.assertIn("spf-absent", rows[("--dns",)]["bare.example"])
        self.assertIn("spf-no-answer", rows[("--dns",)]["lame.example"])
        self.assertNotIn("p=quarantine", rows[()]["good.example"])
        text = run(f"{bed.programs()}/outward", *(words[:3]), *words[5:], "--dns").stdout
        self.assertIn("good.example", text)


class CommandLine(unittest.TestCase):
    def test_a_wrong_call_says_what_is_wrong(self):
        for options, reason, code in (([], "which domain?", USAGE),
                                (["a.example", "b.example"], "one domain at a time", USAGE),
                                (["--egress", "here", "a.example"], "--egress wants an address", USAGE),
                                (["--selector", "a b", "a.example"], "--selector wants", USAGE),
                                (["--timeout", "0", "a.example"], "--timeout is a number from 1 to 300", USAGE),
                                (["--format", "xml", "a.example"], "--format is text or json", USAGE),
                                (["--trust-anchor", "/nowhere", "a.example"], "/nowhere: No such file", NEEDS_WORK),
                                (["a..example"], "is no domain", USAGE),
                                (["-c", "/nowhere", "a.example"], "/nowhere", NEEDS_WORK)):
            with self.subTest(options=options):
                done = run(f"{bed.programs()}/outward", "guidelines", *options, check=False)
                self.assertEqual(done.returncode, code, done.stdout)
                self.assertIn(reason, done.stderr)

    def test_help_has_an_example(self):
        self.assertIn("example: outward guidelines", run(f"{bed.programs()}/outward", "guidelines", "--help").stdout)


if __name__ == "__main__":
    bed.main()
