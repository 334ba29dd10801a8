"""The product's server with room for eight answers in the queue."""

from linglou.asgi import application

from linglou.domains.daily.intake import writer  # isort: skip

writer.CAPACITY = 8

__all__ = ["application"]
