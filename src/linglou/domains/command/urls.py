from django.urls import URLPattern, URLResolver, include, path

app_name = "command"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("linglou.domains.command.levels.urls")),
    path("group/", include("linglou.domains.command.group.urls")),
]
