// The product whose columns are written side by side, for each instruction set. See across_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "across_variant.h"
#include "instruction_sets.h"

void ck_multiply_across(int32_t instruction_set, const float *weights, ptrdiff_t rows,
                        ptrdiff_t height, ptrdiff_t inner, const float *right,
                        ptrdiff_t inner_step, ptrdiff_t column_step, const float *initial,
                        float *output, ptrdiff_t stride, ptrdiff_t columns) {
  DISPATCH(multiply_across, weights, rows, height, inner, right, inner_step, column_step, initial,
           output, stride, columns)
}
