"""Corpora: millions of records through the graph, from web pages, papers and lists of formulas to training pairs.

`runner.run` sends inputs through the steps of a recipe and writes shards; `panmath batch` and `panmath corpus` are its
command line. Importing this loads the standard library only.
"""
