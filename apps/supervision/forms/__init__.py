"""Forms of this room, one module a screen. Rules across fields are the services'."""
