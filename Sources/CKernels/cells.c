// Cells of recurrent layers, for each instruction set. See cells_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "cells_variant.h"
#include "instruction_sets.h"

void ck_tanh_cell(int32_t instruction_set, ptrdiff_t rows, ptrdiff_t columns, const float *sums,
                  ptrdiff_t stride, float *output) {
  DISPATCH(tanh_cell, rows, columns, sums, stride, NULL, NULL, output)
}

void ck_relu_cell(int32_t instruction_set, ptrdiff_t rows, ptrdiff_t columns, const float *sums,
                  ptrdiff_t stride, float *output) {
  DISPATCH(relu_cell, rows, columns, sums, stride, NULL, NULL, output)
}

void ck_gru_cell(int32_t instruction_set, ptrdiff_t rows, ptrdiff_t columns, const float *sums,
                 ptrdiff_t stride, const float *others, float *output) {
  DISPATCH(gru_cell, rows, columns, sums, stride, others, output, output)
}

void ck_lstm_cell(int32_t instruction_set, ptrdiff_t rows, ptrdiff_t columns, const float *sums,
                  ptrdiff_t stride, float *state, float *output) {
  DISPATCH(lstm_state_cell, rows, columns, sums, stride, NULL, state, state)
  DISPATCH(lstm_output_cell, rows, columns, sums + 3 * rows * stride, stride, NULL, state, output)
}
