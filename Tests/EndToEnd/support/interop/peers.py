"""What each peer can, as one table each: everything in `cases` but what is named here with its reason."""

from dataclasses import dataclass, field

from .cases import OURS, THEIRS, WITH_PASSWORDS, Case

NO_ML_DSA = {name: "no ML-DSA" for name in ("ML-DSA-65", "ML-DSA-87")}
NO_FULL_NAMES = {name: "older than RFC 9864: writes and reads EdDSA" for name in ("Ed25519", "Ed448")}
NO_LARGE_OAEP = {name: "OAEP with SHA-1 and SHA-256 only" for name in ("RSA-OAEP-384", "RSA-OAEP-512")}
EMPTY_KEY = "writes an empty encrypted_key, which RFC 7516 section 7.2.1 wants left out"
COORDINATES, SHARED_SECRET, PRIVATE_PEM = "coordinates in JWK", "shared secret of ECDH", "PEM of a private EC key"
COMPACT_ONLY = {
    "flattened": "compact only",
    "general": "compact only",
}


@dataclass(frozen=True, eq=False)
class Peer:
    """A library, and what it lacks.

    A name of `lacks` is one of a case's features, or several joined by ` + ` when only together they are lacking.
    """

    name: str
    title: str
    driver: str
    lacks: dict[str, str]
    # Whether it is among the pinned Python packages, so that it is there wherever the end-to-end tests run.
    is_python: bool = False
    # What it makes otherwise than everybody else.
    wrong: dict[str, str] = field(default_factory=dict)
    # Features that go one way only: which way does not go, and why.
    one_way: dict[str, tuple[str, str]] = field(default_factory=dict)
    # What it does wrongly with a few keys and tokens only. Those are avoided by `chance.py`.
    by_chance: dict[str, str] = field(default_factory=dict)
    # Kinds of keys, by curve or type, that it makes no thumbprint of, and whose PEM it does not
    # read and write; `*` for all.
    no_thumbprint: dict[str, str] = field(default_factory=dict)
    no_pem: dict[str, str] = field(default_factory=dict)
    no_certificates: dict[str, str] = field(default_factory=dict)

    def why_not(self, case: Case) -> str | None:
        """Which entry keeps a case away, if one does."""
        return _entry(self.lacks | self.wrong, case)

    def why_not_this_way(self, case: Case, way: str) -> str | None:
        ways = {name: reason for name, (closed, reason) in (SIGNET_READS_ONLY | self.one_way).items() if closed == way}
        return _entry(ways, case)

    def closed_ways(self, cases: list[Case]) -> dict[str, tuple[Case, str]]:
        """An example of each entry of `one_way`."""
        found: dict[str, tuple[Case, str]] = {}
        for name, (way, _) in self.one_way.items():
            fitting = (case for case in cases if self.why_not(case) is None and _entry({name: ""}, case))
            found[name] = (next(fitting), way)
        return found


def _entry(table: dict[str, str], case: Case) -> str | None:
    return next((name for name in table if set(name.split(" + ")) <= case.features), None)


SIGNET_READS_ONLY = {"EdDSA": (OURS, "Signet reads this name and writes those of RFC 9864")}

