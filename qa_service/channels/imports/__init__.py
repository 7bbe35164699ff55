"""Readers of other products' transcripts, one file each; ``channels.formats`` lists them."""
