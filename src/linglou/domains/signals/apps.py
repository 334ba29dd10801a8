from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "linglou.domains.signals"
    label = "signals"
