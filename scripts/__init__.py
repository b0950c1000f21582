"""What `make` calls. Python's standard library only: these run before anything is installed."""
