"""Measure the live view of a running `unseen serve`: frames answered a second, and from sending a frame to its answer.

    unseen serve RUN --port 8000
    python -m bench.live http://127.0.0.1:8000 --data PHOTOS

A camera of 30 frames a second, 640 x 480 px, sends on whether answers came or not; the newest frame is answered.
"""

import argparse
import io
import json
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from websockets.sync.client import connect

FRAME, QUALITY = (640, 480), 80


def frames(folder: Path, number: int) -> list[bytes]:
    """Return photos as the page sends frames."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
    found = []
    for path in files[:: max(1, len(files) // number)][:number]:
        buffer = io.BytesIO()
        ImageOps.fit(Image.open(path).convert("RGB"), FRAME).save(buffer, "JPEG", quality=QUALITY)
        found.append(buffer.getvalue())
    return found


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=30.0)
    stated = parser.parse_args()
    contents, sent, waits, errors = frames(stated.data, 60), [], [], 0
    address = stated.server.replace("http", "ws", 1) + "/v1/frames"
    with connect(address, origin=stated.server, max_size=None) as view:
        until = time.monotonic() + stated.seconds

        def send() -> None:
            while time.monotonic() < until:
                sent.append(time.monotonic())
                view.send(contents[len(sent) % len(contents)])
                time.sleep(max(0.0, sent[0] + len(sent) / stated.rate - time.monotonic()))

        camera = threading.Thread(target=send)
        camera.start()
        while time.monotonic() < until:
            try:
                said = json.loads(view.recv(timeout=5))
            except TimeoutError:
                break
            errors += "error" in said
            waits.append(time.monotonic() - sent[said["frame"] - 1])
        camera.join()
    p50, p95 = (round(float(np.percentile(waits, share)) * 1000, 1) for share in (50, 95))
    rate = round(len(waits) / stated.seconds, 1)
    print(json.dumps({"frames_per_second": rate, "p50_ms": p50, "p95_ms": p95, "sent": len(sent), "errors": errors}))


if __name__ == "__main__":
    main()
