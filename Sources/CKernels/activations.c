// Activations in single precision, for each instruction set. See activations_variant.h.

#include "CKernels.h"
#include "dispatch.h"

// What is fused is said by FMA, never decided by the compiler.
#pragma clang fp contract(off)
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#define NAME(x) x##_baseline
#define FMA(a, b, c) ((a) * (b) + (c))
#include "activations_variant.h"
#undef NAME
#undef FMA

#define FMA(a, b, c) __builtin_fmaf(a, b, c)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#include "activations_variant.h"
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#include "activations_variant.h"
#pragma clang attribute pop

#else

#define NAME(x) x##_baseline
#define FMA(a, b, c) __builtin_fmaf(a, b, c)
#include "activations_variant.h"

#endif

void ck_sigmoid(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(sigmoid, source, target, count)
}

void ck_silu(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(silu, source, target, count)
}

void ck_tanh(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(hyperbolic_tangent, source, target, count)
}

void ck_elu(int32_t instruction_set, const float *source, float above, float below, float *target,
            ptrdiff_t count) {
  DISPATCH(exponential_linear, source, above, below, target, count)
}
