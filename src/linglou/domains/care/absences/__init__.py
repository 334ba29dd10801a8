"""Absence through illness (因病缺课追踪): registered, followed every day, ended by a certificate. See ``actions``."""
