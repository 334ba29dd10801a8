from django.apps import AppConfig


class DailyConfig(AppConfig):
    name = "linglou.domains.daily"
    label = "daily"

    def ready(self) -> None:
        from linglou.domains.daily.signal_words import Words
        from linglou.domains.signals import words

        words.register(Words())
