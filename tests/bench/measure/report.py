"""outward report against pflogsumm, grep and zcat: CPU against CPU, from the page cache."""
import concurrent.futures
import os
import resource
import subprocess
import time

from .rounds import interleave, median, ratio

DOMAINS = 20000


def used(command, **options):
    """Run a command; its CPU seconds, wall seconds and peak KiB, all of its processes together."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"}, **options)
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


def compare_readers(logs, table, rounds):
    """Lines a second of CPU.  pflogsumm gets a tenth of the lines, or it would take most of the time."""
    path, short = logs.make("speed", logs.lines), logs.make("short", logs.lines // 10)
    variants = {"report": lambda: logs.report(path),
                "grep": lambda: piped(f"grep -c status=sent {path}"),
                "wc": lambda: piped(f"wc -l {path}")}
    lines = dict.fromkeys(variants, logs.lines)
    if has_pflogsumm():
        variants["pflogsumm"] = lambda: used(["/usr/sbin/pflogsumm", short], stdout=subprocess.DEVNULL)
        lines["pflogsumm"] = logs.lines // 10
    results = interleave(rounds, variants)
    speeds = {name: lines[name] / median(values, "cpu") / 1e6 for name, values in results.items()}
    for name, speed in speeds.items():
        table.add(f"{name}: million lines a second of CPU", f"{speed:.3f}")
    table.at_least("lines a second of CPU, report / grep -c status=sent", speeds["report"] / speeds["grep"], 0.60)
    if "pflogsumm" in speeds:
        table.at_least("lines a second of CPU, report / pflogsumm", speeds["report"] / speeds["pflogsumm"], 30)
    return path, short, results


def compare_memory(logs, table, path, short, results):
    """Peak memory, and whether it grows with the log or only with the domains."""
    peak = median(results["report"], "kib")
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
    table.at_least("two hosts' files: wall one after the other / together",
                   alone / median(results["together"], "wall"), 1.7)
    table.add("the same with a process for each, at once: what the machine gives",
              f"{alone / median(results['apart'], 'wall'):.2f}")
    for path in paths:
        os.remove(path)


def measure(build, directory, table, rounds, lines):
    """All of the report's rows."""
    logs = Logs(build, directory, lines)
    path, short, results = compare_readers(logs, table, rounds)
    compare_memory(logs, table, path, short, results)
    compare_packed(logs, table, path, rounds)
    compare_hosts(logs, table, rounds)
