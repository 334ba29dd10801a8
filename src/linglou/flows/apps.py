from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "linglou.flows"
    label = "flows"

    def ready(self) -> None:
        from linglou.flows import tick  # noqa: F401  (the flows declare the kinds of task they open)
