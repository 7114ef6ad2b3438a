"""Write docs/reference/licences.md: everything that ships, and under which licence, read from what is installed and locked.

`python tools/licences.py` writes the page; `--check` fails if it is not up to date. Run it in the venv, after `make dev`.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "licences.md"
PERMISSIVE = frozenset(
    {
        *(
            "0BSD",
            "Apache-2.0",
            "BSD",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "BSL-1.0",
            "CC0-1.0",
            "ISC",
            "MIT",
            "MIT-0",
            "MIT-CMU",
        ),
        *("MPL-2.0", "OpenSSL", "PSF-2.0", "Unicode-3.0", "Unlicense", "Zlib", "CDLA-Permissive-2.0", "LLVM-exception"),
        *("Apache-2.0 WITH LLVM-exception", "Python-2.0", "CNRI-Python", "CMU"),
    }
)
"""What may ship by default. MPL-2.0 binds only changes to its own files."""
SPELLINGS = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
HEAD = """# Licences of what ships

<!-- Written by tools/licences.py; do not edit. -->

Antiphon is under the [Apache License 2.0](../../LICENSE). A server consists of the parts below. All are permissively licensed,
with one exception: `certifi`, a list of certificate authorities under MPL-2.0, which binds only changes to its own files. Each
package carries its licence text in its installed metadata; the speech assets carry theirs beside them in the wheel.
"""
ABOUT_MODELS = """
The English acoustic model, language model and dictionary of the embedded recogniser are part of the `pocketsphinx` wheel, under its
licence. The voices of the embedded synthesis are part of `flite.wasm`. libopus (BSD-3-Clause) is compiled into the media core by
`opusic-sys`, AWS-LC by `aws-lc-sys`.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A package and its licence, in SPDX terms where its author gave them."""

    name: str
    version: str
    licence: str


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if the page is not up to date")
    check = parser.parse_args(arguments).check
    page = render()
    if check:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page else 1
    PAGE.write_text(page, encoding="utf-8")
    for part in forbidden():
        print(f"not permissive: {part.name} {part.version}: {part.licence}", file=sys.stderr)
    return 0


def render() -> str:
    """The whole page."""
    sections = {
        "Speech assets": list(assets()),
        "Python packages": list(python_packages()),
        "Rust crates in the media core": list(crates()),
    }
    body = "".join(f"\n## {title}\n\n{_table(parts)}" for title, parts in sections.items())
    return HEAD + body + ABOUT_MODELS


def forbidden() -> list[Part]:
    """Parts that may not ship by default."""
    return [part for part in (*python_packages(), *crates()) if not permitted(part)]


def permitted(part: Part) -> bool:
    """`A OR B` needs one permitted side, `A AND B` every one."""
    choices = re.split(r"\s+OR\s+|/", part.licence.replace("(", "").replace(")", ""))
    return any(all(term.strip() in PERMISSIVE for term in re.split(r"\s+AND\s+", choice)) for choice in choices)


def assets() -> Iterator[Part]:
    """What tools/assets.py fetches."""
    for archive in json.loads((ROOT / "tools" / "assets.lock").read_text(encoding="utf-8"))["archives"]:
        yield Part(archive["name"], archive["version"], archive["licence"])


def python_packages() -> Iterator[Part]:
    """What requirements/runtime.txt names, as installed."""
    locked = re.findall(
        r"^([A-Za-z0-9_.-]+)==(\S+)", (ROOT / "requirements" / "runtime.txt").read_text("utf-8"), re.MULTILINE
    )
    for name, version in locked:
        yield Part(name, version, _licence_of(cast("Message", metadata.metadata(name))))


def _licence_of(about: Message) -> str:
    if expression := about.get("License-Expression"):
        return str(expression)
    classified = [
        line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    named = str(about.get("License") or "").strip().splitlines()
    short = (
        named[0].strip() if named and len(named[0]) < 60 else ""
    )  # some authors put the whole text here; its title will do
    terms = [short] if short in SPELLINGS or not classified else list(dict.fromkeys(classified))
    return " AND ".join(SPELLINGS.get(term, term) for term in terms if term) or "see its files"


def crates() -> Iterator[Part]:
    """What is compiled into the media core: normal dependencies, on Linux."""
    command = [
        "cargo",
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
    ]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    packages = {package["id"]: package for package in found["packages"]}
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    root = next(identity for identity, package in packages.items() if package["name"] == "media-py")
    shipped = [packages[identity] for identity in _reached(root, nodes)]
    for package in sorted(shipped, key=lambda package: (str(package["name"]), str(package["version"]))):
        if package["source"]:
            yield Part(package["name"], package["version"], package["license"] or "see its files")


def _reached(root: str, nodes: Mapping[str, dict[str, list[dict[str, object]]]]) -> set[str]:
    reached: set[str] = set()
    waiting = [root]
    while waiting:
        identity = waiting.pop()
        if identity not in reached:
            reached.add(identity)
            for dependency in nodes[identity]["deps"]:
                kinds = dependency["dep_kinds"]
                if isinstance(kinds, list) and any(kind["kind"] is None for kind in kinds):
                    waiting.append(str(dependency["pkg"]))
    return reached


def _table(parts: list[Part]) -> str:
    rows = "".join(f"| {part.name} | {part.version} | {part.licence} |\n" for part in parts)
    return f"| name | version | licence |\n|---|---|---|\n{rows}"


if __name__ == "__main__":
    sys.exit(main())
