"""What only PowerShell can ask of the embedded editions: fixed scripts, given their words as JSON on standard input, never in a command."""

import base64
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from installer.ports import Done, SystemRefused

PROGRAM = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
BEGIN = r"""
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false
$reader = New-Object IO.StreamReader ([Console]::OpenStandardInput()), ([Text.Encoding]::UTF8)
$in = $reader.ReadToEnd() | ConvertFrom-Json
$space = 'root\standardcimv2\embedded'
trap { [Console]::Out.Write($_.Exception.Message); exit 1 }
"""

GET_EMBEDDED = r"""
$found = @{}
foreach ($name in $in.features) {
  $state = "$((Get-WindowsOptionalFeature -Online -FeatureName $name).State)"
  $found["feature $name"] = switch ($state) { 'Enabled' { 'on' } 'EnablePending' { 'pending' } default { 'off' } }
}
Get-CimInstance -Namespace $space -ClassName WEKF_PredefinedKey -ErrorAction SilentlyContinue |
  ForEach-Object { $found["key $($_.Id)"] = if ($_.Enabled) { 'on' } else { 'off' } }
Get-CimInstance -Namespace $space -ClassName WEKF_Settings -ErrorAction SilentlyContinue |
  ForEach-Object { $found["filter $($_.Name)"] = "$($_.Value)".ToLower() }
if (Get-CimClass -Namespace $space -ClassName WESL_UserSetting -ErrorAction SilentlyContinue) {
  Get-CimInstance -Namespace $space -ClassName WESL_UserSetting -ErrorAction SilentlyContinue |
    ForEach-Object { $found["shell $($_.Sid)"] = "$($_.Shell)" }
  $launcher = Invoke-CimMethod -Namespace $space -ClassName WESL_UserSetting -MethodName IsEnabled
  $found['launcher '] = if ($launcher.Enabled) { 'on' } else { 'off' }
  $other = Invoke-CimMethod -Namespace $space -ClassName WESL_UserSetting -MethodName GetDefaultShell
  if ($other.Shell) { $found['shell everybody else'] = "$($other.Shell)" }
}
ConvertTo-Json $found
"""
SET_EMBEDDED = r"""
function Tell($method, $words) {
  $told = Invoke-CimMethod -Namespace $space -ClassName WESL_UserSetting -MethodName $method -Arguments $words
  if ($told.ReturnValue -ne 0) { throw "$method answered $($told.ReturnValue)" }
}
switch ($in.item) {
  'feature' {
    if ($in.value -eq 'on') { Enable-WindowsOptionalFeature -Online -FeatureName $in.name -All -NoRestart | Out-Null }
    else { Disable-WindowsOptionalFeature -Online -FeatureName $in.name -NoRestart | Out-Null }
  }
  'shell' {
    if ($in.name -eq 'everybody else') {
      if ($in.value) { Tell 'SetDefaultShell' @{ Shell = $in.value; DefaultAction = [int]0 } }
    }
    elseif ($in.value) { Tell 'SetCustomShell' @{ Sid = $in.name; Shell = $in.value; DefaultAction = [int]0 } }
    else { Tell 'RemoveCustomShell' @{ Sid = $in.name } }
  }
  'launcher' { Tell 'SetEnabled' @{ Enabled = ($in.value -eq 'on') } }
  'key' {
    $key = Get-CimInstance -Namespace $space -ClassName WEKF_PredefinedKey | Where-Object { $_.Id -eq $in.name }
    if (-not $key) { throw "Keyboard Filter knows no key $($in.name)" }
    Set-CimInstance -InputObject $key -Property @{ Enabled = ($in.value -eq 'on') }
  }
  'filter' {
    $setting = Get-CimInstance -Namespace $space -ClassName WEKF_Settings | Where-Object { $_.Name -eq $in.name }
    if (-not $setting) { throw "Keyboard Filter knows no setting $($in.name)" }
    Set-CimInstance -InputObject $setting -Property @{ Value = $in.value }
  }
}
"""


class Run(Protocol):
    """Runs a program to its end."""

    def __call__(self, command: Sequence[str], *, given: str = "") -> Done:
        """How it ended."""


def command(script: str) -> tuple[str, ...]:
    """How a script is started: nothing of it needs quoting."""
    encoded = base64.b64encode((BEGIN + script).encode("utf-16-le")).decode("ascii")
    return (PROGRAM, "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand", encoded)


def ask(run: Run, script: str, what: str, **words: Any) -> Any:
    """What the script answers in JSON, None if it says nothing; raises SystemRefused with `what` and its own words."""
    done = run(command(script), given=msgspec.json.encode(words).decode())
    said = done.out.strip().lstrip("\ufeff")
    if done.code != 0:
        raise SystemRefused(f"{what}: {said.splitlines()[0] if said else 'PowerShell said nothing'}")
    try:
        return msgspec.json.decode(said) if said else None
    except msgspec.DecodeError as error:
        raise SystemRefused(f"{what}: PowerShell answered what is no JSON ({said[:80]!r})") from error
