from django.apps import AppConfig


class CommandConfig(AppConfig):
    name = "linglou.domains.command"
    label = "command"
