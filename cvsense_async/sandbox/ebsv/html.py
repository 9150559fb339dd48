"""Shows a CV with its evidence marked in place, as one HTML page without scripts."""

from __future__ import annotations
