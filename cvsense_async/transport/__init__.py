"""How one call travels: the limiter, the retries, the bodies, the connection. The session is its only caller."""
