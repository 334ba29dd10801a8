"""The HTTP API under /api/v1: each floor's ``api.py`` is a router, mounted here."""

from ninja import NinjaAPI

api = NinjaAPI(title="Linglou API", version="1", urls_namespace="api", openapi_url="/openapi.json")
