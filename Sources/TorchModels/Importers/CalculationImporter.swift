import Continual
import Foundation
import PlainData
import Tensors

/// What an exported program computes, where it has no meaning frame by frame.
let calculationLayers: [LayerDefinition] = [
  LayerDefinition(
    [LayerDefinition.calculation], family: .utility,
    summary:
      "Calls of an exported program, calculated as they are written, of each frame as a whole.",
    arguments: [
      .init("calls", .value("list of calls"), .required, "What is calculated, in order."),
      .init("inputs", .value("list of names"), .required, "What the calls know the frame as."),
      .init("output", .string, .required, "What comes out."),
      .init("input_shape", .integers, .required, "The axes of the frame."),
      .init("output_shape", .integers, .required, "The axes of what comes out."),
      .init("samples", .int, 1, "How many samples these are."),
      .init("tensors", .value("list of names"), .unset, "The tensors that the calls read."),
    ]
  ) { context throws(ModuleError) in
    let program = TensorProgram(
      context.calls(), inputs: context.names("inputs"), output: context.string("output") ?? "")
    let before = context.shape("input_shape", of: "samples")
    let after = context.shape("output_shape", of: "samples")
    let samples = max(context.int("samples") ?? 1, 1)
    let (values, count) = context.views()
    return Calculation(
      inputCount: before.reduce(1, *) / samples, outputCount: after.reduce(1, *) / samples,
      parameterCount: count, operationCount: program.operationCount(values) / samples,
      function: CalculatedProgram(
        program, values, before: before, outputCount: after.reduce(1, *) / samples
      ).function)
  },
  LayerDefinition(
    [LayerDefinition.loop], family: .utility,
    summary:
      "Calls of an exported program that go through its frames one by one, and remember something.",
    arguments: [
      .init("calls", .value("list of calls"), .required, "What is calculated of a frame."),
      .init("inputs", .value("list of names"), .required, "What the calls know the frame as."),
      .init("outputs", .value("list of names"), .required, "What comes out, one after the other."),
      .init("states", .value("list of names"), .unset, "What the calls read of the frame before."),
      .init("made", .value("list of names"), .unset, "What that is of the present frame."),
      .init("initial", .value("list of names"), .unset, "The tensors that the first frame reads."),
      .init("input_shape", .integers, .required, "The axes of the frame of one sample."),
      .init("output_count", .int, .required, "How many numbers come out."),
      .init("tensors", .value("list of names"), .unset, "The tensors that the calls read."),
    ]
  ) { context throws(ModuleError) in
    let calls = context.calls()
    let (states, made) = (context.names("states"), context.names("made"))
    let initial = context.names("initial").map { context.anyTensor($0) }
    if states.count != made.count || states.count != initial.count {
      context.report("the states are not as many as what they are made of", argument: "states")
    }
    let (values, count) = context.views()
    let shape = context.shape("input_shape", of: nil)
    let outputCount = max(context.int("output_count") ?? 1, 1)
    let loop = CalculatedLoopProgram(
      calls, values, frame: context.names("inputs").first ?? "", shape: shape,
      outputs: context.names("outputs"), outputCount: outputCount,
      states: zip(zip(states, made), initial).map { ($0.0, $0.1, $1.shape.axes) })
    return CalculatedLoop(
      inputCount: shape.reduce(1, *), outputCount: outputCount,
      initial: initial.flatMap { $0.scalars.map(Double.init) },
      parameterCount: initial.reduce(count) { $0 + $1.shape.count },
      operationCount: loop.operationCount, function: loop.function)
  },
]

extension LayerDefinition {
  /// The class of what is calculated as it is written.
  static let calculation = "Calculation"
  /// The class of a loop over frames that is calculated as it is written.
  static let loop = "CalculatedLoop"
}

/// A program, its tensors, and the shape of a sample.
struct CalculatedProgram: Sendable {
  private let program: TensorProgram
  private let tensors: [String: Tensor64]
  private let before: [Int]
  private let outputCount: Int

  init(
    _ program: TensorProgram, _ tensors: [String: TensorView], before: [Int], outputCount: Int
  ) {
    self.program = program
    self.tensors = tensors.mapValues(\.tensor)
    self.before = before
    self.outputCount = outputCount
  }

  /// What the program makes of a sample, which stands for each sample of its batch.
  ///
  /// - Throws: ``EvaluationFailure`` where a call cannot be calculated.
  func output(of numbers: [Double]) throws(EvaluationFailure) -> [Double] {
    var values = tensors.mapValues { TensorView($0) }
    let count = max(before.reduce(1, *), 1)
    let times = numbers.isEmpty ? 1 : max(count / numbers.count, 1)
    for name in program.inputs {
      values[name] = TensorView(before, (0..<times).flatMap { _ in numbers })
    }
    return try program.run(values).numbers
  }

  var function: Calculation.Function {
    let count = outputCount
    return { numbers in
      do throws(EvaluationFailure) {
        let output = try self.output(of: numbers)
        if output.count >= count { return Array(output.prefix(count)) }
      } catch {}
      return [Double](repeating: .nan, count: count)
    }
  }
}

extension ImportContext {
  /// The calls that are calculated.
  fileprivate func calls() -> [TensorCall] {
    let calls = list("calls").map(TensorCall.init)
    if calls.contains(where: { $0 == nil }) {
      report("one of the calls is none", argument: "calls")
    }
    return calls.compactMap(\.self)
  }

  /// The tensors that calls read, by name, and how many numbers they have.
  fileprivate func views() -> (values: [String: TensorView], count: Int) {
    var values: [String: TensorView] = [:]
    var count = 0
    for name in names("tensors") {
      let tensor = anyTensor(name)
      count += tensor.shape.count
      values[name] = TensorView(tensor.widened)
    }
    return (values, count)
  }

  /// A list; empty where there is none.
  fileprivate func list(_ name: String) -> [PlainValue] {
    if case .list(let entries)? = raw(name) { entries } else { [] }
  }

  /// A list of names.
  fileprivate func names(_ name: String) -> [String] {
    list(name).compactMap { if case .string(let text) = $0 { text } else { nil } }
  }

  /// Axes, whose first can be cut into as many samples as an argument says.
  fileprivate func shape(_ name: String, of samplesName: String?) -> [Int] {
    let axes = integers(name) ?? []
    let count = axes.reduce(1) { $0.times($1) }
    let samples = max(samplesName.flatMap { int($0) } ?? 1, 1)
    guard axes.allSatisfy({ $0 > 0 }), count <= EvaluationError.sizeLimit,
      count.isMultiple(of: samples)
    else {
      report("is not a shape of so many samples", argument: name)
      return [samples]
    }
    return axes
  }

  /// A tensor of the file, of whatever shape.
  fileprivate func anyTensor(_ name: String) -> Tensor {
    fileTensor(named: name) { $0?.axes.map(Optional.some) ?? [] }
  }
}
