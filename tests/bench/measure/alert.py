"""From Postfix's line in the log to the alert at a web server: how long, median and 99th percentile."""
import datetime
import http.server
import json
import os
import signal
import statistics
import subprocess
import threading
import time

EVENTS = 200
PAUSE = 0.25  # seconds between two of them, so that each is read by itself
TLS_LINE = ("Trusted TLS connection established to mx.example[192.0.2.1]:25: TLSv1.3 with cipher "
            "TLS_AES_256_GCM_SHA384 (256/256 bits)")


def stamp(ago=0.0):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def delivery(domain, pid, ago=0.0):
    return (f"{stamp(ago)} mail postfix/smtp[{pid}]: 4B1C2D: to=<user@{domain}>, relay=mx.example[192.0.2.1]:25, "
            "delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 ok)\n")


class Receiver:
    """Remembers when each incident was told."""

    def __init__(self):
        self.told = {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.told.setdefault(body["top"][0]["name"], time.monotonic())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/"


def write_rules(directory, log, url):
    """A condition of its own for each domain, so that each event opens an incident."""
    path = f"{directory}/outward.conf"
    with open(path, "w", encoding="ascii") as file:
        file.write(f"log stderr\nledger {{ path {directory}/ledger.db addresses no }}\nfollow {{ file {log} tz UTC }}\n")
        for number in range(EVENTS):
            file.write(f"domain d{number} {{ d{number}.example }}\n")
        conditions = " ".join(f"on plaintext to domain d{number}" for number in range(EVENTS))
        file.write(f'alert {{ {conditions} webhook "{url}" insecure recover 1h }}\n')
    return path


def latencies(build, directory):
    """Seconds for each event that was told."""
    log, receiver, written = f"{directory}/alert.log", Receiver(), {}
    with open(log, "w", encoding="ascii") as file:
        file.write(f"{stamp(60)} mail postfix/smtp[100]: {TLS_LINE}\n{delivery('tls.example', 100, 50)}")
    with open(f"{directory}/alert.stderr", "wb") as errors:
        follower = subprocess.Popen([f"{build}/bin/outward-follow", "-c", write_rules(directory, log, receiver.url)],
                                    stderr=errors)
    try:
        time.sleep(2)
        for number in range(EVENTS):
            name = f"d{number}.example"
            with open(log, "a", encoding="ascii") as file:
                file.write(delivery(name, 200))
            written[name] = time.monotonic()
            time.sleep(PAUSE)
        end = time.monotonic() + 30
        while len(receiver.told) < EVENTS and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        follower.send_signal(signal.SIGTERM)
        follower.wait(30)
        receiver.server.shutdown()
    return sorted(receiver.told[name] - written[name] for name in receiver.told)


def measure(build, directory, table, _rounds):
    """One run: what counts is the slowest of many events, not the middle of many runs."""
    folder = f"{directory}/alert"
    os.mkdir(folder)
    seconds = latencies(build, folder)
    table.add("alerts that arrived, of those that were due", f"{len(seconds)} of {EVENTS}", "all", len(seconds) == EVENTS)
    table.add("seconds from the log line to the channel, median", f"{statistics.median(seconds):.2f}", "")
    table.add("the same, 99th percentile", f"{seconds[int(len(seconds) * 0.99) - 1]:.2f}", "<= 5", seconds[int(len(seconds) * 0.99) - 1] <= 5)
