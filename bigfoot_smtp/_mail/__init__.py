"""What is sent: its form on the wire, reading it, comparing it, and what a test sees of it."""
