"""Fetch the binary assets of the embedded speech engines: hash checked, git-ignored, shipped as package data.

`python tools/assets.py` downloads what `tools/assets.lock` names with the ordinary clients (pip, npm), takes the few files needed
out of each archive and puts them in place. Nothing is installed: the voice detector's wheel would bring a whole training
framework with it. Every file that is in place with the right hash is left alone, so a second run does nothing and needs no
network. `--check` fetches nothing and fails if something is missing.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = Path(__file__).with_name("assets.lock")


class AssetError(Exception):
    """An asset cannot be had; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive, and where it belongs."""

    source: str
    target: Path
    sha256: str

    def in_place(self) -> bool:
        return self.target.is_file() and sha256(self.target.read_bytes()) == self.sha256


@dataclass(frozen=True, slots=True)
class Archive:
    """A published package, pinned by version and hash."""

    name: str
    version: str
    client: str
    sha256: str
    members: tuple[Member, ...]

    def missing(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if not member.in_place())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_lock(path: Path = LOCK, root: Path = ROOT) -> tuple[Archive, ...]:
    """The archives that the lock file names, with targets under `root`."""
    return tuple(
        Archive(
            name=entry["name"],
            version=entry["version"],
            client=entry["client"],
            sha256=entry["sha256"],
            members=tuple(Member(file["from"], root / file["to"], file["sha256"]) for file in entry["files"]),
        )
        for entry in json.loads(path.read_text())["archives"]
    )


def download_command(archive: Archive, folder: Path) -> list[str]:
    """The ordinary client's command that puts `archive` into `folder`."""
    if archive.client == "pip":
        requirement = f"{archive.name}=={archive.version}"
        options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "-q", "-d", str(folder)]
        return [sys.executable, "-m", "pip", "download", *options, requirement]
    npm = shutil.which("npm")
    if npm is None:
        raise AssetError(f"npm is needed to fetch {archive.name}: install Node.js with npm and run this again")
    return [npm, "pack", "--silent", "--pack-destination", str(folder), f"{archive.name}@{archive.version}"]


def download(archive: Archive, folder: Path) -> Path:
    """Fetch the archive and check its hash. Raises AssetError."""
    run = subprocess.run(download_command(archive, folder), cwd=folder, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("*.*"))
    if run.returncode != 0 or len(found) != 1:
        reason = (run.stderr or run.stdout).strip().splitlines()
        raise AssetError(
            f"cannot fetch {archive.name} {archive.version} with {archive.client}: {reason[-1] if reason else 'no output'}\n"
            "  Is this machine online? Behind a mirror, set the client's own index or registry option.\n"
            "  Offline, copy these files from another checkout:\n"
            + "\n".join(f"    {member.target}" for member in archive.missing())
        )
    digest = sha256(found[0].read_bytes())
    if digest != archive.sha256:
        raise AssetError(
            f"{archive.name} {archive.version}: sha256 is {digest}, {LOCK.name} says {archive.sha256}; not used"
        )
    return found[0]


def read_member(path: Path, source: str) -> bytes:
    """One file's content out of a wheel or a tarball."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(source)
    with tarfile.open(path) as tarball:
        file = tarball.extractfile(source)
        if file is None:
            raise AssetError(f"{path.name} has no file {source}")
        return file.read()


def place(content: bytes, member: Member) -> None:
    """Write the file whole or not at all. Raises AssetError if its hash is wrong."""
    if sha256(content) != member.sha256:
        raise AssetError(f"{member.source}: wrong sha256; {LOCK.name} and the archive do not belong together")
    member.target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=member.target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(draft).chmod(0o644)
    Path(draft).replace(member.target)


def fetch(archive: Archive) -> None:
    """Bring the archive's missing files into place."""
    missing = archive.missing()
    if not missing:
        return
    print(f"fetching {archive.name} {archive.version}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = download(archive, Path(folder))
        for member in missing:
            place(read_member(path, member.source), member)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fetch nothing, fail if something is missing")
    check = parser.parse_args(arguments).check
    try:
        for archive in read_lock():
            if check and archive.missing():
                raise AssetError(f"{archive.name}: not in place; run python tools/assets.py")
            fetch(archive)
    except AssetError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
