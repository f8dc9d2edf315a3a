"""JSON serializations, detached and unencoded payloads, compression and further data between Signet and its peers.

What a peer lacks is in its table, `support/interop/peers.py`, with the reason.
"""

from support.interop.cases import Case, serializations
from support.interop.peers import Peer
from support.interop.suite import Suite, exchanged


@exchanged(serializations())
def test_a_token_is_read_by_the_other_side_and_refused_with_a_bit_flipped(
    interop: Suite, peer: Peer, case: Case, way: str
) -> None:
    interop.check(peer, case, way)
