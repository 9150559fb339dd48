"""What the service is: its endpoints, its models and how they look on the wire; pure, without any I/O."""
