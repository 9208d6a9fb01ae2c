import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from unseen.errors import UnseenError
from unseen.store.hub_client import ask_hub


class Refusing(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_error(503)

    def log_message(self, *_: object) -> None:
        pass


def test_any_answer_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        ask_hub()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_no_answer_is_one_line_with_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UnseenError, match=r"^http://127.0.0.1:9 is out of reach: .+$"):
        ask_hub()
