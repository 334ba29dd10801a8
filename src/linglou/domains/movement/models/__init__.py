"""Tables of whereabouts, one file per idea."""
