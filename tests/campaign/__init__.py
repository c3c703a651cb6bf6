"""A safety campaign against `rsd`: broken inputs, kills, failing disks, hostile surroundings, and what must hold.

    make campaign                                       every kind of attack, on two cores, in well under an hour
    make campaign SEED=7 INPUTS=2000 KILLS=60           another seed, smaller numbers
    make campaign-table                                 the same, and docs/campaign.md written from what happened
    .venv/bin/python -m tests.campaign --list           the kinds of attack
    .venv/bin/python -m tests.campaign csv links        these kinds alone
    .venv/bin/python -m tests.campaign csv --only 7:123 attempt 123 of seed 7 again, with all that was printed

What is promised (`promises.py`): every answer given is in the file; nothing that is not the program's own is touched;
no traceback, no exit code 70 and none that is not documented; nothing of a person's story in a message; files for the
owner's eyes alone; what was accepted is what stands in the input; no attempt takes a second of processor time more than
an undamaged one, or memory without a bound. A promise that is broken is printed with the words that show it again, and
the exit code is 1.

The program is met as its users meet it, through the command; `program.py` is the one file that knows more of it than
that. Each kind of attack is a function `run(campaign)` in a module; `kinds.py` lists them. An attempt has a number, and
all that is drawn for it comes from the seed, the kind and that number alone, so that it can be shown again by itself.

What needs strace, root, mount or setpriv is counted as "not run here" where it is missing.
"""
