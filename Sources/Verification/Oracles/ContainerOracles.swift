public import Continual
public import Tensors

/// A container that combines what the modules inside make.
protocol Joining: Referenced {
  /// How they are combined.
  var reduce: Reduction { get }

  /// What is combined: (B, C, T, S…) each.
  func parts(
    _ clip: Tensor64, _ inside: any InsideReference
  ) throws(VerificationError) -> [Tensor64]
}

extension Joining {
  public func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try Combination.combine(try parts(clip, inside), by: reduce)
  }

  /// Output `j` is made of output `j` of each branch, as far as all have one.
  public func referenceSteps(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try Combination.combineSteps(try parts(clip, inside), by: reduce)
  }

  /// What they are combined to in one of the two modes, with its rounding.
  func joined(
    _ clip: Tensor64, inside: any InsideReference, isSteps: Bool
  ) throws(VerificationError) -> Definition {
    try Combination.definition(of: try parts(clip, inside), by: reduce, isSteps: isSteps)
  }
}

extension BroadcastReduce: Joining {
  func parts(
    _ clip: Tensor64, _ inside: any InsideReference
  ) throws(VerificationError) -> [Tensor64] {
    var outputs: [Tensor64] = []
    for child in children { outputs.append(try inside.output(of: child, for: clip)) }
    return outputs
  }

  public func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    var lengths: Set<Int> = []
    for child in children {
      guard let length = inside(child.module, frames) else { return nil }
      lengths.insert(length)
    }
    if reduce != .concatenation && lengths.count > 1 { lengths.remove(1) }
    return lengths.count == 1 ? lengths.first : nil
  }
}

extension Residual: Joining {
  func parts(
    _ clip: Tensor64, _ inside: any InsideReference
  ) throws(VerificationError) -> [Tensor64] {
    let output = try inside.output(of: module, for: clip)
    return [kept(of: clip, beside: output), output]
  }

  /// The frames of the input that meet the output: `residual_shrink` says which where the module
  /// makes a clip shorter.
  private func kept(of clip: Tensor64, beside output: Tensor64) -> Tensor64 {
    let frames = clip.shape[2]
    let surplus = frames - output.shape[2]
    guard let shrink, surplus > 0 else { return clip }
    switch shrink {
    case .lagging: return clip.frames(0..<frames - surplus)
    case .leading: return clip.frames(surplus..<frames)
    case .centered: return clip.frames(surplus / 2..<frames - (surplus + 1) / 2)
    }
  }

  public func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    guard let length = inside(module.module, frames) else { return nil }
    if length == frames || (shrink != nil && length < frames) { return length }
    guard reduce != .concatenation else { return nil }
    return length == 1 ? frames : (frames == 1 ? length : nil)
  }
}

extension Framewise: Referenced {
  public func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try inside.output(of: module, for: clip)
  }

  public func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    inside(module.module, frames)
  }
}

extension Conditional: Referenced {
  /// The branch that is taken; without one, the input.
  public func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    guard let taken else { return clip }
    return try inside.output(of: taken, for: clip)
  }

  public func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    taken.map { inside($0.module, frames) } ?? frames
  }
}
