"""Learning from people's answers: cases, folds, weights, and the versions of what was learned."""
