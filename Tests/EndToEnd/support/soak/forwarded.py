"""The tokens that an upstream gets: whether their key is the right one, and published."""

import itertools
import json
import threading
from typing import Any

import jwt

from ..server import Signet
from ..vault import unb64
from ..web import web
from .knowledge import Ring, Span

# One token of so many is verified, and of each only the kid is looked at: signatures take the client's time.
VERIFIED = 8


class ForwardedTokens:
    """An upstream's view of the published keys: it reads them anew when it meets a kid that it does not know."""

    def __init__(self, signet: Signet, audience: str) -> None:
        self.signet = signet
        self.audience = audience
        self.keys: dict[str, Any] = {}
        self.lock = threading.Lock()
        self.numbers = itertools.count()

    def fault(self, ring: Ring, description: bytes, used: Span) -> str | None:
        """What is wrong with the token in an upstream's description of a request that it got."""
        text = str(json.loads(description)["headers"]["authorization"]).removeprefix("Bearer ")
        kid: str = json.loads(unb64(text.split(".", 1)[0]))["kid"]
        # It is made with what is active at the time of the use, also when an earlier one was kept.
        makers = ring.makers(used, kid)
        if not makers:
            return f"the upstream's token was signed with {kid}, which was not active then"
        if next(self.numbers) % VERIFIED:
            return None
        key = self.key(kid)
        if key is None:
            # One that was revoked in the meantime is not published any more.
            is_over = any(turn.revoked is not None for turn in makers)
            return None if is_over else f"the upstream's token was signed with {kid}, which is not published"
        try:
            # It may end before it is looked at here.
            jwt.decode(
                text,
                key,
                algorithms=["ES256"],
                audience=self.audience,
                issuer=self.signet.control,
                options={"verify_exp": False},
            )
        except jwt.InvalidTokenError as error:
            return f"the upstream's token was refused: {error!r}"
        return None

    def key(self, kid: str) -> Any:
        with self.lock:
            if kid not in self.keys:
                published = web.get(f"{self.signet.control}/oauth/jwks/forward").json()
                self.keys |= {key["kid"]: jwt.PyJWK(key).key for key in published["keys"]}
            return self.keys.get(kid)
