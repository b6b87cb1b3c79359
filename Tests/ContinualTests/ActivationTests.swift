import Continual
import Foundation
import Tensors
import TestSupport
import Testing

/// An activation, and what PyTorch makes of ``inputs`` with it.
struct ActivationRow: Sendable, CustomTestStringConvertible {
  let module: Activation
  let outputs: [Double]

  init(_ function: Activation.Function, _ outputs: [Double]) throws {
    module = try Activation(function)
    self.outputs = outputs
  }

  var testDescription: String { "\(module.typeName)(\(module.summary))" }

  static let inputs: [Float] = [
    -20, -7.5, -3, -2.5, -1, -0.6, -0.5, -0.3, -0.125, -0.01, -0.0001, 0, 0.0001, 0.01, 0.125, 0.3,
    0.5, 0.6, 1, 2.5, 3, 5.5, 7.5, 30,
  ]

  // Made with PyTorch 2.13.0 in double precision.
  static let all = Result {
    try [
      ActivationRow(
        .threshold(0.25, value: -2.5),
        [
          -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5, -2.5,
          0.3000000119, 0.5, 0.6000000238, 1, 2.5, 3, 5.5, 7.5, 30,
        ]),
      ActivationRow(
        .relu,
        [
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9.999999747e-05, 0.009999999776, 0.125, 0.3000000119,
          0.5, 0.6000000238, 1, 2.5, 3, 5.5, 7.5, 30,
        ]),
      ActivationRow(
        .rrelu(lower: 0.125, upper: 0.5),
        [
          -6.25, -2.34375, -0.9375, -0.78125, -0.3125, -0.1875000075, -0.15625, -0.09375000373,
          -0.0390625, -0.00312499993, -3.124999921e-05, 0, 9.999999747e-05, 0.009999999776, 0.125,
          0.3000000119, 0.5, 0.6000000238, 1, 2.5, 3, 5.5, 7.5, 30,
        ]),
      ActivationRow(
        .hardtanh(min: -0.5, max: 2),
        [
          -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.3000000119, -0.125, -0.009999999776,
          -9.999999747e-05, 0, 9.999999747e-05, 0.009999999776, 0.125, 0.3000000119, 0.5,
          0.6000000238, 1, 2, 2, 2, 2, 2,
        ]),
      ActivationRow(
        .relu6,
        [
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9.999999747e-05, 0.009999999776, 0.125, 0.3000000119,
          0.5, 0.6000000238, 1, 2.5, 3, 5.5, 6, 6,
        ]),
      ActivationRow(
        .sigmoid,
        [
          2.061153618e-09, 0.0005527786369, 0.04742587318, 0.07585818002, 0.2689414214,
          0.3543436883, 0.3775406688, 0.4255574803, 0.4687906266, 0.4975000209, 0.499975, 0.5,
          0.500025, 0.5024999791, 0.5312093734, 0.5744425197, 0.6224593312, 0.6456563117,
          0.7310585786, 0.92414182, 0.9525741268, 0.9959298623, 0.9994472214, 1,
        ]),
      ActivationRow(
        .hardsigmoid,
        [
          0, 0, 0, 0.08333333333, 0.3333333333, 0.399999996, 0.4166666667, 0.449999998,
          0.4791666667, 0.4983333334, 0.4999833333, 0.5, 0.5000166667, 0.5016666666, 0.5208333333,
          0.550000002, 0.5833333333, 0.600000004, 0.6666666667, 0.9166666667, 1, 1, 1, 1,
        ]),
      ActivationRow(
        .tanh,
        [
          -1, -0.9999993882, -0.9950547537, -0.9866142982, -0.761594156, -0.537049584,
          -0.4621171573, -0.2913126234, -0.1243530018, -0.009999666457, -9.999999714e-05, 0,
          9.999999714e-05, 0.009999666457, 0.1243530018, 0.2913126234, 0.4621171573, 0.537049584,
          0.761594156, 0.9866142982, 0.9950547537, 0.9999665972, 0.9999993882, 1,
        ]),
      ActivationRow(
        .silu,
        [
          -4.122307236e-08, -0.004145839777, -0.1422776195, -0.1896454501, -0.2689414214,
          -0.2126062214, -0.1887703344, -0.1276672492, -0.05859882833, -0.004975000098,
          -4.999749874e-05, 0, 5.000249874e-05, 0.005024999679, 0.06640117167, 0.1723327628,
          0.3112296656, 0.3873938024, 0.7310585786, 2.31035455, 2.85772238, 5.477614243, 7.49585416,
          30,
        ]),
      ActivationRow(
        .hardswish,
        [
          -0, -0, -0, -0.2083333333, -0.3333333333, -0.2400000072, -0.2083333333, -0.1350000048,
          -0.05989583333, -0.004983333222, -4.999833207e-05, 0, 5.00016654e-05, 0.005016666554,
          0.06510416667, 0.1650000072, 0.2916666667, 0.3600000167, 0.6666666667, 2.291666667, 3,
          5.5, 7.5, 30,
        ]),
      ActivationRow(
        .elu(alpha: 0.75),
        [
          -0.7499999985, -0.7495851867, -0.7126596987, -0.688436251, -0.4740904191, -0.3383912827,
          -0.2951020052, -0.1943863411, -0.08812732306, -0.007462624522, -7.499624823e-05, 0,
          9.999999747e-05, 0.009999999776, 0.125, 0.3000000119, 0.5, 0.6000000238, 1, 2.5, 3, 5.5,
          7.5, 30,
        ]),
      ActivationRow(
        .celu(alpha: 0.75),
        [
          -0.75, -0.7499659501, -0.7362632708, -0.723244505, -0.5523021464, -0.4130032876,
          -0.3649371607, -0.2472599735, -0.1151387063, -0.009933628424, -9.99933311e-05, 0,
          9.999999747e-05, 0.009999999776, 0.125, 0.3000000119, 0.5, 0.6000000238, 1, 2.5, 3, 5.5,
          7.5, 30,
        ]),
      ActivationRow(
        .celu(alpha: -2),
        [
          -44050.93159, -83.042164, -6.963378141, -4.980685915, -1.297442541, -0.6997176473,
          -0.5680508334, -0.3236684993, -0.1289889178, -0.01002504149, -0.0001000024975, 0,
          9.999999747e-05, 0.009999999776, 0.125, 0.3000000119, 0.5, 0.6000000238, 1, 2.5, 3, 5.5,
          7.5, 30,
        ]),
      ActivationRow(
        .selu,
        [
          -1.758099337, -1.757126964, -1.670568729, -1.613785759, -1.111330738, -0.7932339882,
          -0.6917581878, -0.4556673309, -0.2065821181, -0.01749338034, -0.0001758011394, 0,
          0.0001050700961, 0.01050700964, 0.1313376234, 0.3152103087, 0.5253504937, 0.6304206175,
          1.050700987, 2.626752468, 3.152102962, 5.77885543, 7.880257405, 31.52102962,
        ]),
      ActivationRow(
        .gelu,
        [
          -0, -2.393918397e-13, -0.004049694095, -0.01552416331, -0.1586552539, -0.1645518724,
          -0.1542687694, -0.1146265765, -0.0562827219, -0.004960106327, -4.999600931e-05, 0,
          5.000398816e-05, 0.00503989345, 0.0687172781, 0.1853734354, 0.3457312306, 0.4354481514,
          0.8413447461, 2.484475837, 2.995950306, 5.499999896, 7.5, 30,
        ]),
      ActivationRow(
        .geluTanh,
        [
          -0, -0, -0.003637392082, -0.01508426609, -0.1588080094, -0.1645848025, -0.1542859902,
          -0.1146290796, -0.05628280138, -0.00496010633, -4.999600931e-05, 0, 5.000398816e-05,
          0.005039893446, 0.06871719862, 0.1853709323, 0.3457140098, 0.4354152213, 0.8411919906,
          2.484915734, 2.996362608, 5.499999994, 7.5, 30,
        ]),
      ActivationRow(
        .hardshrink(lambda: 0.5),
        [
          -20, -7.5, -3, -2.5, -1, -0.6000000238, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.6000000238, 1,
          2.5, 3, 5.5, 7.5, 30,
        ]),
      ActivationRow(
        .leakyReLU(negativeSlope: 0.1),
        [
          -2, -0.75, -0.3, -0.25, -0.1, -0.06000000238, -0.05, -0.03000000119, -0.0125,
          -0.0009999999776, -9.999999747e-06, 0, 9.999999747e-05, 0.009999999776, 0.125,
          0.3000000119, 0.5, 0.6000000238, 1, 2.5, 3, 5.5, 7.5, 30,
        ]),
      ActivationRow(
        .logSigmoid,
        [
          -20, -7.500552931, -3.048587352, -2.578889734, -1.313261688, -1.037487966, -0.9740769842,
          -0.8543552513, -0.7575990353, -0.6981596804, -0.6931971818, -0.6931471806, -0.6930971818,
          -0.6881596806, -0.6325990353, -0.5543552394, -0.4740769842, -0.437487942, -0.3132616875,
          -0.07888973429, -0.04858735157, -0.004078443271, -0.0005529314754, -9.357622969e-14,
        ]),
      ActivationRow(
        .softplus(beta: 2, threshold: 5),
        [
          2.124177128e-18, 1.529511369e-07, 0.001237842569, 0.003357674245, 0.06346400552,
          0.1316412282, 0.1566308438, 0.218743971, 0.2879697099, 0.34159859, 0.3465235928,
          0.3465735903, 0.3466235928, 0.3515985898, 0.4129697099, 0.5187439829, 0.6566308438,
          0.731641252, 1.063464006, 2.503357674, 3, 5.5, 7.5, 30,
        ]),
      ActivationRow(
        .softplus(beta: 1, threshold: 20),
        [
          2.06115362e-09, 0.0005529314754, 0.04858735157, 0.07888973429, 0.3132616875, 0.437487942,
          0.4740769842, 0.5543552394, 0.6325990353, 0.6881596806, 0.6930971818, 0.6931471806,
          0.6931971818, 0.6981596804, 0.7575990353, 0.8543552513, 0.9740769842, 1.037487966,
          1.313261688, 2.578889734, 3.048587352, 5.504078443, 7.500552931, 30,
        ]),
      ActivationRow(
        .softshrink(lambda: 0.5),
        [
          -19.5, -7, -2.5, -2, -0.5, -0.1000000238, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.1000000238,
          0.5, 2, 2.5, 5, 7, 29.5,
        ]),
      ActivationRow(
        .softsign,
        [
          -0.9523809524, -0.8823529412, -0.75, -0.7142857143, -0.5, -0.3750000093, -0.3333333333,
          -0.2307692378, -0.1111111111, -0.00990098988, -9.998999847e-05, 0, 9.998999847e-05,
          0.00990098988, 0.1111111111, 0.2307692378, 0.3333333333, 0.3750000093, 0.5, 0.7142857143,
          0.75, 0.8461538462, 0.8823529412, 0.9677419355,
        ]),
      ActivationRow(
        .tanhshrink,
        [
          -19, -6.500000612, -2.004945246, -1.513385702, -0.238405844, -0.06295043988,
          -0.03788284274, -0.00868738856, -0.0006469982284, -3.333199782e-07, -3.333333094e-13, 0,
          3.333333094e-13, 3.333199782e-07, 0.0006469982284, 0.00868738856, 0.03788284274,
          0.06295043988, 0.238405844, 1.513385702, 2.004945246, 4.500033403, 6.500000612, 29,
        ]),
      ActivationRow(
        .mish,
        [
          -4.122307241e-08, -0.004146985643, -0.1456474613, -0.1968162039, -0.3034014614,
          -0.2469360339, -0.2207437747, -0.151133182, -0.06997990718, -0.005967984326,
          -5.999679847e-05, 0, 6.000319847e-05, 0.006031983406, 0.07995757085, 0.2080013817,
          0.3752452113, 0.4661365079, 0.8650983883, 2.471392305, 2.986535005, 5.499817777,
          7.499995417, 30,
        ]),
    ]
  }
}

