"""What a process logs: on standard error, one JSON line each where no person watches, and nothing of a caller's in tracebacks."""

import json
import subprocess
import sys

PROGRAM = """
import structlog
from antiphon.cli.logs import log_to_stderr
log_to_stderr()
log = structlog.get_logger("antiphon.test")
log.info("call_ended", call="call_1")
def speak(words):
    raise ValueError("broken")
try:
    speak("my number is 2125550147")
except ValueError:
    log.exception("call_broke", call="call_1")
"""


def test_lines_go_to_standard_error_as_json_without_what_callers_said() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert "" == done.stdout
    ended, broke = [json.loads(line) for line in done.stderr.splitlines()]
    assert ("call_ended", "info", "call_1") == (ended["event"], ended["level"], ended["call"])
    assert ("call_broke", True) == (broke["event"], "ValueError: broken" in broke["exception"])
    assert "2125550147" not in done.stderr
