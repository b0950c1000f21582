"""The demonstration: the published notice, its annotation by hand, and the loader that replays it through the services."""
