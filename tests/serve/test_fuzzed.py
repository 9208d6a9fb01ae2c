"""Damaged photos and forms get an answer or one line that says why not; bench/fuzz_server.py sends more of them."""

from collections import Counter

import pytest

from bench.fuzz_server import body_of, problem
from tests.conftest import TinyRun
from tests.serve.served import serving


def test_some_hundred_damaged_bodies(tiny_run: TinyRun) -> None:
    statuses: Counter[int] = Counter()
    with serving(tiny_run.root) as (client, _):
        for number in range(240):
            path, body, kind = body_of(number, 3)
            answer = client.post(path, content=body, headers={"Content-Type": kind} if kind else {})
            assert problem(answer.status_code, answer.content) == "", number
            statuses[answer.status_code] += 1
    assert set(statuses) >= {200, 415, 422}
    assert statuses[200] > 20


def test_a_form_without_its_last_line_is_refused_and_not_answered_in_part(tiny_run: TinyRun) -> None:
    photo = next((tiny_run.photos / "red").glob("s*.png")).read_bytes()
    part = b'--edge\r\nContent-Disposition: form-data; name="p"; filename="p.png"\r\n\r\n' + photo + b"\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    with serving(tiny_run.root) as (client, _):
        whole = client.post("/v1/predict", content=part * 2 + b"--edge--\r\n", headers=kind)
        cut = client.post("/v1/predict", content=part * 2, headers=kind)
    assert (whole.status_code, len(whole.json()["predictions"])) == (200, 2)
    assert (cut.status_code, cut.json()["error"]) == (400, "the form is cut: send it again, with its last line")


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (500, b"{}", "status 500"),
        (200, b"<html>", "no JSON"),
        (422, b'{"error": "two\\nlines"}', "without a reason in one line"),
        (200, b'{"other": 1}', "no answer"),
    ],
)
def test_a_wrong_answer_is_told(status: int, content: bytes, words: str) -> None:
    assert words in problem(status, content)
