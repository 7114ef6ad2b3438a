"""The scenes turn on every number of the policy: none can be changed, up or down, without a journal that shows it."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from antiphon.core.policy import ConversationPolicy
from tests.golden import scenes
from tests.golden.written import read

USUAL = ConversationPolicy()


def changed() -> Iterator[tuple[str, ConversationPolicy]]:
    """The usual policy with one number a tenth smaller or larger, by the number's name."""
    parts: dict[str, Any] = {each.name: getattr(USUAL, each.name) for each in fields(USUAL)}
    for name, part in parts.items():
        if isinstance(part, int):
            for value in around(part):
                one: dict[str, Any] = {name: value}
                yield f"{name}={value}", replace(USUAL, **one)
            continue
        for inner in fields(part):
            if isinstance(number := getattr(part, inner.name), int):
                for value in around(number):
                    other = replace(part, **{inner.name: value})
                    yield f"{name}.{inner.name}={value}", replace(USUAL, **{name: other})


def around(number: int) -> tuple[int, int]:
    step = max(1, number // 10)
    return number - step, number + step


@pytest.mark.parametrize("policy", [pytest.param(policy, id=name) for name, policy in changed()])
def test_a_policy_that_is_a_little_different_shows_in_a_scene(policy: ConversationPolicy) -> None:
    assert any(scenes.journal(name, policy) != read(scenes.path(name)) for name in scenes.SCENES)
