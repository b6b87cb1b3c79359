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

// The outputs of some items, and the sums of their gates, `stride` floats from one item to the next.
typedef struct {
  ptrdiff_t items, size, stride;
} batch;

static ptrdiff_t outputs_of(batch b) { return b.items * b.size; }

// The floats up to the last one of the last gate.
static ptrdiff_t sums_of_gates(batch b, ptrdiff_t gates) {
  return b.items == 0 ? 0 : (b.items - 1) * b.stride + gates * b.size;
}

static float sum_of(batch b, const float *sums, ptrdiff_t gate, ptrdiff_t n) {
  return sums[n / b.size * b.stride + gate * b.size + n % b.size];
}

// Each output is also made by itself.
static void expect_alone(float alone, float found) {
  expect(has_same_bits(alone, found), "by itself: %.9g, not %.9g", alone, found);
}

static void check_tanh_cell(batch b) {
  float *sums = sums_of(sums_of_gates(b, 1)), *output = room(outputs_of(b));
  ck_tanh_cell(set, b.items, b.size, sums, b.stride, output);
  for (ptrdiff_t n = 0; n < outputs_of(b); n++) {
    const float sum = sum_of(b, sums, 0, n);
    float alone;
    expect_rounded(output[n], tanh(sum), 0, "tanh");
    ck_tanh_cell(set, 1, 1, &sum, 1, &alone);
    expect_alone(alone, output[n]);
  }
  made(output, outputs_of(b));
}

static void check_relu_cell(batch b) {
  float *sums = sums_of(sums_of_gates(b, 1)), *output = room(outputs_of(b));
  ck_relu_cell(set, b.items, b.size, sums, b.stride, output);
  for (ptrdiff_t n = 0; n < outputs_of(b); n++) {
    const float sum = sum_of(b, sums, 0, n);
    expect(has_same_bits(output[n], sum < 0 ? 0 : sum), "%.9g is cut to %.9g", sum, output[n]);
  }
  made(output, outputs_of(b));
}

static void check_gru_cell(batch b) {
  float *sums = sums_of(sums_of_gates(b, 3)), *others = sums_of(outputs_of(b));
  float *before = numbers(outputs_of(b), 1, 0), *output = room_of(before, outputs_of(b));
  ck_gru_cell(set, b.items, b.size, sums, b.stride, others, output);
  for (ptrdiff_t n = 0; n < outputs_of(b); n++) {
    const float own[3] = {sum_of(b, sums, 0, n), sum_of(b, sums, 1, n), sum_of(b, sums, 2, n)};
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
  made(output, outputs_of(b));
}

static void check_lstm_cell(batch b) {
  float *sums = sums_of(sums_of_gates(b, 4)), *output = room(outputs_of(b));
  float *before = numbers(outputs_of(b), 1, 0), *state = room_of(before, outputs_of(b));
  ck_lstm_cell(set, b.items, b.size, sums, b.stride, state, output);
  for (ptrdiff_t n = 0; n < outputs_of(b); n++) {
    const float own[4] = {sum_of(b, sums, 0, n), sum_of(b, sums, 1, n), sum_of(b, sums, 2, n),
                          sum_of(b, sums, 3, n)};
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
  made(output, outputs_of(b));
  made(state, outputs_of(b));
}

static void check_cell(const char *name, agreement sets, void (*check)(batch)) {
  begin(name, sets);
  for (ptrdiff_t size = 1; size <= 70; size++) {
    // The ends of several items are put side by side.
    const ptrdiff_t items = size < 20 ? size * 7 % 40 : size % 4;
    for (ptrdiff_t more = 0; more < 2; more++) {
      check((batch){items, size, 4 * size + more * (size % 5 + 1)});
      give_back();
    }
  }
  end();
}

void check_cells(void) {
  check_cell("ck_tanh_cell", FUSED_SETS, check_tanh_cell);
  check_cell("ck_relu_cell", ALL_SETS, check_relu_cell);
  check_cell("ck_gru_cell", FUSED_SETS, check_gru_cell);
  check_cell("ck_lstm_cell", FUSED_SETS, check_lstm_cell);
}
