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

// A matrix of outputs, and the sums of its gates: rows of them are `stride` floats apart.
typedef struct {
  ptrdiff_t rows, columns, stride;
} matrix;

static ptrdiff_t outputs_of(matrix m) { return m.rows * m.columns; }

// The floats up to the last one of the last gate.
static ptrdiff_t sums_of_gates(matrix m, ptrdiff_t gates) {
  return outputs_of(m) == 0 ? 0 : (gates * m.rows - 1) * m.stride + m.columns;
}

static float sum_of(matrix m, const float *sums, ptrdiff_t gate, ptrdiff_t n) {
  return sums[(gate * m.rows + n / m.columns) * m.stride + n % m.columns];
}

// Each output is also made by itself.
static void expect_alone(float alone, float found) {
  expect(has_same_bits(alone, found), "by itself: %.9g, not %.9g", alone, found);
}

static void check_tanh_cell(matrix m) {
  float *sums = sums_of(sums_of_gates(m, 1)), *output = room(outputs_of(m));
  ck_tanh_cell(set, m.rows, m.columns, sums, m.stride, output);
  for (ptrdiff_t n = 0; n < outputs_of(m); n++) {
    const float sum = sum_of(m, sums, 0, n);
    float alone;
    expect_rounded(output[n], tanh(sum), 0, "tanh");
    ck_tanh_cell(set, 1, 1, &sum, 1, &alone);
    expect_alone(alone, output[n]);
  }
  made(output, outputs_of(m));
}

static void check_relu_cell(matrix m) {
  float *sums = sums_of(sums_of_gates(m, 1)), *output = room(outputs_of(m));
  ck_relu_cell(set, m.rows, m.columns, sums, m.stride, output);
  for (ptrdiff_t n = 0; n < outputs_of(m); n++) {
    const float sum = sum_of(m, sums, 0, n);
    expect(has_same_bits(output[n], sum < 0 ? 0 : sum), "%.9g is cut to %.9g", sum, output[n]);
  }
  made(output, outputs_of(m));
}

static void check_gru_cell(matrix m) {
  float *sums = sums_of(sums_of_gates(m, 3)), *others = sums_of(outputs_of(m));
  float *before = numbers(outputs_of(m), 1, 0), *output = room_of(before, outputs_of(m));
  ck_gru_cell(set, m.rows, m.columns, sums, m.stride, others, output);
  for (ptrdiff_t n = 0; n < outputs_of(m); n++) {
    const float own[3] = {sum_of(m, sums, 0, n), sum_of(m, sums, 1, n), sum_of(m, sums, 2, n)};
    const double reset = sigmoid(own[0]), update = sigmoid(own[1]);
    const double candidate = tanh(own[2] + reset * others[n]);
    // What the sum in the candidate loses by cancellation.
    const double lost = fabs(reset * others[n]);
    // Where reset is zero in double precision, the cell takes it for so small that infinity stays.
    if (reset == 0 && isinf(others[n])) { continue; }
    expect_rounded(output[n], (1 - update) * candidate + update * before[n],
                   fabs(candidate) + fabs(before[n]) + (isfinite(lost) ? lost : 0), "output");
    ck_gru_cell(set, 1, 1, own, 1, others + n, before + n);
    expect_alone(before[n], output[n]);
  }
  made(output, outputs_of(m));
}

static void check_lstm_cell(matrix m) {
  float *sums = sums_of(sums_of_gates(m, 4)), *output = room(outputs_of(m));
  float *before = numbers(outputs_of(m), 1, 0), *state = room_of(before, outputs_of(m));
  ck_lstm_cell(set, m.rows, m.columns, sums, m.stride, state, output);
  for (ptrdiff_t n = 0; n < outputs_of(m); n++) {
    const float own[4] = {sum_of(m, sums, 0, n), sum_of(m, sums, 1, n), sum_of(m, sums, 2, n),
                          sum_of(m, sums, 3, n)};
    const double input = sigmoid(own[0]), forget = sigmoid(own[1]), candidate = tanh(own[2]);
    expect_rounded(state[n], forget * before[n] + input * candidate, fabs(before[n]) + fabs(candidate),
                   "state");
    // The output is of the state as it was rounded.
    expect_rounded(output[n], sigmoid(own[3]) * tanh(state[n]), 0, "output");
    float alone;
    ck_lstm_cell(set, 1, 1, own, 1, before + n, &alone);
    expect_alone(alone, output[n]);
    expect_alone(before[n], state[n]);
  }
  made(output, outputs_of(m));
  made(state, outputs_of(m));
}

static void check_cell(const char *name, agreement sets, void (*check)(matrix)) {
  begin(name, sets);
  for (ptrdiff_t columns = 1; columns <= 70; columns++) {
    // Of few columns many rows are put side by side.
    const ptrdiff_t rows = columns < 20 ? columns * 7 % 40 : columns % 4;
    check((matrix){rows, columns, columns});
    give_back();
    check((matrix){rows, columns, columns + columns % 5 + 1});
    give_back();
  }
  end();
}

void check_cells(void) {
  check_cell("ck_tanh_cell", FUSED_SETS, check_tanh_cell);
  check_cell("ck_relu_cell", ALL_SETS, check_relu_cell);
  check_cell("ck_gru_cell", FUSED_SETS, check_gru_cell);
  check_cell("ck_lstm_cell", FUSED_SETS, check_lstm_cell);
}
