import Checkpoints
import Continual
import OrderedCollections
import PlainData
import Tensors

/// The network that an exported program is: its architecture, and the tensors that it reads.
struct ExportedNetwork {
  /// What the program is called where the architecture of a file is asked for.
  static let source = "the exported program"

  let model: ModuleDescription
  /// The tensors by the names that modules ask for.
  let tensors: OrderedDictionary<String, StoredTensor>
  /// The shape of one sample, time as nil.
  let inputShape: [Int?]
  /// The number of frames of the example.
  let frames: Int
  /// Where the axes of PyTorch's input and output are in a clip; nil where they are in its order.
  let order: AxisOrder?
  /// The nodes that make what modules give, by the paths of these, as far as such nodes are there.
  let nodesOfModules: [String: String]
  /// Whether numbers are calculated in double precision that PyTorch has in float32.
  var calculatesConstants = false
  /// What was found, a sentence each.
  var notes: [String] = []
  /// What nothing in the file says and was taken to be so.
  var assumptions: [String] = []
  /// The calls that need the whole clip, so that each clip is one frame.
  var stepless: [LoadedModel.Stepless] = []

  /// Reads the program of a file.
  ///
  /// - Parameters:
  ///   - checkpoint: of an exported program.
  ///   - program: of it.
  ///   - layout: what the axes of its input are; nil to find it.
  /// - Throws: ``ArchitectureError`` with every call that cannot be said, each with its module and line.
  init(
    _ checkpoint: Checkpoint, _ program: ExportedProgram, layout: InputLayout? = nil
  ) throws(ArchitectureError) {
    let source = checkpoint.name
    let graph = try ExportedGraph(program, source: source)
    var tensors: OrderedDictionary<String, StoredTensor> = [:]
    for tensor in checkpoint.tensors { tensors[tensor.path] = tensor }
    for (number, example) in program.exampleInputs.enumerated().dropFirst() {
      tensors[ExportedGraph.key(ofInput: number)] = example
    }
    let foldedParts = FoldedWeights(tensors).parameters.reduce(into: [String: [String]]()) {
      if $1.value.parts.count > 1 { $0[$1.key] = $1.value.parts }
    }
    let shape = graph.userInputs.first.flatMap { graph.shapes[$0] } ?? []
    guard !graph.outputs.isEmpty, !shape.isEmpty else {
      throw ArchitectureError(source: source, place: "models/model.json", .program(.noTensor))
    }
    let noted = try ExportedNetwork.notedLayout(program, shape, source: source)
    let isNoted = layout == nil && noted != nil
    let layout = layout ?? noted
    let stated = layout.map { ExportedReading.stated($0, shape) }
    if let layout, case .some(nil) = stated {
      throw ArchitectureError(
        source: source, place: "the input", .program(.layout(layout.text, shape)))
    }
    let dynamic = graph.userInputs.first.flatMap { graph.dynamicDims[$0] } ?? []
    var candidates =
      stated?.map { [$0] } ?? ExportedReading.candidates(shape, dynamic: Set(dynamic))
    if stated == nil, let dim = graph.loopedDim {
      let fitting = candidates.filter { $0.axes[dim] == ExportedSignal.time }
      if !fitting.isEmpty { candidates = fitting }
    }
    guard let natural = candidates.first else {
      throw ArchitectureError(source: source, place: "the input", .program(.inputShape(shape)))
    }
    var search = ReadingSearch(graph, tensors: tensors, foldedParts: foldedParts)
    search.try(candidates)
    search.trySingleFrames(shape, isStated: layout != nil)
    let found = search.found
    let calculation = search.calculation(shape, example: program.exampleInputs.first)
    (stepless, notes, assumptions) = (search.stepless, search.notes, search.assumptions)
    if let calculation {
      try ExportedNetwork.check(program, shape: shape, frames: nil, source: source)
      calculatesConstants = calculation.makesConstants
      (self.model, self.tensors) = (calculation.model, calculation.tensors)
      (inputShape, frames, order) = ([calculation.inputCount, nil], 1, calculation.order)
      nodesOfModules = [:]
      noteOutputs(graph, judged: nil)
      return
    }
    guard let (reading, translator) = found.first, let output = translator.output else {
      var problems = search.furthest?.translator.problems ?? []
      if problems.isEmpty {
        problems = [.init(place: "the output", .program(.output))]
      }
      throw ArchitectureError(source: source, problems: problems)
    }
    let modules = translator.neededModules
    nodesOfModules = translator.nodesOfModules
    var model = ModuleDescription(
      type: "Graph", arguments: ["output": .string(output.node)], modules: modules,
      place: "the program")
    if modules.isEmpty {
      model = ModuleDescription(type: LayerDefinition.nothing, place: "the program")
    }
    self.model = model
    self.tensors = translator.neededWeights
    let axes = ExportedTranslator.axes(of: shape, reading.axes)
    inputShape = [axes[1], nil] + axes.dropFirst(3).map { Int?($0) }
    frames = axes[2]
    try ExportedNetwork.check(
      program, shape: shape, frames: isNoted ? frames : nil, source: source)
    order = AxisOrder(
      input: reading.axes, output: output.isFlat ? nil : output.layout,
      takesLastFrame: output.isLastFrame, parts: translator.outputs?.parts ?? [])
    notes.append(
      "the input \(shape) is read as \(reading.name)"
        + (found.count == 1 && candidates.count == 1 || reading.axes == natural.axes
          ? "" : ", the only reading under which every call is known")
    )
    notes += translator.notes
    if output.isLastFrame {
      notes.append(
        "the network gives the last frame of a clip: steps give it after each frame, and PyTorch's output "
          + "is compared with the last of them")
    }
    if found.count > 1 {
      let others = found.dropFirst().map(\.reading.name).joined(separator: ", ")
      assumptions.append(
        "the input \(shape) is \(reading.name); it could be \(others) as well")
    }
    noteOutputs(graph, judged: translator.outputs)
  }

