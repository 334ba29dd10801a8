from django.apps import AppConfig


class DailyConfig(AppConfig):
    name = "linglou.domains.daily"
    label = "daily"
