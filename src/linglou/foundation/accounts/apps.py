from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "linglou.foundation.accounts"
    label = "accounts"
