"""Ports of the loopback addresses that belong to one test only, also when many tests start at the same instant."""
import socket


def listening(port, host="127.0.0.1"):
    """True when somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def listening_at(path):
    """The same of a socket file; it is there before anybody listens."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


class Ports:
    """Hands out free ports and keeps them reserved until close().

    The kernel picks a port that nobody has bound, and our socket stays bound to it without ever listening.  Only then
    does it get SO_REUSEADDR: a server of this test, which sets the option before it binds, may listen beside us;
    another test's reservation, which does not, gets another port, and connect() never picks it as a source port.
    """

    def __init__(self):
        self._held = []

    def take(self):
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        holder.bind(("", 0))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.append(holder)
        return holder.getsockname()[1]

    def close(self):
        for holder in self._held:
            holder.close()
        self._held = []
