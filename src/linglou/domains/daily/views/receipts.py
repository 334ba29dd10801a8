"""The public page of a receipt: it reveals that one counts, when and for which day, and nothing else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.domains.daily import throttle
from linglou.kernel import ids


@never_cache
@require_safe
def receipt(request: HttpRequest, code: str = "") -> HttpResponse:
    """``/receipt/`` asks for the code; ``/receipt/<code>/`` answers. Every wrong code gets the same quiet answer."""
    typed = request.GET.get("code", "")
    if typed and not code:
        number = ids.parse_receipt(typed)
        return redirect("daily:receipt", ids.receipt_code(number) if number is not None else "0")
    found = throttle.look_up(code, address=request.META.get("REMOTE_ADDR", "")) if code else None
    page = {"code": code, "found": found}
    return render(request, "daily/receipt.html", page)
