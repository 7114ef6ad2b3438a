"""The tree of errors drawn at the top of `core/errors.py` is the tree of classes."""

import inspect
import re

from antiphon.core import errors
from antiphon.core.errors import AntiphonError


def drawn() -> dict[str, str | None]:
    """Each class of the drawing and its parent."""
    parents: dict[str, str | None] = {}
    above: list[str] = []
    for line in inspect.cleandoc(errors.__doc__ or "").splitlines():
        if found := re.match(r"((?:│   |    )*(?:[├└]── )?)([A-Z]\w+)(?:  |$)", line):
            depth = len(found[1]) // 4
            del above[depth:]
            parents[found[2]] = above[-1] if above else None
            above.append(found[2])
    return parents


def real() -> dict[str, str | None]:
    """Each class of the module and its parent."""
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, AntiphonError)]
    return {
        kind.__name__: kind.__base__.__name__ if kind is not AntiphonError and kind.__base__ else None
        for kind in classes
    }


def test_drawn_tree_is_the_tree_of_classes() -> None:
    assert real() == drawn()


def test_drawing_was_read() -> None:
    assert {"AntiphonError", "Unauthorized"} <= drawn().keys()
    assert "BadRequest" == drawn()["Unauthorized"]


def test_every_error_says_what_it_means() -> None:
    assert [] == [name for name in real() if not inspect.getdoc(getattr(errors, name))]
