"""How a script is written into the source of its test; nothing imports it but record mode."""
