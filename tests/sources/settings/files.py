"""Files of settings as Windows writes them, made small."""

from __future__ import annotations

from typing import Final

PROCESS_CREATION: Final = "0cce922b-69ae-11d9-bed3-505054503030"
LOGON: Final = "0cce9215-69ae-11d9-bed3-505054503030"
TASKS: Final = "0cce9227-69ae-11d9-bed3-505054503030"

_HEAD: Final = "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting"
_HEAD_JA: Final = "コンピューター名,ポリシー ターゲット,サブカテゴリ,サブカテゴリの GUID,包含設定,除外設定"

AUDITPOL_LIST: Final = f"""
{_HEAD}

DC01,System,Process Creation,{{{PROCESS_CREATION.upper()}}},Success,

DC01,System,Logon,{{{LOGON.upper()}}},Success and Failure,

DC01,System,Other Object Access Events,{{{TASKS.upper()}}},No Auditing,

"""

AUDITPOL_LIST_JA: Final = f"""
{_HEAD_JA}
DC01,システム,プロセス作成,{{{PROCESS_CREATION.upper()}}},成功,
DC01,システム,ログオン,{{{LOGON.upper()}}},成功および失敗,
DC01,システム,その他のオブジェクト アクセス イベント,{{{TASKS.upper()}}},監査なし,
"""

AUDITPOL_BACKUP: Final = f"""{_HEAD},Setting Value
DC01,System,Processus,{{{PROCESS_CREATION.upper()}}},Réussite,,1
DC01,System,Ouverture de session,{{{LOGON.upper()}}},Réussite et échec,,3
DC01,System,Autres,{{{TASKS.upper()}}},Aucun,,0
DC01,CORP\\backup,Processus,{{{PROCESS_CREATION.upper()}}},Aucun,Aucun,0
DC01,,Option:CrashOnAuditFail,,Disabled,,0
"""

AUDITPOL_TEXT: Final = """System audit policy
Category/Subcategory                      Setting
System
  Security System Extension               No Auditing
Detailed Tracking
  Process Creation                        Success
Logon/Logoff
  Logon                                   Success and Failure
DS Access
  Detailed Directory Service Replication No Auditing
Object Access
  Other Object Access Events              No Auditing
"""

AUDITPOL_TEXT_JA: Final = """システム監査ポリシー
カテゴリ/サブカテゴリ                      設定
システム
  セキュリティ システムの拡張                  監査なし
詳細追跡
  プロセス作成                          成功
ログオン/ログオフ
  ログオン                            成功および失敗
オブジェクト アクセス
  その他のオブジェクト アクセス イベント              監査なし
"""

_XSI: Final = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_GP: Final = "http://www.microsoft.com/GroupPolicy"

GPRESULT: Final = f"""<?xml version="1.0" encoding="utf-16"?>
<Rsop {_XSI} xmlns="{_GP}/Rsop">
  <ReadTime>2026-03-12T01:00:00Z</ReadTime>
  <UserResults><Name>CORP\\sato</Name>
    <ExtensionData><Extension xmlns:q0="{_GP}/Settings/Auditing" xmlns="{_GP}/Settings">
      <q0:AuditSetting><q0:SubcategoryGuid>{{{TASKS}}}</q0:SubcategoryGuid><q0:SettingValue>3</q0:SettingValue></q0:AuditSetting>
    </Extension></ExtensionData>
  </UserResults>
  <ComputerResults><Version>2228227</Version><Name>CORP\\DC01$</Name><Domain>corp.example</Domain>
    <GPO><Name>Default Domain Policy</Name><Enabled>true</Enabled></GPO>
    <ExtensionData>
      <Extension xmlns:q1="{_GP}/Settings/Auditing" xsi:type="q1:AuditSettings" xmlns="{_GP}/Settings">
        <q1:AuditSetting>
          <GPO xmlns="{_GP}/Settings/Base"><Identifier xmlns="{_GP}/Types">{{A}}</Identifier></GPO>
          <Precedence xmlns="{_GP}/Settings/Base">2</Precedence>
          <q1:PolicyTarget>System</q1:PolicyTarget><q1:SubcategoryName>Audit Process Creation</q1:SubcategoryName>
          <q1:SubcategoryGuid>{{{PROCESS_CREATION}}}</q1:SubcategoryGuid><q1:SettingValue>3</q1:SettingValue>
        </q1:AuditSetting>
        <q1:AuditSetting>
          <Precedence xmlns="{_GP}/Settings/Base">1</Precedence>
          <q1:SubcategoryGuid>{{{PROCESS_CREATION}}}</q1:SubcategoryGuid><q1:SettingValue>0</q1:SettingValue>
        </q1:AuditSetting>
      </Extension>
      <Name xmlns="{_GP}/Settings">Advanced Audit Configuration</Name>
    </ExtensionData>
    <ExtensionData>
      <Extension xmlns:q2="{_GP}/Settings/Registry" xsi:type="q2:RegistrySettings" xmlns="{_GP}/Settings">
        <q2:Policy><Precedence xmlns="{_GP}/Settings/Base">1</Precedence>
          <q2:Name>Turn on PowerShell Script Block Logging</q2:Name><q2:State>Enabled</q2:State>
          <q2:Category>Windows Components/Windows PowerShell</q2:Category></q2:Policy>
        <q2:Policy><q2:Name>Specify the maximum log file size (KB)</q2:Name><q2:State>Enabled</q2:State>
          <q2:Category>Windows Components/Event Log Service/Security</q2:Category>
          <q2:Numeric><q2:Name>Maximum Log Size (KB)</q2:Name><q2:Value>1048576</q2:Value></q2:Numeric>
        </q2:Policy>
        <q2:RegistrySetting><q2:KeyPath>Software\\Policies\\Microsoft\\Windows\\PowerShell\\ModuleLogging</q2:KeyPath>
          <q2:Value><q2:Name>EnableModuleLogging</q2:Name><q2:Number>1</q2:Number></q2:Value></q2:RegistrySetting>
      </Extension>
    </ExtensionData>
    <ExtensionData>
      <Extension xmlns:q3="{_GP}/Settings/Security" xsi:type="q3:SecuritySettings" xmlns="{_GP}/Settings">
        <q3:EventLog><q3:Name>MaximumLogSize</q3:Name><q3:Log>System</q3:Log><q3:SettingNumber>32768</q3:SettingNumber></q3:EventLog>
      </Extension>
    </ExtensionData>
  </ComputerResults>
</Rsop>
"""


