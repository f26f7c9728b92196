"""Files of 100,000 rules: read, checked, asked, explained."""
import os
import subprocess
import time

from .gate import Bench
from .rounds import interleave, median, ratio

RULES = 100000
RULES_A_FILE = 10000  # a file may have 1 MiB
KINDS = {  # none applies to the load's mail: each of them has to be passed over
    "a sender's and a recipient's domain": 'reject to domain "d%(n)d.example.net" sender domain "s%(n)d.example.org"',
    "a client's network, plaintext": "accept plaintext client network 10.%(high)d.%(low)d.0/24",
    "a login, unauthenticated clients": 'hold login "user%(n)d" client network 2001:db8:%(high)02x%(low)02x::/48',
    "a recipient's domain, plaintext": 'reject plaintext to domain "d%(n)d.example.net"',
    "a list of its own": "hold sender domain list%(n)d missing dkim",
}
FACTS = ["--client", "mail.example[203.0.113.7]", "--tls", "TLSv1.3", "--port", "587", "--login", "alice",
         "--sender", "a@example.org", "--to", "gmail.com"]


def write_rules(directory, kind, count):
    """Included files with that many rules: the statement that includes them."""
    os.mkdir(directory)
    for first in range(0, count, RULES_A_FILE):
        numbers = range(first, min(first + RULES_A_FILE, count))
        with open(f"{directory}/rules{first:06d}.conf", "w", encoding="ascii") as file:
            if kind == "a list of its own":
                file.writelines(f"domain list{n} {{ a{n}.example b{n}.example }}\n" for n in numbers)
            file.write("submission {\n")
            file.writelines("    " + KINDS[kind] % {"n": n, "high": n // 256 % 256, "low": n % 256} + "\n" for n in numbers)
            file.write("}\n")
    return f'include "{directory}/rules*.conf"\n'


def cost(command, wanted=(0,)):
    """CPU seconds and peak KiB of a command."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in wanted:
        raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def measure_kind(bench, table, rounds, plain, number, kind):
    """One kind of rules."""
    head = write_rules(f"{bench.directory}/{number}", kind, RULES)
    config = f"{bench.directory}/many-{number}.conf"
    begin = time.monotonic()
    gate = bench.gate(f"many-{number}", head=head)
    started = time.monotonic() - begin
    seconds, peak = cost([f"{bench.build}/bin/outward", "check", "-c", config])
    explained, _ = cost([f"{bench.build}/bin/outward", "explain", "-c", config, *FACTS])
    results = interleave(rounds, {
        name: lambda running=running: bench.load(running, "--sessions", 4, "--mails", 100 if "list" in kind else 2000, "--per-session", 10)
        for name, running in (("plain", plain), ("many", gate))})
    more = median(results["many"], "cpu_us_per_mail") - median(results["plain"], "cpu_us_per_mail")
    table.add(f"{kind}: check, s of CPU", f"{seconds:.2f}", "<= 2", seconds <= 2)
    table.add(f"{kind}: check, peak MiB; the gate, MiB",
              f"{peak / 1024:.0f}, {results['many'][-1]['idle_kib'] / 1024:.0f}")
    table.add(f"{kind}: the gate answers, s wall from its start", f"{started:.2f}")
    table.add(f"{kind}: explain, s of CPU", f"{explained:.2f}")
    table.add(f"{kind}: CPU us a mail more than with five rules (three decisions)", f"{more:.0f}", "<= 1,000", more <= 1000)
    table.add(f"{kind}: mails a second, ratio to five rules", f"{ratio(results, 'many', 'plain', 'mails_per_second'):.2f}")
    gate.stop()
    bench.running.remove(gate)


def measure(build, directory, table, rounds):
    """All kinds; fewer rounds than of other parts are enough."""
    with Bench(build, directory) as bench:
        plain = bench.gate("plain")
        for number, kind in enumerate(KINDS):
            measure_kind(bench, table, min(rounds, 5), plain, number, kind)
