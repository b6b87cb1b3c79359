// Includes VARIANT once for each instruction set, inside a region that turns the set on. See dispatch.h for how one
// is chosen. A variant has these macros:
//
//   NAME(x)           x with the suffix of the variant
//   LANES             floats in the widest vector
//   FMA(a, b, c)      c + a * b, rounded once where the set has an instruction for that
//   FUSED(a, b, c)    the same on vectors of vectors.h, rounded once on every set
//   SCALED(x, power)  x * 2^power on such vectors, rounded once; power is an integer between -250 and 250, or NaN
//   SCALED_NORMAL(x, power)  the same with a power up to 127, where one below -126 may be taken for -126

// What is fused is said by FMA, never decided by the compiler.
#pragma clang fp contract(off)
#pragma STDC FP_CONTRACT OFF
// Vectors that are wider than a register are only passed to functions that are inlined.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#if defined(__x86_64__)

#define NAME(x) x##_baseline
#define LANES 4
#define FMA(a, b, c) ((a) * (b) + (c))
// A product of floats is exact in double precision.
#define FUSED(a, b, c) NARROWED(WIDENED(a) * WIDENED(b) + WIDENED(c))
#define SCALED(x, power) NAME(scaled)(x, power)
#define SCALED_NORMAL(x, power) NAME(scaled_normal)(x, power)
#include VARIANT
#undef NAME
#undef LANES
#undef FMA
#undef FUSED

#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#define LANES 8
#include VARIANT
#undef NAME
#undef LANES
#undef SCALED
#undef SCALED_NORMAL
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#define LANES 16
typedef float sixteen __attribute__((vector_size(64)));
// The last number asks for rounding to the nearest.
#define SCALED(x, power)                                                                          \
  ((floats)__builtin_ia32_scalefps512_mask((sixteen)(x), (sixteen)(power), (sixteen)(power),      \
                                           (uint16_t)-1, 4))
#define SCALED_NORMAL(x, power) SCALED(x, power)
#include VARIANT
#pragma clang attribute pop

#else

#define NAME(x) x##_baseline
#define LANES 4
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define SCALED(x, power) NAME(scaled)(x, power)
#define SCALED_NORMAL(x, power) NAME(scaled_normal)(x, power)
#include VARIANT

#endif

#pragma clang diagnostic pop
