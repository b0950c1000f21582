"""Tests of Jiandi; `make test` runs them all."""
