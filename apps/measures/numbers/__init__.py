"""Numbers, dates and periods of Chinese texts, with their places: pure reading, used by whatever reads or proves a text."""
