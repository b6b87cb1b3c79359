import Continual
import OrderedCollections
import Tensors

/// What the modules of a description ask for, and everything that does not fit: names and shapes, and
/// no values.
///
/// It never stops at the first misfit, so that all of them come at once. A blueprint is a value: to try
/// whether a module fits at a prefix is to draw on a copy.
package struct Blueprint: Sendable {
  /// The tensors.
  let table: KeyTable

  /// Everything that modules found wrong so far.
  package private(set) var problems: [ModelError.Problem] = []

  /// What was decided without being asked, for the report.
  private(set) var notes: [String] = []

  /// The name that each tensor of the file was asked for by, by its own.
  package private(set) var requested: [String: String] = [:]

  /// Where modules that can be at several prefixes were found to be.
  var choices: [Choice: String] = [:]

  /// Whether a module has merged the time axis of the whole clip into another, as `Flatten` does
  /// behind a pool over everything; what follows counts the axes of one frame.
  private(set) var timeIsGone = false

  /// A sample that the first module with tensors can take.
  private(set) var suggestedSample: InputSample?

  /// Whether a module in front of the first one with tensors may change the axes of frames, so that what
  /// that one takes need not be what the network takes.
  private var mayChangeAxes = false

  /// A module that can be at several prefixes.
  struct Choice: Hashable, Sendable {
    var place: String
    var candidates: [String]
    var timeIsGone: Bool
  }

  /// Nothing is drawn yet.
  init(of table: KeyTable) { self.table = table }

  /// The same sheet with nothing drawn on it but where modules were found to be.
  var cleared: Blueprint {
    var sheet = Blueprint(of: table)
    sheet.choices = choices
    return sheet
  }

  /// The tensors that no module has asked for.
  package var unused: [ModelError.Problem] {
    table.parameters.values.filter { requested[$0.name] == nil }.map { parameter in
      parameter.name.split(separator: ".").dropLast().contains("parametrizations")
        ? .parametrization(parameter.name)
        : .unexpected(parameter.name, found: parameter.shape)
    }
  }

  /// The names by which modules know the tensors of the file, by those in the file.
  ///
  /// - Returns: nil where a weight is put together of several tensors.
  var namesByPath: [String: String]? {
    var names: [String: String] = [:]
    for (name, parameter) in table.parameters {
      guard parameter.parts.count == 1 else { return nil }
      names[parameter.parts[0]] = requested[name] ?? name
    }
    return names
  }
}

// MARK: - What modules say

extension Blueprint {
  /// Notes what the first module with tensors takes; `spaceAxes` is nil where it takes any number.
  mutating func suggest(channels: Int, spaceAxes: Int?) {
    guard suggestedSample == nil else { return }
    suggestedSample = InputSample(
      channels: channels, space: [Int?](repeating: nil, count: spaceAxes ?? 0),
      hasKnownAxes: spaceAxes != nil && !mayChangeAxes)
  }

  /// Notes that a module gives frames other axes.
  mutating func changeAxes() { mayChangeAxes = true }

  /// Notes that what follows has no time axis.
  mutating func loseTime() { timeIsGone = true }

  /// Adds something the user should know, once.
  mutating func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }

  /// Adds something that does not fit.
  mutating func report(_ problem: ModelError.Problem) { problems.append(problem) }
}

// MARK: - Tensors

extension Blueprint {
  /// The shape of a tensor, if the file has it.
  func shape(of name: String) -> Shape? {
    table.fileName(of: name).flatMap { table.parameters[$0]?.shape }
  }

  /// Whether the file has a tensor.
  func has(_ name: String) -> Bool { table.fileName(of: name) != nil }

  /// Notes that a tensor belongs to the model without being read.
  mutating func ignore(_ name: String) {
    if let fileName = table.fileName(of: name) { requested[fileName] = name }
  }

  /// Asks for a tensor that has to be there.
  ///
  /// - Parameters:
  ///   - name: the dotted name.
  ///   - expected: the length of each axis, nil where any will do.
  /// - Returns: the tensor; nil, and a problem, where it is missing or does not fit.
  mutating func parameter(_ name: String, expected: [Int?]) -> Parameter? {
    guard let fileName = table.fileName(of: name), let parameter = table.parameters[fileName]
    else {
      let unused = table.parameters.keys.filter { requested[$0] == nil }
      problems.append(
        .missing(
          name, expected: expected, nearest: Spelling.nearest(to: name, among: unused)))
      return nil
    }
    // Two modules can ask for the same tensor only by flattened names.
    if let other = requested[fileName], other != name {
      problems.append(.ambiguous(name, other: other, found: fileName))
    }
    requested[fileName] = name
    let fits =
      parameter.shape.rank == expected.count
      && parameter.shape.axes.indices.allSatisfy {
        expected[$0] == nil || expected[$0] == parameter.shape[$0]
      }
    guard fits else {
      problems.append(.shape(name, expected: expected, found: parameter.shape))
      return nil
    }
    return parameter
  }
}
