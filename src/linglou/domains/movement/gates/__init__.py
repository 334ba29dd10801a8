"""Who is on campus, by the gates alone: derived from the gate stays, kept nowhere a second time."""
