"""What is exchanged: every algorithm that Signet has, in every form that it has."""

from dataclasses import dataclass

# In the order and with the spaces that a library of JWTs gives back.
PAYLOAD = '{"name":"Zo\u00eb","sub":"someone"}'
AAD = "more, in the clear"
PASSWORD = "correct horse battery staple"

CONTENT = ["A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"]
# The algorithm, and the curve where it doesn't follow from it.
SIGNATURES: list[tuple[str, str | None]] = [
    *((family + size, None) for family in ("HS", "RS", "PS", "ES") for size in ("256", "384", "512")),
    ("ES256K", None),
    ("Ed25519", None),
    ("Ed448", None),
    ("EdDSA", "Ed25519"),
    ("EdDSA", "Ed448"),
    ("ML-DSA-65", None),
    ("ML-DSA-87", None),
]
CURVES = ["P-256", "P-384", "P-521", "X25519", "X448"]
AGREEMENT = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]
# Slow on purpose, so that each has one content encryption.
WITH_PASSWORDS = {
    "PBES2-HS256+A128KW": ["A128CBC-HS256"],
    "PBES2-HS384+A192KW": ["A192GCM"],
    "PBES2-HS512+A256KW": ["A256GCM"],
}
KEY_MANAGEMENT: list[tuple[str, str | None]] = [
    ("dir", None),
    *((f"A{bits}{kind}", None) for kind in ("KW", "GCMKW") for bits in (128, 192, 256)),
    *((algorithm, curve) for algorithm in AGREEMENT for curve in CURVES),
    ("RSA-OAEP", None),
    ("RSA-OAEP-256", None),
    ("RSA-OAEP-384", None),
    ("RSA-OAEP-512", None),
    *((algorithm, None) for algorithm in WITH_PASSWORDS),
]
CURVE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "ES256K": "secp256k1"}
FORMS = ["compact", "flattened", "general"]
OURS, THEIRS = "ours", "theirs"


@dataclass(frozen=True)
class Use:
    """One algorithm with one kind of key."""

    alg: str
    crv: str | None = None

    def __str__(self) -> str:
        return f"{self.alg} {self.crv}" if self.crv else self.alg


@dataclass(frozen=True)
class Kind:
    """What decides whether a key fits: its type, and its curve, size or algorithm."""

    kty: str
    crv: str | None = None
    bits: int | None = None
    alg: str | None = None


@dataclass(frozen=True)
class Case:
    """One kind of token."""

    uses: tuple[Use, ...]
    enc: str | None = None
    form: str = "compact"
    # The private half is made by the side that does not need it, and handed over.
    handed: bool = False
    detached: bool = False
    unencoded: bool = False
    zip: bool = False
    aad: bool = False

    @property
    def use(self) -> Use:
        return self.uses[0]

    @property
    def extras(self) -> list[str]:
        names = [name for name in ("zip", "aad") if getattr(self, name)]
        return names + (["b64: false"] if self.unencoded else ["detached"] if self.detached else [])

    @property
    def features(self) -> set[str]:
        """What a peer has to have for this case. One that lacks one of them lacks the case."""
        found = {self.form, *self.extras, "JWE" if self.enc else "JWS"}
        for use in self.uses:
            found |= {use.alg} | ({f"curve {use.crv}"} if use.crv else set())
        if self.handed:
            found.add("handed over")
        if len(self.uses) > 1:
            found.add("several recipients" if self.enc else "several signatures")
        return found | ({self.enc} if self.enc else set())

    def __str__(self) -> str:
        parts = [" and ".join(str(use) for use in self.uses), self.enc, *self.extras]
        parts += [self.form if self.form != "compact" else None, "handed over" if self.handed else None]
        return ", ".join(part for part in parts if part)


def kind(use: Use, enc: str | None = None) -> Kind:
    """The kind of key that an algorithm takes."""
    alg = use.alg
    if alg.startswith(("RS", "PS")):
        return Kind("RSA", bits=2048)
    if alg.startswith("ML-DSA"):
        return Kind("AKP", alg=alg)
    if alg in CURVE_OF:
        return Kind("EC", crv=CURVE_OF[alg])
    if alg.startswith("Ed") or use.crv in ("X25519", "X448"):
        return Kind("OKP", crv=use.crv or alg)
    if use.crv:
        return Kind("EC", crv=use.crv)
    if alg == "dir":
        assert enc
        return Kind("oct", bits=int(enc.rpartition("HS")[2]) if "HS" in enc else int(enc[1:4]))
    if alg.startswith("HS"):
        return Kind("oct", bits=int(alg[2:]))
    if alg.startswith("PBES2"):
        return Kind("oct")
    return Kind("oct", bits=int(alg[1:4]))


def compact_signatures() -> list[Case]:
    """Every signature algorithm, with keys of the signer and with keys that were handed over."""
    return [Case((Use(*names),), handed=handed) for names in SIGNATURES for handed in (False, True)]


def compact_encryption() -> list[Case]:
    """Every key management algorithm with every content encryption.

    ECDH-ES alone derives the content key from the curve's secret, so that all combinations count; with a wrapped key
    the curve and the content encryption meet nowhere, and each has to meet every wrapping.
    """
    made = []
    for alg, crv in KEY_MANAGEMENT:
        for enc in CONTENT:
            meets_every = alg not in WITH_PASSWORDS and (alg == "ECDH-ES" or crv in (None, "P-256"))
            if meets_every or enc in WITH_PASSWORDS.get(alg, ("A256GCM", "A128CBC-HS256")):
                made.append(Case((Use(alg, crv),), enc))
        if alg not in WITH_PASSWORDS:
            made.append(Case((Use(alg, crv),), "A256GCM", handed=True))
    return made


def serializations() -> list[Case]:
    """The forms in JSON, detached and unencoded payloads, compression, and further authenticated data."""
    made = [Case((Use(alg),), form="flattened") for alg in ("HS256", "ES256", "PS256")]
    made.append(Case((Use("ES256"), Use("HS256")), form="general"))
    made += [Case((Use(alg),), detached=True) for alg in ("HS256", "ES256")]
    made += [Case((Use(alg),), detached=True, unencoded=True) for alg in ("HS256", "ES256")]
    wrapped = [Use("A128KW"), Use("A128GCMKW"), Use("ECDH-ES+A256KW", "P-256"), Use("RSA-OAEP-256")]
    direct = [Use("dir"), Use("ECDH-ES", "P-256")]
    for enc in ("A256GCM", "A128CBC-HS256"):
        made += [Case((use,), enc, form="flattened") for use in [*direct, *wrapped]]
        made += [Case((use, Use("A256KW")), enc, form="general") for use in wrapped]
        made.append(Case((Use("A256KW"),), enc, form="flattened", aad=True))
        made.append(Case((Use("ECDH-ES+A128KW", "P-256"), Use("A256KW")), enc, form="general", aad=True))
        made.append(Case((Use("A256KW"),), enc, zip=True))
    return made


def every_case() -> list[Case]:
    return [*compact_signatures(), *compact_encryption(), *serializations()]
