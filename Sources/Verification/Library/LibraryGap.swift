import Continual
import Tensors

/// Where the steps of `continual` 1.2.4 go wrong although the network is written as documented.
///
/// The numbers are those of the register of gaps, which reports name.
public enum LibraryGap: String, Hashable, Sendable, CaseIterable {
  case oneFrameKernel = "G-01"
  case overpadded = "G-02"
  case dilatedPool = "G-03"
  case partialWindow = "G-05"
  case stridedBranches = "G-06"
  case divisors = "G-08"
  case conditional = "G-11"
  case shrinkingDelay = "G-16"
  case severalParallels = "G-17"
  case retroactiveResidual = "G-19"
}

extension LibraryGap {
  /// What the library does there, in one sentence.
  var reason: String {
    switch self {
    case .oneFrameKernel:
      "a convolution of one frame with a stride or padding in time starts anew in each step"
    case .overpadded:
      "with more padding in time than the kernel has frames before its last, the first outputs are lost"
    case .dilatedPool: "a pool with a dilation in time mixes up the frames of its ring"
    case .partialWindow:
      "the last window of ceil_mode, which reaches over the end, never comes"
    case .stridedBranches:
      "branches of unequal delay with a stride in time are delayed by outputs, and counted in inputs"
    case .divisors:
      "steps divide by the whole window, whatever count_include_pad and divisor_override say"
    case .conditional:
      "forward_steps of a Conditional leaves out the end padding and always updates the state, clean_state "
        + "clears nothing, and without a second branch the input is passed on undelayed"
    case .shrinkingDelay:
      "a Delay with auto_shrink yields frames at the end that its forward does not have"
    case .severalParallels:
      "a Parallel that gets nothing from another one in a step stops with an error"
    case .retroactiveResidual:
      "the residual of a retroactive layer keeps an old frame once its window has moved on by one less "
        + "than its length"
    }
  }

  /// Whether it is what an outcome comes of.
  func explains(_ outcome: LibraryOutcome) -> Bool {
    switch self {
    case .severalParallels: outcome == .fails
    default: !showsInSteps || outcome != .stepsAreRight
    }
  }

  /// Whether it shows in the outputs of single steps; else only at the end of a clip, in the next stream,
  /// or after many steps.
  var showsInSteps: Bool {
    switch self {
    case .oneFrameKernel, .overpadded, .dilatedPool, .stridedBranches, .divisors, .severalParallels:
      true
    case .partialWindow, .conditional, .shrinkingDelay, .retroactiveResidual: false
    }
  }
}

/// What comes of it when a network is stepped by the library.
public enum LibraryOutcome: Hashable, Sendable {
  /// Outputs differ from those of the clip by so much.
  case values(error: Double)
  /// Steps yield another number of outputs than they should.
  case outputs(found: Int, expected: Int)
  /// It stops with an error.
  case fails
  /// Single steps are right.
  case stepsAreRight
}

extension Plan {
  /// A gap of the library at a module.
  struct PlacedGap {
    let gap: LibraryGap
    let place: PlacedModule
  }

  /// The gaps of the library that a network has, for clips of `frames` frames.
  ///
  /// A network that the library cannot have, as one with a graph, has none.
  func libraryGaps(ofClip frames: Int) -> [PlacedGap] {
    guard !modules.contains(where: { $0.module is Graph }) else { return [] }
    return modules.compactMap { place in
      gap(of: place, ofClip: frames).map { PlacedGap(gap: $0, place: place) }
    }
  }

  private func gap(of place: PlacedModule, ofClip frames: Int) -> LibraryGap? {
    switch place.module {
    case let module as Convolution: return LibraryGap(of: module)
    case let pool as Pooling:
      if let gap = LibraryGap(of: pool) { return gap }
      guard pool.ceilMode, let length = frameCount(on: place.input, ofClip: frames),
        let found = frameCount(on: place.output, ofClip: frames)
      else { return nil }
      let span = pool.dilation[0] * (pool.kernelSize[0] - 1) + 1
      let whole = (length + 2 * pool.padding[0] - span) / pool.stride[0] + 1
      return found > whole ? .partialWindow : nil
    case let pool as AdaptivePooling: return pool.dilation > 1 ? .dilatedPool : nil
    case let join as BroadcastReduce:
      return join.autoDelay && isUneven(place) ? .stridedBranches : nil
    case let branches as Parallel:
      return branches.autoDelay && isUneven(place) ? .stridedBranches : nil
    case is Conditional:
      let own = timing(of: place)
      return own.receptiveField > 1 || own.warmUp > 0 ? .conditional : nil
    case let sequence as Sequential: return sequence.hasParallelsInARow ? .severalParallels : nil
    case let delay as Delay:
      return delay.autoShrink != nil && delay.frames > 0 ? .shrinkingDelay : nil
    case is RetroactiveTransformerEncoderLayer: return .retroactiveResidual
    case let encoder as TransformerEncoder:
      return encoder.layers.count == 2 ? .retroactiveResidual : nil
    default: return nil
    }
  }

  /// Whether branches have a stride in time and unequal delays.
  private func isUneven(_ place: PlacedModule) -> Bool {
    let timings = place.inside.map { timing(of: modules[$0]) }
    return timings.contains { $0.rate.down > $0.rate.up } && Set(timings.map(\.delay)).count > 1
  }
}

extension Sequential {
  /// Whether a Parallel takes the streams of another one.
  fileprivate var hasParallelsInARow: Bool {
    var isBehind = false
    for child in children {
      if child.module is Parallel {
        if isBehind { return true }
        isBehind = true
      } else if !(child.module is ParallelDispatch) {
        isBehind = false
      }
    }
    return false
  }
}

extension LibraryGap {
  /// What is wrong with the steps of a convolution.
  init?(of module: Convolution) {
    let time = module.windows[0]
    // Causal padding and dilation in time are what the library does not have.
    guard time.before == time.after, time.dilation == 1 else { return nil }
    if time.kernel == 1, time.stride > 1 || time.before > 0 {
      self = .oneFrameKernel
    } else if time.before > time.kernel - 1 {
      self = .overpadded
    } else {
      return nil
    }
  }

  /// What is wrong with the values of the steps of a pool.
  init?(of pool: Pooling) {
    if pool.dilation[0] > 1, pool.kernelSize[0] > 1 {
      self = .dilatedPool
      return
    }
    guard case .average(let countsPadding, let divisor) = pool.kind,
      divisor != nil || (!countsPadding && pool.padding[0] > 0)
    else { return nil }
    self = .divisors
  }
}
