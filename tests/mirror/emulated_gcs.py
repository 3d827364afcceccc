"""gcp-storage-emulator in memory, as a process; tells its port on standard output.

The store does and the emulator does not, so this adds:

- `ifGenerationMatch`, judged and written as one;
- the CRC32C that the last request of an upload in pieces states is checked;
- a body that was cut off changes nothing, or may be sent again.
"""

import base64
import io
import json
import sys
from http import HTTPStatus
from http.server import HTTPServer
from urllib.parse import parse_qs, urlsplit

from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage
from google_crc32c import Checksum

STORAGE = Storage(use_memory_fs=True)


class Handler(RequestHandler):
    """The emulator's, behind checks of what is written."""

    def __init__(self, *arguments) -> None:
        super().__init__(STORAGE, *arguments)

    def do_POST(self) -> None:  # noqa: N802  (http.server names it)
        if self.may_write():
            super().do_POST()

    def do_PUT(self) -> None:  # noqa: N802
        if self.may_write():
            super().do_PUT()

    def may_write(self) -> bool:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            return False
        self.rfile = io.BytesIO(body)
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "ifGenerationMatch" in query:
            upload = query.get("upload_id", "")
            name = STORAGE.resumable[upload]["name"] if upload else named_in(body)
            held = STORAGE.objects.get(parts.path.split("/")[-2], {}).get(name, {"generation": "0"})
            if held["generation"] != query["ifGenerationMatch"]:
                return self.refuse(HTTPStatus.PRECONDITION_FAILED, "conditionNotMet")
        stated = self.headers.get("x-goog-hash", "").partition("crc32c=")[2]
        if stated and (calculated := self.crc32c(query["upload_id"], body)) != stated:
            said = f'Provided CRC32C "{stated}" doesn\'t match calculated CRC32C "{calculated}".'
            return self.refuse(HTTPStatus.BAD_REQUEST, said)
        return True

    def crc32c(self, upload: str, piece: bytes) -> str:
        """That of the pieces of an upload up to this last one."""
        before = b""
        if STORAGE.get_resumable_byte_count(upload):
            before = STORAGE.get_file("_resumable", STORAGE.safe_id(upload))
        return base64.b64encode(Checksum(before + piece).digest()).decode()

    def refuse(self, status: HTTPStatus, said: str) -> bool:
        body = json.dumps({"error": {"code": status, "message": said}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return False


def named_in(body: bytes) -> str:
    """The name of an object in the JSON that a request is, or begins with."""
    return json.JSONDecoder().raw_decode(body[body.index(b"{") :].decode("latin-1"))[0]["name"]


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Handler)  # one request at a time, so that what was judged still holds
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
