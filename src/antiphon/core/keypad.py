"""Keys pressed on a telephone, gathered to one answer."""

from dataclasses import dataclass


@dataclass(slots=True)
class Keypad:
    """Digits pressed within `pause_ms` of each other; the hash key ends them at once."""

    pause_ms: int
    digits: str = ""
    pressed_ms: int = 0

    def press(self, digit: str, now_ms: int) -> bool:
        """One key; whether the answer is complete by it."""
        if digit == "#" and self.digits:
            return True
        self.digits += digit
        self.pressed_ms = now_ms
        return False

    @property
    def due_ms(self) -> int | None:
        """When what was pressed so far is the answer."""
        return self.pressed_ms + self.pause_ms if self.digits else None

    def take(self) -> str:
        """The answer, digit by digit; the next one begins."""
        digits, self.digits = self.digits, ""
        return " ".join(digits)
