"""The public page of a receipt: it reveals that one counts, when and for which day, and nothing else."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.domains.daily import queries
from linglou.kernel import ids
from linglou.kernel.common_problems import TOO_MANY_TRIES
from linglou.kernel.problems import Problem

MISSES = 60  # unknown codes per address and window; a whole campus may stand behind one address
WINDOW = 600  # seconds


@never_cache
@require_safe
def receipt(request: HttpRequest, code: str = "") -> HttpResponse:
    """``/receipt/`` asks for the code; ``/receipt/<code>/`` answers. Every wrong code gets the same quiet answer."""
    typed = request.GET.get("code", "")
    if typed and not code:
        number = ids.parse_receipt(typed)
        return redirect("daily:receipt", ids.receipt_code(number) if number is not None else "0")
    page = {"code": code, "found": look_up(request, code) if code else None}
    return render(request, "daily/receipt.html", page)


def look_up(request: HttpRequest, code: str) -> queries.Verified | None:
    """Verify, and slow down whoever guesses. Raises ``Problem(TOO_MANY_TRIES)``."""
    key = f"receipt-misses:{request.META.get('REMOTE_ADDR', '')}"
    if cache.get(key, 0) >= MISSES:
        raise Problem(TOO_MANY_TRIES, retry_after=WINDOW, seconds=WINDOW)
    found = queries.verify(code)
    if found is None:
        cache.add(key, 0, WINDOW)
        cache.incr(key)
    return found
