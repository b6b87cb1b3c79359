// Simple activations, and what finishes products, for each instruction set. See simple_variant.h.

#include "CKernels.h"
#include "dispatch.h"
#include "finish.h"

#define VARIANT "simple_variant.h"
#include "instruction_sets.h"

void ck_clamp(int32_t instruction_set, const float *source, float low, float high, float *target,
              ptrdiff_t count) {
  DISPATCH(clamp, source, target, count, low, high)
}

void ck_leak(int32_t instruction_set, const float *source, float slope, float *target,
             ptrdiff_t count) {
  DISPATCH(leak, source, target, count, slope)
}

void ck_threshold(int32_t instruction_set, const float *source, float threshold, float value, float *target,
                  ptrdiff_t count) {
  DISPATCH(threshold, source, target, count, threshold, value)
}

void ck_hard_shrink(int32_t instruction_set, const float *source, float lambda, float *target,
                    ptrdiff_t count) {
  DISPATCH(hard_shrink, source, target, count, lambda)
}

void ck_soft_shrink(int32_t instruction_set, const float *source, float lambda, float low, float *target,
                    ptrdiff_t count) {
  DISPATCH(soft_shrink, source, target, count, lambda, low)
}

void ck_hard_sigmoid(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(hard_sigmoid, source, target, count)
}

void ck_hard_swish(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(hard_swish, source, target, count)
}

void ck_soft_sign(int32_t instruction_set, const float *source, float *target, ptrdiff_t count) {
  DISPATCH(soft_sign, source, target, count)
}

void ck_scale(int32_t instruction_set, const float *source, float scale, float shift, float *target,
              ptrdiff_t count) {
  DISPATCH(scale, source, target, count, scale, shift)
}

void ck_finish_rows(int32_t instruction_set, const ck_finish *finish, ptrdiff_t rows,
                    float *output, ptrdiff_t stride, ptrdiff_t columns) {
  DISPATCH(ck_finish_rows, finish, rows, output, stride, columns)
}
