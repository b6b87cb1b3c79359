import Continual
import Tensors
import Testing

/// A network of one channel, a clip, and what PyTorch and its frame-by-frame twin must make of it.
struct NetworkRow: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let clip: [Float]
  let forward: String?
  let steps: String
  let module: @Sendable () throws -> any Module

  init(
    _ name: String, _ clip: ClosedRange<Int> = 1...6, forward: String?, steps: String,
    _ module: @escaping @Sendable () throws -> any Module
  ) {
    testDescription = name
    self.clip = clip.map(Float.init)
    self.forward = forward
    self.steps = steps
    self.module = module
  }
}

/// A convolution with the weights 1, 10, 100, … from the oldest frame to the newest.
private func conv(
  _ kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
  mode: PaddingMode = .zeros
) throws -> any Module {
  var weights: [Float] = [1]
  while weights.count < kernel { weights.append(weights[weights.count - 1] * 10) }
  return try Convolution(
    weight: Tensor([1, 1, kernel], weights), bias: nil, stride: [stride],
    padding: .explicit([padding]), dilation: [dilation], groups: 1, paddingMode: mode)
}

private func branches(
  _ modules: [any Module], reduce: Reduction = .sum
) throws -> any Module {
  try BroadcastReduce(
    modules.enumerated().map { NamedModule(String($0), $1) }, reduce: reduce)
}

private func residual(_ module: any Module, shrink: Residual.Shrink? = nil) -> any Module {
  Residual(NamedModule("1", module), shrink: shrink)
}

private let networkRows: [NetworkRow] = [
  // The Python library refuses temporal dilation; torch computes 1 + 10 * 3 + 100 * 5 and so on.
  NetworkRow("k3 d2", 1...7, forward: "531 642 753", steps: "- - - - 531 642 753") {
    try conv(3, dilation: 2)
  },
  // G-02: two outputs would be due at step 0; they come one a step.
  NetworkRow(
    "k3 p3", 1...8, forward: "0 100 210 321 432 543 654 765 876 87 8 0",
    steps: "0 100 210 321 432 543 654 765"
  ) { try conv(3, padding: 3) },
  NetworkRow("Residual(k3p1)", forward: "211 323 435 547 659 71", steps: "- 211 323 435 547 659") {
    residual(try conv(3, padding: 1))
  },
  NetworkRow("Residual(k3p0)", forward: nil, steps: "- - 322 434 546 658") {
    residual(try conv(3))
  },
  NetworkRow("… centered", forward: "323 435 547 659", steps: "- - 323 435 547 659") {
    residual(try conv(3), shrink: .centered)
  },
  NetworkRow("… lagging", forward: "322 434 546 658", steps: "- - 322 434 546 658") {
    residual(try conv(3), shrink: .lagging)
  },
  NetworkRow("… leading", forward: "324 436 548 660", steps: "- - 324 436 548 660") {
    residual(try conv(3), shrink: .leading)
  },
  NetworkRow(
    "Seq(k3p1,k3p1)", forward: "34200 46620 58941 71262 13583 1304",
    steps: "- - 34200 46620 58941 71262"
  ) { Sequential(try conv(3, padding: 1), try conv(3, padding: 1)) },
  NetworkRow(
    "Seq(k3 s2 p1, k3 p1)", 1...8, forward: "45300 69930 94572 9414",
    steps: "- - - 45300 - 69930 - 94572"
  ) { Sequential(try conv(3, stride: 2, padding: 1), try conv(3, padding: 1)) },
  NetworkRow(
    "BroadcastReduce(k5p2,k3p1,k1)", forward: "32311 43533 54756 65979 7202 725",
    steps: "- - 32311 43533 54756 65979"
  ) { try branches([try conv(5, padding: 2), try conv(3, padding: 1), try conv(1)]) },
  // G-06: the Python library never emits.
  NetworkRow(
    "BroadcastReduce(k5 s2 p2, k3 s2 p1)", 1...8, forward: "32310 54753 77197 9641",
    steps: "- - 32310 - 54753 - 77197 -"
  ) {
    try branches([
      try conv(5, stride: 2, padding: 2), try conv(3, stride: 2, padding: 1),
    ])
  },
]

@Suite("Golden rows of the specification")
struct NetworkGoldenTests {
  @Test("forward is what PyTorch computes", arguments: networkRows)
  func forward(_ row: NetworkRow) throws {
    let plan = try Plan(try row.module(), frame: [1, 1])
    guard let expected = row.forward else {
      #expect(throws: ModuleError.self) { try plan.forward(row.tensor) }
      return
    }
    #expect(render(try plan.forward(row.tensor).scalars) == expected)
  }

  @Test("steps yield the frames of the clip when they are due", arguments: networkRows)
  func steps(_ row: NetworkRow) throws {
    let plan = try Plan(try row.module(), frame: [1, 1])
    var stream = plan.makeStream()
    var found: [String] = []
    for value in row.clip {
      let output = try stream.forwardStep(Tensor([1, 1], [value]))
      found.append(output.map { render($0.scalars) } ?? "-")
    }
    #expect(found.joined(separator: " ") == row.steps)
    #expect(found.firstIndex { $0 != "-" } == plan.timing.warmUp)
  }

  @Test("with end padding a chunk yields the whole clip", arguments: networkRows)
  func endPadding(_ row: NetworkRow) throws {
    let plan = try Plan(try row.module(), frame: [1, 1])
    var stream = plan.makeStream()
    guard let expected = row.forward else {
      #expect(throws: ModuleError.self) { try stream.forwardSteps(row.tensor, padEnd: true) }
      return
    }
    #expect(render(try stream.forwardSteps(row.tensor, padEnd: true).scalars) == expected)
  }

  @Test("end padding leaves the stream as it is without", arguments: networkRows)
  func endPaddingIsNotKept(_ row: NetworkRow) throws {
    guard row.forward != nil else { return }
    let plan = try Plan(try row.module(), frame: [1, 1])
    var padded = plan.makeStream()
    var plain = plan.makeStream()
    _ = try padded.forwardSteps(row.tensor, padEnd: true)
    _ = try plain.forwardSteps(row.tensor)
    #expect(padded.state == plain.state)
  }

  private func render(_ values: [Float]) -> String {
    values.map { String(Int($0)) }.joined(separator: " ")
  }
}

extension NetworkRow {
  fileprivate var tensor: Tensor { Tensor(Shape([1, 1, clip.count]), clip) }
}
