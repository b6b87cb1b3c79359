public import Continual
public import Tensors

/// What is to be judged: a network, the frames it gets, and what is known of where it came from.
public struct Subject: Sendable {
  /// The network, and the plan it runs by where that has been made already.
  private enum Network {
    case module(any Module, frame: Shape)
    case plan(Plan)
  }

  private let network: Network

  /// The number of frames of the clips it is judged with.
  public let clipLength: Int

  /// The element type its weights have in the file.
  public let weights: ScalarType

  /// Whether weights were rounded to float32, so that they are not quite PyTorch's.
  public let roundsWeights: Bool

  /// What loading it brought to light.
  public let loading: LoadingFacts

  /// Names what is to be judged; its plan is made when the verifier runs.
  ///
  /// - Parameters:
  ///   - module: the network.
  ///   - frame: the shape (B, C, S…) of its input frames.
  ///   - clipLength: the number of frames of the clips it is judged with.
  ///   - weights: the element type of its weights in the file.
  ///   - roundsWeights: whether weights were rounded to float32.
  ///   - loading: what loading it brought to light.
  public init(
    _ module: any Module, frame: Shape, clipLength: Int, weights: ScalarType = .float32,
    roundsWeights: Bool = false, loading: LoadingFacts = LoadingFacts()
  ) {
    network = .module(module, frame: frame)
    self.clipLength = clipLength
    self.weights = weights
    self.roundsWeights = roundsWeights
    self.loading = loading
  }

  /// Names a network whose plan has been made; it is not made a second time.
  ///
  /// - Parameters:
  ///   - plan: the network, for the frames that it is judged with.
  ///   - clipLength: the number of frames of the clips it is judged with, which is the one the plan
  ///     was made for.
  ///   - weights: the element type of its weights in the file.
  ///   - roundsWeights: whether weights were rounded to float32.
  ///   - loading: what loading it brought to light.
  public init(
    _ plan: Plan, clipLength: Int, weights: ScalarType = .float32,
    roundsWeights: Bool = false, loading: LoadingFacts = LoadingFacts()
  ) {
    network = .plan(plan)
    self.clipLength = clipLength
    self.weights = weights
    self.roundsWeights = roundsWeights
    self.loading = loading
  }
}

extension Subject {
  /// The plan to judge.
  ///
  /// - Returns: the plan that was given, or a new one.
  /// - Throws: ``VerificationError`` where the network does not take such frames.
  func makePlan() throws(VerificationError) -> Plan {
    switch network {
    case .plan(let plan): return plan
    case .module(let module, let frame):
      do throws(ModuleError) {
        return try Plan(module, frame: frame, clipLength: clipLength)
      } catch {
        throw VerificationError(.notRun(error))
      }
    }
  }
}
