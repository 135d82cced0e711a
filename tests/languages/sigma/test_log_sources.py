"""Which events a log source means."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from yadorigi.errors import ContentError
from yadorigi.languages.sigma import log_sources
from yadorigi.languages.sigma.log_sources import Binding, LogSources, read_data
from yadorigi.schema.event import EventKind

DATA = read_data()
LOG_SOURCES = LogSources(DATA)

SYSMON = "Microsoft-Windows-Sysmon/Operational"
SYSMON_1 = EventKind(SYSMON, "Microsoft-Windows-Sysmon", 1)
SECURITY = "Microsoft-Windows-Security-Auditing"
SECURITY_4688 = EventKind("Security", SECURITY, 4688)


def resolve(category: str | None = None, product: str | None = None, service: str | None = None) -> tuple[Binding, ...]:
    """Return the bindings of a log source that must be known."""
    bindings = LOG_SOURCES.resolve(category, product, service)
    assert bindings
    return bindings


def covering(bindings: Iterable[Binding], kind: EventKind) -> list[Binding]:
    """Return the bindings that cover the kind."""
    return [binding for binding in bindings if binding.covers(kind)]


# --- Names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "product", "service"),
    [
        ("process_creation", "linux", None),
        ("file_event", "paloalto", "globalprotect"),
        (None, "aws", "cloudtrail"),
        (None, "linux", None),
        ("webserver", None, None),
        ("webserver", "windows", None),
        (None, None, "apache"),
        (None, "windows", "no-such-service"),
        ("process_creation", "windows", "no-such-service"),
        ("no_such_category", "windows", "security"),
        (None, None, None),
        ("", "", ""),
    ],
)
def test_an_unknown_log_source_is_none(category: str | None, product: str | None, service: str | None) -> None:
    assert LOG_SOURCES.resolve(category, product, service) is None


def test_names_match_whatever_their_letter_case() -> None:
    assert resolve("Process_Creation", "WINDOWS", "Sysmon") == resolve("process_creation", "windows", "sysmon")


def test_without_a_product_what_windows_knows_is_windows() -> None:
    assert resolve("process_creation") == resolve("process_creation", "windows")
    assert resolve(service="security") == resolve(None, "windows", "security")
    assert resolve("antivirus") == resolve("antivirus", "windows")


def test_windows_alone_is_every_event() -> None:
    (binding,) = resolve(product="windows")
    assert msgspec.structs.replace(binding, others=frozenset()) == Binding()
    assert binding.covers(EventKind("Some channel", "Somebody", 7))
    assert not binding.covers(EventKind("fortigate/vpn", "fortigate", 39424))
    assert covering([binding], EventKind("", "", 0))
    assert covering([binding], SYSMON_1)


# --- Category and service together ------------------------------------------------------------------------------------


def test_category_and_service_are_their_intersection() -> None:
    (binding,) = resolve("process_creation", "windows", "security")
    assert binding.covers(SECURITY_4688)
    assert not binding.covers(EventKind("Security", SECURITY, 4624))
    assert not binding.covers(SYSMON_1)
    assert binding.fields == covering(resolve("process_creation"), SECURITY_4688)[0].fields
    (binding,) = resolve("process_creation", "windows", "sysmon")
    assert binding.covers(SYSMON_1)


def test_category_and_service_with_nothing_in_common_are_none() -> None:
    assert LOG_SOURCES.resolve("process_creation", "windows", "application") is None
    assert LOG_SOURCES.resolve("ps_script", "windows", "powershell-classic") is None


def test_intersection_narrows_each_limit_and_keeps_all_conditions() -> None:
    left = Binding(event_ids=frozenset({1, 2}), conditions=(("A", ("x",)),), providers_if_no_channel=frozenset({"p"}))
    right = Binding(channels=frozenset({"c"}), event_ids=frozenset({2, 3}), conditions=(("B", ("y",)),))
    both = left.intersect(right)
    assert both is not None
    assert (both.channels, both.event_ids) == (frozenset({"c"}), frozenset({2}))
    assert both.conditions == (("A", ("x",)), ("B", ("y",)))
    assert left.intersect(Binding(event_ids=frozenset({3}))) is None


# --- Which events -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "event_ids"),
    [
        ("process_creation", {1}),
        ("file_change", {2}),
        ("network_connection", {3}),
        ("sysmon_status", {4, 16}),
        ("process_termination", {5}),
        ("driver_load", {6}),
        ("image_load", {7}),
        ("create_remote_thread", {8}),
        ("raw_access_thread", {9}),
        ("process_access", {10}),
        ("file_event", {11}),
        ("registry_event", {12, 13, 14}),
        ("registry_add", {12}),
        ("registry_delete", {12}),
        ("registry_set", {13}),
        ("registry_rename", {14}),
        ("create_stream_hash", {15}),
        ("pipe_created", {17, 18}),
        ("wmi_event", {19, 20, 21}),
        ("dns_query", {22}),
        ("file_delete", {23, 26}),
        ("clipboard_capture", {24}),
        ("clipboard_change", {24}),
        ("process_tampering", {25}),
        ("file_delete_detected", {26}),
        ("file_block_executable", {27}),
        ("file_block_shredding", {28}),
        ("file_executable_detected", {29}),
        ("sysmon_error", {255}),
    ],
)
def test_sysmon_categories(category: str, event_ids: set[int]) -> None:
    bindings = resolve(category, "windows")
    kinds = [EventKind(SYSMON, "Microsoft-Windows-Sysmon", number) for number in range(300)]
    assert {kind.event_id for kind in kinds if covering(bindings, kind)} == event_ids


@pytest.mark.parametrize(
    ("category", "event_ids"),
    [
        ("process_creation", {4688}),
        ("process_termination", {4689}),
        ("network_connection", {5156}),
        ("registry_event", {4657}),
        ("registry_set", {4657}),
        ("registry_delete", {4657}),
        ("registry_add", set()),
        ("image_load", set()),
    ],
)
def test_security_events_that_tell_the_same(category: str, event_ids: set[int]) -> None:
    bindings = resolve(category, "windows")
    kinds = [EventKind("Security", SECURITY, number) for number in range(4000, 6000)]
    assert {kind.event_id for kind in kinds if covering(bindings, kind)} == event_ids


@pytest.mark.parametrize(
    ("category", "event_id", "conditions"),
    [
        ("registry_add", 12, (("EventType", ("CreateKey",)),)),
        ("registry_delete", 12, (("EventType", ("Delete*",)),)),
        ("registry_delete", 4657, (("OperationType", ("%%1906", "Registry value deleted")),)),
        ("registry_event", 4657, ()),
        ("registry_set", 13, ()),
    ],
)
def test_conditions(category: str, event_id: int, conditions: object) -> None:
    (binding,) = [binding for binding in resolve(category) if event_id in binding.event_ids]
    assert binding.conditions == conditions


@pytest.mark.parametrize(
    ("service", "channel"),
    [
        ("security", "security"),
        ("powershell", "PowerShellCore/Operational"),
        ("dns-client", "Microsoft-Windows-DNS-Client/Operational"),
        ("dns-client", "Microsoft-Windows-DNS Client Events/Operational"),
        ("security-mitigations", "Microsoft-Windows-Security-Mitigations/KernelMode"),
        ("applocker", "Microsoft-Windows-AppLocker/Packaged app-Execution"),
        ("vhdmp", "Microsoft-Windows-VHDMP-Operational"),
    ],
)
def test_channels_of_services(service: str, channel: str) -> None:
    (binding,) = resolve(service=service)
    assert binding.covers(EventKind(channel, "anyone", 1))
    assert not binding.covers(EventKind(channel + "x", "anyone", 1))


def test_an_event_without_a_channel_is_covered_by_its_provider() -> None:
    assert covering(resolve("process_creation"), SYSMON_1._replace(channel=""))
    assert covering(resolve("process_creation"), SECURITY_4688._replace(channel=""))
    assert covering(resolve(service="powershell"), EventKind("", "microsoft-windows-powershell", 4104))
    assert not covering(resolve(service="security"), SYSMON_1._replace(channel=""))
    assert not covering(resolve(service="security"), EventKind("", "", 4688))


def test_the_provider_does_not_matter_where_there_is_a_channel() -> None:
    assert not covering(resolve(service="security"), EventKind("Application", SECURITY, 4688))
    assert covering(resolve(service="application"), EventKind("Application", "anyone", 1))


def test_a_category_of_a_provider_is_bound_to_it_in_any_channel() -> None:
    bindings = resolve("file_access", "windows")
    assert covering(bindings, EventKind("", "Microsoft-Windows-Kernel-File", 12))
    assert covering(bindings, EventKind("ForwardedEvents", "microsoft-windows-kernel-file", 12))
    assert not covering(bindings, EventKind("", "Microsoft-Windows-Kernel-Process", 12))


def test_rules_of_the_security_service_see_raw_fields_only() -> None:
    (binding,) = resolve(service="security")
    assert binding.fields == {}


def test_every_service_says_who_writes_to_it() -> None:
    assert [name for name, service in DATA.services.items() if not service.providers_if_no_channel] == []


def test_no_two_parts_of_a_category_cover_one_event() -> None:
    for name, group in DATA.categories.items():
        parts = [(events.service, event_id) for events in group for event_id in events.event_ids]
        assert len(parts) == len(set(parts)), name


# --- Broken data ------------------------------------------------------------------------------------------------------

EMPTY = "[fields]\n[services]\n[categories]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xff", "utf-8"),
        (b"[fields]\n[services]\n", "categories"),
        (EMPTY.encode() + b"[extra]\n", "extra"),
        (b"[fields.a]\nX = { inputs = [] }\n[services]\n[categories]\n", "no inputs"),
        (b"[fields.a]\nX = { inputs = ['x'], function = 'nope' }\n[services]\n[categories]\n", "nope"),
        (b"[fields]\n[services.a]\nchannels = []\n[categories]\n", "no channels"),
        (b"[fields]\n[services.a]\nchannels = ['a']\nfields = ['x']\n[categories]\n", "field set 'x'"),
        (b"[fields]\n[services.A]\nchannels = ['a']\n[categories]\n", "lower case"),
        (b"[fields]\n[services]\n[categories]\na = []\n", "no events"),
        (b"[fields]\n[services]\n[[categories.a]]\nservice = 'b'\n", "no service 'b'"),
        (b"[fields]\n[services]\n[[categories.a]]\nevent_ids = [1]\n", "a service or providers"),
        (b"[fields]\n[services]\n[[categories.a]]\nproviders = ['b']\nfields = ['x']\n", "field set 'x'"),
    ],
)
def test_broken_data_is_named(text: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "content" / "windows"
    folder.mkdir(parents=True)
    (folder / "log_sources.toml").write_bytes(text)
    monkeypatch.setattr(log_sources, "files", lambda _package: tmp_path)
    with pytest.raises(ContentError, match=said):
        log_sources.read_data()


def test_the_shipped_data_loads() -> None:
    bindings = LogSources.load().resolve("ps_script", "windows", None)
    assert bindings
    events, *lines = bindings
    assert (events,) == resolve("ps_script", "windows")
    assert [binding.channels for binding in lines] == [frozenset({"powershell_transcript/command"})]


# --- The corpus -------------------------------------------------------------------------------------------------------


@pytest.mark.corpora
def test_every_windows_log_source_of_the_sigma_corpus_is_known() -> None:
    if not (root := os.environ.get("YADORIGI_CORPORA")):
        pytest.skip("YADORIGI_CORPORA is not set")
    paths = sorted((Path(root) / "sigma").rglob("*.yml"))
    assert paths
    unknown = set()
    for path in paths:
        source = msgspec.yaml.decode(path.read_bytes()).get("logsource", {})
        names = (source.get("category"), source.get("product"), source.get("service"))
        if (names[1] == "windows" or names[0] == "antivirus") and LOG_SOURCES.resolve(*names) is None:
            unknown.add(names)
    assert unknown == set()
