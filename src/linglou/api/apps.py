from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "linglou.api"
    label = "api"
