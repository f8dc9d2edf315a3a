"""Runs many cases against a peer: Signet's processes side by side, the peer's driver twice."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ..places import ROOT
from ..processes import clean_environment
from ..server import run
from ..vault import b64, unb64
from . import chance
from .cases import AAD, OURS, PASSWORD, PAYLOAD, Case, Kind, Use, kind
from .peers import Peer

Key = dict[str, Any]
DRIVERS = ROOT / "Tests/EndToEnd/peers"
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "priv"}


@dataclass
class Outcome:
    """What became of one case in one direction."""

    token: str | None = None
    # Why it could not be made.
    unmade: str | None = None
    # What each holder of a key read out of it, or why not.
    read: list[str] = field(default_factory=list)
    # What came out of the token with one bit flipped.
    flipped: str | None = None


class NoKey(Exception):
    """Why a key could not be made."""


def public(key: Key) -> Key:
    """The public half; a symmetric key as it is."""
    return {name: value for name, value in key.items() if name not in PRIVATE}


@cache
def _go_driver() -> Path:
    """go-jose's driver as a program. Debian keeps Go's packages where GOPATH finds them, and nothing is downloaded."""
    made = ROOT / ".build/interop/with_gojose"
    environment = clean_environment({
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(made.parent / "go-cache"),
        "HOME": str(made.parent),
    })
    command = ["go", "build", "-o", str(made), str(DRIVERS / "with_gojose.go")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return made


def ask(peer: Peer, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A driver's answers to jobs, in their order."""
    path = DRIVERS / peer.driver
    interpreters = {".py": [sys.executable, "-B", str(path)], ".mjs": ["node", str(path)]}
    command = interpreters.get(path.suffix) or [str(_go_driver())]
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{peer.driver} ended with {done.returncode}: {done.stderr[-2000:]}"
    answers = json.loads(done.stdout)
    assert len(answers) == len(jobs)
    return answers


def _our_key_or_not(wanted: Kind, whole: bool) -> Key | NoKey:
    try:
        return our_key(wanted, whole)
    except NoKey as reason:
        return reason


@cache
def our_key(wanted: Kind, whole: bool = False) -> Key:
    """A key by Signet, without `alg` and `use`: older peers know no names of RFC 9864.

    A whole one is of those with which nothing goes wrong by chance.
    """
    names = {
        ("EC", "secp256k1"): ["ES256K"],
        ("OKP", "Ed25519"): ["Ed25519"],
        ("OKP", "Ed448"): ["Ed448"],
    }
    by_size = {128: "A128GCM", 192: "A192GCM", 256: "HS256", 384: "HS384", 512: "HS512"}
    options = names.get((wanted.kty, wanted.crv or "")) or {
        "RSA": ["RS256"],
        "AKP": [wanted.alg or ""],
        "oct": [by_size.get(wanted.bits or 0, "")],
    }.get(wanted.kty, ["ECDH-ES", "--crv", wanted.crv or ""])
    if whole and wanted.crv == "P-521":
        # Of the two points with one x Signet takes the lesser y, and that begins with a zero on this curve.
        return _plain(chance.key_such_that(chance.is_whole, wanted.crv), wanted, "ours")
    while True:
        done = run("jwk", "generate", "--alg", *options)
        if done.returncode != 0:
            raise NoKey(f"signet makes no key of {wanted}: {done.stderr.strip()}")
        key = json.loads(done.stdout)
        if not whole or chance.is_whole(key):
            return _plain(key, wanted, "ours")


def _plain(key: Key, wanted: Kind, owner: str) -> Key:
    kept = {name: value for name, value in key.items() if name not in ("use", "key_ops", "alg", "kid")}
    name = wanted.crv or wanted.alg or wanted.bits or "password"
    # An AKP key is of its algorithm (RFC 9964 section 3).
    return kept | {"kid": f"{owner}-{wanted.kty}-{name}"} | ({"alg": wanted.alg} if wanted.alg else {})


def their_keys(peer: Peer, kinds: set[Kind]) -> dict[Kind, Key | NoKey]:
    """One key of each kind by the peer, a whole one if that makes a difference to it."""
    made: dict[Kind, Key | NoKey] = {}
    while missing := sorted(kinds - made.keys(), key=str):
        answers = ask(peer, [{"op": "generate", **vars(wanted)} for wanted in missing])
        for wanted, answer in zip(missing, answers, strict=True):
            if "key" not in answer:
                made[wanted] = NoKey(f"{peer.name} makes no key of {wanted}: {answer['error']}")
            elif not peer.by_chance or chance.is_whole(answer["key"]):
                made[wanted] = _plain(answer["key"], wanted, "theirs")
    return made


