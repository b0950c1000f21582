"""Pages of this room: units, accounts, the bell, tokens."""
