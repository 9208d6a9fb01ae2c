"""Let in only those who may ask: known hosts, pages of this server, the token; and tell browsers to load nothing else.

A page of another site can send requests here from the browser of whoever has both open (and after DNS rebinding read
the answers): the Host header must name this server, and an Origin must be this server's own.
"""

import ipaddress
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

COOKIE = "unseen_token"
OPEN_PATHS = ("/healthz",)  # asked by what watches the server, which knows no token
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in. names: what the Host header may say, without port. token: `None` where none is asked for.

    any_address: any IP address is a good Host too, as where the server listens on all of them; an attacker's page has
    a name.
    """

    names: Collection[str] = LOCAL_NAMES
    token: str | None = None
    any_address: bool = False

    def knows_host(self, host: str) -> bool:
        """Say whether a Host header names this server."""
        try:
            asked = urlsplit(f"//{host}")
            name = (asked.hostname or "") if asked.port is None or asked.port else ""
        except ValueError:
            return False
        bare = {known.strip("[]").lower() for known in self.names}
        return name in bare or (self.any_address and _is_address(name))

    def knows_token(self, given: str) -> bool:
        """Say whether this is the token, in a time that does not tell how much of it is right."""
        return self.token is None or secrets.compare_digest(given.encode(), self.token.encode())


class Guard:
    """ASGI middleware: refuses strangers, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(scope)
        if answer is None:
            await self.app(scope, receive, with_headers)
        elif scope["type"] == "http":
            await answer(scope, receive, with_headers)
        else:
            await WebSocketClose(code=1008)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")  # two are none: which of them a proxy went by is not known
        host = hosts[0] if len(hosts) == 1 else ""
        if not self.door.knows_host(host):
            return _refused(421, "this server is not known by that Host: add its name with --name")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            return _refused(403, "pages of other sites may not ask")
        if headers.get("sec-fetch-site") == "cross-site" and scope.get("method", "GET") not in ("GET", "HEAD"):
            return _refused(403, "pages of other sites may not ask")
        if self.door.token is None or scope["path"] in OPEN_PATHS:
            return None
        return self._without_token(scope, headers)

    def _without_token(self, scope: Scope, headers: Headers) -> Response | None:
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self.door.knows_token(bearer.strip()):
            return None
        if self.door.knows_token(_cookie(headers)):
            return None
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and self.door.knows_token(asked):
            # from here on the token is in no address and no history
            answer = RedirectResponse("/", status_code=303)
            secure = scope["scheme"] in ("https", "wss")
            assert self.door.token is not None
            answer.set_cookie(COOKIE, self.door.token, httponly=True, samesite="strict", secure=secure)
            return answer
        reason = "the token is missing or wrong: send the header Authorization: Bearer TOKEN, or open /?token=TOKEN"
        return _refused(401, reason, {"WWW-Authenticate": "Bearer"})


def _refused(status: int, reason: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": reason}, status, headers)


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
