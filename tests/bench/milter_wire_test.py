#!/usr/bin/python3
"""The load client speaks as Postfix does: packet by packet against recorded sessions of Postfix 3.7.11.

usage: milter_wire_test.py MILTER_LOAD NOOP_FILTER RECORDED_SESSIONS
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile
import time

# Their values are the recorded client's; which macros come at which stage is what is tested.
GIVEN = re.compile(r'(_|\{daemon_name\}|\{daemon_addr\}|\{mail_addr\})="([^"]*)"')


def recorded_sessions(path):
    """{profile: [line]}"""
    sessions = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            if line.startswith("profile "):
                profile = line.split()[1]
                sessions[profile] = []
            elif line.startswith("  "):
                sessions[profile].append(line.strip())
    return sessions


def normalized(lines):
    """Queue IDs and recipients replaced, equal header events in a row joined."""
    result = []
    for line in lines:
        line = re.sub(r' i="[0-9A-F]+"', ' i="ID"', line)
        line = re.sub(r'\{rcpt_addr\}="[^"]*"', '{rcpt_addr}="RECIPIENT"', line)
        line = re.sub(r'\{rcpt_host\}="[^"]*"', '{rcpt_host}="HOST"', line)
        if result[-2:] == [line, "HEADER"] or (line == "HEADER" and result[-1] == "HEADER"):
            continue
        result.append(line)
    return result


def spoken(load, address, profile, recorded):
    """What the load client sends in one session with one message."""
    command = [load, "--connect", address, "--trace", "--profile", profile, "--per-session", "1", "--mails", "1",
               "--body", "7", "--seconds", "10"]
    for name, value in GIVEN.findall("\n".join(recorded)):
        command += ["--macro", f"{name}={value}"]
    return normalized(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines())


def main():
    load, noop, path = sys.argv[1:]
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        socket = os.path.join(directory, "socket")
        with subprocess.Popen([noop, "--listen", f"unix:{socket}", "--everything"]) as filter_process:
            try:
                end = time.monotonic() + 10
                while not os.path.exists(socket) and time.monotonic() < end:
                    time.sleep(0.02)
                for profile, recorded in recorded_sessions(path).items():
                    lines = spoken(load, f"unix:{socket}", profile, recorded)
                    difference = list(difflib.unified_diff(recorded, lines, "Postfix", "milter_load", lineterm="", n=1))
                    print(f"{profile}: {'differs' if difference else 'the same'}, {len(recorded)} packets")
                    print("\n".join(difference))
                    failed = failed or bool(difference)
            finally:
                filter_process.terminate()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
