"""How attempts come to be: planned, made, imported and coded, then handed over as tables.

The analysis knows nothing of this room. Between them stand the tables of attempts, of ratings
and of the plan, which `export` writes and a study file names like any other source.

From the ground up, each room and module imports only from those that stand before it:

wave       the folder of a wave
probe      an attempt as it is planned
rules      whom a probe may reach, how often and when
letters    an e-mail as it stands: addresses, what ours say, what one that came says
journal    what happened, step by step, safe from whatever breaks off
plan       the attempts of a wave, drawn by lot and locked
ethics     what must stand written before anybody is contacted; who asked to be left in peace
replies    which probe a message answers, and what it is
mail       sending and fetching
sheets     what shoppers take along
phone      calls, stamped by hand or made by machine
web        visits to pages
imports    what others recorded
coding     what people say of what came back
export     the tables
"""
