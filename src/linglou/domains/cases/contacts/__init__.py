"""The contacts of a case: proposed from stays, reviewed by people, traced to the second degree."""
