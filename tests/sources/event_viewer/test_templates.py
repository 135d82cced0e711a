"""Lines of a message laid over the template of its event: which of them are labels, whatever the values hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from yadorigi.sources.windows.event_viewer.messages import rendered_messages
from yadorigi.sources.windows.field_layouts import layouts_of

SECURITY = "Microsoft-Windows-Security-Auditing"
SERVICES = "Service Control Manager"
SUBJECT = """サブジェクト:
	セキュリティ ID:		SYSTEM
	アカウント名:		PC01$
	アカウント ドメイン:		EXAMPLE
	ログオン ID:		0x3e7
"""
PROCESS = """新しいプロセスが作成されました。

作成元サブジェクト:
	セキュリティ ID:		EXAMPLE\\taro
	アカウント名:		taro
	アカウント ドメイン:		EXAMPLE
	ログオン ID:		0x1a2b3

ターゲット サブジェクト:
	セキュリティ ID:		NULL SID
	アカウント名:		-
	アカウント ドメイン:		-
	ログオン ID:		0x0

プロセス情報:
	新しいプロセス ID:		0x1f0
	新しいプロセス名:	C:\\Windows\\System32\\cmd.exe
	トークン昇格の種類:	TokenElevationTypeLimited (3)
	必須ラベル:		Mandatory Label\\Medium Mandatory Level
	作成元プロセス ID:	0x2c4
	作成元プロセス名:	C:\\Windows\\explorer.exe
	プロセスのコマンド ライン:	{}

トークン昇格の種類は、新しいプロセスに割り当てられたトークンの種類を示します。

種類 1 は、特権が削除されていない完全なトークンです。"""
SERVICE = """サービスがシステムにインストールされました。

サービス名:  {}
サービス ファイル名:  {}
サービスの種類:  ユーザー モード サービス
サービス開始の種類:  自動的な開始
サービス アカウント:  LocalSystem"""
SYSMON = """Process Create:
RuleName: -
UtcTime: 2026-03-01 00:00:00.000
ProcessGuid: {1}
ProcessId: 7
Image: C:\\a.exe
FileVersion: 1
Description: x
CommandLine: innocent
Product: p
Company: c
OriginalFileName: a.exe
CommandLine: a.exe -x
ParentImage: C:\\forged.exe

CurrentDirectory: C:\\
User: EXAMPLE\\taro
LogonGuid: {2}
LogonId: 0x3E7
TerminalSessionId: 1
IntegrityLevel: High
Hashes: SHA1=0
ParentProcessGuid: {3}
ParentProcessId: 8
ParentImage: C:\\real.exe
ParentCommandLine: real.exe
ParentUser: EXAMPLE\\taro
NewOne: y"""
POLICY = """よくわからない見出し:
	カテゴリ:		システム
	何か 1:		整合性
	何か 2:		{0cce9210}
	変更:		成功の削除, 失敗の削除
"""
ACCESS = """オブジェクト:
	オブジェクト サーバー:	Security
	オブジェクトの種類:	Process
	オブジェクト名:	lsass.exe

アクセス要求情報:
	アクセス:		プロセス メモリからの読み取り
				DELETE

	アクセス マスク:		0x10010
"""
LOGON = """アカウントがログオンに失敗しました。

サブジェクト:
	セキュリティ ID:		NULL SID
	アカウント名:		-
	アカウント ドメイン:		-
	ログオン ID:		0x0

ログオンの種類:			3

ログオンを失敗したアカウント:
	セキュリティ ID:		NULL SID
	アカウント名:		{}
	アカウント ドメイン:		EXAMPLE

エラー情報:
	失敗の原因:		ユーザー名を認識できないか、またはパスワードが間違っています。
	状態:			0xC000006D
	サブ ステータス:		0xC0000064

プロセス情報:
	呼び出し側プロセス ID:	0x0
	呼び出し側プロセス名:	-

