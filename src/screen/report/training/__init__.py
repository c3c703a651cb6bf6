"""The words of exercises: questions, marks, feedback after each answer."""
