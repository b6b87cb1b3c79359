public import Continual
public import Tensors

/// A module whose definition is written down a second time, in `Double` and in the most obvious
/// loops.
///
/// This second definition is the *oracle* of the module. It shares no code with the kernels that
/// run, so a mistake would have to be made twice to stay unseen. It knows no plan, queue or delay: a
/// clip goes in and a clip comes out.
///
/// Modules without modules inside conform to ``ReferencedLeaf`` instead, which has no `inside`.
public protocol Referenced: Module {
  /// What PyTorch's `forward` makes of a clip (B, C, T, S…), in float64.
  ///
  /// - Parameters:
  ///   - clip: (B, C, T, S…).
  ///   - inside: what the modules inside make of a clip.
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``VerificationError`` where the clip is too short or does not fit.
  func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64

  /// What the steps over a clip yield, with those outputs that only the end padding makes possible;
  /// by default the same as ``reference(_:inside:)``.
  ///
  /// Steps without end padding yield the first of these frames.
  ///
  /// - Parameters:
  ///   - clip: the frames that come in, as (B, C, T, S…).
  ///   - inside: what the modules inside yield.
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``VerificationError`` where the clip is too short or does not fit.
  func referenceSteps(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64

  /// How many frames `forward` makes of a clip of `frames` frames; nil where PyTorch refuses the
  /// clip as too short, or refuses to join what the branches make of it.
  ///
  /// - Parameters:
  ///   - frames: the number of frames that come in.
  ///   - inside: the same question for a module inside.
  /// - Returns: the number of frames that come out.
  func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int?

  /// Whether an output can depend on all frames before it, as in a recurrent layer; false by default.
  var remembersEverything: Bool { get }

  /// The largest magnitude of anything that is added up to one element of the output; by default of
  /// any element of the input.
  ///
  /// A result can be small because large numbers cancelled, and then carries the rounding of those.
  ///
  /// - Parameter clip: (B, C, T, S…).
  /// - Returns: a magnitude.
  func largestTerm(_ clip: Tensor) -> Double

  /// Whether clip and steps promise the same bits wherever they mean the same; false by default.
  ///
  /// They do where each output is one sum in one order. Networks of such modules are compared bit for bit
  /// between the modes. The layers of the library promise it.
  var keepsBitsInSteps: Bool { get }

  /// About how many multiplications the oracle needs for each element of its output; one by default.
  ///
  /// The verifier plans by it how much a run can afford.
  var operationsPerElement: Int { get }
}

extension Referenced {
  public func referenceSteps(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try reference(clip, inside: inside)
  }

  public var remembersEverything: Bool { false }

  public var operationsPerElement: Int { 1 }

  public var keepsBitsInSteps: Bool {
    String(reflecting: Self.self).hasPrefix("Continual.")
  }

  public func largestTerm(_ clip: Tensor) -> Double { clip.largestMagnitude }
}

/// What the modules inside a module make of a clip.
///
/// For the oracle of a whole network these are oracles again. When one container alone is judged,
/// they are what its children really made.
public protocol InsideReference {
  /// What a module inside makes of a clip.
  ///
  /// - Parameters:
  ///   - child: the module, as the container names it.
  ///   - clip: (B, C, T, S…).
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``VerificationError`` where it cannot be said.
  func output(of child: NamedModule, for clip: Tensor64) throws(VerificationError) -> Tensor64

  /// The same question one level deeper, for a container that does not answer itself.
  ///
  /// - Parameter child: the container.
  /// - Returns: what the modules inside it make of a clip.
  func entering(_ child: NamedModule) -> any InsideReference
}

/// A module that can bound its own rounding error, element by element.
///
/// The bound has to hold for every result that the kernel can compute from this very input in the
/// order of summation that it states. An element beyond the screen of the verifier is a difference
/// only if it is beyond this bound too.
public protocol RoundingBounded: Referenced {
  /// The largest rounding error of each element of the output.
  ///
  /// - Parameter clip: (B, C, T, S…), finite.
  /// - Returns: bounds, in the shape of the output.
  /// - Throws: ``VerificationError`` where the clip is too short or does not fit.
  func roundingBound(_ clip: Tensor64) throws(VerificationError) -> Tensor64

  /// The standard deviation of the rounding error of each element of the output, where every sum is
  /// rounded up or down by chance; by default nil, for a module that does not know it.
  ///
  /// A bound on long sums is hundreds of times what rounding does. What is within a few deviations is
  /// rounding also where the bound is too wide to say anything.
  ///
  /// - Parameter clip: (B, C, T, S…), finite.
  /// - Returns: deviations, in the shape of the output.
  /// - Throws: ``VerificationError`` where the clip is too short or does not fit.
  func roundingDeviation(_ clip: Tensor64) throws(VerificationError) -> Tensor64?
}

extension RoundingBounded {
  public func roundingDeviation(_ clip: Tensor64) throws(VerificationError) -> Tensor64? { nil }
}

/// A module whose rounding is measured, since no bound on it stays small: it goes round and round, or
/// through the exponentials of a softmax.
public protocol NoiseMeasured: Referenced {
  /// How far the definition, computed in `Float` in the most obvious order, is from itself in
  /// `Double`.
  ///
  /// The kernel has another order, and so other errors of the same kind; several times this noise is
  /// called rounding.
  ///
  /// - Parameter clip: (B, C, T, S…).
  /// - Returns: the largest difference of any element.
  /// - Throws: ``VerificationError`` where the clip does not fit.
  func noise(_ clip: Tensor64) throws(VerificationError) -> Double
}

/// A ``Referenced`` module with no modules inside.
public protocol ReferencedLeaf: Referenced {
  /// What PyTorch's `forward` makes of a clip (B, C, T, S…), in float64.
  ///
  /// - Parameter clip: (B, C, T, S…).
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``VerificationError`` where the clip is too short or does not fit.
  func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64

  /// What the steps over a clip and the end padding yield; by default ``reference(_:)``.
  ///
  /// - Parameter clip: the frames that come in, as (B, C, T, S…).
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``VerificationError`` where the clip is too short or does not fit.
  func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64

  /// How many frames `forward` makes of a clip; by default as many, nil where it is too short.
  ///
  /// - Parameter frames: the number of frames that come in.
  /// - Returns: the number of frames that come out.
  func referenceLength(ofClip frames: Int) -> Int?
}

extension ReferencedLeaf {
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try reference(clip)
  }

  public func referenceLength(ofClip frames: Int) -> Int? { frames }

  public func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try reference(clip)
  }

  public func referenceSteps(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try referenceSteps(clip)
  }

  public func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    referenceLength(ofClip: frames)
  }
}
