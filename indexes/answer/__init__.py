"""Answers a question with the sentences that say it, or not at all.

units.py    what can be quoted: sentences, items of lists with what they belong to, rows of tables with their header
wanted.py   what kind of thing is asked for: an amount, a time, a number …
clues.py    what speaks for a unit
choose.py   which units answer, and whether that is worth saying; `python -m quality.trust` learns the weights
quote.py    from a question to its answer, with the places it is taken from
"""
