"""At least nine of ten held-out phrases are understood exactly. The phrases were written without sight of the grammar."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from antiphon.spoken.moments import find_when

NOW = datetime(2026, 11, 20, 15, tzinfo=ZoneInfo("America/New_York"))
BAR = 0.9


def test_nine_of_ten_held_out_dates_and_times_are_right() -> None:
    entries = json.loads(Path(__file__).with_name("dates.json").read_text())
    entries = entries["phrases"] if isinstance(entries, dict) else entries
    right = 0
    for entry in entries:
        when = find_when(entry["phrase"], NOW)
        said = (str(when.date) if when.date else None, f"{when.time:%H:%M}" if when.time else None)
        right += said == (entry["date"], entry["time"])
    assert len(entries) >= 100
    assert right / len(entries) >= BAR, f"{right} of {len(entries)}"
