"""Kinds of questions that one piece of a sentence does not answer: lists, sums, who wrote it, yes or no."""
