// Cells of recurrent layers, which are computed in double precision and rounded once an output.

#include "check.h"
#include "definitions.h"

// Sums from tiny to so large that the functions are at their ends; some of them are odd.
static float *sums_of(ptrdiff_t count) {
  static const float scales[] = {0x1p-140f, 0x1p-20f, 0.1f, 1, 10, 1000};
  static const float odd[] = {0, -0.0f, INFINITY, -INFINITY, NAN, FLT_MAX, -FLT_MAX};
  float *sums = numbers(count, 1, 0);
  for (ptrdiff_t n = 0; n < count; n++) {
    sums[n] = any_place(30) == 0 ? odd[any_place(COUNT(odd))] : sums[n] * scales[any_place(COUNT(scales))];
  }
  return sums;
}

// Half a unit for the rounding, and what double precision loses in terms of some size.
static void expect_rounded(float found, double exact, double size, const char *what) {
  const double units = units_between(found, exact);
  expect(units <= 0.501 || fabs(found - exact) <= 1e-12 * size, "%s is off by %g units: %.9g, not %.9g", what,
         units, found, exact);
}

static void check_tanh_cell(void) {
  begin("ck_tanh_cell", FUSED_SETS);
  for (ptrdiff_t size = 0; size <= 70; size++) {
    float *before = sums_of(size), *sums = room_of(before, size), alone[70];
    ck_tanh_cell(set, size, sums);
    for (ptrdiff_t n = 0; n < size; n++) {
      expect_rounded(sums[n], tanh(before[n]), 0, "tanh");
      alone[n] = before[n];
      ck_tanh_cell(set, 1, alone + n);
    }
    expect_same(sums, alone, size, "by itself");
    made(sums, size);
    give_back();
  }
  end();
}

static void check_gru_cell(void) {
  begin("ck_gru_cell", FUSED_SETS);
  for (ptrdiff_t size = 0; size <= 70; size++) {
    float *before = sums_of(4 * size), *sums = room_of(before, 4 * size), *state = numbers(size, 1, 0);
    ck_gru_cell(set, size, sums, state);
    for (ptrdiff_t n = 0; n < size; n++) {
      const double reset = sigmoid(before[n]), update = sigmoid(before[size + n]);
      const double candidate = tanh(before[2 * size + n] + reset * before[3 * size + n]);
      // What the sum in the candidate loses by cancellation.
      const double lost = fabs(reset * before[3 * size + n]);
      expect_rounded(sums[n], (1 - update) * candidate + update * state[n],
                     fabs(candidate) + fabs(state[n]) + (isfinite(lost) ? lost : 0), "output");
      float own[4] = {before[n], before[size + n], before[2 * size + n], before[3 * size + n]};
      ck_gru_cell(set, 1, own, state + n);
      expect(has_same_bits(own[0], sums[n]), "by itself: %.9g, not %.9g", own[0], sums[n]);
    }
    made(sums, size);
    give_back();
  }
  end();
}

static void check_lstm_cell(void) {
  begin("ck_lstm_cell", FUSED_SETS);
  for (ptrdiff_t size = 0; size <= 70; size++) {
    float *before = sums_of(4 * size), *sums = room_of(before, 4 * size);
    float *old = numbers(size, 1, 0), *state = room_of(old, size);
    ck_lstm_cell(set, size, sums, state);
    for (ptrdiff_t n = 0; n < size; n++) {
      const double input = sigmoid(before[n]), forget = sigmoid(before[size + n]);
      const double candidate = tanh(before[2 * size + n]);
      expect_rounded(state[n], forget * old[n] + input * candidate, fabs(old[n]) + fabs(candidate), "state");
      // The output is of the state as it was rounded.
      expect_rounded(sums[n], sigmoid(before[3 * size + n]) * tanh(state[n]), 0, "output");
      float own[4] = {before[n], before[size + n], before[2 * size + n], before[3 * size + n]}, cell = old[n];
      ck_lstm_cell(set, 1, own, &cell);
      expect(has_same_bits(own[0], sums[n]) && has_same_bits(cell, state[n]),
             "by itself: %.9g, not %.9g", own[0], sums[n]);
    }
    made(sums, size);
    made(state, size);
    give_back();
  }
  end();
}

void check_cells(void) {
  check_tanh_cell();
  check_gru_cell();
  check_lstm_cell();
}
