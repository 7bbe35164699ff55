"""One file a version, named ``rNNNN_WHAT``; its revision is its name."""
