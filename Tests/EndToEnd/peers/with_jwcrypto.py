"""jwcrypto."""

import json
from importlib.metadata import version as installed

from driver import Job, Result, serve
from jwcrypto import jwa, jwe, jwk, jws

# Its bound on the iterations of passwords is a variable of the module, and Signet writes 600,000.
jwa.default_max_pbkdf2_iterations = 600_000


def version(job: Job) -> Result:
    return {"version": installed("jwcrypto")}


def generate(job: Job) -> Result:
    arguments = {"EC": {"crv": job["crv"]}, "OKP": {"crv": job["crv"]}, "AKP": {"alg": job["alg"]}}
    made = jwk.JWK.generate(kty=job["kty"], **arguments.get(job["kty"], {"size": job["bits"]}))
    return {"key": json.loads(made.export())}


def sign(job: Job) -> Result:
    token = jws.JWS(job["payload"].encode())
    token.allowed_algs = [signer["alg"] for signer in job["signers"]]
    for signer in job["signers"]:
        header = {"alg": signer["alg"], "kid": signer["key"]["kid"]}
        if job["unencoded"]:
            header |= {"b64": False, "crit": ["b64"]}
        token.add_signature(jwk.JWK(**signer["key"]), protected=json.dumps(header))
    if job["detached"]:
        token.detach_payload()
    return {"token": token.serialize(compact=job["form"] == "compact")}


def verify(job: Job) -> Result:
    token = jws.JWS()
    token.allowed_algs = [job["alg"]]
    token.deserialize(job["token"])
    token.verify(jwk.JWK(**job["key"]), detached_payload=job["payload"].encode() if job["payload"] else None)
    return {"payload": job["payload"] or token.payload.decode()}


def encrypt(job: Job) -> Result:
    recipients = job["recipients"]
    shared = {"enc": job["enc"]} | ({"zip": "DEF"} if job["zip"] else {})
    headers = [{"alg": one["alg"], "kid": one["key"]["kid"]} for one in recipients]
    allowed = [job["enc"], *(one["alg"] for one in recipients)]
    if job["form"] != "general":
        shared |= headers[0]
        headers = [{}]
    token = jwe.JWE(
        job["payload"].encode(), json.dumps(shared), aad=job["aad"].encode() if job["aad"] else None, algs=allowed
    )
    for recipient, header in zip(recipients, headers, strict=True):
        token.add_recipient(jwk.JWK(**recipient["key"]), json.dumps(header) if header else None)
    return {"token": token.serialize(compact=job["form"] == "compact")}


def decrypt(job: Job) -> Result:
    token = jwe.JWE(algs=[job["alg"], job["enc"]])
    token.deserialize(job["token"])
    token.decrypt(jwk.JWK(**job["key"]))
    return {"payload": token.payload.decode()}


def thumbprint(job: Job) -> Result:
    return {"thumbprint": jwk.JWK(**job["key"]).thumbprint()}


def import_pem(job: Job) -> Result:
    return {"key": json.loads(jwk.JWK.from_pem(job["pem"].encode()).export(private_key=job["private"]))}


def export_pem(job: Job) -> Result:
    key = jwk.JWK(**job["key"])
    return {"pem": key.export_to_pem(private_key=job["private"], password=None).decode()}


serve(version, generate, sign, verify, encrypt, decrypt, thumbprint, import_pem, export_pem)
