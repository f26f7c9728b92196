"""outward-milter against a no-op filter, over the milter protocol."""
import json
import os
import socket
import subprocess
import time

from .rounds import interleave, median, ratio, spread

RULES = """
submission {
    accept   local
    accept   client network loopback
    reject   plaintext
    reject   unauthenticated
    reject   tls below 1.2
%s    accept
}
"""
MAILS = {1: 2000, 16: 6000, 256: 5120}  # a third to half a second each


class Filter:
    """A running filter on a socket of its own."""

    def __init__(self, directory, name, command):
        self.address = f"unix:{directory}/{name}.sock"
        self.log = f"{directory}/{name}.log"
        with open(f"{directory}/{name}.stderr", "wb") as errors:
            self.process = subprocess.Popen(command(self), stderr=errors, start_new_session=True)
        end = time.monotonic() + 10
        while not self._answers():
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(f"{name} does not start, see {directory}/{name}.stderr")
            time.sleep(0.02)

    def _answers(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(self.address[5:])
            except OSError:
                return False
        return True

    def stop(self):
        """End it, by its pid; on SIGTERM libmilter waits for seconds."""
        self.process.kill()
        self.process.wait()


class Bench:
    """Filters and the load that is put on them."""

    def __init__(self, build, directory):
        self.build = build
        self.directory = directory
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for running in self.running:
            running.stop()

    def start(self, name, command):
        """A filter; command(filter) gives its argv."""
        running = Filter(self.directory, name, command)
        self.running.append(running)
        return running

    def gate(self, name, rules="", head=""):
        """outward-milter with the strict rules, and more of them."""
        def command(running):
            path = f"{self.directory}/{name}.conf"
            with open(path, "w", encoding="ascii") as file:
                file.write(f"listen {running.address}\nmode enforce\nlog file \"{running.log}\"\n"
                           f"listener submission {{ port 587  port 465  name ORIGINATING }}\n{head}{RULES % rules}")
            return [f"{self.build}/bin/outward-milter", "-c", path]
        return self.start(name, command)

    def noop(self, name, *options):
        """The no-op filter, with the events and replies that the gate takes."""
        return self.start(name, lambda running: [f"{self.build}/bench/noop_filter", "--listen", running.address,
                                                 "--rcpt-reply", *options])

    def load(self, running, *options, timeout=120):
        """Put load on a filter; what milter_load measured."""
        command = [f"{self.build}/bench/milter_load", "--connect", running.address, "--pid", str(running.process.pid),
                   *(str(option) for option in options)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=timeout)
        for log in (other.log for other in self.running):
            if os.path.exists(log) and os.path.getsize(log) > 1 << 26:
                os.truncate(log, 0)  # both append: the file is long enough by now
        return json.loads(done.stdout)


def record_length(bench, gate):
    """Octets of one line of the gate's log, line end left out."""
    before = os.path.getsize(gate.log)
    bench.load(gate, "--mails", 200, "--sessions", 4)
    with open(gate.log, "rb") as file:
        file.seek(before)
        lines = file.read().splitlines()
    return sum(len(line) for line in lines) // len(lines)


def many_rules(directory):
    """1,000 rules and a list of 100,000 domains, none of which applies."""
    path = f"{directory}/domains"
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"blocked{number}.example\n" for number in range(100000))
    os.chmod(path, 0o644)
    rules = "    reject to domain many\n"
    rules += "".join(f"    reject to domain other{number}.example sender domain sender{number}.example\n"
                     for number in range(999))
    return rules, f'domain many file "{path}"\n'


def compare_speed(bench, table, rounds):
    """Mails a second and CPU a mail, at several numbers of sessions."""
    gate = bench.gate("gate")
    length = record_length(bench, gate)
    rules, head = many_rules(bench.directory)
    filters = {"gate": gate, "gate-many": bench.gate("gate-many", rules, head), "silent": bench.noop("silent"),
               "writing": bench.noop("writing", "--macros", "--log", f"file:{bench.directory}/writing.log",
                                     "--line", str(length))}
    if has_pymilter():
        script = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "noop_pymilter.py")
        filters["pymilter"] = bench.start("pymilter", lambda running: ["/usr/bin/python3", script, running.address])
        filters["pymilter-writing"] = bench.start("pymilter-writing", lambda running: [
            "/usr/bin/python3", script, running.address, running.log, str(length)])
    table.add("octets of a record", f"{length}")
    for sessions, mails in MAILS.items():
        def measure(running):
            return lambda: bench.load(running, "--sessions", sessions, "--mails", mails, "--per-session", 10)
        results = interleave(rounds, {name: measure(running) for name, running in filters.items()})
        tell_speed(table, sessions, results)
    return gate


