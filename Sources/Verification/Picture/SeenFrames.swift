import Tensors

/// What a run has seen of each frame, where a page is to show it.
struct SeenFrames: Sendable {
  /// What a row of frames is about.
  enum Subject: Hashable, Sendable {
    /// A module in one mode.
    case layer(LayerKey)
    /// Two ways to compute the output, as `clip/step`.
    case pair(String)
  }

  /// The frames of each, several to a cell where there are many; those of all inputs together.
  private(set) var rows: [Subject: [FrameError]] = [:]

  /// How many frames the cells of a row stand for.
  private(set) var frameCounts: [Subject: Int] = [:]

  /// Elements over time, the worst of each place.
  private(set) var traces: [Trace] = []

  /// How many elements are shown over time.
  private static let mostTraces = 6

  /// About how many cells a map has, in which as many rows are put together as it takes.
  private static let mostCells = 14_000

  /// How many cells a row may have, where there are so many modules.
  static func mostCells(ofModules count: Int) -> Int {
    min(FrameError.mostCells, mostCells / min(max(count, 1), HeatMap.mostRows))
  }

  /// Takes up the frames of one clip.
  mutating func add(
    _ errors: [FrameError], of subject: Subject, most: Int = FrameError.mostCells
  ) {
    add(FrameError.binned(errors, into: most), of: subject, frames: errors.count)
  }

  private mutating func add(_ cells: [FrameError], of subject: Subject, frames: Int) {
    guard frames > 0 else { return }
    // Clips of one run have one length; what has another one is not put beside them.
    guard let known = rows[subject] else {
      (rows[subject], frameCounts[subject]) = (cells, frames)
      return
    }
    guard frameCounts[subject] == frames, known.count == cells.count else { return }
    for (place, cell) in cells.enumerated() { rows[subject]?[place].worsen(cell) }
  }

  /// Takes up an element over time; of several of one module, or of the output, the worst is kept.
  mutating func add(_ trace: Trace?) {
    guard let trace else { return }
    let same = traces.firstIndex { $0.module == trace.module && $0.sources == trace.sources }
    if let same {
      if trace.ratio > traces[same].ratio { traces[same] = trace }
    } else {
      traces.append(trace)
    }
    // What is the same is worth a look only where nothing differs.
    if traces.contains(where: { $0.error > 0 }) { traces.removeAll { $0.error == 0 } }
    // The first module that differs is where to look, so that later ones give way.
    if traces.count > SeenFrames.mostTraces { traces.removeLast() }
  }

  /// Takes up what another check has seen.
  mutating func add(_ other: SeenFrames) {
    for (subject, cells) in other.rows {
      add(cells, of: subject, frames: other.frameCounts[subject] ?? 0)
    }
    for trace in other.traces { add(trace) }
  }
}

extension Trace {
  /// What is compared.
  fileprivate var sources: [Source] { lines.map(\.source) }
}

extension Evidence {
  /// Takes up the frames of a module.
  mutating func see(_ outcome: LayerOutcome, most: Int) {
    guard !outcome.frames.isEmpty else { return }
    let key = LayerKey(index: outcome.index, mode: outcome.mode)
    seen.add(outcome.frames, of: .layer(key), most: most)
    seen.add(outcome.trace)
  }

  /// Takes up each frame of two ways to compute the output, which have the same shape.
  mutating func see(
    pair: String, profile: String, _ got: Tensor64, _ want: Tensor64,
    limit: (_ offset: Int) -> Double
  ) {
    guard got.shape == want.shape else { return }
    let errors = FrameError.all(got, want, profile: profile) { offset, _ in limit(offset) }
    seen.add(errors, of: .pair(pair))
  }
}
