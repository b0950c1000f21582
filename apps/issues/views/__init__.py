"""Pages of this room: rounds, issues, closing, look-backs, activities."""
