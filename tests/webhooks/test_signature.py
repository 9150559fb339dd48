"""Who may tell us something: signatures in every form, ages, and whatever else can be sent."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async.errors import ConfigurationError, InvalidSignature
from cvsense_async.webhooks import (
    MAX_BODY,
    BatchCancelled,
    BatchCompleted,
    BatchFailed,
    CandidateStatusChanged,
    Event,
    Ping,
    UnknownEvent,
    WebhookReceiver,
    sign,
    standard_signature,
    verify,
)

NOW = 1_790_000_000.0
SECRET = "whs_of_a_test"
STANDARD = "whsec_" + base64.b64encode(b"twenty-four bytes of key").decode()
NAME = "X-CVSense-Signature"


def body_of(event: str = "batch.completed", *, age: float = 0.0, **more: Any) -> bytes:
    """A delivery's body, made `age` seconds ago."""
    created = datetime.datetime.fromtimestamp(NOW - age, datetime.UTC).isoformat()
    told = {"batch_id": 7, "status": "completed", "candidate_id": "c-1"}
    return json.dumps({"id": "d-1", "event": event, "created_at": created, "data": told, **more}).encode()


def check(body: bytes, value: str | None = None, **more: Any) -> Event:
    """Verify with our form's header."""
    headers = {NAME: sign(body, SECRET) if value is None else value}
    return verify(body, more.pop("headers", headers), more.pop("secrets", SECRET), now=more.pop("now", NOW), **more)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("batch.completed", BatchCompleted),
        ("batch.failed", BatchFailed),
        ("batch.cancelled", BatchCancelled),
        ("candidate.status_changed", CandidateStatusChanged),
        ("ping", Ping),
        ("job.archived", UnknownEvent),
    ],
)
def test_each_event_has_its_class(name: str, kind: type[Event]) -> None:
    """An event is a frozen object of its own class; one from the future keeps what it told."""
    event = check(body_of(name))
    assert type(event) is kind
    assert (event.id, event.name) == ("d-1", name)
    assert event.data["batch_id"] == 7
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.id = "other"  # type: ignore[misc]  # it is the point


def test_an_event_that_lacks_what_its_name_promises_is_unknown() -> None:
    """A batch's event without a batch is kept, not refused, and wakes nobody."""
    event = check(body_of(data={"state": "odd"}))
    assert type(event) is UnknownEvent
    assert event.data == {"state": "odd"}


def test_nothing_personal_in_a_repr() -> None:
    """What was told of a candidate is in no repr."""
    assert "Greta" not in repr(check(body_of("candidate.status_changed", data={"candidate_id": 1, "note": "Greta"})))


