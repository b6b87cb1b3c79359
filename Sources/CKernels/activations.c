// Activations in single precision, for each instruction set. See activations_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "activations_variant.h"
#include "instruction_sets.h"

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
  DISPATCH(exponential_linear, source, target, count, above, below)
}

void ck_gelu(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(gelu, source, target, count)
}

void ck_gelu_tanh(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(gelu_tanh, source, target, count)
}

void ck_log_sigmoid(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(log_sigmoid, source, target, count)
}

void ck_softplus(int32_t instruction_set, const float *source, const ck_softplus_numbers *numbers,
                 float *target, ptrdiff_t count) {
  if (numbers->beta == 1 && numbers->beta_low == 0) {
    DISPATCH(plain_softplus, source, target, count, numbers->threshold, numbers->threshold_low)
    return;
  }
  DISPATCH(softplus, source, target, count, numbers)
}

void ck_gated(int32_t instruction_set, const float *values, const float *gates, float *target,
              ptrdiff_t count) {
  DISPATCH(gated, values, gates, target, count)
}
