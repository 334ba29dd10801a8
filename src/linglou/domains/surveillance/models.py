"""Occurrences and alerts."""
