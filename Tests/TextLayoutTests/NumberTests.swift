import Testing
import TextLayout

@Suite("numbers as text")
struct NumberTests {
  @Test(
    "tables have two digits",
    arguments: [
      (1.94e-6, "1.9e-06"), (0, "0"), (408, "408"), (9.96e-5, "1.0e-04"), (.infinity, "inf"),
      (.nan, "nan"), (0.25, "2.5e-01"), (-3.04e12, "-3.0e+12"), (1e-300, "1.0e-300"),
    ] as [(Double, String)])
  func short(_ value: Double, _ text: String) {
    #expect(Number.short(value) == text)
  }

  @Test(
    "values have seven digits",
    arguments: [
      (0.87130219, "0.8713022"), (12.5, "12.50000"), (-3, "-3"), (1.5e-9, "1.500000e-09"),
      (0.00123456789, "0.001234568"), (123_456.789, "123456.8"),
    ] as [(Double, String)])
  func value(_ value: Double, _ text: String) {
    #expect(Number.value(value) == text)
  }

  @Test("counts are grouped, and large ones rounded")
  func counts() {
    #expect(Number.grouped(1_214_560) == "1,214,560")
    #expect(Number.grouped(-999) == "-999")
    #expect(Number.large(61_234_567) == "61 M")
    #expect(Number.large(9999) == "9,999")
    #expect(Number.large(12_345) == "12 k")
    #expect(Number.bytes(5_033_165) == "4.8 MiB")
    #expect(Number.count(1, "frame") == "1 frame")
  }
}
