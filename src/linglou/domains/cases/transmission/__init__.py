"""How a disease went from person to person, and how many of those who could catch it did."""