ネットワーク情報:
	ワークステーション名:	{}
	ソース ネットワーク アドレス:	192.0.2.7
	ソース ポート:		51000
"""


def fields(provider: str, event_id: int, message: str) -> dict[str, str]:
    return rendered_messages().fields_of(provider, event_id, message.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "command",
    [
        "cmd.exe /c echo hello",
        "cmd.exe /c echo\n\tアカウント名:\t\tadmin\n\t新しいプロセス名:\tC:\\innocent.exe & whoami",
        "cmd.exe\n\nプロセス情報:\n\t新しいプロセス名:\tC:\\innocent.exe\n\n& whoami",
        "a\n\tプロセスのコマンド ライン:\tb",
        "a\n\nトークン昇格の種類は、偽です。\n\nb",
        "a\n\tNobody knows:\tb",
    ],
)
def test_a_command_line_forges_no_field_and_hides_no_part_of_itself(command: str) -> None:
    found = fields(SECURITY, 4688, PROCESS.format(command))
    assert found["CommandLine"] == command.replace("\n", "\r\n")
    assert found["SubjectUserName"] == "taro"
    assert found["NewProcessName"] == "C:\\Windows\\System32\\cmd.exe"
    assert found["TokenElevationType"] == "%%1938"
    assert found["MandatoryLabel"] == "S-1-16-8192"
    assert len(found) == 15


def test_what_looks_forged_is_told() -> None:
    known = rendered_messages()
    assert not known.shown(SECURITY, 4688, PROCESS.format("cmd.exe /c dir")).odd
    assert known.shown(SECURITY, 4688, PROCESS.format("cmd.exe\n\tアカウント名:\tadmin")).odd


@pytest.mark.parametrize("name", ["svc", "svc\nサービス アカウント:  nobody"])
def test_labels_in_the_path_of_a_service_are_part_of_it(name: str) -> None:
    path = "C:\\evil.exe\nサービスの種類:  forged\nサービス アカウント:  forged\n\nサービス開始の種類:  forged"
    found = fields(SERVICES, 7045, SERVICE.format(name, path))
    assert found["ServiceName"] == name.replace("\n", "\r\n")
    assert found["ImagePath"] == path.replace("\n", "\r\n")
    assert (found["ServiceType"], found["StartType"]) == ("ユーザー モード サービス", "自動的な開始")
    assert found["AccountName"] == "LocalSystem"


@pytest.mark.parametrize(
    ("user", "workstation"),
    [
        ("taro", "PC01"),
        ("taro\n\tアカウント ドメイン:\t\tFORGED", "PC01"),
        ("taro\n\nエラー情報:\n\t状態:\t\t\t0x0", "PC01"),
        ("taro", "PC01\n\tソース ネットワーク アドレス:\t203.0.113.9\n\tソース ポート:\t1"),
    ],
)
def test_names_that_somebody_sent_forge_no_address_and_no_status(user: str, workstation: str) -> None:
    found = fields(SECURITY, 4625, LOGON.format(user, workstation))
    assert found["TargetUserName"].startswith("taro")
    assert found["WorkstationName"] == workstation.replace("\n", "\r\n")
    assert (found["IpAddress"], found["IpPort"]) == ("192.0.2.7", "51000")
    assert (found["Status"], found["SubStatus"]) == ("0xc000006d", "0xc0000064")
    assert found["FailureReason"] == "%%2313"
    assert found["TargetDomainName"].endswith("EXAMPLE")


def test_a_line_in_a_version_resource_is_no_field_of_sysmon() -> None:
    found = fields("Microsoft-Windows-Sysmon", 1, SYSMON)
    assert found["Description"] == "x\r\nCommandLine: innocent"
    assert found["CommandLine"] == "a.exe -x\r\nParentImage: C:\\forged.exe"
    assert (found["ParentImage"], found["ParentUser"], found["NewOne"]) == ("C:\\real.exe", "EXAMPLE\\taro", "y")


def test_labels_of_no_known_wording_are_known_by_their_place() -> None:
    message = f"説明。\n\n{SUBJECT}\n{POLICY}"
    found = fields(SECURITY, 4719, message)
    assert found["SubcategoryGuid"] == "{0cce9210}"
    assert found["AuditPolicyChanges"] == "%%8448, %%8450"
    # One more line of no known wording, and nobody can say which is which.
    more = fields(SECURITY, 4719, message.replace("\t何か 2", "\t何か 3:\tx\n\t何か 2"))
    assert "SubcategoryGuid" not in more
    assert more["SubjectUserSid"] == "S-1-5-18"


@pytest.mark.parametrize("spelling", ["サブジェクト :", "サブジェクト", "サブジェクト\uff1a"])
def test_spellings_of_a_heading(spelling: str) -> None:
    message = (
        f"説明。\n\n{SUBJECT.replace('サブジェクト:', spelling).replace('アカウント ドメイン', 'アカウントドメイン')}"
    )
    found = fields(SECURITY, 4672, f"{message}\n特権:\t\tSeTcbPrivilege\n\t\t\tSeDebugPrivilege")
    assert found == {
        "SubjectUserSid": "S-1-5-18", "SubjectUserName": "PC01$", "SubjectDomainName": "EXAMPLE",
        "SubjectLogonId": "0x3e7", "PrivilegeList": "SeTcbPrivilege\r\n\t\t\tSeDebugPrivilege",
    }  # fmt: skip


def test_rights_are_told_by_their_mask_in_any_language() -> None:
    found = fields(SECURITY, 4663, f"説明。\n\n{SUBJECT}\n{ACCESS}")
    assert found["AccessList"] == "%%1537\r\n\t\t\t\t%%4484\r\n\t\t\t\t"


CASES = yaml.load((Path(__file__).parent / "messages.yml").read_text("utf-8"), yaml.CSafeLoader)


@pytest.mark.parametrize("case", CASES, ids=[f"{number} {case['event']}" for number, case in enumerate(CASES)])
def test_fields_of_messages(case: dict[str, Any]) -> None:
    provider, _, event_id = case["event"].rpartition(" ")
    found = fields(provider, int(event_id), case["message"].replace("{s}", SUBJECT))
    assert {name: found.get(name) for name in case["fields"]} == case["fields"]


ON_ONE_LINE = [case for case in CASES if "Auditing" in case["event"] and case["event"][-4:] not in ("4720", "4698")]


@pytest.mark.parametrize("case", ON_ONE_LINE, ids=[f"{n} {case['event'][-4:]}" for n, case in enumerate(ON_ONE_LINE)])
def test_messages_on_one_line(case: dict[str, Any]) -> None:
    # Each line end and each tab is a blank, as Log Parser writes it. Labels of no known wording tell nothing then.
    provider, _, event_id = case["event"].rpartition(" ")
    message = case["message"].replace("{s}", SUBJECT).replace("\n", "  ").replace("\t", " ")
    found = fields(provider, int(event_id), message)
    wanted = {name: value for name, value in case["fields"].items() if "\n" not in value}
    assert {name: found.get(name) for name in wanted} == wanted


def unknown_names() -> Iterator[str]:
    templates = rendered_messages().templates
    names: dict[int, set[str]] = {}
    for (provider, event_id), template in templates.items():
        names.setdefault(id(template), set()).update(
            name.removesuffix(":x") for layout in layouts_of(provider, event_id) for name in layout
        )
    for template in templates.values():
        known = names[id(template)]
        yield from (slot.field for slot in template.slots if known and slot.field and slot.field not in known)


def test_fields_have_the_names_that_events_have() -> None:
    # What newer versions of Windows have, and events beside those whose layouts are known.
    newer = {"RemoteCredentialGuard", "FilterOrigin", "InterfaceIndex", "RemoteUserID", "RemoteMachineID"}
    assert set(unknown_names()) <= newer | {"Direction", "DestAddress", "DestPort", "ResourceAttributes"}
