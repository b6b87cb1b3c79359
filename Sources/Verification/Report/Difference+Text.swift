import TextLayout

// The words of a difference. Nothing decides by them.

extension Difference {
  /// Which elements and how, as in `channel 5 only, every frame, constant offset +1.0e-04`.
  var pattern: String {
    var parts: [String] = []
    if let entries { parts.append("batch " + Difference.list(entries) + " only") }
    switch change {
    case .shifted(let frames):
      let place = frames < 0 ? "- \(-frames)" : "+ \(frames)"
      parts.append("shifted: frame j is frame j \(place) of what it should be")
    case .elements(let elements): parts += elements.words
    }
    if notFinite > 0 { parts.append("\(Number.grouped(notFinite)) elements are not finite") }
    return parts.joined(separator: ", ")
  }

  /// What it probably comes from; nil where nothing stands out.
  var hint: String? { cause?.words }

  /// A few numbers in words; many are counted.
  fileprivate static func list(_ numbers: [Int]) -> String {
    guard numbers.count > 6 else { return numbers.map(String.init).joined(separator: ", ") }
    return numbers.prefix(5).map(String.init).joined(separator: ", ")
      + " and \(numbers.count - 5) more"
  }
}

extension Difference.Elements {
  fileprivate var words: [String] {
    var parts: [String] = []
    if let channels {
      let noun = channels.count == 1 ? "channel " : "channels "
      parts.append(noun + Difference.list(channels) + " only")
    }
    parts.append(frames.words)
    switch constant {
    case .offset(let offset):
      parts.append("constant offset " + (offset > 0 ? "+" : "") + Number.short(offset))
    case .factor(let factor):
      parts.append("constant factor " + Number.fixed(factor, decimals: 4))
    case nil: break
    }
    return parts
  }
}

extension Difference.Frames {
  fileprivate var words: String {
    switch self {
    case .every: "every frame"
    case .edges(.first, let count):
      count == 1 ? "the first frame only" : "the first \(count) frames only"
    case .edges(.last, let count):
      count == 1 ? "the last frame only" : "the last \(count) frames only"
    case .edges(.both, _): "the first and last frames only"
    case .one(let frame): "frame \(frame) only"
    case .several(let count, let length, let first, let last):
      "\(count) of \(length) frames, from \(first) to \(last)"
    }
  }
}

extension Difference.Cause {
  fileprivate var words: String {
    switch self {
    case .shift(let frames):
      "an output comes \(Number.count(abs(frames), "frame")) too \(frames > 0 ? "early" : "late")"
    case .batchEntry:
      "entries of a batch should not differ: state or an index of one entry is wrong"
    case .edges(.first):
      "what stands for the frames before the first one (zeros, replicate) is wrong"
    case .edges(.last): "what stands for the frames after the last one (end padding) is wrong"
    case .edges(.both): "what stands for the frames outside the clip (the fill) is wrong"
    case .bias(let channel): "looks like the bias of channel \(channel)"
    case .weight(let channel): "looks like a weight of channel \(channel)"
    }
  }
}
