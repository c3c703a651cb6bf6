"""Training in words: questions, feedback and labels of exercises and drills."""
