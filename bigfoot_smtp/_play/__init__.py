"""How the script is played: smtplib patched in place, and the server's end of it."""
