/* In place of Windows' bcryptprimitives.dll, which Wine 8 does not have: random bytes as the engine asks for them. */
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *room, SIZE_T size) { return RtlGenRandom(room, (ULONG)size); }
