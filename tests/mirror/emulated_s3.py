"""Moto's S3 as a process; tells its port on standard output.

The store does and moto does not, so this adds:

- a conditional write is judged and done as one, where moto lets another write come between;
- a body whose SHA-256 is not that of its signature is refused.
"""

import hashlib
import io
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

MOTO = DomainDispatcherApplication(create_backend_app)
LOCK = threading.Lock()


def application(environ, start_response):
    if environ["REQUEST_METHOD"] not in ("PUT", "POST"):
        return MOTO(environ, start_response)
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    if len(body) < length:
        return refuse(start_response, "IncompleteBody")
    stated = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
    if len(stated) == 64 and hashlib.sha256(body).hexdigest() != stated:
        return refuse(start_response, "XAmzContentSHA256Mismatch")
    with LOCK:
        return MOTO(environ | {"wsgi.input": io.BytesIO(body)}, start_response)


def refuse(start_response, code: str) -> list[bytes]:
    start_response("400 Bad Request", [("Content-Type", "application/xml")])
    return [f"<Error><Code>{code}</Code></Error>".encode()]


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
