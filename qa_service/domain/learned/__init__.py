"""What was learned from people's answers: a second opinion on what the rules say, as plain numbers that anybody can read."""
