"""Traffic that goes on while something is done to a server."""

import threading
from types import TracebackType

from .resources import ORDERS
from .server import Signet


class Load:
    """Issues, uses and introspects tokens until its end, and notes everything that was refused.

    The token that was made before it began is used as well as each new one.
    """

    def __init__(self, signet: Signet, old: str, threads: int = 2) -> None:
        self.signet = signet
        self.old = old
        self.rounds = 0
        self.refused: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                fresh = self.signet.token("reporter", ORDERS)
                for token in (fresh, self.old):
                    answer = self.signet.call("/orders/1", token)
                    if answer.status_code != 200:
                        self.refused.append(f"call: {answer.status_code} {answer.text}")
                    known = self.signet.oauth("introspect", "reporter", token=token)
                    if known.status_code != 200:
                        self.refused.append(f"introspect: {known.status_code} {known.text}")
            except Exception as error:
                self.refused.append(repr(error))
                return
            self.rounds += 1

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        if error is None:
            assert self.refused == []
            assert self.rounds > 0
