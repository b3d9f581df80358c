"""A bare HTTP/2 client over TLS: the only way to say how cookies are split into headers."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import h2.config
import h2.connection
import h2.events

_PATIENCE: Final = 20.0


class Http2:
    """One connection to a port of loopback, for one host name."""

    def __init__(self, port: int, host: str, authority: str) -> None:
        context = ssl.create_default_context(cadata=authority)
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self._socket = context.wrap_socket(raw, server_hostname=host)
        assert self._socket.selected_alpn_protocol() == "h2"
        self._authority = f"{host}:{port}"
        self._connection = h2.connection.H2Connection(h2.config.H2Configuration())
        self._connection.initiate_connection()
        self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def get(self, path: str, cookies: Sequence[str]) -> tuple[int, bytes]:
        """Status and body of a GET whose cookies come in one header each."""
        stream = self._connection.get_next_available_stream_id()
        fields = [(":method", "GET"), (":scheme", "https"), (":authority", self._authority), (":path", path)]
        fields += [("accept", "application/json"), *(("cookie", one) for one in cookies)]
        self._connection.send_headers(stream, fields, end_stream=True)
        self._flush()
        status, body = 0, b""
        while True:
            data = self._socket.recv(65536)
            assert data, "the connection ended"
            for event in self._connection.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    status = int(dict(event.headers)[b":status"])
                elif isinstance(event, h2.events.DataReceived):
                    body += event.data
                    self._connection.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, h2.events.StreamEnded):
                    self._flush()
                    return status, body
            self._flush()

    def _flush(self) -> None:
        self._socket.sendall(self._connection.data_to_send())