def has_pymilter():
    """Is python3-milter installed?"""
    return subprocess.run(["/usr/bin/python3", "-c", "import Milter"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def tell_speed(table, sessions, results):
    """The rows of one number of sessions."""
    speed, cpu, where = "mails_per_second", "cpu_us_per_mail", f"{sessions} sessions"
    for name, values in results.items():
        table.add(f"{where}: {name}, mails a second", spread([value[speed] for value in values]))
        table.add(f"{where}: {name}, CPU us a mail", spread([value[cpu] for value in values]))
    table.at_least(f"{where}: mails a second, gate / no-op that asks for macros and writes",
                   ratio(results, "gate", "writing", speed), 0.92)
    table.at_most(f"{where}: CPU a mail, gate / no-op that asks for macros and writes",
                  ratio(results, "gate", "writing", cpu), 1.10)
    table.at_least(f"{where}: mails a second, gate / silent no-op", ratio(results, "gate", "silent", speed), 0.80)
    table.at_least(f"{where}: mails a second, 1,000 rules and 100,000 domains / default rules",
                   ratio(results, "gate-many", "gate", speed), 0.90)
    if "pymilter" in results:
        table.at_least(f"{where}: mails a second, gate / pymilter that writes",
                       ratio(results, "gate", "pymilter-writing", speed), 3.0)
        table.add(f"{where}: mails a second, gate / pymilter that does nothing",
                  f"{ratio(results, 'gate', 'pymilter', speed):.2f}")
        table.add(f"{where}: mails a second, silent no-op / pymilter that does nothing",
                  f"{ratio(results, 'silent', 'pymilter', speed):.2f}")
        for name in ("pymilter-writing", "pymilter"):
            table.add(f"{where}: CPU a mail, {name} / gate", f"{ratio(results, name, 'gate', cpu):.2f}")


def compare_bodies(bench, table, rounds, gate):
    """A large body must not matter: it is never asked for."""
    results = interleave(rounds, {
        size: lambda size=size: bench.load(gate, "--sessions", 16, "--mails", 2000, "--body", size)
        for size in (4096, 1 << 20)})
    table.at_most("CPU a mail, body of 1 MiB / of 4 KiB", ratio(results, 1 << 20, 4096, "cpu_us_per_mail"), 1.05)
    table.add("replies awaited a mail (MAIL, RCPT, end of message)",
              f"{median(results[4096], 'round_trips_per_mail'):.0f}", "<= 3",
              median(results[4096], "round_trips_per_mail") <= 3)


def compare_memory(bench, table, rounds):
    """Fresh processes, each with one load."""
    for sessions, allowed in ((16, 4096), (5000, 8192 + 5000)):
        peaks = {"gate": [], "noop": []}
        for number in range(min(rounds, 5)):
            for kind in peaks:
                start = bench.gate if kind == "gate" else bench.noop
                running = start(f"memory-{kind}-{sessions}-{number}")
                loaded = bench.load(running, "--sessions", sessions, "--mails", sessions * 4, "--per-session", 2)
                peaks[kind].append(loaded["peak_kib"])
                running.stop()
        more = median(peaks["gate"]) - median(peaks["noop"])
        table.add(f"{sessions} sessions: peak memory KiB, gate / no-op",
                  f"{median(peaks['gate']):,.0f} / {median(peaks['noop']):,.0f}")
        table.add(f"{sessions} sessions: KiB more than the no-op", f"{more:,.0f}", f"<= {allowed:,}", more <= allowed)


def measure(build, directory, table, rounds):
    """All of the gate's rows."""
    with Bench(build, directory) as bench:
        gate = compare_speed(bench, table, rounds)
        compare_bodies(bench, table, rounds, gate)
        compare_memory(bench, table, rounds)
