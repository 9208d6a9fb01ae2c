"""Run verbs, or a planted look-up, in a process that reports whatever it tries to send; start it without a network.

In a network namespace of its own the kernel counts what finds no way out, whichever library tried. Python's audit
events name it.
"""

import ctypes
import json
import sys
from pathlib import Path
from typing import Any

WATCHED = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def listen(tried: list[str]) -> None:
    def hear(event: str, given: tuple[Any, ...]) -> None:
        if event in WATCHED and not (isinstance(given[-1], str | bytes) and event != "socket.gethostbyname"):
            tried.append(f"{event} {given[-5:]}")  # an address that is text is a pipe between processes

    sys.addaudithook(hear)


def unroutable() -> int:
    names, values = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")]
    sixes = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return int(dict(zip(names, values, strict=True))["OutNoRoutes"]) + int(sixes["Ip6OutNoRoutes"])


def run_verbs(commands: list[list[str]]) -> None:
    from unseen.cli import main

    for words in commands:
        sys.argv = ["unseen", *words]
        try:
            main()
        except SystemExit as stopped:
            if stopped.code:
                raise


def look_up() -> None:
    """As a library in C does it, unheard by Python."""
    ctypes.CDLL(None).getaddrinfo(b"example.invalid", b"443", None, ctypes.byref(ctypes.c_void_p()))


if __name__ == "__main__":
    tried: list[str] = []
    listen(tried)
    run_verbs(json.loads(sys.argv[1])) if len(sys.argv) > 1 else look_up()
    sys.stderr.write(json.dumps({"tried": tried, "unroutable": unroutable()}) + "\n")
