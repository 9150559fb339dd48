"""The exit statuses, in one place for the help, the code and the tests."""

from __future__ import annotations

OK = 0
FAILURE = 1
USAGE = 2
INCOMPLETE = 3
REFUSED = 4
CREDITS = 5

EXIT_STATUSES = """\
0    everything was screened (duplicates do not count against it)
1    it failed
2    the command cannot work as given: an option, a path, nothing to screen
3    finished, but some documents were rejected, invalid, failed, unsettled
4    the API key is missing or was refused
5    not enough credits
130  Ctrl-C (143: terminated)"""
