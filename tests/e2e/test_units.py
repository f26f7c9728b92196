#!/usr/bin/python3
"""The shipped units: known to systemd, and as tight as the manual says."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from bed import SOURCE
from bed.process import run
from bed.run import main

# Exposure as systemd-analyze counts it, 0 to 10.
EXPOSURE = {"outward-milter.service": 1.5, "outward-follow.service": 2.0, "outward-report.service": 2.0,
            "outward-doctor.service": 2.0, "outward-failure@.service": 2.0}
# The pages that give the figure itself.
TOLD = {"outward-milter.service": "outward-milter.8", "outward-follow.service": "outward-follow.8"}


class Units(unittest.TestCase):
    """cmake --install into an empty directory, seen by systemd's own tools."""

    @classmethod
    def setUpClass(cls):
        build = os.environ.get("OUTWARD_BUILD")
        if not build or not shutil.which("systemd-analyze"):
            raise unittest.SkipTest("needs OUTWARD_BUILD, the build directory, and systemd-analyze")
        cls.root = tempfile.mkdtemp(prefix="outward-units.", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        run("cmake", "--install", build, "--prefix", "/usr", env={"DESTDIR": cls.root}, timeout=120)
        cls.units = f"{cls.root}/usr/lib/systemd/system"

    def test_the_sandbox_is_as_tight_as_the_manual_says(self):
        self.assertEqual(sorted(EXPOSURE), sorted(os.path.basename(name) for name in glob.glob(f"{self.units}/*.service")))
        for name, limit in EXPOSURE.items():
            with self.subTest(unit=name):
                path = f"{self.units}/{name}".replace("@.", "@x.")
                if "@" in name:
                    shutil.copy(f"{self.units}/{name}", path)
                said = run("systemd-analyze", "security", "--offline=true", path, check=False).stdout
                if "@" in name:
                    os.unlink(path)
                exposure = float(re.search(r"Overall exposure level .*: ([0-9.]+)", said)[1])
                self.assertLessEqual(exposure, limit)
                if name in TOLD:
                    self.assertEqual(self.told(TOLD[name]), exposure)

    @staticmethod
    def told(page):
        with open(f"{SOURCE}/man/{page}", encoding="utf-8") as file:
            return float(re.search(r"systemd-analyze security\n?\s*counts as ([0-9.]+) of 10", file.read())[1])

    def test_systemd_understands_every_line(self):
        """verify complains of programs that are not installed here; of anything else it must not."""
        for path in glob.glob(f"{self.units}/*.*"):
            if "@" in path:
                continue
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False)
            left = [line for line in (done.stdout + done.stderr).splitlines()
                    if "is not executable" not in line and os.path.basename(path) in line]
            self.assertEqual(left, [])

    def test_the_apparmor_profile_is_understood(self):
        """Compiled, not loaded: what the gate really opens is held against it by tests/package/run."""
        if shutil.which("apparmor_parser") is None:
            self.skipTest("needs apparmor_parser")
        done = subprocess.run(["apparmor_parser", "--skip-kernel-load", "--skip-cache", "--warn=all",
                               "--kernel-features=/etc/apparmor.d/abi/3.0",
                               f"{self.root}/usr/share/outward/apparmor-outward-milter"], capture_output=True, text=True, check=False)
        faults = [line for line in done.stderr.splitlines() if not line.startswith("Cache read/write disabled")]
        self.assertEqual((done.returncode, done.stdout, faults), (0, "", []))

    def test_users_and_directories_are_made(self):
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(f"{root}/etc")
            run("systemd-sysusers", f"--root={root}", f"{self.root}/usr/lib/sysusers.d/outward.conf")
            with open(f"{root}/etc/passwd", encoding="utf-8") as file:
                users = [line.split(":")[0] for line in file]
            self.assertLessEqual({"outward", "outward-follow"}, set(users))
            with open(f"{root}/etc/group", "a", encoding="utf-8") as file:
                file.write("postfix:x:4711:\n")
            run("systemd-tmpfiles", f"--root={root}", "--create", f"{self.root}/usr/lib/tmpfiles.d/outward.conf")
            spool = os.stat(f"{root}/var/spool/postfix/outward")
            self.assertEqual((oct(spool.st_mode & 0o7777), spool.st_gid), ("0o2750", 4711))


if __name__ == "__main__":
    main()
