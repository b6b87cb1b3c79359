// Cells of recurrent layers, for each instruction set. See cells_variant.h.

#include "CKernels.h"
#include "dispatch.h"

// What is fused is said by FMA, never decided by the compiler.
#pragma clang fp contract(off)
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#define NAME(x) x##_baseline
#define FMA(a, b, c) ((a) * (b) + (c))
#include "cells_variant.h"
#undef NAME
#undef FMA

#define FMA(a, b, c) __builtin_fma(a, b, c)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#include "cells_variant.h"
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#include "cells_variant.h"
#pragma clang attribute pop

#else

#define NAME(x) x##_baseline
#define FMA(a, b, c) __builtin_fma(a, b, c)
#include "cells_variant.h"

#endif

void ck_tanh_cell(int32_t instruction_set, ptrdiff_t size, float *sums) {
  DISPATCH(tanh_cell, size, sums)
}

void ck_gru_cell(int32_t instruction_set, ptrdiff_t size, float *sums, const float *state) {
  DISPATCH(gru_cell, size, sums, state)
}

void ck_lstm_cell(int32_t instruction_set, ptrdiff_t size, float *sums, float *state) {
  DISPATCH(lstm_cell, size, sums, state)
}
