"""Numbers with which a library goes wrong that takes octets of a fixed length for a number, and how to get them.

Such a library drops leading zeros, or puts one before a number whose first bit is set. It goes wrong with one key or
token of many: the tests make them again until none of them is of that kind, and prove the fault with one that is.
"""

import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from ..vault import b64, unb64

Key = dict[str, Any]
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def _size(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


def is_whole(key: Key) -> bool:
    """Whether an EC key's numbers have the octets of its curve as numbers too, the private one even with a sign."""
    curve = CURVES.get(key.get("crv", ""))
    if curve is None:
        return True
    numbers = {name: unb64(key[name]) for name in ("x", "y", "d") if name in key}
    has_sign = numbers.get("d", b"\x01")[0] > 127
    return not has_sign and all(len(octets) == _size(curve) and octets[0] != 0 for octets in numbers.values())


def has_whole_secret(token: str, key: Key) -> bool:
    """Whether a compact token's ephemeral key is whole and so is the secret that its recipient finds."""
    epk = json.loads(unb64(token.partition(".")[0])).get("epk", {})
    return epk.get("crv") not in CURVES or is_whole(epk) and shared_secret(key, epk)[0] != 0


def shared_secret(private: Key, other: Key) -> bytes:
    curve = CURVES[private["crv"]]
    scalar = ec.derive_private_key(int.from_bytes(unb64(private["d"])), curve)
    numbers = (int.from_bytes(unb64(other[name])) for name in ("x", "y"))
    return scalar.exchange(ec.ECDH(), ec.EllipticCurvePublicNumbers(*numbers, curve).public_key())


def key_such_that(wanted: Callable[[Key], bool], crv: str = "P-256") -> Key:
    """A private key by neither side."""
    size = _size(CURVES[crv])
    while True:
        numbers = ec.generate_private_key(CURVES[crv]).private_numbers()
        point = numbers.public_numbers
        named = {"x": point.x, "y": point.y, "d": numbers.private_value}
        key = {"kty": "EC", "crv": crv} | {name: b64(number.to_bytes(size)) for name, number in named.items()}
        if wanted(key):
            return key
