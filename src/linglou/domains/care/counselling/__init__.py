"""The counselling centre: questionnaires, at-once help, notes. COUNSEL alone sees any of it. See ``actions``."""
