package import Continual
package import Tensors

/// What a whole network should compute, in float64: PyTorch's `forward` of the `.double()` network.
///
/// Modules are asked one after the other, each for its own definition, so that the result depends on
/// no plan, no queue and no timing.
package struct NetworkOracle: Sendable {
  /// The network.
  package let module: any Module

  /// Makes the oracle of a network.
  package init(_ module: any Module) { self.module = module }

  /// Which of the two meanings of a network is asked for.
  private enum Meaning {
    case clip
    case steps
  }

  /// What `forward` makes of a clip.
  ///
  /// - Parameter clip: (B, C, T, S…).
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``VerificationError``, with the path of the module that cannot say.
  package func forward(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try Inside(meaning: .clip, path: "").output(of: NamedModule("", module), for: clip)
  }

  /// What `forward` makes of a clip, and what each module in it does, for a recorder.
  func forward(
    _ clip: Tensor64, recordedBy recorder: OracleRecorder
  ) throws(VerificationError) -> Tensor64 {
    try Inside(meaning: .clip, path: "", recorder: recorder)
      .output(of: NamedModule("", module), for: clip)
  }

  /// What `forward` makes of a clip with another module somewhere.
  func forward(
    _ clip: Tensor64, trying trial: OracleTrial
  ) throws(VerificationError) -> Tensor64 {
    try Inside(meaning: .clip, path: "", trial: trial)
      .output(of: NamedModule("", module), for: clip)
  }

  /// What `forward` makes of a clip where each module is off by about as much as rounding in `Float` can
  /// move it.
  ///
  /// How far the output is then from the exact one is how far rounding moves the output of this network,
  /// found out without any of the modes that are judged.
  ///
  /// - Parameters:
  ///   - clip: (B, C, T, S…).
  ///   - seed: starts the random numbers.
  /// - Returns: (B, C', T', S'…).
  /// - Throws: ``VerificationError``, with the path of the module that cannot say.
  func forward(_ clip: Tensor64, roundedBy seed: UInt64) throws(VerificationError) -> Tensor64 {
    try Inside(meaning: .clip, path: "", seed: seed)
      .output(of: NamedModule("", module), for: clip)
  }

  /// What the steps over a clip and its end padding yield.
  ///
  /// - Parameter clip: (B, C, T, S…).
  /// - Returns: (B, C', T', S'…); the steps without end padding yield the first of these frames.
  /// - Throws: ``VerificationError``, with the path of the module that cannot say.
  package func steps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try Inside(meaning: .steps, path: "").output(of: NamedModule("", module), for: clip)
  }

  /// How many frames `forward` makes of a clip; nil where PyTorch refuses it, or where a module has
  /// no oracle.
  ///
  /// - Parameter frames: the number of frames that come in.
  /// - Returns: the number of frames that come out.
  package func outputLength(ofClip frames: Int) -> Int? { NetworkOracle.length(module, frames) }

  /// The modules that have no oracle.
  package var missing: [String] { missing(in: module, path: "") }

  /// Whether a module has its meaning in the oracle of the sequence that it stands in.
  static func isPartOfSequence(_ module: any Module) -> Bool {
    module is BroadcastStreams || module is Parallel || module is ParallelDispatch
      || module is Reduce
  }

  private static func length(_ module: any Module, _ frames: Int) -> Int? {
    guard let referenced = module as? any Referenced else { return nil }
    return referenced.referenceLength(ofClip: frames, inside: length)
  }

  private func missing(in module: any Module, path: String) -> [String] {
    var paths: [String] = []
    if !(module is any Referenced) && !NetworkOracle.isPartOfSequence(module) {
      paths.append(path.isEmpty ? module.typeName : "\(path) (\(module.typeName))")
    }
    for child in module.children {
      paths += missing(in: child.module, path: path.adding(module: child.name))
    }
    return paths
  }

  private struct Inside: InsideReference {
    let meaning: Meaning
    let path: String
    /// Starts the numbers by which modules are off; nil for the exact definitions.
    var seed: UInt64?
    /// Gets what each module makes; nil for nobody.
    var recorder: OracleRecorder?
    /// Another module in the place of one; nil for the network as it is.
    var trial: OracleTrial?

    /// The same one level deeper.
    private func at(_ path: String) -> Inside {
      Inside(meaning: meaning, path: path, seed: seed, recorder: recorder, trial: trial)
    }

    func entering(_ child: NamedModule) -> any InsideReference {
      at(path.adding(module: child.name))
    }

    func output(of child: NamedModule, for clip: Tensor64) throws(VerificationError) -> Tensor64 {
      let path = path.adding(module: child.name)
      if let known = trial?.output(at: path, for: clip) { return known }
      let asked = trial?.path == path ? trial?.module ?? child.module : child.module
      guard let module = asked as? any Referenced else {
        throw VerificationError(.oracle(.type(child.module.typeName)), path: path)
      }
      try trial?.check(module, at: path, takes: clip)
      let inside = at(path)
      do throws(VerificationError) {
        if let seed {
          let definition = try module.definition(clip, inside: inside, isSteps: meaning == .steps)
          var random = RandomSource(seed: seed, for: path)
          return try definition.rounded(module, clip, with: &random)
        }
        let output =
          switch meaning {
          case .clip: try module.reference(clip, inside: inside)
          case .steps: try module.referenceSteps(clip, inside: inside)
          }
        recorder?.enter(path, clip, output)
        return output
      } catch {
        throw error.path.isEmpty
          ? VerificationError(error.finding, path: path) : error
      }
    }
  }
}
