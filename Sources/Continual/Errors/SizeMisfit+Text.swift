import Tensors

extension ModuleError.SizeMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .frame(let axes): "makes frames \(axes), more than can be held at once"
    case .step(let frames, let axes):
      "makes \(frames) frames \(Arguments.tuple(axes)) a step, more than can be held at once"
    case .wire(let frames, let frame):
      "makes \(frames) frames \(frame) in a step, more than can be held"
    case .clip(let frames, let frame):
      "\(frames) frames \(frame) are more than can be held at once"
    case .recurrentClip(let frames):
      "the clip has \(frames) frames, more than can be held at once"
    case .recurrentFrame(let frame, let weights):
      "gets frames \(frame), too many at once for a layer of \(weights) weights"
    case .attention(let frames, let channels):
      "attends over \(frames) frames of \(channels) channels, more than can be held at once"
    case .pooledAxis(let outputs, let length):
      "would make \(outputs) outputs along an axis of \(length); at most \(Size.tableLimit) are "
        + "allowed"
    case .memory(let frames, let numbers):
      "would remember \(frames) frames of \(numbers) numbers in each stream; at most "
        + "\(StreamMemory.largest) numbers are allowed"
    case .layer(let frames, let frame, let kind):
      "would have to remember \(frames) frames \(frame) with "
        + "\(kind == .transposed ? "zeros around them" : "their padding"), more than a layer may"
    case .rateChanges: "raises and lowers the rate of frames too often to count them"
    case .budget(let budget): budget.text
    }
  }
}

extension ModuleError.Budget {
  fileprivate var text: String {
    "makes frames \(frame) and remembers \(remembered) numbers; with these the network needs more "
      + "than \(Self.mebibytes(needed)) MiB for frames and state, and \(Self.mebibytes(allowed)) are "
      + "allowed" + (remedy.map { "; " + $0.text } ?? "")
  }

  private static func mebibytes(_ floats: Int) -> Int { max(floats >> 18, 1) }
}

extension ModuleError.Budget.Remedy {
  fileprivate var text: String {
    switch self {
    case .allow(let bytes):
      "all of it and its clips need about \(bytes >> 20) MiB: for a file that you trust, --limit "
        + "plan-bytes=\(bytes)"
    case .shrink:
      "no computer has what all of it needs: make the frames or the network smaller"
    }
  }
}
