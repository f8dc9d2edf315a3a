"""rnbyc, the command line of rhonabwy: one of its processes for each job. It knows JWTs only, in the compact form."""

import json
import tempfile
from pathlib import Path
from typing import Any

from driver import Job, Result, command, debian_version, serve

place = tempfile.TemporaryDirectory()


def _set(key: dict[str, Any]) -> str:
    return json.dumps({"keys": [key]})


def _compact(job: Job) -> None:
    if job["form"] != "compact":
        raise ValueError("compact only")


def version(job: Job) -> Result:
    return {"version": debian_version("rnbyc")}


def generate(job: Job) -> Result:
    kind = {
        "EC": f"EC{(job['crv'] or '').removeprefix('P-')}",
        "OKP": job["crv"],
        "RSA": f"RSA{job['bits']}",
        "oct": f"oct{job['bits']}",
    }[job["kty"]]
    private, *others = json.loads(command("rnbyc", "-j", "-g", kind))["keys"]
    # The x of its private X25519 and X448 keys is that of no key; the public half beside it is right.
    return {"key": private | {name: value for half in others for name, value in half.items() if name == "x"}}


def sign(job: Job) -> Result:
    [signer] = job["signers"]
    _compact(job)
    if job["unencoded"] or job["detached"]:
        raise ValueError("no detached payloads")
    return {"token": command("rnbyc", "-s", job["payload"], "-a", signer["alg"], "-K", _set(signer["key"])).strip()}


def encrypt(job: Job) -> Result:
    [recipient] = job["recipients"]
    _compact(job)
    if job["zip"] or job["aad"]:
        raise ValueError("neither zip nor aad")
    arguments = ["rnbyc", "-s", job["payload"], "-l", recipient["alg"], "-e", job["enc"]]
    return {"token": command(*arguments, "-P", _set(recipient["key"])).strip()}


def _parsed(job: Job, option: str) -> Result:
    _compact(job)
    printed = command("rnbyc", "-t", job["token"], option, _set(job["key"]))
    # It prints the claims with white space of its own, and a line before them.
    claims = json.loads(printed[printed.index("{") :])
    return {"payload": json.dumps(claims, ensure_ascii=False, separators=(",", ":"))}


def verify(job: Job) -> Result:
    if job["payload"]:
        raise ValueError("no detached payloads")
    return _parsed(job, "-P")


def decrypt(job: Job) -> Result:
    return _parsed(job, "-K")


def import_pem(job: Job) -> Result:
    path = Path(place.name) / "key.pem"
    path.write_text(job["pem"])
    return {"key": json.loads(command("rnbyc", "-j", "-f", str(path), "-F", "JWK"))["keys"][0]}


def export_pem(job: Job) -> Result:
    # Of a private key it writes the public half too, after it.
    written = command("rnbyc", "-j", "-i", "-F", "PEM", input=_set(job["key"]))
    return {"pem": written.partition("-----BEGIN PUBLIC")[0] if job["private"] else written}


serve(version, generate, sign, verify, encrypt, decrypt, import_pem, export_pem)
