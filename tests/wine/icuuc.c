/* In place of Windows 10's icuuc.dll, which Wine 8 does not have: no converter is there, so Qt uses its own for UTF-8 and Latin-1. */
__declspec(dllexport) void *ucnv_open(const char *name, int *error) { *error = 4; return 0; }
__declspec(dllexport) void ucnv_close(void *converter) {}
__declspec(dllexport) void ucnv_reset(void *converter) {}
__declspec(dllexport) signed char ucnv_getMaxCharSize(const void *converter) { return 1; }
__declspec(dllexport) const char *ucnv_getName(const void *converter, int *error) { *error = 4; return 0; }
__declspec(dllexport) const char *ucnv_getAvailableName(int number) { return 0; }
__declspec(dllexport) const char *ucnv_getStandardName(const char *name, const char *standard, int *error) { *error = 4; return 0; }
__declspec(dllexport) int ucnv_countAvailable(void) { return 0; }
__declspec(dllexport) int ucnv_fromUCountPending(const void *converter, int *error) { return 0; }
__declspec(dllexport) int ucnv_toUCountPending(const void *converter, int *error) { return 0; }
#define NOTHING(name) __declspec(dllexport) void name(void) {}
NOTHING(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
NOTHING(UCNV_TO_U_CALLBACK_SUBSTITUTE)
NOTHING(ucnv_getToUCallBack)
NOTHING(ucnv_getFromUCallBack)
NOTHING(ucnv_setToUCallBack)
NOTHING(ucnv_setFromUCallBack)
NOTHING(ucnv_cbToUWriteUChars)
NOTHING(ucnv_cbFromUWriteUChars)
NOTHING(ucnv_toUnicode)
NOTHING(ucnv_fromUnicode)
