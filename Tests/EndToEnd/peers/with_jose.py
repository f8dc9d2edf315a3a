"""jose, the command line of latchset/jose: one of its processes for each job."""

import json
import tempfile
from pathlib import Path
from typing import Any

from driver import Job, Result, command, debian_version, serve

place = tempfile.TemporaryDirectory()


def _file(name: str, content: Any) -> str:
    path = Path(place.name) / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def _form(job: Job) -> list[str]:
    return ["--compact"] if job["form"] == "compact" else []


def version(job: Job) -> Result:
    return {"version": debian_version("jose")}


def generate(job: Job) -> Result:
    template = {
        "EC": {"kty": "EC", "crv": job["crv"]},
        "OKP": {"kty": "OKP", "crv": job["crv"]},
        "RSA": {"kty": "RSA", "bits": job["bits"]},
        "oct": {"kty": "oct", "bytes": (job["bits"] or 0) // 8},
    }[job["kty"]]
    return {"key": json.loads(command("jose", "jwk", "gen", "-i", json.dumps(template)))}


def sign(job: Job) -> Result:
    arguments = ["jose", "jws", "sig", "-I", "-", "-o", "-", *_form(job)]
    if job["unencoded"]:
        raise ValueError("no b64: false")
    for index, signer in enumerate(job["signers"]):
        header = {"alg": signer["alg"], "kid": signer["key"]["kid"]}
        arguments += ["-s", json.dumps({"protected": header}), "-k", _file(f"{index}.jwk", signer["key"])]
    if job["detached"]:
        arguments += ["-O", "/dev/null"]
    return {"token": command(*arguments, input=job["payload"])}


def verify(job: Job) -> Result:
    arguments = ["jose", "jws", "ver", "-i", _file("token", job["token"]), "-k", _file("key", job["key"])]
    if job["payload"]:
        command(*arguments, "-I", "-", input=job["payload"])
        return {"payload": job["payload"]}
    return {"payload": command(*arguments, "-O", "-")}


def encrypt(job: Job) -> Result:
    recipients = job["recipients"]
    protected = {"enc": job["enc"]} | ({"zip": "DEF"} if job["zip"] else {})
    headers = [{"alg": one["alg"], "kid": one["key"]["kid"]} for one in recipients]
    if len(recipients) == 1:
        protected |= headers[0]
    template: dict[str, Any] = {"protected": protected}
    if job["aad"]:
        template["aad"] = command("jose", "b64", "enc", "-I", "-", input=job["aad"])
    arguments = ["jose", "jwe", "enc", "-i", json.dumps(template), "-I", "-", "-o", "-", *_form(job)]
    for index, (recipient, header) in enumerate(zip(recipients, headers, strict=True)):
        if len(recipients) > 1:
            arguments += ["-r", json.dumps({"header": header})]
        arguments += ["-k", _file(f"{index}.jwk", recipient["key"])]
    return {"token": command(*arguments, input=job["payload"])}


def decrypt(job: Job) -> Result:
    token, key = _file("token", job["token"]), _file("key", job["key"])
    return {"payload": command("jose", "jwe", "dec", "-i", token, "-k", key, "-O", "-")}


def thumbprint(job: Job) -> Result:
    return {"thumbprint": command("jose", "jwk", "thp", "-a", "S256", "-i", _file("key", job["key"])).strip()}


serve(version, generate, sign, verify, encrypt, decrypt, thumbprint)
