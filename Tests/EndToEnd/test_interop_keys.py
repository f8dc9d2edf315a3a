"""Keys between Signet and its peers: PEM, certificates, thumbprints. And whether the peers' tables are true."""

import json
from tempfile import NamedTemporaryFile

import pytest

from support.interop import keys
from support.interop.cases import PAYLOAD, Kind, every_case
from support.interop.exchange import Exchange, Probe, ask, probes
from support.interop.peers import PEERS, Peer
from support.interop.suite import Suite, fault
from support.server import run
from support.vault import unb64

READERS_OF_PEM = [peer for peer in PEERS if "*" not in peer.no_pem]
READERS_OF_CERTIFICATES = [peer for peer in PEERS if "*" not in peer.no_certificates]
CALCULATORS = [peer for peer in PEERS if "*" not in peer.no_thumbprint]
JOSERFC = PEERS[0]


def by_name(value: object) -> str:
    return value.name if isinstance(value, Peer) else keys.name(value) if isinstance(value, Kind) else str(value)


@pytest.mark.parametrize("kind", keys.WRITTEN, ids=by_name)
@pytest.mark.parametrize("peer", READERS_OF_PEM, ids=by_name)
def test_pem_goes_both_ways(interop: Suite, peer: Peer, kind: Kind) -> None:
    faults = [fault for private in (True, False) for fault in faults_with_pem(peer, kind, private)]
    if keys.name(kind) in peer.no_pem:
        assert faults, "the table says that it can't"
        return
    assert faults == []
    interop.passed_keys.add((peer.name, "PEM", keys.name(kind)))


def faults_with_pem(peer: Peer, kind: Kind, private: bool) -> list[str]:
    """What went wrong when the peer read our PEM and we the peer's."""
    faults = []
    ours, read = keys.pem_read_by(peer)[kind, private]
    if "key" not in read or keys.essence(read["key"]) != keys.essence(ours):
        faults.append(f"read {read.get('error', 'another key')} from {keys.our_pem(keys.public(ours), False)}")
    theirs, written = keys.pem_written_by(peer)[kind, private]
    if "pem" not in written:
        return [*faults, f"wrote nothing: {written}"]
    done = run("jwk", "convert", "--to", "jwk", input=written["pem"])
    if done.returncode != 0 or keys.essence(json.loads(done.stdout)) != keys.essence(theirs):
        faults.append(f"Signet read {done.stderr or 'another key'} from what begins {written['pem'][:40]}")
    return faults


@pytest.mark.parametrize("kind", keys.CERTIFIED, ids=by_name)
@pytest.mark.parametrize("peer", READERS_OF_CERTIFICATES, ids=by_name)
def test_the_key_of_a_certificate_is_the_same_for_both(interop: Suite, peer: Peer, kind: Kind) -> None:
    ours = keys.our_jwk(keys.certificate(peer, kind))
    theirs = keys.certificates_read_by(peer)[kind]
    assert "key" in theirs, theirs
    assert keys.essence(theirs["key"]) == keys.essence(ours) == keys.essence(keys.public(keys.our_key_for(peer, kind)))
    interop.passed_keys.add((peer.name, "X.509", keys.name(kind)))


@pytest.mark.parametrize("kind", keys.MEASURED, ids=by_name)
@pytest.mark.parametrize("peer", CALCULATORS, ids=by_name)
def test_thumbprints_are_the_same_for_both(interop: Suite, peer: Peer, kind: Kind) -> None:
    answer = keys.thumbprints_by(peer)[kind]
    if keys.name(kind) in peer.no_thumbprint:
        assert answer.get("thumbprint") != keys.our_thumbprint(kind), "the table says that it can't"
        return
    assert answer.get("thumbprint") == keys.our_thumbprint(kind), answer
    interop.passed_keys.add((peer.name, "thumbprint", keys.name(kind)))


@pytest.mark.parametrize("peer", PEERS, ids=by_name)
def test_what_a_table_says_is_lacking_is_lacking(peer: Peer) -> None:
    found = probes(peer, every_case())
    assert set(found) == set(peer.lacks) | set(peer.wrong), "every entry keeps a case away"
    made = [name for name in peer.lacks if "error" not in found[name].answer]
    assert made == [], f"{peer.title} can do this by now"
    for name in peer.wrong:
        assert nobody_reads(found[name]), f"{peer.title} does {name} right by now"


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.one_way], ids=by_name)
def test_what_a_table_says_goes_one_way_does_not_go_the_other(peer: Peer) -> None:
    closed = peer.closed_ways(every_case())
    outcomes = Exchange(peer, list(closed.values())).outcomes
    opened = [name for name, (case, way) in closed.items() if fault(outcomes[case, way], case, way) is None]
    assert opened == [], f"{peer.title} can do this by now"


def nobody_reads(probe: Probe) -> bool:
    """Whether neither Signet nor joserfc finds the payload in what a peer has made.

    Of rnbyc's wrong keys the half that authenticates is right: one of 256 tokens opens, and what is in it is noise.
    """
    case = probe.case
    token = probe.answer["token"]
    assert case.enc, "only encryption is done wrongly so far"
    job = {"op": "decrypt", "alg": case.use.alg, "enc": case.enc, "key": probe.key, "token": token, "form": case.form}
    assert ask(JOSERFC, [job])[0].get("payload") != PAYLOAD
    with NamedTemporaryFile("w", suffix=".jwk") as file:
        json.dump(probe.key, file)
        file.flush()
        arguments = ("--key", file.name, "--alg", case.use.alg, "--serialization", case.form, "--json")
        done = run("jwe", "decrypt", *arguments, input=token)
    if done.returncode == 0:
        return unb64(json.loads(done.stdout)["plaintext"]) != PAYLOAD.encode()
    return done.returncode == 1 and done.stderr.startswith("refused: decryption-failed: ")
