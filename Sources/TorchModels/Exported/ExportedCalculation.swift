import Checkpoints
import OrderedCollections
import PlainData
import Tensors

/// A program that is calculated as it is written, each clip as one frame of a stream.
///
/// What nothing steps can be compared with PyTorch's output at least.
struct ExportedCalculation {
  let model: ModuleDescription
  /// The tensors by the names that the model asks for.
  var tensors: OrderedDictionary<String, StoredTensor> = [:]
  /// What is calculated, with the tensors under the names that it has for them.
  let program: TensorProgram
  let values: [String: TensorView]
  let clip: TensorView
  /// The calls of the program, as numbers of those of the graph.
  let numbers: [Int]
  /// Whether it makes numbers of nothing, as windows and tables of positions are.
  var makesConstants: Bool {
    program.calls.contains {
      ["arange", "linspace", "hann_window", "hamming_window", "full"].contains($0.name)
    }
  }
  /// The number of numbers of a sample.
  let inputCount: Int
  let order: AxisOrder

  /// Makes a calculation of a program; nil where a call is not known, or fails for the example.
  ///
  /// - Parameters:
  ///   - graph: of the program.
  ///   - stored: the tensors of the file.
  ///   - example: a clip; nil for zeros.
  ///   - hasBatch: whether the first axis of input and output is the batch.
  init?(
    _ graph: ExportedGraph, tensors stored: OrderedDictionary<String, StoredTensor>,
    example: StoredTensor?, hasBatch: Bool
  ) {
    guard let input = graph.userInputs.first, let before = graph.shapes[input],
      let output = graph.outputs.first, let after = graph.shapes[output]
    else { return nil }
    let isBatched =
      hasBatch && before.count > 1 && !after.isEmpty && after[0] == before[0]
    let samples = isBatched ? before[0] : 1
    let needed = graph.neededNodes().sorted()
    let calls = needed.map { TensorCall(graph.nodes[$0], graph) }
    guard calls.allSatisfy({ TensorOperators.all[$0.name] != nil }) else { return nil }
    let read = Set(calls.flatMap { $0.arguments.values.flatMap(\.names) })
    var values: [String: TensorView] = [:]
    for (name, source) in graph.sources where read.contains(name) {
      let key: String
      switch source {
      case .tensor(let name): key = name
      case .input(0): continue
      case .input(let number): key = ExportedGraph.key(ofInput: number)
      case .constant: return nil
      }
      guard let tensor = stored[key], let numbers = try? tensor.wideValues() else { return nil }
      let own = "(\(name))"
      tensors[own] = tensor
      values[own] = TensorView(numbers)
    }
    // Names in parentheses are none of the program's.
    let names = Dictionary(uniqueKeysWithValues: graph.sources.keys.map { ($0, "(\($0))") })
    let known = Set(tensors.keys)
    let renamed = calls.map { call in
      call.renamed { name in names[name].map { known.contains($0) ? $0 : name } ?? name }
    }
    let program = TensorProgram(renamed, inputs: [input], output: output)
    let count = before.reduce(1) { $0.times($1) }
    guard count <= EvaluationError.sizeLimit,
      after.reduce(1, { $0.times($1) }) <= EvaluationError.sizeLimit
    else { return nil }
    inputCount = count / samples
    let calculated = CalculatedProgram(
      program, values, before: before, outputCount: after.reduce(1) { $0.times($1) } / samples)
    let clip = (try? example?.wideValues())?.scalars ?? [Double](repeating: 0, count: count)
    guard clip.count == count, let result = try? calculated.output(of: clip),
      result.count == after.reduce(1, *)
    else { return nil }
    (self.program, self.values, numbers) = (program, values, needed)
    self.clip = TensorView(before, clip)
    order = AxisOrder(mergingAxesOf: before.count, output: after, hasBatch: isBatched)
    var calculation = ModuleDescription(
      type: LayerDefinition.calculation,
      arguments: [
        "calls": .list(program.calls.map(\.plain)), "inputs": .list([.string(input)]),
        "output": .string(output), "input_shape": .list(before.map { .int($0) }),
        "output_shape": .list(after.map { .int($0) }), "samples": .int(samples),
        "tensors": .list(tensors.keys.map { .string($0) }),
      ], place: "the program")
    calculation.wiring = .init(id: "output", inputs: ["x"])
    model = ModuleDescription(
      type: "Graph", arguments: ["output": .string("output")], modules: [calculation],
      place: "the program")
  }
}

extension TensorCall {
  /// The same call with other names of what it reads.
  func renamed(_ change: (String) -> String) -> TensorCall {
    var call = self
    call.arguments = arguments.mapValues { argument in
      switch argument {
      case .value(let name): .value(change(name))
      case .values(let names): .values(names.map { $0.map(change) })
      default: argument
      }
    }
    return call
  }
}
