; Packs Bilik's agent for Windows. Given: VERSION, SOURCE (what is installed), OUT (the file), PACKING (zlib, lzma).
; Silent with /S, elsewhere with /D=FOLDER. It lays files and makes nothing a booth: bilik-install.cmd does.
Unicode true
Target amd64-unicode
SetCompressor ${PACKING}
Name "Bilik ${VERSION}"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\Bilik"
RequestExecutionLevel admin
ShowInstDetails show
ShowUninstDetails show

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Bilik"

LoadLanguageFile "${NSISDIR}\Contrib\Language files\Indonesian.nlf"
LoadLanguageFile "${NSISDIR}\Contrib\Language files\English.nlf"
LangString LOCKED ${LANG_INDONESIAN} "PC ini masih terkunci sebagai bilik. Jalankan dahulu: bilik-install.cmd uninstall"
LangString LOCKED ${LANG_ENGLISH} "This PC is still locked as a booth. First run: bilik-install.cmd uninstall"

Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Function .onInit
  SetRegView 64
  SetShellVarContext all
FunctionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
FunctionEnd

Section
  ; An older version goes whole first: a module that is no more must not be found.
  RMDir /r "$INSTDIR\agent"
  RMDir /r "$INSTDIR\engine"
  RMDir /r "$INSTDIR\python"
  SetOutPath "$INSTDIR"
  File /r "${SOURCE}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${KEY}" "DisplayName" "Bilik"
  WriteRegStr HKLM "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${KEY}" "NoRepair" 1
SectionEnd

Section "Uninstall"
  ; What bilik-install has changed it puts back itself; without its programs nothing could.
  IfFileExists "$APPDATA\Bilik-install\undo.json" 0 free
  MessageBox MB_ICONSTOP "$(LOCKED)" /SD IDOK
  SetErrorLevel 4
  Quit
free:
  RMDir /r "$INSTDIR\agent"
  RMDir /r "$INSTDIR\engine"
  RMDir /r "$INSTDIR\python"
  Delete "$INSTDIR\bilik-agent.cmd"
  Delete "$INSTDIR\bilik-shell.cmd"
  Delete "$INSTDIR\bilik-window.cmd"
  Delete "$INSTDIR\bilik-install.cmd"
  Delete "$INSTDIR\licences.txt"
  Delete "$INSTDIR\copyright.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${KEY}"
SectionEnd
