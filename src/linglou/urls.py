"""Every address of the product. Pages live with what they show; the hot path is taken out before Django, in ``asgi.py``."""

from django.urls import include, path

from linglou.api.main import api
from linglou.ui.views import problems

urlpatterns = [
    path("", include("linglou.boards.urls")),
    path("", include("linglou.domains.daily.urls")),
    path("signals/", include("linglou.domains.signals.urls")),
    path("movement/", include("linglou.domains.movement.urls")),
    path("alerts/", include("linglou.domains.surveillance.urls")),
    path("cases/", include("linglou.domains.cases.urls")),
    path("care/", include("linglou.domains.care.urls")),
    path("command/", include("linglou.domains.command.urls")),
    path("people/", include("linglou.foundation.people.urls")),
    path("", include("linglou.foundation.accounts.urls")),  # account/, audit/, setup/
    path("rules/", include("linglou.foundation.rulebook.urls")),
    path("ui/", include("linglou.ui.urls")),
    path("docs/problems", problems, name="problems"),
    path("", include("linglou.server.urls")),
    path("api/v1/", api.urls),
]

handler400 = "linglou.server.refusals.bad_request"
handler404 = "linglou.server.refusals.not_found"
handler500 = "linglou.server.refusals.broken"
