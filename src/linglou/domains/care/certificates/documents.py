"""A certificate to print, with a code that leads to the page where anybody checks it.

The rule that it rests on names the disease, so it stands in the record and not on paper."""

from __future__ import annotations

from pathlib import Path

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from linglou.domains.care.certificates import rules
from linglou.domains.care.models import Certificate, CertificateKind
from linglou.kernel import clock, typesetting

TEMPLATE = Path(__file__).with_name("certificate_sheet.typ")


def check_address(certificate: Certificate) -> str:
    """Where the code is checked, whole: it stands on paper."""
    return f"{settings.PUBLIC_URL}{reverse('care:check_certificate', args=[certificate.code])}"


def particulars(certificate: Certificate) -> list[tuple[str, str]]:
    """What the certificate says, line by line: who, then what was frozen when it was issued."""
    content = certificate.content
    return [
        (_("姓名"), content["name"]),
        (_("学号/工号"), content["person_number"]),
        (_("单位"), content["place"]),
        *((label, value) for label, value in content["rows"]),
    ]


def as_pdf(certificate: Certificate) -> bytes:
    """Raises ``Problem(NO_CHINESE_FONT)``."""
    address = check_address(certificate)
    page = {
        "school": certificate.school.name,
        "title": str(CertificateKind(certificate.kind).label),
        "number": _("编号：{number}").format(number=certificate.number),
        "fields": [{"name": name, "value": value} for name, value in particulars(certificate)],
        "statement": statement(certificate),
        "signed": _("签发：校医院　{name}").format(name=certificate.issued_by.name),
        "date": f"{clock.local(certificate.issued_at):%Y-%m-%d}",
        "check": _("扫码或输入核验码 {code} 查验真伪").format(code=certificate.code),
        "address": address,
        "revoked": _("本证明已撤销") if certificate.revoked_at else "",
        "squares": ["".join("1" if square else "0" for square in row) for row in segno.make_qr(address, error="m").matrix],
    }
    return typesetting.pdf(TEMPLATE, page)


def statement(certificate: Certificate) -> str:
    return str(rules.STATEMENTS[certificate.kind])


def qr(certificate: Certificate) -> str:
    """An ``<svg>`` without fixed size, dark on transparent: the way to the check page."""
    drawn = segno.make(check_address(certificate), error="m", micro=False)
    return str(drawn.svg_inline(scale=1, border=0, omitsize=True, svgclass="qr-code", lineclass=None))
