"""The switches of the contract server: how it screens, throttles, speaks and fails.

The defaults are the plain contract, so that each test names only what it bends. The package's docstring explains them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

KEY = "cvs_contract_test_key"
LARAVEL: dict[str, Any] = {
    "pages": "raw",
    "errors": "laravel",
    "without_json": "redirect",
    "max_file_uploads": 20,
    "upload_max_filesize": 2 * 1024 * 1024,
    "post_max_size": 8 * 1024 * 1024,
}
"""What Laravel 8.83 on PHP 8.2 does with the settings that both are installed with."""

PAGINATORS = (
    "plain", "raw", "resource", "simple_plain", "simple_raw", "simple_resource", "cursor_plain", "cursor_raw",
    "cursor_resource",
)  # fmt: skip
CHOICES: dict[str, tuple[Any, ...]] = {
    "throttle": ("fixed", "sliding-log", "sliding-counter", "gcra", "none"),
    "throttle_by": ("key", "account"),
    "count_at": ("headers", "body"),
    "retry_after": ("seconds", "tenths", "date", "none"),
    "bad_type": ("422", "rejected"),
    "filename_star": ("accept", "ignore"),
    "screening": ("per_cv", "per_batch"),
    "results_when_none": (409, 200, 404),
    "ids": ("int", "uuid", "numeric", "odd"),
    "batch_id_field": ("id", "batch_id", "both"),
    "pages": ("meta", "laravel", "pagination", "bare", "items", *PAGINATORS),
    "lists": ("array", "filtered", "sorted"),
    "inner_lists": ("array", "filtered", "sorted"),
    "errors": ("message", "error", "error_object", "html", "laravel"),
    "without_json": ("same", "redirect", "no_route"),
    "over_filesize": ("invalid", "missing"),
    "over_post_max": ("413", "empty"),
    "lag_answer": ("404", "409", "empty"),
    "statuses": ("lower", "upper", "title"),
    "times": ("z", "offset", "plain", "int", "php"),
    "empty_answers": ("data", "message", "none"),
    "upload_items": ("full", "none", "incomplete"),
    "upload_filenames": ("as_sent", "nfc", "basename"),
}


@dataclass(slots=True, kw_only=True)
class Options:
    """Every switch with its plain-contract default; `set` changes some of them and checks names and choices."""

    host: str = "127.0.0.1"
    port: int = 0
    base_path: str = "/api/v1"
    api_keys: list[str] = field(default_factory=lambda: [KEY])
    seed: int = 1
    latency: float = 0.0
    latency_jitter: float = 0.0
    uplink: float = 0.0
    uplink_jitter: float = 0.0

    throttle: str = "fixed"
    limit: int = 120
    period: float = 60.0
    burst: int = 10
    throttle_by: str = "key"
    count_at: str = "headers"
    count_refused: bool = False
    drain_refused: bool = True
    rate_headers: bool = True
    retry_after: str = "seconds"
    reset_header: bool = True
    foreign_per_second: float = 0.0

    credits: int = 1_000_000
    balance_includes_reserved: bool = False
    unauthorized_after_requests: int | None = None
    unauthorized_after_seconds: float | None = None

    field_name: str = "files[]"
    max_files: int = 50
    max_body: int | None = None
    early_413: bool = False
    bad_type: str = "422"
    reject_share: float = 0.0
    max_file_uploads: int | None = None
    upload_max_filesize: int | None = None
    over_filesize: str = "invalid"
    post_max_size: int | None = None
    over_post_max: str = "413"
    filename_star: str = "accept"
    late_upload_seconds: float | None = None

    maintenance_seconds: float = 0.0
    maintenance_retry_after: int | None = 60
    lag_ops: list[str] = field(default_factory=lambda: ["status", "results"])
    lag_requests: int = 0
    lag_seconds: float = 0.0
    lag_answer: str = "404"

    screening: str = "per_cv"
    seconds_per_cv: float = 0.05
    seconds_per_batch: float = 1.0
    workers: int = 4
    queue_seconds: float = 0.0
    cancel_seconds: float = 0.0
    invalid_share: float = 0.0
    fail_releases: bool = True
    results_when_none: int = 409
    processed_includes_failed: bool = False

    ids: str = "int"
    batch_id_field: str = "id"
    pages: str = "meta"
    default_per_page: int = 25
    page_cap: int = 100
    ignore_per_page: bool = False
    link_base: str = "http://10.255.0.1"
    lists: str = "array"
    inner_lists: str = "array"
    errors: str = "message"
    without_json: str = "same"
    bom: bool = False
    statuses: str = "lower"
    status_words: dict[str, str] = field(default_factory=dict[str, str])
    status_omits: list[str] = field(default_factory=list[str])
    unknown_status: str = "warming_up"
    unknown_status_seconds: float = 0.0
    unknown_fields: bool = False
    null_optionals: bool = False
    numbers_as_strings: bool = False
    times: str = "z"
    empty_answers: str = "data"
    upload_items: str = "full"
    upload_filenames: str = "as_sent"
    webhook_backoff: list[float] = field(default_factory=lambda: [10.0, 60.0, 300.0])

    faults: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    fates: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def __post_init__(self) -> None:
        self.set({item.name: getattr(self, item.name) for item in fields(self)})

    def set(self, changes: dict[str, Any]) -> None:
        """Change some switches; raises ValueError for an unknown name or a choice that is not offered."""
        names = {item.name for item in fields(self)}
        for name, value in changes.items():
            if name not in names:
                raise ValueError(f"unknown option {name!r}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"option {name!r} is one of {', '.join(map(str, CHOICES[name]))}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """The switches as a JSON object."""
        return {item.name: getattr(self, item.name) for item in fields(self)}
