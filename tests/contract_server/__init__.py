"""A stand-in for the service, written to the wire contract alone, that misbehaves on request.

It imports nothing of the package under test (and nothing outside the standard library), so that both can only agree by
agreeing with the contract. Run it with `python tests/contract_server/main.py --port 0 --json-line`, or in Python with
`async with ContractServer(limit=30, period=2.0) as server`. Every option below is a keyword there, a flag on
the command line (`--limit 30`; lists and objects as JSON) and a field of `POST /_test/options`. The defaults are the
plain contract.

General
  host, port (0: any), base_path ("/api/v1"), api_keys (list), seed (all chances)
  latency, latency_jitter      seconds between the work and its answer: fixed, plus up to the jitter
  uplink, uplink_jitter        seconds that a request is on its way before the server sees (and counts) it

Throttle
  throttle                     fixed (Laravel: opens at the first request, lasts one period) | sliding-log |
                               sliding-counter (clock-aligned, weighted) | gcra (nginx: steady, with `burst`) | none
  limit, period, burst         120, 60.0, 10; gcra with burst = limit - 1 is a token bucket
  throttle_by                  key | account (all keys share one window)
  count_at                     headers | body: the moment at which a request is counted
  count_refused                a refused request counts too (off); a 401 never counts
  drain_refused                read a refused body before the 429 (on), or answer at once
  rate_headers, reset_header   X-RateLimit-Limit and -Remaining always; X-RateLimit-Reset on a 429
  retry_after                  seconds | tenths (of one, for a period scaled by ten) | date | none
  foreign_per_second           another user of the same key sends at this rate (starting with the next request)

Account
  credits                      what is granted; setting it while running changes the grant
  balance_includes_reserved    `balance` counts held credits too (off)
  unauthorized_after_requests, unauthorized_after_seconds  401 from that moment on

Trouble
  maintenance_seconds          from when it is set: 503 to everything, before key, throttle and rate headers
  maintenance_retry_after      60; its Retry-After, or null
  lag_ops, lag_requests, lag_seconds, lag_answer  after each change of a batch these readings of it (status, results)
                               are answered so often, and so long, with 404 | 409 | empty (results only, else 404)

Uploads (read as a stream, kept as SHA-256, type by first bytes)
  field_name ("files[]"), max_files (50)
  max_body, early_413          bytes; over it 413, after the body or (early) before it
  bad_type                     422 (nothing taken) | rejected (that file only)
  reject_share                 share of contents, by hash, that end in `rejected`
  max_file_uploads             files beyond this number are dropped without a word (PHP's limit; 20 as installed)
  upload_max_filesize, over_filesize  bytes of one file; over it `invalid`: 422 about that file, nothing taken |
                               missing: dropped without a word
  post_max_size, over_post_max bytes of a body; over it 413 before the key is looked at | empty: the application runs
                               on without files, so that it asks for them (422)
  filename_star                accept | ignore: a part that has only `filename*`
  late_upload_seconds          an upload in a `late` or `stall_before` fault whose client gave up is taken this many
                               seconds after that, instead of at the stall's end
  A file whose first 1,024 bytes hold `contract:invalid` is unreadable, `contract:reject` is rejected.

Screening (simulated; score, summary and evidence derive from the content: `summary` holds 12 hex digits of its hash)
  screening                    per_cv (`seconds_per_cv`, `workers` at once over all batches) | per_batch
                               (`seconds_per_batch`)
  queue_seconds                time in `queued`
  cancel_seconds               time in `cancelling`, in which running items may still be charged; then `cancelled`
  invalid_share                share of contents, by hash, that turn out invalid (credit released)
  fail_releases                a failed batch gives back what it held (on)
  results_when_none            409 | 200 | 404: results of a cancelled or failed batch of which nothing was processed
  processed_includes_failed    `processed` counts invalid items too (off)

Dialect
  ids                          int | uuid | numeric ("0000101") | odd (space, é, +, %, ?, &, # … but no slash)
  batch_id_field               id | batch_id | both
  pages                        meta | laravel | pagination | bare (everything, no facts) | items (the page, no facts);
                               as Laravel's paginators are handed out: plain | raw (inside data) | resource, and the
                               same as simple_… and cursor_…; their links hold the page or cursor alone
  default_per_page, page_cap   25; per_page above the cap is lowered to it
  ignore_per_page              the page has its default size whatever is asked for (off)
  link_base                    scheme and host of those links: those behind the proxy, which nobody can reach
  lists, inner_lists           array | filtered (an object with the keys 1, 3, 5 …) | sorted (keys in falling order);
                               of a page, and of a result's and an upload's own lists
  errors                       message | error | error_object | html | laravel (no `success`, mostly no words)
  without_json                 where the caller does not prefer JSON: same | redirect (401 to a login, 422 back; else a
                               page) | no_route (the login has no route: 500)
  bom                          three bytes before each JSON (off)
  statuses, status_words       lower | upper | title, after a batch's words were put for others ({"completed": "done"})
  status_omits                 fields that answers about a batch leave out (["credits_used", "total_files"])
  unknown_status, unknown_status_seconds  this status is shown for so long after the start
  unknown_fields, null_optionals, numbers_as_strings  everywhere (ids keep their type)
  times                        z | offset | plain (`YYYY-MM-DD HH:MM:SS`) | int (seconds) | php ({date, …})
  empty_answers                data | message | none (204): start, cancel, deletes, status update, webhook test
  upload_items                 full | none (no `items`) | incomplete (half of them; all files were taken)
  upload_filenames             as_sent | nfc | basename, in uploads' answers and results
  webhook_backoff              [10, 60, 300]; deliveries go to http://127.0.0.1 and http://localhost only

faults: a list of rules; the first that hits a call wins, each counts the calls of every operation that it applies to
  op                           an operation, a list of them, or "*": create upload start status results result report
                               cancel account credits usage jobs.list … (the last column of routes.TABLE)
  probability | calls | every  by chance, the n-th calls ([1, 4]), or every n-th; none of these: each call.
  times                        at most so often
  kind                         drop_uncounted (ended at the head, not counted), drop_before, drop_after, rst_before,
                               rst_after, drop_midbody (`bytes`), 500, 502 (HTML), 503 (Retry-After: `retry_after`,
                               default 1), 503_early (before the body is read), 503_after, 504 (HTML at once, the work
                               is done `seconds` later), status (`status`, `html`, `retry_after`; "work": "after" does
                               the work all the same, "later" `seconds` after the answer, "early" answers before the
                               body is read), stall_before, stall_after, late (= stall_before), freeze (reads nothing
                               from the head on: the body waits in the kernel), cut (Content-Length longer than what
                               comes), truncate (half a JSON, right length), drip (slowly, but whole), warning (PHP's,
                               before the JSON), twice (something on the way sent it again: both are carried out, and
                               the second answer is given); stalls, late, freeze and drip last `seconds` (default 1).
                               The work is done and its answer says other things: empty, blank (no byte), renamed,
                               slugged, swapped (names, by one place), reordered (backwards), repeated (each entry
                               twice), fewer, more (a file of another batch)
  counted                      false: the throttle does not see the request
  "after" means that the work is done (credits reserved, batch started …) and only the answer is lost.

fates: a list of rules; the first that hits a batch is its fate: by `batches` (numbers from 1), `every`, `probability`
  fate                         lost (404 from `seconds` after `after`: create | upload | start | complete | cancel),
                               fail (after `items` processed, not before `seconds`; `released`), never_ends (after
                               `items`, or "stuck": "queued"), missing (completed, the last `items` neither processed
                               nor in the results; `charged`, `released`), invalid (the first `items`), keeps_credits
                               (cancel releases nothing)

The tests' door, /_test/ on the service's port and on `control_url` (which answers while the port is refused, too):
  GET about, options, log?since=&op=, report, ledger?summary=1&sha=, batches, items, deliveries
  POST options {…}, reset {…options}, stop {"mode": "silent" | "drop" | "refuse"}, resume {}, keys {add, revoke},
       credits {free}, foreign {requests, key}, lose {batch_id, seconds},
       check {"expected": [sha256…], "results": [{item_id, sha256, summary}]}
  `log`     one object a request: at, counted_at, body_at, done_at (the server's monotonic clock), op, path, batch,
            status (0: no answer), throttled, bytes_in, bytes_out, files, taken, fault, gone
  `report`  429s, statuses by operation, quota used in each whole window between the first and the last upload, most
            requests in any period, polls and their intervals by batch, crashes of this server itself
  `ledger`  sums, `charged_twice`, `beside_its_copy` (two copies held or paid at once), `never_charged`,
            `held_by_batch`, and by content every copy
  `check`   the same against what a test sent, and `wrong_results`: those tied to another content
"""

from .options import KEY, LARAVEL, Options
from .running import ContractServer

__all__ = ["KEY", "LARAVEL", "ContractServer", "Options"]
