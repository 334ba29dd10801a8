from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "linglou.domains.care"
    label = "care"
