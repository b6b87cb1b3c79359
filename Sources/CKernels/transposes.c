// Transposes, for each instruction set. See transposes_variant.h.

#include "CKernels.h"
#include "dispatch.h"
#include "transposing.h"

#define VARIANT "transposes_variant.h"
#include "instruction_sets.h"

void ck_transpose(int32_t instruction_set, const float *source, ptrdiff_t source_stride,
                  ptrdiff_t rows, ptrdiff_t columns, float *target, ptrdiff_t target_stride) {
  DISPATCH(transpose, source, source_stride, rows, columns, target, target_stride)
}
