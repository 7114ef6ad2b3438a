"""The words of English that the other modules compute with; another language is another file like this."""

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
OH = frozenset({"oh", "o"})
DOUBLE = {"double": 2, "triple": 3}

WEEKDAYS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5,
    "mondays": 0, "tuesdays": 1, "wednesdays": 2, "thursdays": 3, "fridays": 4, "saturdays": 5, "sundays": 6,
}  # fmt: skip
MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
PARTS_OF_DAY = {
    "morning": "morning", "mornings": "morning", "afternoon": "afternoon", "afternoons": "afternoon",
    "evening": "evening", "evenings": "evening", "night": "evening", "lunchtime": "noon", "lunch": "noon",
}  # fmt: skip

CORRECTIONS = (
    ("no",), ("nope",), ("not",), ("actually",), ("i", "mean"), ("i", "meant"), ("sorry",), ("make", "it"), ("make", "that"),
    ("rather",), ("instead",), ("scratch", "that"), ("wait",), ("or", "rather"), ("correction",), ("change",),
)  # fmt: skip

DENIALS = frozenset({"not", "can't", "cannot", "cant", "couldn't", "won't", "don't"})

YES = frozenset(
    {
        "yes",
        "yeah",
        "yep",
        "yup",
        "sure",
        "correct",
        "right",
        "exactly",
        "absolutely",
        "definitely",
        "perfect",
        "fine",
        "ok",
    }
    | {"okay", "great", "please do", "go ahead", "that is right", "that's right", "thats right", "that is correct"}
    | {"that's correct", "sounds good", "that works", "that's fine", "of course", "book it", "please book it", "do it"}
    | {"yes please", "that'll work", "that will work", "i do", "it is", "i would", "sounds great", "that's good"}
)
NO = frozenset(
    {"no", "nope", "nah", "not", "wrong", "incorrect", "never", "don't", "do not", "that's wrong", "that is wrong"}
    | {"not quite", "no thanks", "no thank you", "that is not right", "that's not right", "not really", "i don't"}
    | {"negative", "cancel"}
)
ANY = frozenset(
    {"anyone", "anybody", "any", "either", "whoever", "whomever", "no preference", "doesn't matter", "does not matter"}
    | {"don't mind", "don't care", "first available", "no one in particular", "nobody in particular", "whatever"}
    | {
        "any of them",
        "it doesn't matter",
        "not picky",
        "whoever is free",
        "whoever's free",
        "do not mind",
        "do not care",
    }
)
