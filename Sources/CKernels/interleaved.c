// Depthwise products on frames whose channels are interleaved, for each instruction set. See interleaved_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "interleaved_variant.h"
#include "instruction_sets.h"

void ck_interleave(int32_t instruction_set, const float *source, ptrdiff_t source_stride,
                   ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t columns, float *target,
                   ptrdiff_t width) {
  DISPATCH(interleave, source, source_stride, channels, rows, columns, target, width)
}

void ck_multiply_interleaved(int32_t instruction_set, const float *weights, const float *input,
                             const ptrdiff_t *bases, ptrdiff_t base_count, const float *initial,
                             const ck_finish *finish, float *work, float *output,
                             ptrdiff_t output_stride, ptrdiff_t channels, ptrdiff_t rows,
                             ptrdiff_t columns, ptrdiff_t width, ptrdiff_t step) {
  DISPATCH(multiply_interleaved, weights, input, bases, base_count, initial, finish, work, output,
           output_stride, channels, rows, columns, width, step)
}
