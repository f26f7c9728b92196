#!/usr/bin/python3
"""The shipped units: known to systemd, and as tight as the manual says."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from bed.process import run
from bed.run import main

# Exposure as systemd-analyze counts it, 0 to 10.
EXPOSURE = {"outward-milter.service": 1.5, "outward-follow.service": 2.0, "outward-report.service": 2.0,
            "outward-doctor.service": 2.0, "outward-failure@.service": 2.0}


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

    def test_systemd_understands_every_line(self):
        """verify complains of programs that are not installed here; of anything else it must not."""
        for path in glob.glob(f"{self.units}/*.*"):
            if "@" in path:
                continue
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False)
            left = [line for line in (done.stdout + done.stderr).splitlines()
                    if "is not executable" not in line and os.path.basename(path) in line]
            self.assertEqual(left, [])

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
