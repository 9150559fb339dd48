"""The exit statuses, in one place for the help, the code and the tests."""

from __future__ import annotations

OK = 0
FAILURE = 1
USAGE = 2
INCOMPLETE = 3
REFUSED = 4
CREDITS = 5

EXIT_STATUSES = """\
0    done: each CV is screened, invalid (it cannot be read) or rejected
1    it failed
2    the command cannot work as given: an option, a path, nothing to screen
3    finished, but a CV, a report or a page failed, or a CV is unsettled;
     with --fail-on-rejected also: a CV is invalid or rejected (no duplicate)
4    the API key is missing or was refused
5    not enough credits
130  Ctrl-C (143: terminated)"""
