"""The pages of this room: the public site (no sign-in, no cookie) and the office's screens for notices."""
