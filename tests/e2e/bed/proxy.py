"""A proxy that takes TLS off and hands on what was inside, as stunnel and load balancers do."""
import socket
import ssl
import threading

from .peer import Server, tls_context

HANDS_ON = "127.0.0.30"  # where its own connections come from


class TlsProxy:
    """Listens under TLS and speaks in plaintext to a port, from HANDS_ON; it tells nobody who its client is."""

    def __init__(self, port, certificate, target):
        self.port = port
        self._context = tls_context(certificate)
        self._target = target
        self._server = Server(("127.0.0.1", port), self._serve)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _serve(self, request, _address, _server):
        with self._context.wrap_socket(request, server_side=True) as client, \
                socket.create_connection(("127.0.0.1", self._target), 60, (HANDS_ON, 0)) as server:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            server.shutdown(socket.SHUT_WR)
            back.join(10)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def _copy(one, other):
    """Hand on until the end; a client may leave without a word."""
    try:
        while part := one.recv(65536):
            other.sendall(part)
    except (OSError, ssl.SSLError):
        pass
