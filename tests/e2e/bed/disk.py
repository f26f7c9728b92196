"""A small disk of its own (ext4 on a loop device) that can be full, read-only, slow, or hang."""
import ctypes
import os
import threading
import time
import unittest

from .process import run

CLONE_NEWNS = 0x00020000


class Disk:
    """Mounted at directory/disk, for this process and its children alone."""

    def __init__(self, directory, megabytes=16):
        self._image, self.path = f"{directory}/disk.img", f"{directory}/disk"
        os.mkdir(self.path)
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
            raise unittest.SkipTest("needs a mount namespace")
        run("mount", "--make-rprivate", "/")
        with open(self._image, "wb") as file:
            file.truncate(megabytes << 20)
        run("mkfs.ext4", "-q", "-F", "-m", "0", self._image)
        self._frozen = False
        self._mount()
        os.chmod(self.path, 0o777)

    def _mount(self):
        if run("mount", "-o", "loop,errors=remount-ro", self._image, self.path, check=False).returncode != 0:
            raise unittest.SkipTest("needs loop devices")
        self._name = os.path.basename(run("findmnt", "-no", "SOURCE", self.path).stdout.strip())

    def close(self):
        """Unmount; who still has a file open keeps it until it ends."""
        if self._frozen:
            self.thaw()
        run("umount", "-l", self.path)

    def fill(self):
        """Not an octet is left."""
        for size in (1 << 16, 4096, 1):
            with open(f"{self.path}/fill", "ab", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def empty(self):
        """There is room again."""
        os.unlink(f"{self.path}/fill")

    def break_down(self):
        """What ext4 does on an error of the disk: read-only from now on, also for files that are open."""
        with open(f"/sys/fs/ext4/{self._name}/trigger_fs_error", "w", encoding="ascii") as file:
            file.write("1")

    def repair(self):
        """As after fsck(8) and a new mount."""
        run("umount", self.path)
        run("fsck.ext4", "-f", "-y", self._image, check=False)
        self._mount()

    def freeze(self):
        """Whoever writes waits."""
        run("fsfreeze", "-f", self.path)
        self._frozen = True

    def thaw(self):
        run("fsfreeze", "-u", self.path)
        self._frozen = False


class Slow:
    """A disk that takes writes a tenth of the time only, inside `with`."""

    FROZEN, THAWED = 0.45, 0.05

    def __init__(self, disk):
        self._disk = disk
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()

    def _run(self):
        while not self._stopping.is_set():
            self._disk.freeze()
            time.sleep(self.FROZEN)
            self._disk.thaw()
            time.sleep(self.THAWED)
