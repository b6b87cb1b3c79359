extension Plan {
  /// A node whose `forward` makes one frame of a whole clip.
  package struct WholeClip: Hashable, Sendable {
    /// The path of its module.
    package let path: String

    /// How many frames its steps make one of.
    public let window: Int

    /// How many frames `forward` makes one of; nil where the clip is too short to get there.
    public let found: Int?
  }

  /// How the time of a module's output relates to the time of its own input.
  public func timing(of module: PlacedModule) -> Timing {
    nodes.timing(from: module.inputs, to: module.output)
  }

  /// The nodes that make one frame of a whole clip of `frames` frames, and of how many they do.
  ///
  /// Steps mean the same as the clip where `window` and `found` are equal.
  package func wholeClips(ofClip frames: Int) -> [WholeClip] {
    let lengths = wireLengths(ofClip: frames)
    return nodes.compactMap { node in
      guard case .kernel(let kernel) = node.operation, let window = kernel.wholeClipWindow else {
        return nil
      }
      return WholeClip(path: node.path, window: window, found: lengths[node.inputs[0].id])
    }
  }

  /// How many frames ``forward(_:observer:)`` makes of a clip of `frames` frames; nil where the clip
  /// is too short, or branches that are joined get different lengths.
  public func outputLength(ofClip frames: Int) -> Int? {
    wireLengths(ofClip: frames)[output.id]
  }

  /// The shortest clip on which steps and clip mean the same in all layers that make one frame of a
  /// whole clip.
  ///
  /// - Parameter limit: the longest clip to try.
  /// - Returns: the number of frames; nil where no length will do, and one where there is no such
  ///   layer.
  package func commonClipLength(upTo limit: Int = 4096) -> Int? {
    (1...limit).first { frames in
      wholeClips(ofClip: frames).allSatisfy { $0.found == $0.window }
    }
  }

  /// How many frames there are on each wire for a clip of `frames` frames.
  private func wireLengths(ofClip frames: Int) -> [Int?] {
    var lengths = [Int?](repeating: nil, count: nodes.count + 1)
    lengths[0] = frames
    for node in nodes {
      let inputs = node.inputs.map { lengths[$0.id] }
      switch node.operation {
      case .kernel(let kernel):
        lengths[node.output.id] = inputs[0].flatMap { try? kernel.outputLength(ofClip: $0) }
      case .join(let join):
        let known = inputs.compactMap(\.self)
        lengths[node.output.id] = known.count == inputs.count ? try? join.length(of: known) : nil
      }
    }
    return lengths
  }
}
