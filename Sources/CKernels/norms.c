// Normalizations, for each instruction set. See norms_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "norms_variant.h"
#include "instruction_sets.h"

void ck_moments(int32_t instruction_set, const float *source, ptrdiff_t rows, ptrdiff_t length,
                ptrdiff_t stride, double *mean, double *variance) {
  DISPATCH(moments, source, rows, length, stride, mean, variance)
}

void ck_normalize(int32_t instruction_set, const float *source, float *target, ptrdiff_t count,
                  double mean, double scale, double shift) {
  DISPATCH(normalize, source, target, count, mean, scale, shift)
}

void ck_standardize(int32_t instruction_set, const float *source, float *target, ptrdiff_t count,
                    double mean, double scale, const float *weight, const float *bias) {
  DISPATCH(standardize, source, target, count, mean, scale, weight, bias)
}

void ck_normalize_runs(int32_t instruction_set, const float *source, float *target, ptrdiff_t runs,
                       ptrdiff_t size, double eps, const float *weight, const float *bias) {
  DISPATCH(normalize_runs, source, target, runs, size, eps, weight, bias)
}

void ck_normalize_columns(int32_t instruction_set, const float *source, float *target,
                          ptrdiff_t size, ptrdiff_t columns, double eps, const float *weight,
                          const float *bias) {
  DISPATCH(normalize_columns, source, target, size, columns, eps, weight, bias)
}
