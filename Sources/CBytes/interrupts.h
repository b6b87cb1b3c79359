// Names that a signal must not leave behind.

#ifndef INTERRUPTS_H
#define INTERRUPTS_H

#include <stdint.h>

/// Remembers a name in a folder, which is removed where a signal ends the program.
void cb_remember(int32_t folder, const char *name);

/// The name is not to be removed any more.
void cb_forget(int32_t folder, const char *name);

/// A signal that comes from here on waits.
void cb_hold_interrupts(void);

/// A signal that waits has its effect.
void cb_release_interrupts(void);

#endif