@Suite("Activations")
struct ActivationTests {
  @Test("each activation is PyTorch's", arguments: try ActivationRow.all.get())
  func matchesPyTorch(_ row: ActivationRow) throws {
    let clip = Tensor([2, 3, 2, 2], ActivationRow.inputs)
    let run = try ModeRun(row.module, clip: clip)
    #expect(run.differences == [])
    #expect(run.forward.shape == clip.shape)
    for (index, value) in run.forward.scalars.enumerated() {
      let expected = row.outputs[index]
      #expect(
        abs(Double(value) - expected) <= 1.8e-7 * abs(expected) + 1e-12,
        "of \(ActivationRow.inputs[index])")
    }
  }

  /// NaN, infinities, and values whose exponentials are not finite in single precision.
  static let extremes: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, -200, 60]

  // Made with PyTorch 2.13.0 in double precision.
  static let extremeOutputs: [(Activation.Function, [Float])] = [
    (.threshold(0.1, value: 20), [.nan, .infinity, 20, 1e30, 20, 20, 60]),
    (.relu, [.nan, .infinity, 0, 1e30, 0, 0, 60]),
    (.rrelu(lower: 0.25, upper: 0.75), [.nan, .infinity, -.infinity, 1e30, -5e29, -100, 60]),
    (.hardtanh(min: -0.5, max: 2), [.nan, 2, -0.5, 2, -0.5, -0.5, 2]),
    (.relu6, [.nan, 6, 0, 6, 0, 0, 6]),
    (.sigmoid, [.nan, 1, 0, 1, 0, 0, 1]),
    (.hardsigmoid, [.nan, 1, 0, 1, 0, 0, 1]),
    (.tanh, [.nan, 1, -1, 1, -1, -1, 1]),
    (.silu, [.nan, .infinity, .nan, 1e30, 0, 0, 60]),
    (.hardswish, [.nan, .infinity, .nan, 1e30, 0, 0, 60]),
    (.elu(alpha: 0.75), [.nan, .infinity, -0.75, 1e30, -0.75, -0.75, 60]),
    (.celu(alpha: 0.75), [.nan, .infinity, -0.75, 1e30, -0.75, -0.75, 60]),
    (.gelu, [.nan, .infinity, .nan, 1e30, 0, 0, 60]),
    (.geluTanh, [.nan, .infinity, .nan, 1e30, 0, 0, 60]),
    (.hardshrink(lambda: 0.5), [.nan, .infinity, -.infinity, 1e30, -1e30, -200, 60]),
    (.leakyReLU(negativeSlope: 0.5), [.nan, .infinity, -.infinity, 1e30, -5e29, -100, 60]),
    (.logSigmoid, [.nan, 0, -.infinity, 0, -1e30, -200, -8.756_510_762_696_521e-27]),
    (.softplus(beta: 2, threshold: 5), [.nan, .infinity, 0, 1e30, 0, 0, 60]),
    (.softshrink(lambda: 0.5), [.nan, .infinity, -.infinity, 1e30, -1e30, -199.5, 59.5]),
    (.softsign, [.nan, .nan, .nan, 1, -1, -0.995_024_875_6, 0.983_606_557_4]),
    (.tanhshrink, [.nan, .infinity, -.infinity, 1e30, -1e30, -199, 59]),
    (.mish, [.nan, .infinity, .nan, 1e30, 0, 0, 60]),
  ]

  @Test("extremes give what PyTorch gives", arguments: extremeOutputs)
  func extremes(_ function: Activation.Function, _ outputs: [Float]) throws {
    let clip = Tensor([1, 1, ActivationTests.extremes.count], ActivationTests.extremes)
    let run = try ModeRun(try Activation(function), clip: clip)
    #expect(run.differences == [])
    for (value, expected) in zip(run.forward.scalars, outputs) {
      #expect(value == expected || (value.isNaN && expected.isNaN), "\(function)")
    }
  }

  static let definitions: [(Activation.Function, @Sendable (Double) -> Double)] = [
    (.sigmoid, { 1 / (1 + exp(-$0)) }),
    (.tanh, { tanh($0) }),
    (.silu, { $0 / (1 + exp(-$0)) }),
    (.elu(alpha: 1.25), { $0 > 0 ? $0 : 1.25 * expm1($0) }),
    (.celu(alpha: 0.75), { $0 > 0 ? $0 : 0.75 * expm1($0 / 0.75) }),
    (.selu, { 1.050_700_987_355_480_5 * ($0 > 0 ? $0 : 1.673_263_242_354_377_3 * expm1($0)) }),
    (.gelu, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
    (
      .geluTanh,
      { $0 / (1 + exp(-2 * (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
    ),
    (.logSigmoid, { $0 < 0 ? $0 - log1p(exp($0)) : -log1p(exp(-$0)) }),
    (.softplus(beta: 1, threshold: 20), { $0 > 20 ? $0 : log1p(exp($0)) }),
    (.mish, { $0 * tanh(log1p(exp($0))) }),
    (.softsign, { $0 / (1 + abs($0)) }),
    (.hardswish, { $0 * min(max($0 + 3, 0), 6) / 6 }),
    (.tanhshrink, { x in abs(x) < 1e-3 ? x * x * x * (1 / 3.0 - 2 * x * x / 15) : x - tanh(x) }),
  ]

  @Test(
    "results are within the documented units in the last place, from 1e-8 to 90",
    arguments: definitions)
  func isAccurate(
    _ function: Activation.Function, _ definition: @Sendable (Double) -> Double
  ) throws {
    var inputs: [Float] = []
    var magnitude: Float = 1e-8
    while magnitude < 90 {
      inputs += [magnitude, -magnitude]
      magnitude *= 1.003
    }
    let clip = Tensor([1, 1, inputs.count], inputs)
    let outputs = try Plan(try Activation(function), frame: [1, 1]).forward(clip)
    var worst = (error: 0.0, input: Float.zero)
    for (input, output) in zip(inputs, outputs.scalars) {
      let exact = definition(Double(input))
      let error = abs(Double(output) - exact) / Double(Float(exact).ulp)
      if error > worst.error { worst = (error, input) }
    }
    #expect(worst.error <= (function == .gelu ? 4 : 2.5), "\(function) of \(worst.input)")
  }

  @Test("arguments that PyTorch refuses are refused")
  func refusesArguments() {
    let functions: [Activation.Function] = [
      .hardtanh(min: 1, max: 1), .rrelu(lower: 0.5, upper: 0.25), .celu(alpha: 0),
      .hardshrink(lambda: -1), .softshrink(lambda: .nan),
    ]
    for function in functions {
      let error = #expect(throws: ModuleError.self) { try Activation(function) }
      #expect(error?.code == .argument)
    }
  }

  @Test("slopes are those of the channels, or one for all")
  func slopes() throws {
    let clip = Tensor.sawtooth([2, 3, 4, 2])
    let weight: [Float] = [0.5, -0.25, 2]
    let run = try ModeRun(try PReLU(weight: Tensor([3], weight)), clip: clip)
    #expect(run.differences == [])
    for (index, x) in clip.scalars.enumerated() {
      #expect(run.forward.scalars[index] == (x > 0 ? x : x * weight[index / 8 % 3]))
    }
    let single = try ModeRun(try PReLU(weight: Tensor([1], [0.5])), clip: clip)
    #expect(single.differences == [])
    #expect(single.forward.scalars == clip.scalars.map { $0 > 0 ? $0 : $0 / 2 })
    #expect(throws: ModuleError.self) {
      try Plan(try PReLU(weight: Tensor([2], [1, 2])), frame: [1, 3])
    }
    #expect(throws: ModuleError.self) { try PReLU(weight: Tensor([1, 1], [1])) }
  }

  @Test(
    "dropouts change nothing and refuse impossible probabilities", arguments: Dropout.Kind.allCases)
  func dropouts(_ kind: Dropout.Kind) throws {
    let clip = Tensor.sawtooth([1, 2, 3])
    let run = try ModeRun(try Dropout(kind, probability: 0.25), clip: clip)
    #expect(run.differences == [])
    #expect(run.forward == clip)
    for probability in [-0.5, 1.5, .nan] {
      #expect(throws: ModuleError.self) { try Dropout(kind, probability: probability) }
    }
  }
}
