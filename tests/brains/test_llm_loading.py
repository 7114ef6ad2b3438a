"""What a model's brain needs is loaded before anybody calls: meanwhile every call of the process would stand still."""

import subprocess
import sys

OPENED = """
import asyncio, sys
from antiphon.brains.llm import open_model

async def main():
    async with open_model(None, "none", "http://127.0.0.1:9/v1"):
        print("pydantic_ai.models.openai" in sys.modules)

asyncio.run(main())
"""


def test_a_model_whose_name_is_not_known_yet_has_its_library_all_the_same() -> None:
    run = subprocess.run([sys.executable, "-c", OPENED], capture_output=True, text=True, check=True)
    assert "True" == run.stdout.strip()
