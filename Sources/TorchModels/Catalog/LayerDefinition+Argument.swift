public import PlainData

extension LayerDefinition {
  /// One argument of a class.
  public struct Argument: Hashable, Sendable {
    /// The name, as in PyTorch's constructor.
    public let name: String

    /// What it can be.
    public let kind: Kind

    /// What holds where it is left out.
    public let standard: Standard

    /// What it means, in one sentence.
    public let summary: String

    /// Whether a draft of an architecture asks for it: it matters, and no tensor tells it.
    public let isOpenInDrafts: Bool

    /// Describes an argument.
    ///
    /// - Parameters:
    ///   - name: as in PyTorch's constructor.
    ///   - kind: what it can be.
    ///   - standard: what holds where it is left out; a literal for a default.
    ///   - summary: what it means, in one sentence.
    ///   - isOpenInDrafts: whether a draft of an architecture asks for it.
    public init(
      _ name: String, _ kind: Kind, _ standard: Standard, _ summary: String,
      isOpenInDrafts: Bool = false
    ) {
      self.name = name
      self.kind = kind
      self.standard = standard
      self.summary = summary
      self.isOpenInDrafts = isOpenInDrafts
    }

    /// The default; nil where it has none.
    public var defaultValue: PlainValue? {
      if case .value(let value) = standard { value } else { nil }
    }
  }

  /// What an argument can be.
  public enum Kind: Hashable, Sendable {
    /// An integer of 32 bits.
    case int
    /// A number; infinities as `"inf"` and `"-inf"`.
    case number
    /// True or false.
    case bool
    /// A text.
    case string
    /// One of a few words.
    case choice([String])
    /// An integer for all axes, or a list with one for each.
    case sizes
    /// The same, with null for an axis that stays as it is.
    case optionalSizes
    /// A list of integers.
    case integers
    /// Something else, told in a few words.
    case value(String)

    /// A choice by the values of an enumeration.
    public static func choice<Choice: RawRepresentable<String> & CaseIterable>(
      of type: Choice.Type
    ) -> Kind {
      .choice(type.allCases.map(\.rawValue))
    }

    /// A choice by some values of an enumeration.
    public static func choice<Choice: RawRepresentable<String>>(of choices: [Choice]) -> Kind {
      .choice(choices.map(\.rawValue))
    }

    /// What it can be, in a few words.
    public var text: String {
      switch self {
      case .int: "integer"
      case .number: "number"
      case .bool: "true or false"
      case .string: "string"
      case .choice(let words): words.map { "\"\($0)\"" }.joined(separator: ", ")
      case .sizes: "integer, or a list with one for each axis"
      case .optionalSizes: "integer, null, or a list with one for each axis"
      case .integers: "list of integers"
      case .value(let text): text
      }
    }
  }

  /// What holds where an argument is left out.
  public enum Standard: Hashable, Sendable {
    /// A default, which is PyTorch's.
    case value(PlainValue)
    /// What the tensors of the file tell; what is given has to agree with them.
    case told
    /// Nothing tells it: it has to be given.
    case required
    /// What the argument's sentence says.
    case unset
    /// The argument is accepted because PyTorch's constructor has it, and changes nothing here.
    case ignored
  }
}

extension LayerDefinition.Standard: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByStringLiteral
{
  /// A default that is an integer.
  public init(integerLiteral value: Int) { self = .value(.int(value)) }

  /// A default that is a number.
  public init(floatLiteral value: Double) { self = .value(.double(value)) }

  /// A default that is true or false.
  public init(booleanLiteral value: Bool) { self = .value(.bool(value)) }

  /// A default that is a word.
  public init(stringLiteral value: String) { self = .value(.string(value)) }
}