class Exchange:
    """Cases in their directions with one peer, done at once."""

    def __init__(self, peer: Peer, wanted: list[tuple[Case, str]]) -> None:
        self.peer = peer
        self.outcomes = {one: Outcome() for one in wanted}
        self._names = itertools.count()
        with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            self._place, self._pool = Path(place), pool
            self._make_keys()
            self._our_tokens()
            self._their_turn()
            self._read_theirs()

    # Keys

    def _make_keys(self) -> None:
        wanted = {
            (self._owner(case, way), kind(use, case.enc)) for case, way in self.outcomes for use in case.uses
        }
        password = Kind("oct")
        ours = [name for owner, name in wanted if owner == "ours" and name != password]
        theirs = their_keys(self.peer, {name for owner, name in wanted if owner == "theirs" and name != password})
        self._keys: dict[tuple[str, Kind], Key | NoKey] = {("theirs", name): key for name, key in theirs.items()}
        for name, key in zip(ours, self._pool.map(self._our_key, ours), strict=True):
            self._keys["ours", name] = key
        for owner in ("ours", "theirs"):
            self._keys[owner, password] = {"kty": "oct", "k": b64(PASSWORD.encode()), "kid": "password"}

    def _our_key(self, wanted: Kind) -> Key | NoKey:
        return _our_key_or_not(wanted, whole=bool(self.peer.by_chance))

    @staticmethod
    def _owner(case: Case, way: str) -> str:
        """Who made the key: the signer or the recipient, unless it was handed over."""
        return "ours" if ((way == OURS) == (case.enc is None)) != case.handed else "theirs"

    def _key(self, case: Case, way: str, use: Use, private: bool) -> Key:
        key = self._keys[self._owner(case, way), kind(use, case.enc)]
        if isinstance(key, NoKey):
            raise key
        return key if private else public(key)

    # Signet

    def _file(self, content: str) -> Path:
        path = self._place / str(next(self._names))
        path.write_text(content)
        return path

    def _make(self, one: tuple[Case, str]) -> None:
        case, way = one
        outcome = self.outcomes[one]
        names = [self._key(case, way, use, private=not case.enc) for use in case.uses]
        arguments: list[str | Path] = ["--alg", ",".join(use.alg for use in case.uses), "--serialization", case.form]
        for key in names:
            arguments += ["--key", self._file(json.dumps(key))]
            arguments += ["--kid", key["kid"]] if len(names) > 1 else []
        if case.enc:
            arguments += ["--enc", case.enc, *(["--compress"] if case.zip else [])]
            arguments += ["--aad", self._file(AAD)] if case.aad else []
        else:
            arguments += [f"--{flag}" for flag in ("detached", "unencoded") if getattr(case, flag)]
        while True:
            done = run(*(("jwe", "encrypt") if case.enc else ("jws", "sign")), *arguments, input=PAYLOAD)
            if done.returncode != 0:
                outcome.unmade = f"exit {done.returncode}: {done.stderr.strip()}"
                return
            outcome.token = done.stdout.strip()
            if not self._hangs_on_chance(one):
                return

    def _hangs_on_chance(self, one: tuple[Case, str]) -> bool:
        """Whether a token was made with numbers with which the peer goes wrong."""
        case, way = one
        token = self.outcomes[one].token
        if not self.peer.by_chance or not case.enc or token is None:
            return False
        return not chance.has_whole_secret(token, self._key(case, way, case.use, private=True))

    def _our_tokens(self) -> None:
        list(self._pool.map(self._make, [one for one in self.outcomes if one[1] == OURS and self._has_keys(one)]))

    def _has_keys(self, one: tuple[Case, str]) -> bool:
        """Whether all keys of a case are there; it fails with the reason if not."""
        try:
            for use in one[0].uses:
                self._key(*one, use, private=True)
        except NoKey as reason:
            self.outcomes[one].unmade = str(reason)
            return False
        return True

    def _open(self, case: Case, way: str, use: Use, token: str) -> str:
        key = self._file(json.dumps(self._key(case, way, use, private=bool(case.enc))))
        arguments: list[str | Path] = ["--key", key, "--alg", use.alg, "--serialization", case.form]
        if case.enc:
            arguments += ["--enc", case.enc, *(["--allow-compressed"] if case.zip else [])]
            done = run("jwe", "decrypt", *arguments, input=token)
        else:
            arguments += ["--payload", self._file(PAYLOAD)] if case.detached else []
            done = run("jws", "verify", *arguments, input=token)
        if done.returncode == 0:
            return done.stdout
        said_something = f" after {len(done.stdout)} characters of output" if done.stdout else ""
        return f"exit {done.returncode}: {done.stderr.strip()}{said_something}"

    def _read_theirs(self) -> None:
        def read(one: tuple[Case, str]) -> None:
            case, way = one
            outcome = self.outcomes[one]
            if outcome.token is None:
                return
            outcome.read = [self._open(case, way, use, outcome.token) for use in case.uses]
            outcome.flipped = self._open(case, way, case.use, flipped(outcome.token, case))

        list(self._pool.map(read, [one for one in self.outcomes if one[1] != OURS]))

    # The peer

    def _their_turn(self) -> None:
        making = [one for one in self.outcomes if one[1] != OURS and self._has_keys(one)]
        jobs = [self._making(*one) for one in making]
        readings: list[tuple[Outcome, str]] = []
        for (case, way), outcome in self.outcomes.items():
            if way == OURS and outcome.token is not None:
                for use in case.uses:
                    jobs.append(self._reading(case, way, use, outcome.token))
                    readings.append((outcome, "read"))
                jobs.append(self._reading(case, way, case.use, flipped(outcome.token, case)))
                readings.append((outcome, "flipped"))
        answers = ask(self.peer, jobs)
        for (outcome, what), answer in zip(readings, answers[len(making) :], strict=True):
            text = answer.get("payload") or f"error: {answer.get('error')}"
            if what == "read":
                outcome.read.append(text)
            else:
                outcome.flipped = text
        while making:
            for one, answer in zip(making, answers):
                outcome = self.outcomes[one]
                outcome.token, outcome.unmade = answer.get("token"), answer.get("error")
            making = [one for one in making if self._hangs_on_chance(one)]
            answers = ask(self.peer, [self._making(*one) for one in making]) if making else []

    def _making(self, case: Case, way: str) -> dict[str, Any]:
        private = not case.enc
        parties = [{"alg": use.alg, "key": self._key(case, way, use, private)} for use in case.uses]
        return making(case, parties)

    def _reading(self, case: Case, way: str, use: Use, token: str) -> dict[str, Any]:
        key = self._key(case, way, use, private=bool(case.enc))
        job = {"alg": use.alg, "key": key, "token": token, "form": case.form}
        if case.enc:
            return job | {"op": "decrypt", "enc": case.enc}
        return job | {"op": "verify", "payload": PAYLOAD if case.detached else None}


