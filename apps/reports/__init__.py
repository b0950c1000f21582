"""What the public is told: notices, editions and their renderings."""
