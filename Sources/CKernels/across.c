// The product whose columns are written side by side, for each instruction set. See across_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "across_variant.h"
#include "instruction_sets.h"

void ck_multiply_across(int32_t instruction_set, const float *weights, ptrdiff_t rows,
                        ptrdiff_t height, ptrdiff_t inner, const float *right,
                        ptrdiff_t inner_step, ck_columns columns, const float *initial,
                        const ck_finish *finish, float *output) {
  DISPATCH(multiply_across, weights, rows, height, inner, right, inner_step, &columns, initial,
           finish, output)
}
