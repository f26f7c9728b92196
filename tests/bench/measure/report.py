"""outward report against pflogsumm, grep and zcat: CPU against CPU, from the page cache."""
import concurrent.futures
import os
import resource
import signal
import statistics
import subprocess
import time

from .rounds import interleave, median, ratio

DOMAINS = 20000


def start(command, **options):
    """A process in the locale and zone in which all are compared."""
    return subprocess.Popen(command, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"}, **options)


def used(command, **options):
    """Run a command; its CPU seconds, wall seconds and peak KiB, all of its processes together."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = start(command, **options)
    _, status, own = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return {"cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, "wall": wall,
            "kib": own.ru_maxrss}


class Logs:
    """Generated logs, in the page cache."""

    def __init__(self, build, directory, lines):
        self.build, self.directory, self.lines = build, directory, lines
        self.config = f"{directory}/empty.conf"
        with open(self.config, "w", encoding="ascii"):
            pass

    def make(self, name, lines, *options):
        """A log of that many lines; its path."""
        path = f"{self.directory}/{name}.log"
        with open(path, "wb") as out:
            subprocess.run([f"{self.build}/bench/log_generator", "--lines", str(lines), "--domains", str(DOMAINS),
                            "--prefix", "traditional", *options], check=True, stdout=out)
        return path

    def report(self, *paths):
        """The whole report, as JSON."""
        words = [word for path in paths for word in ("--log", path)]
        return used([f"{self.build}/bin/outward", "report", "--config", self.config, *words, "--format", "json"],
                    stdout=subprocess.DEVNULL)


def piped(command):
    """With a pipe behind it: on /dev/null GNU grep stops at the first match."""
    return used(["/bin/sh", "-c", f"{command} | /bin/cat >/dev/null"])


def has_pflogsumm():
    """Is pflogsumm installed?"""
    return os.access("/usr/sbin/pflogsumm", os.X_OK)


def used_with_pauses(command, meanwhile):
    """Run a long command that is stopped every second, once each time for meanwhile(): a slow minute slows both.

    Its CPU seconds, and what meanwhile() gave."""
    given = []
    with start(command, stdout=subprocess.DEVNULL) as process:
        try:
            while True:
                time.sleep(1)
                done, status, own = os.wait4(process.pid, os.WNOHANG)
                if done != 0:
                    process.returncode = os.waitstatus_to_exitcode(status)
                    break
                # Not send_signal(), which would wait for one that has just ended.
                os.kill(process.pid, signal.SIGSTOP)
                given.append(meanwhile())
                os.kill(process.pid, signal.SIGCONT)
        finally:
            process.kill()
    if process.returncode != 0 or not given:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return own.ru_utime + own.ru_stime, given


def compare_readers(logs, table, rounds):
    """Lines a second of CPU, beside what only looks for a word, and what only counts lines."""
    path = logs.make("speed", logs.lines)
    results = interleave(rounds, {"report": lambda: logs.report(path),
                                  "grep": lambda: piped(f"grep -c status=sent {path}"),
                                  "wc": lambda: piped(f"wc -l {path}")})
    for name, values in results.items():
        table.add(f"{name}: million lines a second of CPU", f"{logs.lines / median(values, 'cpu') / 1e6:.3f}")
    table.at_least("lines a second of CPU, report / grep -c status=sent", ratio(results, "grep", "report", "cpu"), 0.60)
    return path, results


def compare_summaries(logs, table, path, rounds):
    """Lines a second of CPU beside pflogsumm: of the same log, for its tables grow and a part of it is not the whole."""
    seconds, reports, by_means = [], [], []
    for _ in range(rounds if has_pflogsumm() else 0):
        cpu, meanwhile = used_with_pauses(["/usr/sbin/pflogsumm", path], lambda: logs.report(path)["cpu"])
        seconds.append(cpu)
        reports += meanwhile
        by_means.append(cpu / statistics.mean(meanwhile))
    if seconds:
        table.add("pflogsumm: million lines a second of CPU", f"{logs.lines / median(seconds) / 1e6:.3f}")
        table.at_least(f"lines a second of CPU, report / pflogsumm, {len(seconds)} runs stopped every second for a report",
                       median(seconds) / median(reports), 30)
        table.add("the same, each run by the mean of its reports", ", ".join(f"{value:.1f}" for value in by_means))


def compare_memory(logs, table, path, results):
    """Peak memory, and whether it grows with the log or only with the domains."""
    peak, short = median(results["report"], "kib"), logs.make("short", logs.lines // 10)
    table.add(f"report: peak MiB, {logs.lines:,} lines, {DOMAINS:,} domains", f"{peak / 1024:.1f}", "<= 48",
              peak <= 48 * 1024)
    table.add(f"report: peak MiB, {logs.lines // 10:,} lines", f"{logs.report(short)['kib'] / 1024:.1f}")
    many = logs.make("many", logs.lines, "--domains", str(DOMAINS * 10))
    more = logs.report(many)["kib"]
    seen = subprocess.run(["/bin/sh", "-c", f"grep -ao '@[a-zA-Z0-9.]*>, ' {many} | tr A-Z a-z | sort -u | wc -l"],
                          check=True, stdout=subprocess.PIPE).stdout
    base = subprocess.run(["/bin/sh", "-c", f"grep -ao '@[a-zA-Z0-9.]*>, ' {path} | tr A-Z a-z | sort -u | wc -l"],
                          check=True, stdout=subprocess.PIPE).stdout
    octets = (more - peak) * 1024 / max(1, int(seen) - int(base))
    table.add(f"report: octets for each further domain ({int(seen):,} against {int(base):,})", f"{octets:.0f}", "<= 300",
              octets <= 300)
    os.remove(many)


def compare_packed(logs, table, path, rounds):
    """Wall time of a packed log: the parser should run beside the inflater."""
    packed = f"{path}.gz"
    with open(packed, "wb") as out:
        subprocess.run(["gzip", "-c", "-6", path], check=True, stdout=out)
    results = interleave(min(rounds, 5), {"report": lambda: logs.report(packed),
                                          "zcat": lambda: used(["zcat", packed], stdout=subprocess.DEVNULL)})
    table.at_most("gz: wall, report / zcat >/dev/null", ratio(results, "report", "zcat", "wall"), 1.15)
    os.remove(packed)


def at_once(logs, paths):
    """A report of each path, all at the same time: wall seconds.  What the machine can give to who shares nothing."""
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(paths)) as pool:
        list(pool.map(logs.report, paths))
    return {"wall": time.monotonic() - begin}


def compare_hosts(logs, table, rounds):
    """Two hosts' files should take both cores."""
    paths = [logs.make(f"host{seed}", logs.lines // 2, "--seed", str(seed), "--hosts", "1") for seed in (1, 2)]
    for number, path in enumerate(paths):
        subprocess.run(["sed", "-i", f"s/ mail1 / mx{number} /", path], check=True)
    results = interleave(min(rounds, 5), {"together": lambda: logs.report(*paths),
                                          "one": lambda: logs.report(paths[0]), "other": lambda: logs.report(paths[1]),
                                          "apart": lambda: at_once(logs, paths)})
    alone = median(results["one"], "wall") + median(results["other"], "wall")
    together, given = alone / median(results["together"], "wall"), alone / median(results["apart"], "wall")
    table.add("two hosts' files, a process for each: wall one after the other / at once: what the machine gives",
              f"{given:.2f}")
    table.add("two hosts' files: wall one after the other / together", f"{together:.2f}",
              ">= 1.70, or 0.95 of what the machine gives", together >= min(1.7, 0.95 * given))
    for path in paths:
        os.remove(path)


def measure(build, directory, table, rounds, lines):
    """All of the report's rows."""
    logs = Logs(build, directory, lines)
    path, results = compare_readers(logs, table, rounds)
    compare_summaries(logs, table, path, min(rounds, 5))
    compare_memory(logs, table, path, results)
    compare_packed(logs, table, path, rounds)
    compare_hosts(logs, table, rounds)
