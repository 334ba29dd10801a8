"""Phone and id numbers: the one form they are kept in, the blind indexes they are found by, and how they are masked.

Whether a number is *valid* is the import's question; here it only has to be the same number each time it is written."""

from __future__ import annotations

import unicodedata

from linglou.kernel.secrets import blind_index

MASK = "*"
MOBILE_DIGITS = 11


def normal_phone(text: str) -> str:
    """Digits (and a leading + of another country): ``138 0013-8000`` and ``+86 13800138000`` are ``13800138000``."""
    text = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(c for c in text if c.isdigit())
    sign = "+" if text.startswith(("+", "00")) else ""
    digits = digits.removeprefix("00") if sign else digits
    if digits.startswith("86") and len(digits) == MOBILE_DIGITS + 2:
        return digits[2:]
    return sign + digits if digits else ""


def normal_id_number(text: str) -> str:
    """Upper case, half width, no spaces: ``11010519491231002x`` ends in X."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def phone_index(phone: str) -> str:
    """What ``Person.phone_index`` holds for a phone number in any form."""
    return blind_index("phone", normal_phone(phone))


def id_number_index(id_number: str) -> str:
    """What ``Person.id_number_index`` holds for an id number in any form."""
    return blind_index("id-number", normal_id_number(id_number))


def masked_phone(phone: str) -> str:
    """138****5678; of a short or foreign number only the last two digits."""
    phone = normal_phone(phone)
    if len(phone) == MOBILE_DIGITS and phone.isdigit():
        return f"{phone[:3]}{MASK * 4}{phone[-4:]}"
    return MASK * max(len(phone) - 2, 0) + phone[-2:] if phone else ""


def masked_id_number(id_number: str) -> str:
    """3302**********1234; of a document of another length the last two characters."""
    number = normal_id_number(id_number)
    if len(number) in (15, 18):
        return f"{number[:4]}{MASK * (len(number) - 8)}{number[-4:]}"
    return MASK * max(len(number) - 2, 0) + number[-2:] if number else ""
