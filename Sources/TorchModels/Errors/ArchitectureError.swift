/// What is wrong with an architecture, all of it, each with its place.
public struct ArchitectureError: Error, Hashable, Sendable {
  /// One thing that is wrong.
  public struct Problem: Hashable, Sendable {
    /// Where it is: a JSON path as `$.model.modules[2].stride`, or the path of a pickled module; empty
    /// where the file cannot be read.
    public let place: String

    /// What was found, and what was expected.
    let finding: Finding

    init(place: String, _ finding: Finding) {
      self.place = place
      self.finding = finding
    }
  }

  /// The file or the entry that holds the architecture.
  public let source: String

  /// Everything that is wrong, in the order of the architecture.
  public let problems: [Problem]

  init(source: String, problems: [Problem]) {
    self.source = source
    self.problems = problems
  }

  init(source: String, place: String, _ finding: Finding) {
    self.init(source: source, problems: [Problem(place: place, finding)])
  }
}

extension ArchitectureError.Problem {
  /// What kind of problem it is.
  public enum Code: String, Hashable, Sendable {
    /// The file cannot be read.
    case file
    /// The text is not JSON.
    case json
    /// It is of another format, or of a newer version.
    case format
    /// Something that has to be there is missing.
    case missing
    /// A key that is not known at its place.
    case unknown
    /// A value of another kind, or one that cannot be.
    case value
    /// A module of a pickle that has no description.
    case pickledModule
    /// A call of an exported program, or the program itself, that has no description.
    case exportedProgram
    /// Tensors alone do not tell the network.
    case undetermined
  }

  /// What kind of problem it is.
  public var code: Code {
    switch finding {
    case .file: .file
    case .json: .json
    case .header, .format, .version: .format
    case .missing, .open: .missing
    case .unknownKey: .unknown
    case .kind, .value, .pattern: .value
    case .nested, .pickle: .pickledModule
    case .program, .call: .exportedProgram
    case .recipe: .unknown
    case .nestedName, .tensors, .recipes, .guess: .undetermined
    }
  }
}
