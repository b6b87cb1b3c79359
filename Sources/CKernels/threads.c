#include "CThreads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_THREADS 256

// How long a thread looks out for the next loop before it sleeps, in nanoseconds. Between the layers of a network
// there are a few microseconds.
#define PATIENCE 50000

static _Thread_local int32_t threads_of_this_thread = INT32_MAX;

int32_t ck_threads(void) { return threads_of_this_thread; }

int32_t ck_set_threads(int32_t threads) {
  const int32_t before = threads_of_this_thread;
  threads_of_this_thread = threads;
  return before;
}

// The parts of a loop that a thread is meant to do. Others do them only when they have done their own: as loops
// over the same floats are cut alike, a thread finds in its cache what it has written there before.
typedef struct {
  _Alignas(64) _Atomic ptrdiff_t next;
  ptrdiff_t end;
} share;

int32_t ck_shares_all_loops(void) {
  const char *value = getenv("COVERIFY_SHARE");
  return value != NULL && strcmp(value, "always") == 0;
}

static struct {
  // Who has the team. What is below, down to `is_open`, is written by nobody else.
  atomic_flag is_taken;
  // The loop, which is only read between `inside` and `is_open`.
  ck_loop_part part;
  void *context;
  ptrdiff_t work_count;
  // How many threads may do it, the caller being the first, and the shares of them.
  int32_t threads;
  share shares[MOST_THREADS];
  // Whether the loop has parts that may be begun. Who wants to join adds itself to `inside` first and then
  // looks; who ends the loop closes it first and then waits until nobody is inside.
  _Atomic int32_t is_open;
  _Atomic int32_t inside;
  // Counts loops, so that a thread knows a new one.
  _Atomic uint32_t loops;
  // How many sleep, and what they sleep on.
  _Atomic int32_t sleeping;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  _Atomic int32_t members;
} team = {.is_taken = ATOMIC_FLAG_INIT,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER};

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Does the parts of a thread's own share, and then what is left of those of the others.
static void take_parts(int32_t thread, float *work) {
  for (int32_t i = 0; i < team.threads; i++) {
    share *own = &team.shares[(thread + i) % team.threads];
    while (atomic_load_explicit(&own->next, memory_order_relaxed) < own->end) {
      const ptrdiff_t part = atomic_fetch_add(&own->next, 1);
      if (part >= own->end) { break; }
      team.part(team.context, part, work);
    }
  }
}

typedef struct {
  float *floats;
  ptrdiff_t count;
} own_work;

// Whether there is room for so many floats.
static int has_room(own_work *work, ptrdiff_t count) {
  if (count <= work->count) { return 1; }
  free(work->floats);
  work->floats = malloc((size_t)count * sizeof(float));
  work->count = work->floats == NULL ? 0 : count;
  return work->floats != NULL;
}

static void join_loop(int32_t thread, own_work *work) {
  atomic_fetch_add(&team.inside, 1);
  if (atomic_load(&team.is_open) && thread < team.threads && has_room(work, team.work_count)) {
    take_parts(thread, work->floats);
  }
  atomic_fetch_sub(&team.inside, 1);
}

// Waits for another loop than the one with this number.
static uint32_t next_loop(uint32_t last) {
  const int64_t end = nanoseconds() + PATIENCE;
  do {
    for (int i = 0; i < 32; i++) {
      const uint32_t loop = atomic_load(&team.loops);
      if (loop != last) { return loop; }
      relax();
    }
  } while (nanoseconds() < end);
  pthread_mutex_lock(&team.lock);
  atomic_fetch_add(&team.sleeping, 1);
  while (atomic_load(&team.loops) == last) { pthread_cond_wait(&team.wake, &team.lock); }
  atomic_fetch_sub(&team.sleeping, 1);
  pthread_mutex_unlock(&team.lock);
  return atomic_load(&team.loops);
}

int32_t ck_team_is_awake(void) {
  return atomic_load_explicit(&team.members, memory_order_relaxed) >
         atomic_load_explicit(&team.sleeping, memory_order_relaxed);
}

static void *member(void *thread) {
  own_work work = {NULL, 0};
  ck_set_threads(1);
  for (uint32_t loop = 0;;) {
    loop = next_loop(loop);
    join_loop((int32_t)(intptr_t)thread, &work);
  }
  return NULL;
}

// Makes as many members as are wanted, or as many of them as there can be.
static void grow_team(int32_t wanted) {
  while (team.members < wanted) {
    pthread_t thread;
    const intptr_t number = team.members + 1;
    if (pthread_create(&thread, NULL, member, (void *)number) != 0) { return; }
    pthread_detach(thread);
    team.members++;
  }
}

void ck_share(ptrdiff_t parts, int32_t threads, ck_loop_part part, void *context, float *work,
              ptrdiff_t work_count) {
  const int32_t before = ck_set_threads(1);
  if (parts < 2 || threads < 2 || atomic_flag_test_and_set(&team.is_taken)) {
    for (ptrdiff_t p = 0; p < parts; p++) { part(context, p, work); }
    ck_set_threads(before);
    return;
  }
  if (threads > MOST_THREADS) { threads = MOST_THREADS; }
  if (threads > parts) { threads = (int32_t)parts; }
  grow_team(threads - 1);
  team.part = part;
  team.context = context;
  team.work_count = work_count;
  team.threads = threads;
  for (int32_t t = 0; t < threads; t++) {
    atomic_store_explicit(&team.shares[t].next, parts * t / threads, memory_order_relaxed);
    team.shares[t].end = parts * (t + 1) / threads;
  }
  atomic_store(&team.is_open, 1);
  atomic_fetch_add(&team.loops, 1);
  if (atomic_load(&team.sleeping) > 0) {
    pthread_mutex_lock(&team.lock);
    pthread_cond_broadcast(&team.wake);
    pthread_mutex_unlock(&team.lock);
  }
  take_parts(0, work);
  atomic_store(&team.is_open, 0);
  for (int spins = 0; atomic_load(&team.inside) > 0; spins++) {
    if (spins < 4096) {
      relax();
    } else {
      sched_yield();
    }
  }
  atomic_flag_clear(&team.is_taken);
  ck_set_threads(before);
}
