"""Who: units, users and roles, sign-in, and what every room above shares about acting (errors, transitions)."""