def flipped(token: str, case: Case) -> str:
    """The token with one bit flipped, in a part that depends on the case, and never in a header."""
    choice = sum(str(case).encode())
    if case.form == "compact":
        parts = token.split(".")
        candidates = [index for index in range(1, len(parts)) if parts[index]]
        index = candidates[choice % len(candidates)]
        parts[index] = _with_flipped_bit(parts[index])
        return ".".join(parts)
    shown = json.loads(token)
    # What all signatures or recipients share, so that no other one saves it.
    candidates = [name for name in ("payload", "signature", "iv", "ciphertext", "tag", "aad") if name in shown]
    name = candidates[choice % len(candidates)]
    shown[name] = _with_flipped_bit(shown[name])
    return json.dumps(shown)


def _with_flipped_bit(part: str) -> str:
    octets = bytearray(unb64(part))
    octets[len(octets) // 2] ^= 0x01
    return b64(bytes(octets))


@dataclass
class Probe:
    """What came of asking a peer for something that its table says it cannot make, or makes wrongly."""

    case: Case
    key: Key
    answer: dict[str, Any]


def probes(peer: Peer, cases: list[Case]) -> dict[str, Probe]:
    """One for each entry of the table."""
    examples: dict[str, Case] = {}
    for case in cases:
        name = peer.why_not(case)
        if name and name not in examples:
            examples[name] = case
    whole = bool(peer.by_chance)
    keys = {name: [our_key(kind(use, case.enc), whole) for use in case.uses] for name, case in examples.items()}
    found: dict[str, Probe] = {}
    while missing := [name for name in examples if name not in found]:
        jobs = [_probing(examples[name], keys[name]) for name in missing]
        for name, answer in zip(missing, ask(peer, jobs), strict=True):
            [key, *_] = keys[name]
            # What goes wrong by chance is another entry's fault.
            if not whole or "token" not in answer or chance.has_whole_secret(answer["token"], key):
                found[name] = Probe(examples[name], key, answer)
    return found


def _probing(case: Case, held: list[Key]) -> dict[str, Any]:
    parties = [{"alg": use.alg, "key": public(key) if case.enc else key} for use, key in zip(case.uses, held)]
    return making(case, parties)


def making(case: Case, parties: list[dict[str, Any]]) -> dict[str, Any]:
    """The job of making a token."""
    job = {"form": case.form, "payload": PAYLOAD, "zip": case.zip, "aad": AAD if case.aad else None}
    if case.enc:
        return job | {"op": "encrypt", "enc": case.enc, "recipients": parties}
    return job | {"op": "sign", "signers": parties, "detached": case.detached, "unencoded": case.unencoded}