def test_every_form_of_the_header() -> None:
    """`sha256=` and bare hex, any case, another header name, headers as pairs of bytes, two secrets in rotation."""
    body = body_of()
    signature = sign(body, SECRET)
    bare = signature.removeprefix("sha256=")
    assert check(body, bare).id == "d-1"
    assert check(body, signature.upper()).id == "d-1"
    assert check(body, headers={"x-cvsense-SIGNATURE": f" {bare} "}).id == "d-1"
    assert check(body, headers={"X-Hub": bare}, header="x-hub").id == "d-1"
    pairs = [(b"content-type", b"application/json"), (b"x-cvsense-signature", signature.encode())]
    assert check(body, headers=pairs).id == "d-1"
    assert check(body, secrets=["the next one", SECRET]).id == "d-1"
    with pytest.raises(InvalidSignature):
        check(body, headers={"X-Hub": bare})


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
def test_the_same_as_openssl(tmp_path: Path) -> None:
    """`sign` gives what `openssl dgst -sha256 -hmac` gives, for bytes that are no text, too."""
    for body in (body_of(), b"", bytes(range(256)) * 40):
        file = tmp_path / "body"
        file.write_bytes(body)
        command = ["openssl", "dgst", "-sha256", "-hmac", SECRET, str(file)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert sign(body, SECRET) == "sha256=" + said.split()[-1]


def test_the_vector_of_rfc_4231() -> None:
    """Test case 2 of RFC 4231."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign(b"what do ya want for nothing?", "Jefe") == f"sha256={expected}"


# --- age ------------------------------------------------------------------------------------------------------------


def test_the_last_attempt_is_fresh_and_an_old_delivery_is_not() -> None:
    """An attempt after 10 + 60 + 300 s and four waits of 10 s is taken; one of an hour ago only without tolerance."""
    assert check(body_of(age=10 + 60 + 300 + 40)).id == "d-1"
    for age in (3600, -3600):
        with pytest.raises(InvalidSignature, match="created more than"):
            check(body_of(age=age))
        assert check(body_of(age=age), tolerance=None).id == "d-1"


def test_a_body_without_a_time_cannot_be_judged() -> None:
    """No `created_at`, no trust; the header beside it is not signed and does not count."""
    body = body_of(created_at=None)
    headers = {NAME: sign(body, SECRET), "X-CVSense-Timestamp": str(int(NOW))}
    with pytest.raises(InvalidSignature, match="age"):
        check(body, headers=headers)
    assert check(body, headers=headers, tolerance=None).created_at is None


# --- Standard Webhooks ----------------------------------------------------------------------------------------------


def standard(body: bytes, *, at: float = NOW, delivery: str = "msg_1", secret: str = STANDARD) -> dict[str, str]:
    """The three headers."""
    signature = standard_signature(body, secret, delivery_id=delivery, timestamp=int(at))
    return {"webhook-id": delivery, "webhook-timestamp": str(int(at)), "webhook-signature": signature}


def test_the_form_of_standard_webhooks() -> None:
    """Signed over id, time and body with the decoded secret; several signatures and secrets; the id of the header."""
    body = json.dumps({"type": "batch.completed", "timestamp": "2026-09-21T13:33:20Z", "data": {"batch_id": "b"}})
    raw = body.encode()
    key = base64.b64decode(STANDARD.removeprefix("whsec_"))
    made = base64.b64encode(hmac.new(key, b"msg_1.1790000000." + raw, hashlib.sha256).digest()).decode()
    assert standard(raw)["webhook-signature"] == f"v1,{made}"
    event = verify(raw, standard(raw), [SECRET, STANDARD], now=NOW)
    assert isinstance(event, BatchCompleted)
    assert (event.id, event.batch_id) == ("msg_1", "b")
    several = {**standard(raw), "webhook-signature": f"v1a,zzz v1,AAAA v1,{made}"}
    assert verify(raw, several, STANDARD, now=NOW).id == "msg_1"


def test_what_standard_webhooks_signs_beside_the_body() -> None:
    """A changed id or time, a stale time, a missing header, or a plain secret: refused."""
    raw = body_of()
    good = standard(raw)
    wrong = [
        {**good, "webhook-id": "msg_2"},
        {**good, "webhook-timestamp": str(int(NOW) + 1)},
        {**good, "webhook-timestamp": "soon"},
        {**good, "webhook-timestamp": "９" * 10},
        {**good, "webhook-timestamp": "9" * 5000},
        {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v1a,")},
        {key: value for key, value in good.items() if key != "webhook-id"},
        standard(raw, at=NOW - 301),
        standard(raw, at=NOW + 301),
    ]
    for headers in wrong:
        with pytest.raises(InvalidSignature):
            verify(raw, headers, STANDARD, now=NOW)
    with pytest.raises(InvalidSignature):
        verify(raw, good, SECRET, now=NOW)
    assert verify(raw, standard(raw, at=NOW - 299), STANDARD, now=NOW).id == "d-1"
    with pytest.raises(ConfigurationError):
        standard_signature(raw, SECRET, delivery_id="x", timestamp=1)


@pytest.mark.parametrize(
    "secret",
    [
        STANDARD.rstrip("="),
        STANDARD + "\n",
        f"  {STANDARD}\r\n",
        STANDARD.removeprefix("whsec_"),
        STANDARD.removeprefix("whsec_").rstrip("=") + "\n",
    ],
    ids=["no padding", "from a file", "blanks around", "bare", "bare, no padding, from a file"],
)
def test_a_standard_secret_as_people_have_it(secret: str) -> None:
    """Without padding or prefix, and with the line break of the file it was read from, it is the same secret."""
    key = b"twenty-four bytes of key"
    assert len(key) % 3 == 0
    raw = body_of()
    assert verify(raw, standard(raw), secret, now=NOW).id == "d-1"
    short = "whsec_" + base64.b64encode(b"a key whose base64 is padded").decode()
    assert short.endswith("=")
    assert verify(raw, standard(raw, secret=short), short.rstrip("=") + "\n", now=NOW).id == "d-1"
    assert standard(raw, secret=short.rstrip("=")) == standard(raw, secret=short)


def test_our_own_secret_from_a_file() -> None:
    """The line break of the file does not count in the service's own form either."""
    body = body_of()
    assert check(body, secrets=f"{SECRET}\n").id == "d-1"
    assert check(body, secrets=["another one\n", f" {SECRET}\r\n"]).id == "d-1"


def test_signatures_that_a_proxy_joined() -> None:
    """Lines of one header that were joined by commas are read one by one, in both forms; one that fits is enough."""
    raw = body_of()
    good, other = sign(raw, SECRET), sign(raw, "another secret")
    for value in (f"{other}, {good}", f"{good},{other}", f"{other} , {good.removeprefix('sha256=')}", f",{good},"):
        assert check(raw, value).id == "d-1"
    with pytest.raises(InvalidSignature, match="another body or another secret"):
        check(raw, f"{other}, {other}")
    with pytest.raises(InvalidSignature):
        check(raw, ",".join([other] * 16 + [good]))  # how many are looked at is bounded
    headers = standard(raw)
    right, wrong = headers["webhook-signature"], "v1," + "A" * 44
    for value in (f"{wrong}, {right}", f"{right},{wrong}", f"{wrong} {right}"):
        assert verify(raw, {**headers, "webhook-signature": value}, STANDARD, now=NOW).id == "d-1"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("t=1790000000,v1=" + "0" * 64, "Stripe"),
        ("t=1790000000,v1=" + "0" * 64 + ",v0=" + "1" * 64, "Stripe"),
        (base64.b64encode(bytes(32)).decode(), "base64"),
        ("sha256=" + base64.b64encode(bytes(32)).decode(), "base64"),
        ("v1," + base64.b64encode(bytes(32)).decode(), "Standard Webhooks"),
        ("sha1=" + "0" * 40, "another algorithm"),
        ("0" * 63, "not of the form"),
        ("sha256=" + "0" * 64, "another body or another secret"),
        ("", "no signature"),
    ],
)
def test_a_header_of_another_form_is_told_as_that(value: str, words: str) -> None:
    """Another service's form is no "other secret": the reason says which form it is, and nothing of the value."""
    with pytest.raises(InvalidSignature, match=words) as raised:
        check(body_of(), value)
    assert "0000" not in str(raised.value)
    if "secret" not in words:
        assert "another secret" not in str(raised.value)


