#include "CMachine.h"

#include <stdlib.h>
#include <string.h>

#define CHAINS 12

// Results go here, so that no loop is left out.
static volatile float sink;

#define LOOP(name, lanes, target)                                                                 \
  typedef float name##_wide __attribute__((ext_vector_type(lanes)));                              \
  target static double name(long rounds) {                                                        \
    name##_wide sums[CHAINS];                                                                     \
    name##_wide factor = (name##_wide)(0.999f), term = (name##_wide)(0.001f);                     \
    for (int i = 0; i < CHAINS; i++) { sums[i] = (name##_wide)(1.0f + (float)i); }                \
    for (long round = 0; round < rounds; round++) {                                               \
      _Pragma("unroll") for (int i = 0; i < CHAINS; i++) {                                        \
        sums[i] = __builtin_elementwise_fma(sums[i], factor, term);                               \
      }                                                                                           \
    }                                                                                             \
    for (int i = 0; i < CHAINS; i++) { sink = sums[i][0]; }                                       \
    return 2.0 * lanes * CHAINS * (double)rounds;                                                 \
  }

#define READ(name, lanes, target)                                                                 \
  typedef float name##_wide __attribute__((ext_vector_type(lanes), aligned(4)));                  \
  target static float name(const float *source, long count) {                                     \
    name##_wide sums[8];                                                                          \
    for (int i = 0; i < 8; i++) { sums[i] = (name##_wide)(0.0f); }                                \
    for (long n = 0; n + 8 * lanes <= count; n += 8 * lanes) {                                    \
      _Pragma("unroll") for (int i = 0; i < 8; i++) {                                             \
        sums[i] += *(const name##_wide *)(source + n + i * lanes);                                \
      }                                                                                           \
    }                                                                                             \
    float sum = 0;                                                                                \
    for (int i = 0; i < 8; i++) { sum += sums[i][0]; }                                            \
    return sum;                                                                                   \
  }

#if defined(__x86_64__)
READ(read_with_avx512, 16, __attribute__((target("avx512f"))))
READ(read_with_avx2, 8, __attribute__((target("avx2"))))
READ(read_with_sse2, 4, )

static float sum_of_block(const float *source, long count) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) { return read_with_avx512(source, count); }
  if (__builtin_cpu_supports("avx2")) { return read_with_avx2(source, count); }
  return read_with_sse2(source, count);
}

LOOP(with_avx512, 16, __attribute__((target("avx512f,fma"))))
LOOP(with_avx2, 8, __attribute__((target("avx2,fma"))))

// Without fused products, one of each.
static double with_sse2(long rounds) {
  typedef float wide __attribute__((ext_vector_type(4)));
  wide sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) { sums[i] = (wide)(1.0f + (float)i); }
  for (long round = 0; round < rounds; round++) {
    _Pragma("unroll") for (int i = 0; i < CHAINS; i++) { sums[i] = sums[i] * 0.999f + 0.001f; }
  }
  for (int i = 0; i < CHAINS; i++) { sink = sums[i][0]; }
  return 2.0 * 4 * CHAINS * (double)rounds;
}

double machine_multiply_add(long rounds) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) { return with_avx512(rounds); }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) { return with_avx2(rounds); }
  return with_sse2(rounds);
}
#else
READ(sum_of_block, 4, )
LOOP(with_vectors, 4, )

double machine_multiply_add(long rounds) { return with_vectors(rounds); }
#endif

double machine_copy(long bytes, long rounds) {
  char *source = calloc(1, (size_t)bytes);
  if (source == NULL) { return 0; }
  const long half = bytes / 2;
  memset(source, 1, (size_t)bytes);
  for (long round = 0; round < rounds; round++) {
    memcpy(source + half, source, (size_t)half);
    // A copy of what was not changed could be left out.
    source[round % half] = source[half + (7 * round) % half];
  }
  sink = source[half];
  free(source);
  return 2.0 * (double)half * (double)rounds;
}

double machine_read(long bytes, long rounds) {
  float *source = calloc(1, (size_t)bytes);
  if (source == NULL) { return 0; }
  memset(source, 1, (size_t)bytes);
  const long count = bytes / (long)sizeof(float);
  for (long round = 0; round < rounds; round++) {
    source[round % count] = 1;
    sink = sum_of_block(source, count);
  }
  free(source);
  return (double)bytes * (double)rounds;
}
