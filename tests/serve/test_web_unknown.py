"""The page without a server doubts photos exactly as Python does."""

import base64
import json
from importlib.resources import files

import numpy as np
import pytest

from tests.serve.chromium import CHROMIUM, flags, needs_chromium
from unseen.inference.reference import Reference
from unseen.inference.unknown import builtin_unknown_model, unknown_signals
from unseen.records import Float32Array
from unseen.serve.web_unknown import facts_of

ASK = """async ({ script, facts, photos }) => {
    const { doubtOf, opened } = await import(script);
    const known = opened(facts);
    return photos.map(({ logits, features, score }) =>
        doubtOf(known, Float32Array.from(logits), Float32Array.from(features), score === "NaN" ? NaN : score));
}"""


def known(signs: bool, locator: bool) -> Reference:
    """Of four classes, one without photos; signs: two of them are known signs of seven."""
    rng = np.random.default_rng(5)

    def normal(*shape: int) -> Float32Array:
        return rng.normal(size=shape).astype(np.float32)

    centres = normal(4, 6)
    centres[2] = np.nan
    return Reference(
        mean=normal(20), std=np.abs(normal(20)) + np.float32(0.1), whiten=normal(20, 6), centres=centres,
        logits=normal(9, 4),
        labels=np.zeros(9, np.int64), distances=np.abs(normal(9)) + np.float32(2),
        usual=np.array([5.3, 1.0, 5.3, -2.0], np.float32) if locator else np.zeros(0, np.float32),
        signs=normal(5, 7) if signs else np.zeros((0, 0), np.float32),
        sign_bias=normal(7) if signs else np.zeros(0, np.float32),
        sign_classes=np.array([-1, 0, -1, 1, -1, -1, -1]) if signs else np.zeros(0, np.int64),
    )  # fmt: skip


@needs_chromium
@pytest.mark.parametrize(("signs", "locator"), [(True, True), (False, True), (True, False)])
def test_the_browser_computes_what_python_does(signs: bool, locator: bool) -> None:
    from playwright.sync_api import sync_playwright

    reference, rng = known(signs, locator), np.random.default_rng(1)
    logits, features = (rng.normal(size=(40, width)).astype(np.float32) * 3 for width in (4, 20))
    scores = rng.random(40).astype(np.float32) ** 0.2
    scores[:3] = 1.0, 0.0, np.nan
    given = scores if locator else None
    expected = builtin_unknown_model().probability(unknown_signals(logits, features, given, reference))
    script = (files("unseen.serve") / "web" / "unknown.js").read_bytes()
    photos = [
        {"logits": row.tolist(), "features": one.tolist(), "score": None if given is None else _stated(score)}
        for row, one, score in zip(logits, features, scores.tolist(), strict=True)
    ]
    asked = {
        "script": "data:text/javascript;base64," + base64.b64encode(script).decode(),
        "facts": json.loads(json.dumps(facts_of(reference, 0.5))),
        "photos": photos,
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags())
        found = browser.new_page().evaluate(ASK, asked)
        browser.close()
    assert np.ptp(expected) > 0.5
    assert np.allclose(found, expected, atol=1e-5)


def _stated(score: float) -> float | str:
    return score if np.isfinite(score) else "NaN"
