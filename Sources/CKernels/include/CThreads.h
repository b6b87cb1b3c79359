// Threads that share the parts of one loop.
//
// There is one team in a process, of as many threads as are asked for, the caller being one of them. It is made
// when it is first needed. The caller takes parts as the others do, and waits only for parts that another one
// has begun: where the others sleep or have no processor, it does all by itself. Where somebody else has the team,
// the caller does all by itself as well; so loops inside loops, and streams that run in tasks of their own, do
// not wait for one another.
//
// After a loop the others look out for the next one for some microseconds, which costs much less than waking
// them, and then sleep.

#ifndef CTHREADS_H
#define CTHREADS_H

#include <stddef.h>
#include <stdint.h>

/// Does one part of a loop. `work` has as many floats as were asked for, which hold anything.
typedef void (*ck_loop_part)(void *context, ptrdiff_t part, float *work);

/// Does the parts 0, 1, … below `parts` of a loop, each once, in any order and several at the same time.
///
/// `threads` is how many take part at most. `work` has `work_count` floats for the caller; each other thread
/// has as many of its own, and does not take part where it cannot get them.
void ck_share(ptrdiff_t parts, int32_t threads, ck_loop_part part, void *context, float *work,
              ptrdiff_t work_count);

/// Whether the environment variable COVERIFY_SHARE is `always`.
int32_t ck_shares_all_loops(void);

/// Whether one of the others looks out for a loop, so that none has to be woken.
int32_t ck_team_is_awake(void);

/// How many threads may share a loop that this thread begins: as it was set last, at first INT32_MAX, and one
/// inside the parts of a loop.
int32_t ck_threads(void);

/// Sets how many threads may share a loop that this thread begins, and returns what was set before.
int32_t ck_set_threads(int32_t threads);

#endif
