import Tensors

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
    let lengths = frameCounts(ofClip: frames)
    return nodes.compactMap { node in
      guard case .kernel(let kernel) = node.operation, let window = kernel.wholeClipWindow else {
        return nil
      }
      return WholeClip(path: node.path, window: window, found: lengths[node.inputs[0].id])
    }
  }

  /// How many frames ``forward(_:)`` makes of a clip of `frames` frames; nil where the clip
  /// is too short, or branches that are joined get different lengths.
  public func outputLength(ofClip frames: Int) -> Int? {
    frameCounts(ofClip: frames)[output.id]
  }

  /// The shortest clip on which steps and clip mean the same in all layers that make one frame of a
  /// whole clip.
  ///
  /// Lengths that are too short are passed over by the rate at which frames come to such a layer, and a
  /// length that is too long for one of them ends the search. So it takes a few lengths for most networks;
  /// only one that is too short to get there, or makes branches of different lengths, is followed by the
  /// next one. A network of very many nodes is tried with fewer lengths.
  ///
  /// - Parameter limit: the longest clip to try.
  /// - Returns: the number of frames; nil where no length will do, and one where there is no such
  ///   layer.
  package func commonClipLength(upTo limit: Int = 4096) -> Int? {
    let timings = nodes.compactMap { node -> Timing? in
      guard case .kernel(let kernel) = node.operation, kernel.wholeClipWindow != nil else {
        return nil
      }
      return timing(of: node.inputs[0])
    }
    var left = max(Plan.mostLengthsOfWires / max(nodes.count, 1), 256)
    /// The longest length that is known to be too short, or to say nothing.
    var short = 0
    var frames = 1
    var isJumping = true
    while frames <= limit, left > 0 {
      left -= 1
      switch fit(of: frames, timings) {
      case .tooShort(let step):
        short = frames
        frames = frames.plus(isJumping ? step : 1)
      case .fits where frames == short + 1: return frames
      case .tooLong where frames == short + 1: return nil
      case .fits, .tooLong:
        // Frames came in larger groups than the rate says: one by one from the last that was too short.
        (frames, isJumping) = (short + 1, false)
      }
    }
    return nil
  }

  private enum Fit {
    case fits
    /// For some layer; no longer clip has fewer frames there.
    case tooLong
    /// Or it makes branches of different lengths. So many frames more do not make too many of it.
    case tooShort(step: Int)
  }

  /// How a length fits the layers that make one frame of a whole clip.
  private func fit(of frames: Int, _ timings: [Timing]) -> Fit {
    var step = 0
    for (clip, timing) in zip(wholeClips(ofClip: frames), timings) {
      guard let found = clip.found else {
        step = max(step, 1)
        continue
      }
      guard found <= clip.window else { return .tooLong }
      guard found < clip.window else { continue }
      let missing = clip.window - found - 1 - timing.mostOutputsOfStep.times(2)
      step = max(step, max(missing, 0).times(timing.rate.down) / timing.rate.up, 1)
    }
    return step == 0 ? .fits : .tooShort(step: step)
  }

  /// How many lengths of wires are found out for one answer; a second's work at most.
  private static let mostLengthsOfWires = 1 << 24

  /// The length of a clip at which a layer that makes all frames of it, and one frame in steps, gets as many
  /// frames as its window has; nil where there is no such layer, or no such length.
  package var lengthOfWindow: Int? {
    for place in modules {
      guard let single = place.module as? any SinglePosition, !single.singleOutputForward,
        let window = single.windowLength
      else { continue }
      // In front of a padded convolution it is the same, or a few frames more or less.
      let tried = [window] + (1...64).flatMap { [window + $0, window - $0] }
      return tried.first { $0 > 0 && frameCount(on: place.input, ofClip: $0) == window }
    }
    return nil
  }

  /// How many frames ``forward(_:)`` has on a wire for a clip of `frames` frames; nil where it does
  /// not get there.
  package func frameCount(on wire: Wire, ofClip frames: Int) -> Int? {
    frameCounts(ofClip: frames)[wire.id]
  }

  /// How many frames there are on each wire, by its number, for a clip of `frames` frames; nil where it does
  /// not get there.
  package func frameCounts(ofClip frames: Int) -> [Int?] {
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
