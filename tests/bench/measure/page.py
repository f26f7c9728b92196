"""The HTML report of a million deliveries to 50,000 domains: how long it takes, how large it is, how soon a browser shows it."""
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e/bed"))

from browser import Browser  # noqa: E402 pylint: disable=wrong-import-position,import-error

LINES = 7300000  # some 1,030,000 deliveries and attempts of the generated log
DOMAINS = 50000
RATE = 12  # lines a second: a week
SECONDS_MAX = 2
OCTETS_MAX = 2000000


def make_ledger(build, directory):
    """The rule file of a ledger that holds them."""
    config = f"{directory}/outward.conf"
    with open(config, "w", encoding="ascii") as file:
        file.write(f"log stderr\nledger {{ path {directory}/ledger.db }}\nfollow {{ tz UTC }}\n")
    os.chmod(config, 0o600)
    generator = [f"{build}/bench/log_generator", "--lines", str(LINES), "--hosts", "1", "--domains", str(DOMAINS),
                 "--prefix", "rfc3339", "--rate", str(RATE)]
    with subprocess.Popen(generator, stdout=subprocess.PIPE) as source:
        subprocess.run([f"{build}/bin/outward-follow", "-c", config, "--once", "-"], stdin=source.stdout, check=True,
                       stdout=subprocess.DEVNULL)
    return config


def make_page(build, config, path):
    """Wall and CPU seconds of one report."""
    begin = time.monotonic()
    process = subprocess.Popen([f"{build}/bin/outward", "report", "-c", config, "--format", "html", "--output", path])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"the report ended with {process.returncode}")
    return time.monotonic() - begin, used.ru_utime + used.ru_stime


def shown_after(path):
    """Milliseconds until a headless Chromium has all of it."""
    with Browser() as browser:
        browser.open(path)
        return browser.evaluate("performance.getEntriesByType('navigation')[0].domComplete")


def measure(build, directory, table, rounds):
    """Rows for the table."""
    config, page = make_ledger(build, directory), f"{directory}/page.html"
    make_page(build, config, page)
    found = [make_page(build, config, page) for _ in range(rounds)]
    wall, cpu = (statistics.median(column) for column in zip(*found))
    octets = os.path.getsize(page)
    table.add("the page, s: wall (CPU)", f"{wall:.2f} ({cpu:.2f})", f"< {SECONDS_MAX}", wall < SECONDS_MAX)
    table.add("the page, octets", f"{octets:,}", f"< {OCTETS_MAX:,}", octets < OCTETS_MAX)
    table.add("shown by a browser, s", f"{shown_after(page) / 1000:.2f}", f"< {SECONDS_MAX}")
