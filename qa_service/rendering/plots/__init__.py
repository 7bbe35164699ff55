"""Plots as SVG that can be read in print: grey alone tells nothing that shape or words do not; every plot runs from left to right."""
