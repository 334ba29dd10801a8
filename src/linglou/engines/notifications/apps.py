from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "linglou.engines.notifications"
    label = "notifications"
