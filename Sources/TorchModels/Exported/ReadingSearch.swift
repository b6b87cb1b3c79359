import Checkpoints
import OrderedCollections
import Tensors

/// Finds out what the axes of an input are: the reading under which every call of a program is known.
///
/// Where a call needs the whole clip there is none, and each clip becomes a single frame of a stream, so that
/// it can be judged at least.
struct ReadingSearch {
  /// A reading, and what it makes of the program.
  typealias Attempt = (reading: ExportedReading, translator: ExportedTranslator)

  private let graph: ExportedGraph
  private let use: ExportedUse
  private let tensors: OrderedDictionary<String, StoredTensor>
  private let foldedParts: [String: [String]]

  /// The readings under which every call is known, the most likely first.
  private(set) var found: [Attempt] = []
  /// The readings under which nothing works, the one that gets furthest first.
  private var failed: [Attempt] = []
  /// Of these, that one.
  var furthest: Attempt? { failed.first }
  /// The calls that need the whole clip, so that each clip is one frame.
  private(set) var stepless: [LoadedModel.Stepless] = []
  /// What should be said.
  private(set) var notes: [String] = []
  /// What nothing in the file says.
  private(set) var assumptions: [String] = []

  init(
    _ graph: ExportedGraph, tensors: OrderedDictionary<String, StoredTensor>,
    foldedParts: [String: [String]]
  ) {
    self.graph = graph
    use = ExportedUse(graph)
    self.tensors = tensors
    self.foldedParts = foldedParts
  }

  private func attempt(_ reading: ExportedReading) -> Attempt {
    (
      reading,
      ExportedTranslator(
        graph, use, tensors: tensors, foldedParts: foldedParts, reading: reading.axes)
    )
  }

  /// Tries readings in which an axis is time.
  mutating func `try`(_ candidates: [ExportedReading]) {
    for reading in candidates {
      let attempt = attempt(reading)
      let place = failed.firstIndex { isFurther(attempt, than: $0) } ?? failed.count
      failed.insert(attempt, at: place)
      if attempt.translator.isComplete {
        found.append(attempt)
        if reading.isCertain { break }
      }
    }
    // An axis of length one is not time where another one can be.
    if found.contains(where: { $0.translator.inputFrames > 1 }) {
      found.removeAll { $0.translator.inputFrames == 1 }
    }
  }

  /// Whether a reading gets further than another one; one in which time has length one never does.
  private func isFurther(_ attempt: Attempt, than other: Attempt) -> Bool {
    let (hasTime, hadTime) = (
      attempt.translator.inputFrames > 1, other.translator.inputFrames > 1
    )
    if hasTime != hadTime { return hasTime }
    return attempt.translator.firstProblem ?? .max > other.translator.firstProblem ?? .max
  }

  /// Tries the reading in which a clip is one frame, where no other one works, or the most likely one has calls
  /// that need the whole clip.
  ///
  /// - Parameters:
  ///   - shape: of the input.
  ///   - isStated: whether the user says what the axes are, so that none is assumed.
  mutating func trySingleFrames(_ shape: [Int], isStated: Bool) {
    if !isStated { doubtFewFrames(shape) }
    // The reading that gets furthest can be one of which no clip is a single frame.
    for likely in found.first.map({ [$0] }) ?? failed {
      trySingleFrames(likely, shape, isStated: isStated)
      if !stepless.isEmpty || !assumptions.isEmpty { return }
    }
  }

  /// Says so where time is an axis of a few places, and a much longer one could be it, along which the network has
  /// no steps: a few variables over time look like channels over a few frames.
  private mutating func doubtFewFrames(_ shape: [Int]) {
    guard let chosen = found.first, !chosen.reading.isCertain else { return }
    let frames = chosen.translator.inputFrames
    let other = failed.first { attempt in
      let problems = attempt.translator.problems
      return attempt.translator.inputFrames >= 3 * frames && !problems.isEmpty
        && problems.allSatisfy { $0.stepless != nil }
    }
    guard frames < 8, let other, let problem = other.translator.problems.first else { return }
    assumptions.append(
      "the input \(shape) is \(chosen.reading.name), of \(frames) frames; as \(other.reading.name) the network "
        + "has no steps, with \(problem.place): \(problem.message)")
  }

