#!/usr/bin/python3
"""Logs of different hosts give the same report, octet by octet, however many threads read them.

usage: threads_test.py LOG_GENERATOR OUTWARD
"""
import os
import subprocess
import sys
import tempfile
import unittest

GENERATOR, OUTWARD = sys.argv[1:3]
HOSTS = ("mx1", "mx2", "mx3")


class Threads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.logs = [cls.generate(number, host) for number, host in enumerate(HOSTS)]
        cls.config = cls.write("outward.conf", b"delivery { require encrypted to any }\n")

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    @classmethod
    def write(cls, name, octets):
        path = os.path.join(cls.directory.name, name)
        with open(path, "wb") as file:
            file.write(octets)
        return path

    @classmethod
    def generate(cls, number, host):
        """A host's log in two files, as logrotate leaves them."""
        command = [GENERATOR, "--lines", "12000", "--domains", "300", "--hosts", "1", "--prefix", "traditional",
                   "--seed", str(number + 1)]
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.replace(
            b" mail1 ", f" {host} ".encode()).splitlines(keepends=True)
        return (cls.write(f"{host}.log.1", b"".join(lines[:5000])), cls.write(f"{host}.log", b"".join(lines[5000:])))

    def report(self, threads, paths, form):
        words = [word for path in paths for word in ("--log", path)]
        return subprocess.run([OUTWARD, "report", "--config", self.config, "--format", form, "--threads", str(threads),
                               "--year", "2026", *words], check=True, stdout=subprocess.PIPE,
                              env={**os.environ, "TZ": "UTC", "LC_ALL": "C"}).stdout

    def assert_same(self, paths):
        for form in ("json", "csv", "text"):
            alone = self.report(1, paths, form)
            self.assertTrue(b"gmail.com" in alone, form)
            for threads in (2, 3, 8):
                self.assertTrue(self.report(threads, paths, form) == alone, f"{form}, {threads} threads")

    def test_hosts_with_files_of_their_own(self):
        self.assert_same([path for log in self.logs for path in log])
        self.assert_same([self.logs[2][1], self.logs[0][0], self.logs[1][1], self.logs[0][1], self.logs[2][0]])

    def test_a_host_that_comes_late_in_the_other_file(self):
        with open(self.logs[0][1], "rb") as one, open(self.logs[1][0], "rb") as other:
            lines, late = one.read(), other.read().splitlines(keepends=True)[-2000:]
        self.assert_same([self.write("both.log", lines + b"".join(late)), self.logs[1][1], self.logs[2][1]])

    def test_what_cannot_be_read_is_told_once(self):
        result = subprocess.run([OUTWARD, "report", "--config", self.config, "--log", self.logs[0][0],
                                 "--log", "/nonexistent/log", "--threads", "2"], check=False, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, b"outward report: /nonexistent/log: No such file or directory\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
