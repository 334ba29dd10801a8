from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "linglou.foundation.audit"
    label = "audit"
