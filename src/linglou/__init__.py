"""Linglou 零漏: a campus epidemic-response system in which nobody is missed and nothing leaks."""

__version__ = "0.1.0"
