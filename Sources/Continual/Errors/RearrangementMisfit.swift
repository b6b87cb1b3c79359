extension ModuleError {
  /// A pattern of a `Rearrange` that cannot be, or lengths that do not go with it.
  public enum RearrangementMisfit: Hashable, Sendable {
    /// The argument that gives the length of an axis that the pattern does not name.
    case unknownAxis(String)
    /// Several axes of unknown length that are one axis together.
    case openLengths([String])
    /// Time on the left side that is not one name.
    case timeIsNotAlone
    /// Time that stands elsewhere on the right side; its name.
    case timeMoves(String)
    /// Time whose length is given; its name.
    case timeHasLength(String)
    /// Sides without batch, channels or time.
    case tooFewAxes(isFramewise: Bool)
    /// A pattern that does not have two sides.
    case patternSides(String)
    /// Everything else that is wrong with a pattern.
    case pattern(String, [PatternMisfit])
  }

  /// Something that is wrong with the pattern of a rearrangement.
  public enum PatternMisfit: Hashable, Sendable {
    /// A side of a pattern.
    public enum Side: String, Hashable, Sendable {
      /// Before the arrow.
      case left
      /// Behind the arrow.
      case right
    }

    /// Names that a side has more than once.
    case repeated([String], Side)
    /// Names that only one side has.
    case onlyOn(Side, [String])
    /// Parentheses in parentheses.
    case nested(Side)
    /// A `)` without `(`.
    case notOpened(Side)
    /// A `(` without `)`.
    case notClosed(Side)
    /// An ellipsis.
    case ellipsis
    /// A word that cannot be the name of an axis.
    case word(String)
  }
}
