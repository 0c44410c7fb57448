#!/usr/bin/env python3
"""A server that misbehaves.

    bad_server.py MANNER       prints its port on a line of its own, then serves until its input ends

closes: takes a request and closes. stalls: takes it and says nothing. garbage: answers what is no HTTP. endless: an answer without an end.
half: promises more than it sends. refuses: 503. empty: 200 without a picture. tls CERT KEY: good answers under a certificate.
"""

import socket
import ssl
import sys
import threading
import time


def answer(connection, manner):
    with connection:
        connection.settimeout(30)
        try:
            while True:
                head = b""
                while b"\r\n\r\n" not in head:
                    part = connection.recv(65536)
                    if not part:
                        return
                    head += part
                head, rest = head.split(b"\r\n\r\n", 1)
                length = 0
                for line in head.split(b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                while len(rest) < length:
                    part = connection.recv(65536)
                    if not part:
                        return
                    rest += part
                if not reply(connection, manner):
                    return
        except OSError:
            pass


def reply(connection, manner):
    """Sends what the manner is; False when the connection is over."""
    if manner == "closes":
        return False
    if manner == "stalls":
        time.sleep(30)
        return False
    if manner == "garbage":
        connection.sendall(b"\x16\x03 this is no HTTP\r\n\r\n" * 20)
        return False
    if manner == "endless":
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(100_000):
            connection.sendall(chunk)
        return False
    if manner == "half":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        return False
    if manner == "refuses":
        connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")
        return True
    body = b'{"data": []}'
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    return True


def main():
    manner = sys.argv[1]
    listening = socket.create_server(("127.0.0.1", 0))
    context = None
    if manner == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    print(listening.getsockname()[1], flush=True)

    def accept():
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection):
        if context:
            try:
                connection = context.wrap_socket(connection, server_side=True)
            except OSError:
                return
        answer(connection, manner)

    threading.Thread(target=accept, daemon=True).start()
    # Whoever started it holds its input open; when that process is gone, so is this one.
    sys.stdin.read()


if __name__ == "__main__":
    main()
