// Values times the logistic functions of gates.

#include "check.h"
#include "definitions.h"

static double gated(double value, double gate) { return value / (1 + exp(-gate)); }

void check_gates(void) {
  enum { GATES = 950 };
  static const float values[] = {-1.5f, 1, 3e38f, 1e-30f, -0.0f, 0x1p-149f, INFINITY};
  float all[GATES], alone[GATES];
  begin("ck_gated", FUSED_SETS);
  for (int v = 0; v < COUNT(values); v++) {
    for (int n = 0; n < GATES; n++) {
      const float gate = n == 0 ? INFINITY : n == 1 ? NAN : n == 2 ? -INFINITY : -230 + (float)n * 0.37f;
      all[n] = gate;
      ck_gated(set, values + v, all + n, alone + n, 1);
      double exact = gated(values[v], gate);
      // An infinite value is NaN where the function is zero.
      if (isinf(values[v]) && gate < -200) { exact = NAN; }
      const double error = units_between(alone[n], exact);
      expect(error <= 2.1, "%g by %g is off by %g units", values[v], gate, error);
    }
    for (ptrdiff_t length = 0; length <= 65; length++) {
      float *own = room(length), *gates = room_of(all + 100, length), *target = room(length);
      for (ptrdiff_t n = 0; n < length; n++) { own[n] = values[v]; }
      ck_gated(set, own, gates, target, length);
      expect_same(target, alone + 100, length, "in a row");
      give_back();
    }
    float *own = room(GATES), *gates = room_of(all, GATES), *target = room(GATES);
    for (ptrdiff_t n = 0; n < GATES; n++) { own[n] = values[v]; }
    ck_gated(set, own, gates, target, GATES);
    expect_same(target, alone, GATES, "in a row");
    made(target, GATES);
    give_back();
  }
  end();
}
