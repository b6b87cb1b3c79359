// Functions in double precision, for each instruction set. See wide_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "wide_variant.h"
#include "instruction_sets.h"

void ck_exp(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(exp, source, target, count)
}

void ck_expm1(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(expm1, source, target, count)
}

void ck_celu(int32_t instruction_set, const float *source, double alpha, float *target,
             ptrdiff_t count) {
  DISPATCH(celu, source, target, count, alpha)
}

void ck_tanhshrink(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(tanhshrink, source, target, count)
}

void ck_mish(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(mish, source, target, count)
}

void ck_log(int32_t instruction_set, const float *source, double factor, float *target,
            ptrdiff_t count) {
  DISPATCH(log, source, target, count, factor)
}

void ck_log1p(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(log1p, source, target, count)
}
