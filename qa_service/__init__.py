"""Self-hosted quality assurance and speech analytics for contact centres."""

__version__ = "0.1.0"
