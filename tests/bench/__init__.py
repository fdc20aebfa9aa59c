"""How fast, how heavy: this agent beside the naive line loop, rsyslog and syslog-ng, on one machine in one go.

`make bench`, or `python -m tests.bench --lines 1000000 --rounds 3 --only NAME --quick`. A benchmark is not a
test: nothing here asserts a time, but each row checks that every line arrived. `--packs` gives only the table by pack
(`packs.py` says what it measures, `packlines.py` which lines).
"""
