from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "linglou.foundation.rulebook"
    label = "rulebook"