PEERS = [
    Peer(
        "joserfc",
        "joserfc",
        "with_joserfc.py",
        lacks=NO_ML_DSA | NO_LARGE_OAEP,
        is_python=True,
        one_way={"PBES2-HS256+A128KW": (OURS, "opens at most 300,000 iterations, and Signet writes 600,000")}
        | {f"{alg} + flattened": (THEIRS, EMPTY_KEY) for alg in ("dir", "ECDH-ES")},
        no_thumbprint={"AKP": "no ML-DSA"},
    ),
    Peer(
        "jwcrypto",
        "jwcrypto",
        "with_jwcrypto.py",
        lacks=NO_LARGE_OAEP,
        is_python=True,
        no_pem={"X448": "it writes PEM of X448 and reads none"},
    ),
    Peer(
        "pyjwt",
        "PyJWT",
        "with_pyjwt.py",
        lacks={"JWE": "signatures only", "detached": "detached payloads with b64: false only"}
        | COMPACT_ONLY
        | NO_ML_DSA
        | NO_FULL_NAMES,
        is_python=True,
        no_thumbprint={"*": "it makes none"},
        no_pem={"X25519": "signatures only", "X448": "signatures only"},
        no_certificates={"*": "it reads none"},
    ),
    Peer("panva", "panva/jose", "with_panva.mjs", lacks=NO_ML_DSA | NO_FULL_NAMES, no_thumbprint={"AKP": "no ML-DSA"}),
    Peer(
        "gojose",
        "go-jose",
        "with_gojose.go",
        lacks=NO_ML_DSA
        | NO_FULL_NAMES
        | NO_LARGE_OAEP
        | {
            "ES256K": "no secp256k1",
            "EdDSA + curve Ed448": "no Ed448",
            "curve X25519": "ECDH-ES with P-256, P-384 and P-521 only",
            "curve X448": "ECDH-ES with P-256, P-384 and P-521 only",
        },
        one_way={
            "several recipients": (
                THEIRS,
                "writes encrypted_key beside recipients, which RFC 7516 section 7.2.2 keeps to forms of their own",
            )
        },
        no_thumbprint={name: "no such JWK" for name in ("secp256k1", "Ed448", "X25519", "X448", "AKP")}
        | {"oct": "no thumbprints of symmetric keys"},
        no_pem={name: "no such JWK" for name in ("secp256k1", "Ed448", "X25519", "X448")},
    ),
    Peer(
        "jose",
        "jose",
        "with_jose.py",
        lacks=NO_ML_DSA
        | {
            "Ed25519": "no Edwards curves",
            "Ed448": "no Edwards curves",
            "EdDSA": "no Edwards curves",
            "curve X25519": "no Montgomery curves",
            "curve X448": "no Montgomery curves",
            "ES256K": "no secp256k1",
            "RSA-OAEP": "Debian builds it without OAEP",
            "RSA-OAEP-256": "Debian builds it without OAEP",
            "RSA-OAEP-384": "Debian builds it without OAEP",
            "RSA-OAEP-512": "Debian builds it without OAEP",
            "b64: false": "no unencoded payloads",
        },
        wrong={"aad": "authenticates other octets than RFC 7516 section 5.1 step 14 says"},
        one_way={
            "dir + flattened": (THEIRS, EMPTY_KEY),
            "zip": (THEIRS, "writes zip and does not compress"),
        }
        | {alg: (OURS, "opens at most 32,768 iterations, and Signet writes more") for alg in WITH_PASSWORDS},
        no_thumbprint={
            name: "prints memory that it has not set" for name in ("Ed25519", "Ed448", "X25519", "X448", "AKP")
        },
        no_pem={"*": "JWK only"},
        no_certificates={"*": "JWK only"},
    ),
    Peer(
        "rnbyc",
        "rnbyc",
        "with_rnbyc.py",
        lacks=COMPACT_ONLY
        | NO_ML_DSA
        | NO_FULL_NAMES
        | NO_LARGE_OAEP
        | {
            "ES256K": "no secp256k1",
            "detached": "JWTs only",
            "b64: false": "JWTs only",
            "zip": "its command line has no option for it",
            "EdDSA + curve Ed448": "no Ed448",
            "curve P-521": "it fails in ECDH-ES with P-521",
        },
        wrong={
            f"ECDH-ES + {enc}": "derives no key of more than 256 bits as RFC 7518 section 4.6.2 says"
            for enc in ("A192CBC-HS384", "A256CBC-HS512")
        },
        one_way={"curve X448 + handed over": (THEIRS, "its private X448 keys have 57 octets")},
        by_chance={
            COORDINATES: "leaves their leading zero octets out, which RFC 7518 section 6.2.1 wants",
            SHARED_SECRET: "leaves its leading zero octets out, which RFC 7518 section 4.6.2 wants, and derives "
            "another key",
            PRIVATE_PEM: "writes the number of a private EC key with or without a sign, not in the octets of its "
            "curve as RFC 5915 section 3 says",
        },
        no_thumbprint={"*": "its command line prints none"},
        no_pem={
            "secp256k1": "no secp256k1",
            "Ed448": "no Ed448",
            "Ed25519": "private keys of Ed25519 have the label UNKNOWN",
            "X25519": "no PEM of X25519 and X448",
            "X448": "no PEM of X25519 and X448",
        },
    ),
]
WAYS = (OURS, THEIRS)
