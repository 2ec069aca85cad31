"""How attempts come to be: planned, made, imported and coded, then handed over as tables.

The analysis knows nothing of this room. Between them stand the tables of attempts, of ratings
and of the plan, which `export` writes and a study file names like any other source.
"""
