public import Checkpoints
public import Continual
public import PlainData
public import Tensors

/// Why a checkpoint and an architecture do not make a model: every misfit, sorted.
public struct ModelError: Error, Hashable, Sendable {
  /// One misfit.
  public enum Problem: Hashable, Sendable {
    /// A tensor that the architecture needs and the file does not have; nil stands for any length.
    case missing(String, expected: [Int?], nearest: String?)
    /// A tensor that the file has and the architecture does not use.
    case unexpected(String, found: Shape)
    /// A tensor of another shape; nil stands for any length.
    case shape(String, expected: [Int?], found: Shape)
    /// A weight that is infinite or NaN.
    case notFinite(String, place: [Int], value: Float, count: Int)
    /// A tensor that cannot be read.
    case unreadable(String, CheckpointError)
    /// A tensor of the file that two modules mean once the numbers of their names are dropped.
    case ambiguous(String, other: String, found: String)
    /// A tensor of a parametrization whose computation is not known.
    case parametrization(String)
    /// A class that is not known.
    case unknownClass(String, place: String, nearest: String?)
    /// An argument that a class does not have.
    case unknownArgument(String, type: String, place: String, known: [String])
    /// An argument of another kind.
    case argument(place: String, found: PlainValue, expected: String)
    /// A module that its class finds impossible.
    case module(place: String, ModuleError)
    /// Something else that a layer finds wrong with its arguments.
    case description(place: String, message: String, hint: String)
  }

  /// The model file.
  public let file: String

  /// Everything that does not fit: the architecture first, then the tensors by name.
  public let problems: [Problem]

  /// How many tensors of the file fit.
  public let fitting: Int

  package init(file: String, problems: [Problem], fitting: Int) {
    self.file = file
    self.problems = problems.sorted { $0.sortKey < $1.sortKey }
    self.fitting = fitting
  }
}

extension ModelError.Problem {
  /// The tensor of the file that is there and not as it should be.
  var misfit: String? {
    switch self {
    case .shape(let name, _, _), .notFinite(let name, _, _, _), .unreadable(let name, _): name
    case .missing, .unexpected, .ambiguous, .parametrization, .unknownClass, .unknownArgument,
      .argument, .module, .description:
      nil
    }
  }

  /// Problems of the architecture come in its order, then those of tensors by name.
  fileprivate var sortKey: (Int, String, Int) {
    switch self {
    case .ambiguous, .parametrization, .unknownClass, .unknownArgument, .argument, .module,
      .description:
      (0, "", 0)
    case .missing(let name, _, _): (1, name, 0)
    case .shape(let name, _, _): (1, name, 1)
    case .notFinite(let name, _, _, _): (1, name, 2)
    case .unreadable(let name, _): (1, name, 3)
    case .unexpected(let name, _): (1, name, 4)
    }
  }
}
