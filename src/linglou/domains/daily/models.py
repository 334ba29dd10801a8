"""The daily domain keeps nothing of its own: its rounds, forms and responses are the rounds engine's."""
