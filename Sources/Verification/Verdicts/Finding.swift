import Continual

/// Something that is wrong, or keeps the verdict open: what, where, and with which input.
public struct Finding: Hashable, Sendable {
  /// What is wrong.
  public let problem: Problem

  /// The dotted path of the module; empty for the whole network.
  public let module: String

  /// The module as PyTorch prints it; empty for the whole network.
  public let moduleDescription: String

  /// The way of computing that differs; nil where the problem is not about one.
  public let mode: Mode?

  /// The inputs it was seen with.
  public internal(set) var profiles: [String]

  /// Who computed what the network is compared with.
  public internal(set) var truth = Truth.pytorch

  /// The known difference that it is; nil for one that counts.
  public internal(set) var acceptance: KnownDifference?

  /// What a command needs to show it again; nil where nothing does.
  public let replay: Replay?

  /// Names something that is wrong in the network, or in a module at a path.
  init(
    _ problem: Problem, module: String = "", moduleDescription: String = "", mode: Mode? = nil,
    profiles: [String] = [], replay: Replay? = nil
  ) {
    self.problem = problem
    self.module = module
    self.moduleDescription = moduleDescription
    self.mode = mode
    self.profiles = profiles
    self.replay = replay
  }
}

/// What has to be given to a command so that it makes the same inputs.
public struct Replay: Hashable, Sendable {
  /// The file, as the user named it.
  public let model: String
  public let seed: UInt64
  public let batch: Int
  public let frames: Int
}

extension Finding {
  /// The check that found it.
  public var code: CheckCode { problem.code }

  /// Whether it is a difference, or only keeps the verdict open; one that is accepted is a warning.
  public var verdict: Verdict { acceptance == nil ? problem.verdict : .warning }

  /// The largest difference; nil where nothing was compared.
  public var error: Double? { problem.size.error }

  /// The largest difference that would have passed; nil where nothing would.
  public var allowed: Double? { problem.size.allowed }

  /// The values that differ most; nil where shapes, counts or bits differ.
  public var deviation: Deviation? { problem.deviation }

  /// How far the error is beyond what is allowed.
  var excess: Double {
    guard let error else { return 0 }
    guard let allowed, allowed > 0 else { return error }
    return error / allowed
  }
}
