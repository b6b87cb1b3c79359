#include "CBuild.h"

// scripts/release gives it, as a bare word.
#define TEXT_OF(word) #word
#define TEXT(word) TEXT_OF(word)

const char *cbuild_commit(void) {
#ifdef COVERIFY_COMMIT
  return TEXT(COVERIFY_COMMIT);
#else
  return "";
#endif
}
