"""joserfc."""

import json
from importlib.metadata import version as installed
from typing import Any

from driver import Job, Result, serve, unb64
from joserfc import jwe, jws
from joserfc.jwk import JWKRegistry, KeySet, import_key


def version(job: Job) -> Result:
    return {"version": installed("joserfc")}


def generate(job: Job) -> Result:
    return {"key": JWKRegistry.generate_key(job["kty"], job["crv"] or job["bits"]).as_dict(private=True)}


def sign(job: Job) -> Result:
    signers = job["signers"]
    headers = [{"alg": signer["alg"], "kid": signer["key"]["kid"]} for signer in signers]
    allowed = [signer["alg"] for signer in signers]
    keys = {"keys": [signer["key"] for signer in signers]}
    if job["form"] != "compact":
        members: Any = [{"protected": header} for header in headers]
        if job["form"] == "flattened":
            members = members[0]
        made = jws.serialize_json(members, job["payload"], KeySet.import_key_set(keys), algorithms=allowed)
        return {"token": json.dumps(made)}
    header: dict[str, Any] = headers[0]
    if job["unencoded"]:
        header |= {"b64": False, "crit": ["b64"]}
    token = jws.serialize_compact(header, job["payload"], import_key(signers[0]["key"]), algorithms=allowed)
    return {"token": jws.detach_content(token) if job["detached"] else token}


def verify(job: Job) -> Result:
    key = import_key(job["key"])
    if job["form"] != "compact":
        token = json.loads(job["token"])
        # It checks every signature of a token, so that the other one is taken out for a holder of a single key.
        if "signatures" in token:
            token["signatures"] = [
                one for one in token["signatures"] if json.loads(unb64(one["protected"]))["kid"] == job["key"]["kid"]
            ]
        return {"payload": jws.deserialize_json(token, key, algorithms=[job["alg"]]).payload.decode()}
    checked = jws.deserialize_compact(job["token"], key, algorithms=[job["alg"]], payload=job["payload"])
    return {"payload": checked.payload.decode()}


def encrypt(job: Job) -> Result:
    recipients = job["recipients"]
    allowed = [job["enc"], *(recipient["alg"] for recipient in recipients)] + (["DEF"] if job["zip"] else [])
    shared = {"enc": job["enc"]} | ({"zip": "DEF"} if job["zip"] else {})
    first = recipients[0]
    if job["form"] == "compact":
        header = {"alg": first["alg"], "kid": first["key"]["kid"]} | shared
        return {"token": jwe.encrypt_compact(header, job["payload"], import_key(first["key"]), algorithms=allowed)}
    kind = jwe.FlattenedJSONEncryption if job["form"] == "flattened" else jwe.GeneralJSONEncryption
    sealed = kind(shared, job["payload"].encode(), aad=job["aad"].encode() if job["aad"] else None)
    for recipient in recipients:
        sealed.add_recipient(
            {"alg": recipient["alg"], "kid": recipient["key"]["kid"]}, import_key(recipient["key"])
        )
    return {"token": json.dumps(jwe.encrypt_json(sealed, None, algorithms=allowed))}


def decrypt(job: Job) -> Result:
    key = import_key(job["key"])
    allowed = [job["alg"], job["enc"], "DEF"]
    if job["form"] == "compact":
        opened = jwe.decrypt_compact(job["token"], key, algorithms=allowed)
    else:
        token = json.loads(job["token"])
        # It decrypts for every recipient of a token: leave the one whose key this is.
        if "recipients" in token:
            token["recipients"] = [one for one in token["recipients"] if one["header"]["kid"] == job["key"]["kid"]]
        opened = jwe.decrypt_json(token, key, algorithms=allowed)
    assert opened.plaintext is not None
    return {"payload": opened.plaintext.decode()}


def thumbprint(job: Job) -> Result:
    return {"thumbprint": import_key(job["key"]).thumbprint()}


def import_pem(job: Job) -> Result:
    return {"key": import_key(job["pem"], job["kty"]).as_dict(private=job["private"])}


def export_pem(job: Job) -> Result:
    return {"pem": import_key(job["key"]).as_pem(private=job["private"]).decode()}


serve(version, generate, sign, verify, encrypt, decrypt, thumbprint, import_pem, export_pem)
