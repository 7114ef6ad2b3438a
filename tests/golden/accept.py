"""Accepts what the conversation does now: shows every difference from what is written down, then writes it down anew.

python -m tests.golden.accept      # or `make golden`; git has what was there before
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden import calls, scenes
from tests.golden.written import difference, read, write


async def journals() -> list[tuple[Path, list[str]]]:
    """Every journal as it is played now."""
    with TemporaryDirectory() as folder:
        async with calls.salon(Path(folder)) as parts:
            again = [(path, calls.call_again(read(path), parts)) for path in map(calls.path, calls.CALLS)]
    return [(scenes.path(name), scenes.journal(name)) for name in scenes.SCENES] + again


def accept(played: list[tuple[Path, list[str]]]) -> Iterator[str]:
    """Write down what differs; what was different."""
    for path, now in played:
        if found := difference(read(path) if path.exists() else [], now, path.stem):
            write(path, now)
            yield found


if __name__ == "__main__":
    print("\n\n".join(accept(asyncio.run(journals()))) or "Nothing differs.")  # a command's answer
