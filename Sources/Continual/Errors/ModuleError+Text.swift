import Tensors

extension ModuleError: CustomStringConvertible {
  /// The dotted path and the reason.
  public var description: String {
    path.isEmpty ? reason : path.joined(separator: ".") + ": " + reason
  }

  /// What was found, what was expected, and what to do, in one sentence.
  public var reason: String {
    switch finding {
    case .arguments(let misfits): misfits.map(\.text).joined(separator: "; ")
    case .frame(let misfit): misfit.text
    case .clip(let misfit): misfit.text
    case .branches(let misfit): misfit.text
    case .streams(let misfit): misfit.text
    case .wiring(let problems): problems.map(\.description).joined(separator: "; ")
    case .stream(let misfit): misfit.text
    case .size(let misfit): misfit.text
    case .reason(_, let reason): reason
    }
  }
}

/// How arguments are printed.
enum Arguments {
  /// A list as Python prints a tuple, and a single value without parentheses.
  static func tuple(_ values: [Int]) -> String { tuple(values.map(String.init)) }

  /// A list as Python prints a tuple, where nothing is printed as None.
  static func tuple(_ values: [Int?]) -> String {
    tuple(values.map { $0.map(String.init) ?? "None" })
  }

  private static func tuple(_ words: [String]) -> String {
    words.count == 1 ? words[0] : "(" + words.joined(separator: ", ") + ")"
  }

  /// A number as Python prints a float, but without a needless `.0`.
  static func number(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? String(value)
  }

  /// A boolean as Python prints it.
  static func bool(_ value: Bool) -> String { value ? "True" : "False" }

  /// Several shapes, one behind the other.
  static func list(_ shapes: [Shape]) -> String {
    shapes.map(\.description).joined(separator: ", ")
  }

  /// What a shape should have been.
  static func shape(_ axes: [ModuleError.AxisLength]) -> String {
    "(" + axes.map(\.text).joined(separator: ", ") + ")"
  }
}

extension ModuleError.AxisLength {
  fileprivate var text: String {
    switch self {
    case .exactly(let length): String(length)
    case .any(let name): name
    case .multiple(let factor, let name): "\(factor) * \(name)"
    }
  }
}
