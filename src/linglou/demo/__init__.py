"""A demo campus in the middle of a believable morning. Everything in it is invented."""
