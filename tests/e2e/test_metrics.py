#!/usr/bin/python3
"""Metrics: promtool finds nothing to say, a real Prometheus reads them, and the shipped rules do what they say."""
import json
import os
import shutil
import socket
import time
import unittest
import urllib.error
import urllib.request

from bed.base import Bed
from bed.command import programs
from bed.follower import Follower, generate
from bed.process import Daemon, run
from bed.run import main
from bed.wait import until

MONITORING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "monitoring")


class Metered(unittest.TestCase):
    """A follower over a generated log."""

    @classmethod
    def setUpClass(cls):
        if shutil.which("promtool") is None:
            raise unittest.SkipTest("needs promtool and prometheus: run script/deps")
        cls.bed = Bed()
        cls.addClassCleanup(cls.bed.close)
        cls.port = cls.bed.ports.take()
        log, _truth = generate(cls.bed.path, 20000)
        cls.follower = Follower(cls.bed.path, f"file {log}",
                                rules=f"metrics {{ listen 127.0.0.1:{cls.port} }}\nalert {{ on plaintext syslog }}\n")
        cls.addClassCleanup(cls.follower.stop)
        cls.follower.start()
        cls.follower.wait_for_lines(20000)
        until(lambda: cls.get("/healthz")[0] == 200, "it is healthy")

    @classmethod
    def get(cls, path, method="GET", data=None):
        request = urllib.request.Request(f"http://127.0.0.1:{cls.port}{path}", method=method, data=data)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, OSError):
            return 0, ""

    def value(self, text, series):
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(series))


class Metrics(Metered):
    """What it answers."""

    def test_promtool_finds_nothing_to_say(self):
        status, text = self.get("/metrics")
        self.assertEqual(status, 200)
        done = run("promtool", "check", "metrics", text=text, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_the_command_and_the_server_say_the_same_as_the_report(self):
        _status, text = self.get("/metrics")
        printed = run(f"{programs()}/outward", "metrics", "-c", self.follower.file).stdout
        self.assertEqual(text, printed)
        totals = self.follower.report()["totals"]
        for key in ("encrypted", "plaintext"):
            self.assertEqual(self.value(text, 'outward_deliveries_total{hop="direct",outcome="sent",protection="%s"' % key),
                             totals[key], key)
        self.assertEqual(self.value(text, "outward_lines_total"), 20000)
        self.assertEqual(self.value(text, "outward_follower_up"), 1)
        self.assertEqual(self.value(text, 'outward_ledger_counts{what="lines"}'), 20000)

    def test_other_requests_are_refused(self):
        self.assertEqual(self.get("/")[0], 404)
        self.assertEqual(self.get("/metrics", "POST", b"x")[0], 405)
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"\x00\xff" * 4000)
            client.settimeout(20)
            try:
                client.recv(100)
            except ConnectionResetError:
                pass
        self.assertEqual(self.get("/healthz")[0], 200)

    def test_idle_connections_do_not_keep_others_out_for_long(self):
        idle = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(16)]
        until(lambda: self.get("/healthz")[0] == 200, "it answers again", timeout=40)
        for client in idle:
            client.close()

    def test_a_real_prometheus_reads_them(self):
        port, config = self.bed.ports.take(), f"{self.bed.path}/prometheus.yml"
        with open(config, "w", encoding="utf-8") as file:
            file.write("global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: outward\n    static_configs:\n"
                       f"      - targets: ['127.0.0.1:{self.port}']\n")
        prometheus = Daemon(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.bed.path}/tsdb",
                             f"--web.listen-address=127.0.0.1:{port}"], f"{self.bed.path}/prometheus.log")
        self.addCleanup(prometheus.stop)

        def scraped():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query=outward_lines_total",
                                            timeout=5) as answer:
                    return json.load(answer)["data"]["result"]
            except OSError:
                return None
        result = until(scraped, "Prometheus has it", timeout=60)
        self.assertEqual(result[0]["value"][1], "20000")

    def test_the_shipped_rules_do_what_they_say(self):
        run("promtool", "check", "rules", f"{MONITORING}/outward.rules.yml")
        run("promtool", "test", "rules", f"{MONITORING}/outward.rules.test.yml")

    def test_the_dashboard_asks_for_what_there_is(self):
        with open(f"{MONITORING}/grafana.json", encoding="utf-8") as file:
            dashboard = json.load(file)
        _status, text = self.get("/metrics")
        families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                self.assertTrue(any(family in target["expr"] for family in families), target["expr"])


class Ended(Metered):
    """And when it ends."""

    def test_the_end_of_the_follower_ends_the_server(self):
        self.follower.daemon.stop(patience=10)
        until(lambda: self.get("/healthz")[0] == 0, "nobody listens any more")
        time.sleep(0.2)
        self.follower.daemon = None


if __name__ == "__main__":
    main()
