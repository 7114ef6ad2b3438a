"""Text as a person writes it, word by word as Flite should read it.

Flite reads plain words, small numbers, years, "Dr." and dollars well. What it misreads is spelled out here: pounds and euros,
clock times glued to am/pm, long digit strings (read one by one, grouped), booking references, ISO dates, typographic marks.
Each written word keeps its place in the original text, so that word times point into what the caller was given.
"""

import re
import unicodedata
from dataclasses import dataclass

_MARKS = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": ",", "\u2026": ",", "\u00a0": " ",
    "&": "and", "#": "", "*": "", "_": " ", "~": "", "<": " ", ">": " ", "|": " ", "\\": " ",
})  # fmt: skip
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONEY = {"\u00a3": ("pound", "pounds"), "\u20ac": ("euro", "euros")}

_MERIDIEM = re.compile(r"^([ap])\.?m\.?([,;:!?]?)$", re.IGNORECASE)
_LONE_MERIDIEM = re.compile(r"^m\.?([,;:!?]?)$", re.IGNORECASE)
_CLOCK = re.compile(
    r"^(\d{1,2})(?:[:.](\d{2}))?([ap])\.?m\.?([,;:!?.]?)$|^(\d{1,2}):(\d{2})([,;:!?.]?)$", re.IGNORECASE
)
_PRICE = re.compile(r"^([\u00a3\u20ac])([\d,]+)(?:\.(\d{2}))?([,;:!?.]?)$")
_REFERENCE = re.compile(r"^([A-Z]{1,5}(?:-[A-Z]{1,3})?)-?(\d{3,}(?:-\d+)*)([,;:!?.]?)$")
_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})([,;:!?.]?)$")
_DIGITS = re.compile(r"^(\+?)(\d{5,})([,;:!?.]?)$")
_RANGE = re.compile(r"^(\d{1,2}|(?:19|20)\d\d)-(\d{1,2}|(?:19|20)\d\d)([,;:!?.]?)$")
_DASHED = re.compile(r"^(\+?)(\d+(?:-\d+)+)([,;:!?.]?)$")
_SPEAKABLE = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Word:
    """A written word: its place in the original text, and the text to be read for it."""

    start: int
    end: int
    spoken: str

    @property
    def bare(self) -> str:
        """`spoken` without the punctuation that only shapes the sentence."""
        return self.spoken.strip(" ,;:!?.\"'()[]-")


def words(text: str) -> list[Word]:
    """The speakable words of `text`, in order; marks without a letter or digit are dropped, their pause with them."""
    found: list[Word] = []
    for match in re.finditer(r"\S+", text):
        spoken = _spoken(match.group())
        if found and (tail := _LONE_MERIDIEM.match(match.group())) and found[-1].spoken.lower() in ("a", "p"):
            found[-1] = Word(found[-1].start, match.end(), f"{found[-1].spoken.lower()}m{tail.group(1)}")
        elif _SPEAKABLE.search(spoken):
            found.append(Word(match.start(), match.end(), spoken))
        elif found and (mark := re.search(r"[,;:!?.]", spoken)):
            found[-1] = Word(found[-1].start, found[-1].end, found[-1].spoken.rstrip(",;:!?.") + mark.group())
    return found


def _spoken(written: str) -> str:
    plain = written.translate(_MARKS)
    if match := _MERIDIEM.match(plain):
        return f"{match.group(1).lower()}m{match.group(2)}"
    for pattern, reading in _READINGS:
        if match := pattern.match(plain):
            return reading(match)
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()


def _clock(match: re.Match[str]) -> str:
    hour, minute, meridiem, mark = match.group(1, 2, 3, 4) if match.group(1) else match.group(5, 6, 4, 7)
    minutes = "" if minute in (None, "00") else f" oh {minute[1]}" if minute[0] == "0" else f" {minute}"
    if meridiem:
        return f"{int(hour)}{minutes} {meridiem.lower()}m{mark}"
    return f"{int(hour)}{minutes or _full_hour(int(hour))}{mark}"


def _full_hour(hour: int) -> str:
    return " o'clock" if 1 <= hour <= 12 else " hundred"


def _price(match: re.Match[str]) -> str:
    sign, whole, part, mark = match.groups()
    amount = whole.replace(",", "")
    unit = _MONEY[sign][0 if amount == "1" else 1]
    return f"{amount} {unit}" + (f" {int(part)}" if part and part != "00" else "") + (mark or "")


def _reference(match: re.Match[str]) -> str:
    letters = " ".join(match.group(1).replace("-", ""))
    digits = ", ".join(_digit_groups(group) for group in match.group(2).split("-"))
    return f"{letters}, {digits}{match.group(3)}"


def _iso_date(match: re.Match[str]) -> str:
    year, month, day, mark = match.groups()
    if not 1 <= int(month) <= 12:
        return f"{year} {month} {day}{mark}"
    return f"{_MONTHS[int(month) - 1]} {int(day)}, {year}{mark}"


def _digits(match: re.Match[str]) -> str:
    plus, digits, mark = match.groups()
    return ("plus " if plus else "") + _digit_groups(digits) + (mark or "")


def _range(match: re.Match[str]) -> str:
    low, high, mark = match.groups()
    return f"{low} to {high}{mark}"


def _dashed(match: re.Match[str]) -> str:
    """Digits in groups of somebody's own making: a telephone or account number."""
    plus, digits, mark = match.groups()
    return ("plus " if plus else "") + ", ".join(_digit_groups(group) for group in digits.split("-")) + mark


def _digit_groups(digits: str) -> str:
    """One digit at a time, a breath after every three or four: how people read numbers out and write them down."""
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    size = 4 if len(digits) in (4, 8) else 3
    groups = [digits[at : at + size] for at in range(0, len(digits), size)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return ", ".join(" ".join(names[int(digit)] for digit in group) for group in groups)


_READINGS = (
    (_CLOCK, _clock),
    (_PRICE, _price),
    (_ISO_DATE, _iso_date),
    (_REFERENCE, _reference),
    (_DIGITS, _digits),
    (_RANGE, _range),
    (_DASHED, _dashed),
)
