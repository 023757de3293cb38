"""A scheduled task as Windows' schtasks.exe is given it and tells it; pure."""

import html
import re

TREE = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree"
"""Below it is a key of the name of every task."""
SYSTEM = "S-1-5-18"
FROM = "2020-01-01T00:00:00"
SHAPE = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Bilik</Description></RegistrationInfo>
  <Triggers>
    <TimeTrigger><Repetition><Interval>PT{every_min}M</Interval></Repetition><StartBoundary>{start}</StartBoundary></TimeTrigger>
    <BootTrigger />
  </Triggers>
  <Principals><Principal id="Author"><UserId>{who}</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT5M</ExecutionTimeLimit>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author"><Exec><Command>{program}</Command><Arguments>{arguments}</Arguments></Exec></Actions>
</Task>
"""


def task_xml(command: str, *, every_min: int) -> str:
    """A task of the system's own account, at every start and every so many minutes; `command` begins with the program in quotes."""
    program, _, arguments = command.removeprefix('"').partition('" ')
    words = {"program": html.escape(program), "arguments": html.escape(arguments, quote=False)}
    return SHAPE.format(every_min=every_min, start=FROM, who=SYSTEM, **words)


def command_of(xml: str) -> str:
    """What the task runs, as `task_xml` was given it; other words for one that is disabled, or another account's."""
    if re.search(r"<Settings>.*<Enabled>\s*false\s*</Enabled>", xml, re.DOTALL):
        return "nothing: it is disabled"
    found = f'"{_inside(xml, "Command")}" {_inside(xml, "Arguments")}'
    who = _inside(xml, "UserId")
    return found if who == SYSTEM else f"{found} as {who or 'nobody'}"


def _inside(xml: str, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", xml, re.DOTALL)
    return "" if found is None else html.unescape(found[1]).strip().strip('"')
