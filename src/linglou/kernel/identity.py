"""Identity documents: which kind a number is, and what it says of its holder (GB 11643-1999 公民身份号码).

Nothing here knows of the database; the import and the forms ask the same questions of it.
"""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import NamedTuple

RESIDENT, RESIDENT_15, PASSPORT, RESIDENCE_PERMIT = "resident", "resident-15", "passport", "residence-permit"
MALE, FEMALE = "male", "female"

# GB 11643: the weights of the first seventeen digits, and the check character for each remainder modulo 11.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
# GB/T 2260, first two digits. Counties come and go, and a number keeps the code of its day: only the province is judged.
PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
    ]
)
# 港澳台居民居住证 (2018): resident's form and check digit, with 81 Hong Kong, 82 Macao, 83 Taiwan.
RESIDENCE_PROVINCES = frozenset(("81", "82", "83"))
EARLIEST_BIRTH = date(1900, 1, 1)

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
# 外国人永久居留身份证: three letters and twelve digits (2004), eighteen characters led by 9 (2023).
_PERMANENT_2004 = re.compile(r"[A-Z]{3}[0-9]{12}")
# 港澳居民来往内地通行证 H/M + 8 or 10 digits; 台湾居民来往大陆通行证 8 digits, or 10 and a letter in brackets (older).
_TRAVEL_PERMIT = re.compile(r"[HM][0-9]{8}([0-9]{2})?|[0-9]{8}|[0-9]{10}\(?[A-Z]\)?")
_PASSPORT = re.compile(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{6,15}")
_PASSPORT_DIGITS = re.compile(r"[0-9]{6,12}")


class Document(NamedTuple):
    """``kind`` is one of this module's four; ``birth_date`` and ``sex`` are what the number itself says, if it does."""

    kind: str
    number: str
    birth_date: date | None = None
    sex: str = ""


class Unacceptable(ValueError):
    """The number cannot be what it claims: ``code`` is one of id-length, id-check-digit, id-birth-date, id-region."""

    def __init__(self, code: str, **values: str) -> None:
        self.code, self.values = code, values
        super().__init__(code)


def check_character(number: str) -> str:
    """The eighteenth character that the first seventeen digits ask for. GB 11643 sums the digits by ``WEIGHTS`` (powers of 2
    modulo 11, which 13 is too): read in base 13, the number has the same remainder, and no loop is needed."""
    return CHECK[2 * int(number[:17], 13) % 11]


def read(number: str, *, today: date, said: str = "") -> Document:
    """The document of an upper-case number without spaces. ``said`` is the kind that somebody stated ('' when nobody did): it
    decides where a number could be either of two kinds. Raises ``Unacceptable``."""
    if said == PASSPORT and (_PASSPORT.fullmatch(number) or _PASSPORT_DIGITS.fullmatch(number)):
        return Document(PASSPORT, number)
    if _EIGHTEEN.fullmatch(number):
        return _eighteen(number, today)
    if _FIFTEEN.fullmatch(number):
        return _fifteen(number, today)
    if said in (RESIDENT, RESIDENT_15):
        raise Unacceptable("id-length", length=str(len(number)))
    if _PERMANENT_2004.fullmatch(number) or _TRAVEL_PERMIT.fullmatch(number) or said == RESIDENCE_PERMIT:
        return Document(RESIDENCE_PERMIT, number)
    if _PASSPORT.fullmatch(number):
        return Document(PASSPORT, number)
    raise Unacceptable("id-length", length=str(len(number)))


def _eighteen(number: str, today: date) -> Document:
    if check_character(number) != number[17]:
        raise Unacceptable("id-check-digit", expected=check_character(number), found=number[17])
    if number[0] == "9":
        return Document(RESIDENCE_PERMIT, number, _date(number[6:14]), _sex(number[16]))
    kind = RESIDENCE_PERMIT if number[:2] in RESIDENCE_PROVINCES else RESIDENT
    if kind == RESIDENT and number[:2] not in PROVINCES:
        raise Unacceptable("id-region", region=number[:6])
    born = _date(number[6:14])
    if born is None or not EARLIEST_BIRTH <= born <= today:
        raise Unacceptable("id-birth-date", birth=number[6:14])
    return Document(kind, number, born, _sex(number[16]))


def _fifteen(number: str, today: date) -> Document:
    if number[:2] not in PROVINCES:
        raise Unacceptable("id-region", region=number[:6])
    born = _date("19" + number[6:12])
    if born is None or born > today:
        raise Unacceptable("id-birth-date", birth="19" + number[6:12])
    return Document(RESIDENT_15, number, born, _sex(number[14]))


@functools.lru_cache(maxsize=65536)
def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _sex(digit: str) -> str:
    return MALE if int(digit) % 2 else FEMALE
