"""Pages of this room, one module a screen or a family of screens."""
