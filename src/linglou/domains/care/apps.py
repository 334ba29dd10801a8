from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "linglou.domains.care"
    label = "care"

    def ready(self) -> None:
        from linglou.domains.care import checks
        from linglou.domains.cases.godata import queries as godata

        godata.lost_by(checks.lost)
