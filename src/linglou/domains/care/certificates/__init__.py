"""Certificates: issued once, checked by anybody, revoked with a reason. See ``actions.issue`` and ``actions.revoke``."""
