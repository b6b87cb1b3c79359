// What the variants of loops over elements have in common: vectors, and the loops themselves. Included by each of
// these variants, with the macros of instruction_sets.h.
//
// An element goes through the same operations wherever it is: what is left over at the end of a row is
// computed in a full vector as well. So its bits do not depend on its place.

#define floats NAME(floats)
#define floats_memory NAME(floats_memory)
#define integers NAME(integers)
#define words NAME(words)
#define doubles NAME(doubles)
#define bits NAME(bits)
#define eight NAME(eight)

typedef float floats __attribute__((ext_vector_type(LANES)));
typedef float floats_memory __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int32_t integers __attribute__((ext_vector_type(LANES)));
typedef uint32_t words __attribute__((ext_vector_type(LANES)));
typedef double doubles __attribute__((ext_vector_type(LANES)));
typedef uint64_t bits __attribute__((ext_vector_type(LANES)));
typedef double eight __attribute__((ext_vector_type(8)));

#define INLINE static inline __attribute__((always_inline))
#define ALL(x) ((floats)(x))
#define ALL_WIDE(x) ((doubles)(x))
#define LOAD(address) (*(const floats_memory *)(address))
#define STORE(address, value) (*(floats_memory *)(address) = (value))
#define WIDENED(x) __builtin_convertvector(x, doubles)
#define NARROWED(x) __builtin_convertvector(x, floats)

INLINE floats NAME(magnitude)(floats x) { return (floats)((words)x & 0x7fffffffu); }

// 1.5 * 2^23: a sum with it has the nearest integer in its lowest bits.
#define SHIFTER 0x1.8p23f

// 2^power for an integer between -126 and 127.
INLINE floats NAME(two_to)(floats power) {
  return (floats)(((words)(power + SHIFTER) << 23) + (127u << 23));
}

// In two steps, of which only the second can round.
INLINE floats NAME(scaled)(floats x, floats power) {
  integers exponent = (integers)(power + SHIFTER) - 0x4b400000;
  integers half = exponent >> 1;
  floats scale = (floats)(((words)half + 127u) << 23);
  floats rest = (floats)(((words)(exponent - half) + 127u) << 23);
  return x * scale * rest;
}

// In one.
INLINE floats NAME(scaled_normal)(floats x, floats power) {
  return x * NAME(two_to)(power < -126 ? ALL(-126) : power);
}

// Eight sums, of the elements 0, 8, 16, … of a column and so on, become one: in the lanes of vectors that
// hold as many columns, and where a column by itself has its sums in the lanes.
INLINE doubles NAME(added)(const doubles sums[8]) {
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

INLINE double NAME(sum_of_lanes)(eight sums) {
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

// sum_of_lanes of each of eight vectors.
INLINE eight NAME(sums_of_lanes)(const eight rows[8]) {
  eight two[4], four[2];
  _Pragma("unroll") for (int n = 0; n < 4; n++) {
    eight a = rows[2 * n], b = rows[2 * n + 1];
    two[n] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) +
             __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  }
  _Pragma("unroll") for (int n = 0; n < 2; n++) {
    eight a = two[2 * n], b = two[2 * n + 1];
    four[n] = __builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13) +
              __builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15);
  }
  return __builtin_shufflevector(four[0], four[1], 0, 2, 4, 6, 8, 10, 12, 14) +
         __builtin_shufflevector(four[0], four[1], 1, 3, 5, 7, 9, 11, 13, 15);
}

#if LANES == 16

// The first `count` of LANES floats, and what lies in `others` behind them.
INLINE floats NAME(lanes_or)(floats others, const float *source, ptrdiff_t count) {
  return (floats)__builtin_ia32_loadups512_mask(source, (sixteen)others, (uint16_t)((1u << count) - 1));
}

// The first `count` of LANES floats, and zeros behind them.
INLINE floats NAME(some_lanes)(const float *source, ptrdiff_t count) {
  return NAME(lanes_or)(ALL(0), source, count);
}

// Stores the first `count` of LANES floats.
INLINE void NAME(store_lanes)(float *target, floats x, ptrdiff_t count) {
  __builtin_ia32_storeups512_mask(target, (sixteen)x, (uint16_t)((1u << count) - 1));
}

#else

// Copies up to LANES floats, in pieces of LANES, half as many, and so on.
INLINE void NAME(copy_lanes)(float *target, const float *source, ptrdiff_t count) {
  _Pragma("unroll") for (int size = LANES; size > 0; size /= 2) {
    if (count & size) {
      __builtin_memcpy(target, source, size * sizeof *source);
      target += size;
      source += size;
    }
  }
}

INLINE floats NAME(some_lanes)(const float *source, ptrdiff_t count) {
  if (count == LANES) { return LOAD(source); }
  float few[LANES] = {0};
  NAME(copy_lanes)(few, source, count);
  return LOAD(few);
}

INLINE void NAME(store_lanes)(float *target, floats x, ptrdiff_t count) {
  if (count == LANES) {
    STORE(target, x);
    return;
  }
  float few[LANES];
  STORE(few, x);
  NAME(copy_lanes)(target, few, count);
}

#endif

// More parameters of a loop.
#define ADD(...) , __VA_ARGS__

// A function of each element of an array, whose target is its source or apart from it.
//
// Four vectors at a time keep the processor busier than one. The last one overlaps with the one before; it is
// read before anything is written.
#define ELEMENTWISE(function, value, parameters, ...)                                             \
  static void NAME(function)(const float *source, float *target, ptrdiff_t count parameters) {    \
    float few[LANES] = {0};                                                                       \
    float *few_results = target;                                                                  \
    ptrdiff_t few_count = 0;                                                                      \
    if (count < LANES) {                                                                          \
      for (ptrdiff_t n = 0; n < count; n++) { few[n] = source[n]; }                               \
      few_count = count;                                                                          \
      source = target = few;                                                                      \
      count = count > 0 ? LANES : 0;                                                              \
    }                                                                                             \
    if (count == 0) { return; }                                                                   \
    floats last = LOAD(source + count - LANES);                                                   \
    ptrdiff_t n = 0;                                                                              \
    for (; n + 4 * LANES <= count; n += 4 * LANES) {                                              \
      floats x0 = LOAD(source + n), x1 = LOAD(source + n + LANES);                                \
      floats x2 = LOAD(source + n + 2 * LANES), x3 = LOAD(source + n + 3 * LANES);                \
      floats y0 = value(x0 __VA_ARGS__), y1 = value(x1 __VA_ARGS__);                              \
      floats y2 = value(x2 __VA_ARGS__), y3 = value(x3 __VA_ARGS__);                              \
      STORE(target + n, y0);                                                                      \
      STORE(target + n + LANES, y1);                                                              \
      STORE(target + n + 2 * LANES, y2);                                                          \
      STORE(target + n + 3 * LANES, y3);                                                          \
    }                                                                                             \
    for (; n < count; n += LANES) {                                                               \
      ptrdiff_t most = count - LANES;                                                             \
      floats x = n > most ? last : LOAD(source + n);                                              \
      STORE(target + (n > most ? most : n), value(x __VA_ARGS__));                                \
    }                                                                                             \
    for (ptrdiff_t n = 0; n < few_count; n++) { few_results[n] = few[n]; }                        \
  }
