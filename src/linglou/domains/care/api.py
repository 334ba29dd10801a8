"""Observation and care plans over the API."""

from ninja import Router

router = Router(tags=["care"])
