"""Benchmarks, run by ``qa-service bench``; each compares with a named peer in the same run."""
