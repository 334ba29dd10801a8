"""Telephone numbers: national digits for China, E.164 for the rest of the world; one number has one form."""

from __future__ import annotations

import re

import phonenumbers

HOME = "CN"
# A mobile number as nearly all are written: in its normal form already.
MOBILE = r"1[3-9][0-9]{9}"
is_mobile = re.compile(MOBILE).fullmatch


def normalise(text: str) -> str | None:
    """``13800138000`` for ``+86 138-0013-8000``, ``05501234567`` for ``(0550) 1234567``, ``+85261234567`` for
    ``00852 6123 4567``; None for what is no telephone number."""
    if is_mobile(text):
        return text
    text = re.sub(r"^00(?=[1-9])", "+", text.strip())
    if re.fullmatch(r"86[ -]?1[3-9][0-9 -]{9,12}", text):
        text = "+" + text
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    if number.country_code != phonenumbers.country_code_for_region(HOME):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return re.sub(r"[^0-9]", "", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
