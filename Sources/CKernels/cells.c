// Cells of recurrent layers, for each instruction set. See cells_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "cells_variant.h"
#include "instruction_sets.h"

void ck_tanh_cell(int32_t instruction_set, ptrdiff_t size, float *sums) {
  DISPATCH(tanh_cell, size, sums)
}

void ck_gru_cell(int32_t instruction_set, ptrdiff_t size, float *sums, const float *state) {
  DISPATCH(gru_cell, size, sums, state)
}

void ck_lstm_cell(int32_t instruction_set, ptrdiff_t size, float *sums, float *state) {
  DISPATCH(lstm_cell, size, sums, state)
}