  private mutating func trySingleFrames(_ likely: Attempt, _ shape: [Int], isStated: Bool) {
    guard let still = likely.reading.still else { return }
    let problems = found.isEmpty ? likely.translator.problems : likely.translator.wholeClips
    // Of the last frame alone, the whole clip can be the window of a step.
    guard let problem = problems.first,
      found.isEmpty || likely.translator.output?.isLastFrame == false
    else { return }
    let calls = problems.compactMap(\.stepless)
    let isStepless = calls.count == problems.count
    guard isStepless || !isStated else { return }
    let attempt = attempt(still)
    guard attempt.translator.isComplete else { return }
    found = [attempt]
    if isStepless {
      stepless = calls
      notes.append(
        "with \(likely.reading.name) as the axes of the input \(shape), the network has no steps: each clip "
          + "is judged as one frame. If no axis is time, say so with --layout "
          + still.name.filter { $0 != " " && $0 != "," })
    } else {
      assumptions.append(
        "no axis of the input \(shape) is time, so that each clip is one frame of a stream: "
          + "with time, \(problem.place): \(problem.message)")
    }
  }
}

// MARK: - What has no meaning frame by frame

extension ReadingSearch {
  /// The program as a calculation of each clip as a whole, where no reading works; nil where that is not known
  /// either.
  ///
  /// - Parameters:
  ///   - shape: of the input.
  ///   - example: a clip.
  /// - Returns: the calculation.
  mutating func calculation(_ shape: [Int], example: StoredTensor?) -> ExportedCalculation? {
    guard found.isEmpty, let likely = furthest, let problem = likely.translator.problems.first,
      !likely.translator.problems.contains(where: \.isUnknownOperator),
      let calculation = ExportedCalculation(
        graph, tensors: tensors, example: example, hasBatch: likely.reading.axes.first == 0)
    else { return nil }
    var calls = likely.translator.problems.compactMap(\.stepless)
    if calls.isEmpty, let dim = likely.reading.axes.firstIndex(of: ExportedSignal.time),
      let number = calculation.mixingCall(alongTime: dim)
    {
      let node = graph.nodes[number]
      let problem = ExportedProblem.mixesFrames(.all)
      calls = [
        .init(
          place: node.place.description, reason: "\(node.name) \(problem.message)",
          remedy: problem.remedy)
      ]
    }
    if calls.isEmpty {
      assumptions.append(
        "each clip is one frame of a stream, since it is not known how the network goes frame by frame: with "
          + "\(likely.reading.name) as the axes of the input, \(problem.place): \(problem.message)")
    } else {
      stepless = calls
      notes.append(
        "with \(likely.reading.name) as the axes of the input \(shape), the network has no steps: each clip "
          + "is judged as one frame")
    }
    return calculation
  }
}

extension ExportedTranslator {
  /// Whether everything could be said.
  fileprivate var isComplete: Bool {
    problems.isEmpty && output != nil && output?.padding == nil
  }

  /// The number of frames of the example.
  fileprivate var inputFrames: Int {
    for case .signal(let signal)? in graph.userInputs.prefix(1).map({ values[$0] }) {
      return signal.axes[ExportedSignal.time]
    }
    return 1
  }
}

extension ArchitectureError.Problem {
  /// Whether it is an operator of which only the calculation is known: it is refused by its name.
  fileprivate var isUnknownOperator: Bool {
    if case .call(_, .unknownOperator) = finding { true } else { false }
  }

  /// The call, where it is one that needs the whole clip.
  fileprivate var stepless: LoadedModel.Stepless? {
    guard case .call(let name, let problem) = finding, problem.isStepless else { return nil }
    return .init(place: place, reason: "\(name) \(problem.message)", remedy: problem.remedy)
  }
}
