"""The pages of the interface itself: its gallery, the language switch, the catalogue of problems."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from linglou.kernel.language import keep
from linglou.kernel.problems import CATALOGUE
from linglou.ui import samples


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for whoever builds a page."""
    return render(request, "ui/gallery.html", samples.page(wrong=True))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and go back to the page."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = redirect(wanted if safe else "/")
    chosen = request.POST.get("language", "")
    return keep(response, chosen) if chosen in dict(settings.LANGUAGES) else response


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """The catalogue that the ``type`` of every RFC 9457 answer points into."""
    return render(request, "ui/problems.html", {"kinds": sorted(CATALOGUE.values(), key=lambda kind: (kind.status, kind.code))})