def test_a_standard_delivery_without_a_secret_of_that_form() -> None:
    """No secret could ever verify it, and the reason says so."""
    raw = body_of()
    with pytest.raises(InvalidSignature, match="none of the secrets"):
        verify(raw, standard(raw), "not base64!", now=NOW)


# --- mistakes of the caller -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["text", {"id": 1}, None])
def test_a_body_that_is_not_bytes_is_the_callers_mistake(body: Any) -> None:
    """Text or parsed JSON cannot be verified, and the error says what to give."""
    with pytest.raises(ConfigurationError, match="raw bytes"):
        verify(body, {}, SECRET)


@pytest.mark.parametrize("secrets", ["", "  ", [], ["good", ""], "whsec_", "whsec_\n", ["\udc80"], [None], b"bytes"])
def test_a_secret_that_protects_nothing_is_refused(secrets: Any) -> None:
    """An empty secret would let anybody in."""
    with pytest.raises(ConfigurationError):
        verify(body_of(), {}, secrets)


@pytest.mark.parametrize("make", [WebhookReceiver, lambda given: verify(b"", {}, given)])
@pytest.mark.parametrize("nothing", [None, []])
def test_no_secret_is_told_at_once(make: Any, nothing: Any) -> None:
    """A variable of the environment that is not set gives `None`: the error says where a secret comes from."""
    with pytest.raises(ConfigurationError, match=r"session\.webhooks\.register"):
        make(nothing)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("whsec_not base64!", "no base64"),
        ("one\nanother", "as a list"),
        ("cvs_the_key_of_an_account", "API key"),
        ("whsec_…9f3a", "masked"),
        ("****9f3a", "masked"),
        ("sha256=" + "0" * 64, "signature"),
    ],
)
def test_a_secret_that_no_delivery_can_fit_is_refused_at_once(secret: str, words: str) -> None:
    """It says what it is when the receiver or the dependency is made, not at each delivery, and repeats none of it."""
    for make in (WebhookReceiver, lambda given: verify(b"", {}, given)):
        with pytest.raises(ConfigurationError, match=words) as raised:
            make(secret)
        assert secret not in str(raised.value)


