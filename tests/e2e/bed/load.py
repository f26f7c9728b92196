"""Mail that keeps coming while something else happens."""
import threading

from .wait import until


class Load:
    """Threads that submit one message after another, each second one without TLS, until stop()."""

    def __init__(self, submit, name, writers):
        self._submit = submit
        self._name = name
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._results = []
        self._failures = []
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(writers)]
        for thread in self._threads:
            thread.start()

    def _write(self, writer):
        count = 0
        while not self._stopping.is_set():
            count += 1
            sender, tls = f"{self._name}-{writer}-{count}@example.org", count % 2 == 0
            try:
                reply = self._submit(sender, tls)
            except Exception as failure:  # pylint: disable=broad-except
                with self._lock:
                    self._failures.append(failure)
                return
            with self._lock:
                self._results.append((sender, tls, reply))

    def wait_for(self, more):
        """Wait until so many more messages were answered."""
        goal = len(self._results) + more
        until(lambda: len(self._results) >= goal or self._failures, f"{more} more answers")

    def end(self):
        """End the writers."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def stop(self):
        """End the writers: (sender, tls, reply) of each message."""
        self.end()
        if self._failures:
            raise self._failures[0]
        return self._results
