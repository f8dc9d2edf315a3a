"""The scripts behind make say what they need and find what is broken."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def path_with(directory: Path, *programs: str, user: int) -> dict[str, str]:
    """An environment whose PATH holds the named programs only, and an `id` that answers `user`."""
    for program in programs:
        found = shutil.which(program)
        assert found, program
        (directory / program).symlink_to(found)
    for name, line in {"id": f"echo {user}", "swift": "exit 0"}.items():
        script = directory / name
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
    return {"PATH": str(directory)}


def test_without_root_the_one_line_to_run_is_printed_and_the_step_stops(tmp_path: Path) -> None:
    environment = path_with(tmp_path, "bash", "dpkg-query", "grep", "curl", "python3", user=1000)
    done = subprocess.run(
        ["bash", ROOT / "scripts/install-packages", "bench"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    lines = [line.strip() for line in done.stderr.splitlines() if "apt-get" in line]
    assert len(lines) == 1
    assert lines[0].startswith("sudo apt-get install --yes --no-install-recommends ")
    assert "wrk" in lines[0].split()
    assert "missing: wrk, the load of the benchmark" in done.stdout


def test_without_swift_the_step_says_where_to_get_it(tmp_path: Path) -> None:
    environment = path_with(tmp_path, "bash", "dpkg-query", user=0)
    (tmp_path / "swift").unlink()
    done = subprocess.run(
        ["bash", ROOT / "scripts/install-packages", "build"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "swift.org/install" in done.stderr


def test_a_link_to_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/check-links", tmp_path / "scripts")
    (tmp_path / "README.md").write_text(
        "# One\n[a](docs/gone.md) [b](#one) [c](#two) [d](OTHER.md#there) [e](https://x.example/)\n"
        "```\n[f](in-a-fence.md)\n```\n"
    )
    (tmp_path / "OTHER.md").write_text("# There\n")
    done = subprocess.run(["python3", tmp_path / "scripts/check-links"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "README.md: docs/gone.md: no such file",
        "README.md: #two: no such heading",
    ]