# --- everything else that can be sent -------------------------------------------------------------------------------


def test_signed_but_no_event() -> None:
    """A signed body that is no event, too large or too deep: the one typed error."""
    for body in (b"", b"null", b"[]", b"{", b'{"event": 7}', b"[" * 100_000, b"\xff\xfe", b" " * (MAX_BODY + 1)):
        with pytest.raises(InvalidSignature):
            check(body, tolerance=None)


def refused(body: bytes, headers: Any, secrets: Any = SECRET) -> bool:
    """Whether it is refused, and with the one typed error."""
    try:
        verify(body, headers, secrets, now=NOW)
    except InvalidSignature:
        return True
    return False


def test_a_hundred_thousand_mutations() -> None:
    """Bodies, signatures and secrets with a bit or a byte changed: none is accepted, nothing else is raised."""
    body = body_of()
    signature = sign(body, SECRET)
    assert not refused(body, {NAME: signature})
    chance = random.Random(4)
    accepted = 0
    for number in range(100_000):
        kind = number % 4
        if kind == 0:
            changed = bytearray(body)
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            accepted += not refused(bytes(changed), {NAME: signature})
        elif kind == 1:
            place = chance.randrange(len("sha256="), len(signature))
            letter = chance.choice([one for one in "0123456789abcdefgzé\x00 ,=" if one != signature[place]])
            accepted += not refused(body, {NAME: signature[:place] + letter + signature[place + 1 :]})
        elif kind == 2:
            place = chance.randrange(len(SECRET))
            letter = chr(chance.choice([code for code in range(33, 127) if chr(code) != SECRET[place]]))
            accepted += not refused(body, {NAME: signature}, SECRET[:place] + letter + SECRET[place + 1 :])
        else:
            cut = chance.choice(
                [one for one in range(len(signature)) if one != len("sha256=") - 1]
            )  # bare hex is right
            accepted += not refused(body, {NAME: chance.choice([signature[:cut], signature[cut + 1 :], signature * 2])})
    assert accepted == 0


@given(body=st.binary(max_size=300), value=st.text(max_size=120))
def test_any_bytes_and_any_header(body: bytes, value: str) -> None:
    """Whatever is sent without the secret is refused with the one typed error, in both forms."""
    assert refused(body, {NAME: value})
    headers = {"webhook-id": value, "webhook-timestamp": value, "webhook-signature": value}
    assert refused(body, headers, [SECRET, STANDARD])
    assert refused(body, [(b"webhook-signature", value.encode("utf-8", "replace"))], STANDARD)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(
    document=JSON
    | st.fixed_dictionaries(
        {}, optional={"id": JSON, "event": JSON | st.just("batch.failed"), "created_at": JSON, "data": JSON}
    )
)
def test_any_signed_json(document: Any) -> None:
    """Whatever JSON is signed gives an event or the one typed error."""
    body = json.dumps(document).encode()
    try:
        event = check(body, tolerance=None)
    except InvalidSignature:
        return
    assert event.id
    assert isinstance(event.data, dict)