  /// Says which of several outputs are not judged.
  ///
  /// Those that are what a recurrent layer remembers at the end of a clip are known by its steps; that others do not
  /// count is an assumption.
  private mutating func noteOutputs(_ graph: ExportedGraph, judged: ExportedOutputs?) {
    let count = graph.outputs.count
    guard count > 1 else { return }
    let numbers = judged?.others ?? Array(2...count)
    if let judged {
      let channels = judged.parts.map { "\($0.channels.count)" }.joined(separator: ", ")
      notes.append(
        "\(judged.parts.count) outputs are judged as one, the channels of each behind those of the one before: "
          + channels)
    }
    let states = numbers.filter { graph.isLastState(graph.outputs[$0 - 1]) }
    if !states.isEmpty {
      notes.append(
        "output \(listed(states)) of \(count) is what a recurrent layer remembers after the clip, and is not "
          + "judged")
    }
    let pairs = numbers.filter { number in
      let shape = graph.shapes[graph.outputs[number - 1]] ?? []
      return frames > 1 && shape.count { $0 == frames } > 1
    }
    if !pairs.isEmpty {
      notes.append(
        "output \(listed(pairs)) of \(count) has a number for each pair of frames, which steps have not, and is "
          + "not judged")
    }
    let others = numbers.filter { !states.contains($0) && !pairs.contains($0) }
    guard !others.isEmpty else { return }
    guard stepless.isEmpty else {
      return notes.append("the first of \(count) outputs is compared")
    }
    assumptions.append(
      others.count == count - 1
        ? "the first of \(count) outputs is the one that counts"
        : "output \(listed(others)) of \(count) does not count: its frames are not the first's")
  }

  private func listed(_ numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: ", ")
  }
}

// MARK: - What the file says of its input

extension ExportedNetwork {
  /// Where messages find the notes.
  private static let notes = "extra/coverify.json"

  /// The layout that the notes say; nil where they say none.
  private static func notedLayout(
    _ program: ExportedProgram, _ shape: [Int], source: String
  ) throws(ArchitectureError) -> InputLayout? {
    guard let text = program.notes?.layout else { return nil }
    guard let layout = InputLayout(text) else {
      throw ArchitectureError(source: source, place: notes, .program(.layout(text, shape)))
    }
    return layout
  }

  /// Checks that the example is a clip as the program takes it, of as many frames as the notes say where
  /// their layout is the one that holds.
  private static func check(
    _ program: ExportedProgram, shape: [Int], frames: Int?, source: String
  ) throws(ArchitectureError) {
    if let example = program.exampleInputs.first, example.shape.axes != shape {
      throw ArchitectureError(
        source: source, place: "the example", .program(.example(example.shape, of: shape)))
    }
    guard let frames, let said = program.notes?.frames, said != frames else { return }
    throw ArchitectureError(source: source, place: notes, .program(.frames(said, of: frames)))
  }
}

extension Architecture {
  /// The architecture of an exported program, whose modules ask for its tensors by their names.
  init(_ network: ExportedNetwork) {
    var options = WeightsOptions()
    (options.stripPrefixes, options.match) = ([], .exact)
    self.init(
      inputShape: network.inputShape, frames: network.frames, weights: options,
      model: network.model, source: .exportedProgram)
  }
}

extension ExportedSignal {
  /// For each axis in PyTorch, the axis of the clip that it is; -1 where it is not one, or several.
  ///
  /// One of length one that was put in can be any that has length one and is in no other.
  var layout: [Int] {
    var free = axes.indices.filter { axis in axes[axis] == 1 && !dims.contains { $0 == [axis] } }
    return dims.indices.map { dim in
      if let axis = axis(of: dim) { return axis }
      guard dims[dim].allSatisfy({ axes[$0] == 1 }), !free.isEmpty else { return -1 }
      return free.removeFirst()
    }
  }
}
