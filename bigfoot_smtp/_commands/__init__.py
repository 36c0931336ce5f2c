"""What smtplib has: its commands and their arguments, the replies, the state machines."""
