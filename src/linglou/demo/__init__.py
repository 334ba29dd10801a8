"""A demo campus in the middle of a believable morning. Everything in it is invented."""

from linglou.demo.load import load

__all__ = ["load"]
