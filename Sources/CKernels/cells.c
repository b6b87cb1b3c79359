// Cells of recurrent layers, for each instruction set. See cells_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "cells_variant.h"
#include "instruction_sets.h"

void ck_tanh_cell(int32_t instruction_set, ptrdiff_t items, ptrdiff_t size, const float *sums,
                  ptrdiff_t stride, float *output) {
  DISPATCH(tanh_cell, items, size, sums, stride, NULL, NULL, output)
}

void ck_relu_cell(int32_t instruction_set, ptrdiff_t items, ptrdiff_t size, const float *sums,
                  ptrdiff_t stride, float *output) {
  DISPATCH(relu_cell, items, size, sums, stride, NULL, NULL, output)
}

void ck_gru_cell(int32_t instruction_set, ptrdiff_t items, ptrdiff_t size, const float *sums,
                 ptrdiff_t stride, const float *others, float *output) {
  DISPATCH(gru_cell, items, size, sums, stride, others, output, output)
}

void ck_lstm_cell(int32_t instruction_set, ptrdiff_t items, ptrdiff_t size, const float *sums,
                  ptrdiff_t stride, float *state, float *output) {
  DISPATCH(lstm_state_cell, items, size, sums, stride, NULL, state, state)
  DISPATCH(lstm_output_cell, items, size, sums + 3 * size, stride, NULL, state, output)
}
