"""End to end: one Postfix, three listeners: without milter, with the no-op filter, with the gate."""
import os
import subprocess
import sys
import time

from .gate import Bench
from .rounds import interleave, ratio, spread

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SENDERS, MESSAGES = 10, 400


def accept_speed(port):
    """Messages a second that Postfix accepts from its own smtp-source(1)."""
    begin = time.monotonic()
    subprocess.run(["/usr/sbin/smtp-source", "-c", "-s", str(SENDERS), "-m", str(MESSAGES), "-l", "4096",
                    "-f", "alice@example.org", "-t", "user@sink.example", f"inet:127.0.0.1:{port}"],
                   check=True, stdout=subprocess.DEVNULL)
    return MESSAGES / (time.monotonic() - begin)


def measure(build, directory, table, rounds):
    """The end to end rows.  Needs root and Postfix; says so in the table where it cannot run."""
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
    from bed.base import Bed, needs  # pylint: disable=import-error,import-outside-toplevel
    from bed.postfix import Listener  # pylint: disable=import-error,import-outside-toplevel
    try:
        needs()
    except Exception as reason:  # pylint: disable=broad-except
        table.add("end to end", f"not run: {reason}")
        return
    with Bed() as bed, Bench(build, bed.directory("milters", 0o755)) as bench:
        filters = {"noop": bench.noop("noop"), "gate": bench.gate("gate")}
        listeners = {"none": Listener()}
        for name, running in filters.items():
            os.chmod(running.address[5:], 0o666)
            listeners[name] = Listener(smtpd_milters=running.address)
        postfix = bed.postfix(listeners=listeners, routes={"sink.example": "discard:"},
                              settings={"mynetworks": "127.0.0.0/8", "qmgr_message_active_limit": "20000"})
        postfix.start()
        results = interleave(rounds, {name: lambda name=name: accept_speed(postfix.ports[name])
                                      for name in listeners})
    for name, values in results.items():
        table.add(f"end to end: accepted a second, {name}", spread(values))
    table.at_least("end to end: accepted a second, gate / no-op", ratio(results, "gate", "noop"), 0.90)
    table.add("end to end: accepted a second, no-op / no milter", f"{ratio(results, 'noop', 'none'):.2f}")
