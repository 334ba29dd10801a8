"""Cases, contacts and relationships in the shape of WHO Go.Data, for those who go on tracing with it."""
