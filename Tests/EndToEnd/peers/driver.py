"""What the drivers in Python share: a list of jobs on standard input, a list of results on standard output.

A job is an object with `op` and its arguments; a result holds what the operation made, or `error`. Each driver runs in
a process of its own, so that one process serves hundreds of jobs and no library shares one with the tests.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

Job = dict[str, Any]
Result = dict[str, Any]


def serve(*operations: Callable[[Job], Result]) -> None:
    """Answers every job with the function named like its `op`."""
    known = {operation.__name__: operation for operation in operations}
    results = []
    for job in json.load(sys.stdin):
        try:
            results.append(known[job["op"]](job))
        except Exception as error:  # whatever a library throws is its answer
            results.append({"error": f"{type(error).__name__}: {error}"[:300]})
    json.dump(results, sys.stdout)


def command(*arguments: str, input: str = "") -> str:
    """The output of a peer that is a program; its refusal is an exception."""
    done = subprocess.run(arguments, input=input.encode(), capture_output=True, timeout=30)
    if done.returncode != 0:
        raise ValueError(f"{arguments[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode()


def debian_version(package: str) -> str:
    return command("dpkg-query", "--show", "--showformat=${Version}", package)


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