def gpo_report(link: str = "corp.example", value: int = 1, more: str = "", enabled: str = "true") -> str:
    """Return a report of one policy that audits tasks."""
    return f"""<?xml version="1.0" encoding="utf-16"?>
<GPO xmlns:xsd="http://www.w3.org/2001/XMLSchema" {_XSI} xmlns="{_GP}/Settings">
  <Identifier><Identifier xmlns="{_GP}/Types">{{6AC1786C-016F-11D2-945F-00C04FB984F9}}</Identifier>
    <Domain xmlns="{_GP}/Types">corp.example</Domain></Identifier>
  <Name>Audit all</Name>
  {more}
  <Computer><VersionDirectory>3</VersionDirectory><Enabled>{enabled}</Enabled>
    <ExtensionData>
      <Extension xmlns:q1="{_GP}/Settings/Auditing" xsi:type="q1:AuditSettings">
        <q1:AuditSetting><q1:PolicyTarget>System</q1:PolicyTarget>
          <q1:SubcategoryGuid>{{{TASKS}}}</q1:SubcategoryGuid><q1:SettingValue>{value}</q1:SettingValue></q1:AuditSetting>
      </Extension><Name>Advanced Audit Configuration</Name>
    </ExtensionData>
  </Computer>
  <User><Enabled>true</Enabled></User>
  <LinksTo><SOMName>x</SOMName><SOMPath>{link}</SOMPath><Enabled>true</Enabled><NoOverride>false</NoOverride></LinksTo>
</GPO>
"""


REGISTRY: Final = r"""Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\Audit]
"ProcessCreationIncludeCmdLine_Enabled"=dword:00000001

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\PowerShell\ScriptBlockLogging]
"EnableScriptBlockLogging"=dword:00000000
"Note"="a text with \"quotes\" and
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\ModuleLogging]
\"EnableModuleLogging\"=dword:00000001
in it"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\EventLog\Security]
"MaxSize"=dword:01400000
"Retention"=dword:00000000
"File"=hex(2):25,00,53,00,\
  79,00,73,00

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-TaskScheduler/Operational]
"Enabled"=dword:00000001

[HKEY_CURRENT_USER\SOFTWARE\Policies\Microsoft\Windows\PowerShell\ModuleLogging]
"EnableModuleLogging"=dword:00000001
"""

WEVTUTIL: Final = """name: Microsoft-Windows-TaskScheduler/Operational
enabled: false
type: Operational
owningPublisher: Microsoft-Windows-TaskScheduler
isolation: Application
channelAccess: O:BAG:SYD:(A;;0x7;;;BA)
logging:
  logFileName: %SystemRoot%\\System32\\Winevt\\Logs\\Microsoft-Windows-TaskScheduler%4Operational.evtx
  retention: false
  autoBackup: false
  maxSize: 10485760
publishing:
  fileMax: 1
"""

ALL: Final = {
    "auditpol": (AUDITPOL_LIST, AUDITPOL_LIST_JA, AUDITPOL_BACKUP, AUDITPOL_TEXT, AUDITPOL_TEXT_JA),
    "gpresult": (GPRESULT,),
    "gpo_report": (gpo_report(), f"<report>{gpo_report().partition('?>')[2]}</report>"),
    "registry_export": (REGISTRY,),
    "wevtutil": (WEVTUTIL,),
}
"""Files by kind."""
