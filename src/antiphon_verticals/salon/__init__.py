"""A hair and nail salon: bookings, questions, changes."""

from pathlib import Path

from antiphon.kit import Vertical
from antiphon_verticals.salon.seed import seed
from antiphon_verticals.salon.tools.availability import check_availability
from antiphon_verticals.salon.tools.bookings import book_appointment, find_booking
from antiphon_verticals.salon.tools.changes import cancel_booking, reschedule_booking
from antiphon_verticals.salon.tools.services import list_services, match_service, suggest_addons
from antiphon_verticals.salon.tools.stylists import get_stylists

FOLDER = Path(__file__).parent

VERTICAL = Vertical(
    name="salon",
    folder=FOLDER,
    tools=(
        *(match_service, list_services, suggest_addons, get_stylists, check_availability),
        *(book_appointment, find_booking, reschedule_booking, cancel_booking),
    ),
    migrations=FOLDER / "migrations",
    seed=seed,
)
