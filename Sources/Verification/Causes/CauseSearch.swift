import Continual
import Tensors

/// Finds out why PyTorch's output is another one than the network's own in float64.
///
/// First what is wrong with the output itself: numbers that are not finite, zeros, numbers of a narrower
/// type, frames, samples or channels in another order. Then the first module that differs, where the file
/// brings what PyTorch's modules made. Else single changes of the network are tried, until one agrees or the
/// time that they may take is over; and at last whether frames come later or earlier.
struct CauseSearch {
  let oracle: NetworkOracle

  /// The clip.
  let input: Tensor64

  /// What PyTorch made of it.
  let truth: Tensor64

  /// What each module of PyTorch's made, by its path, in the order in which they were done.
  let layers: [(path: String, output: Tensor64)]

  /// Numbers of what other modules made.
  var samples: [ModuleSample] = []

  /// How far two outputs may be apart, as a part of the rms.
  let tolerance: Double

  /// How many seconds single changes may be tried.
  var seconds = 10.0

  /// The cause, or that none was found; nil where nothing was tried.
  func cause() -> ReferenceCause? {
    let start = ContinuousClock.now
    let recorder = OracleRecorder()
    guard let got = try? oracle.forward(input, recordedBy: recorder) else { return nil }
    if let cause = unusable(got) ?? reordered(got) ?? module(recorder.record) { return cause }
    // Another padding shifts all frames but those at the ends: a change explains more than a shift.
    let change = change(recorder.record, after: start)
    if case .change = change { return change }
    return shift(got) ?? change
  }

  /// How far an element may be off.
  private var limit: Double { tolerance * max(truth.rms, 1e-300) }

  /// How far an output is from PyTorch's; nil where it is another one.
  private func distance(_ output: Tensor64) -> Double? {
    guard output.shape == truth.shape else { return nil }
    let limit = limit
    var worst = 0.0
    for (got, want) in zip(output.scalars, truth.scalars) {
      if got.isNaN && want.isNaN || got == want { continue }
      let difference = abs(got - want)
      guard difference <= limit else { return nil }
      worst = max(worst, difference)
    }
    return worst
  }

  // MARK: - The output itself

  private func unusable(_ got: Tensor64) -> ReferenceCause? {
    let bad = truth.scalars.count { !$0.isFinite }
    if bad > 0, got.scalars.allSatisfy(\.isFinite) {
      return .notFinite(count: bad, elements: truth.scalars.count)
    }
    if truth.scalars.allSatisfy({ $0 == 0 }), got.scalars.contains(where: { $0 != 0 }) {
      return .zeros
    }
    guard got.shape == truth.shape else { return nil }
    let types: [(String, Double, (Double) -> Bool)] = [
      ("bfloat16", 0x1p-8, { Float($0).bitPattern & 0xFFFF == 0 && Double(Float($0)) == $0 }),
      ("float16", 0x1p-11, { Double(Float16($0)) == $0 }),
    ]
    for (type, unit, holds) in types where truth.scalars.allSatisfy(holds) {
      // Some roundings more than the last one, of a network that was computed in it.
      let largest = truth.largestMagnitude
      let error = got.scalars.largestDifference(from: truth.scalars)
      if error <= 64 * unit * largest { return .rounded(type: type, error: error) }
    }
    return nil
  }

  private func reordered(_ got: Tensor64) -> ReferenceCause? {
    let frames = truth.shape[2]
    if got.shape == truth.shape {
      if let error = distance(got.selecting((0..<frames).reversed(), along: 2)) {
        return .reversedTime(error: error)
      }
      for (axis, make) in [
        (0, { ReferenceCause.batchOrder($0, error: $1) }),
        (1, { ReferenceCause.channelOrder($0, error: $1) }),
      ] as [(Int, ([Int], Double) -> ReferenceCause)] {
        if let order = order(of: got, along: axis),
          let error = distance(got.selecting(order, along: axis))
        {
          return make(order, error)
        }
      }
      let (dot, square) = zip(got.scalars, truth.scalars).reduce((0.0, 0.0)) {
        ($0.0 + $1.0 * $1.1, $0.1 + $1.0 * $1.0)
      }
      let factor = dot / square
      if factor.isFinite, factor != 0,
        let error = distance(Tensor64(got.shape, got.scalars.map { $0 * factor }))
      {
        return .scaled(factor: factor, error: error)
      }
    }
    return nil
  }

  /// The order of the parts along an axis in which they are those of PyTorch's; nil where there is none, or
  /// it is the order that they have.
  private func order(of got: Tensor64, along axis: Int) -> [Int]? {
    let count = got.shape[axis]
    guard (2...512).contains(count) else { return nil }
    let limit = limit
    let parts = (0..<count).map { got.selecting([$0], along: axis).scalars }
    var order: [Int] = []
    for index in 0..<count {
      let wanted = truth.selecting([index], along: axis).scalars
      let found = (0..<count).first { place in
        !order.contains(place) && zip(parts[place], wanted).allSatisfy { abs($0 - $1) <= limit }
      }
      guard let found else { return nil }
      order.append(found)
    }
    return order == Array(0..<count) ? nil : order
  }

  /// Frames that come some places later or earlier; those at the ends, where there is nothing to compare,
  /// are left out.
  private func shift(_ got: Tensor64) -> ReferenceCause? {
    let (mine, theirs) = (got.shape[2], truth.shape[2])
    guard got.shape.frame == truth.shape.frame else { return nil }
    let limit = limit
    for shift in (1...16).flatMap({ [$0, -$0] }) + (mine == theirs ? [] : [0]) {
      let (first, last) = (max(0, -shift), min(theirs, mine - shift))
      guard last - first >= 2, (last - first) * 2 > theirs else { continue }
      let range = first..<last
      let moved = got.selecting(range.map { $0 + shift }, along: 2).scalars
      let wanted = truth.selecting(Array(range), along: 2).scalars
      let error = moved.largestDifference(from: wanted)
      if error <= limit { return .shiftedTime(frames: shift, error: error) }
    }
    return nil
  }

  // MARK: - Modules

  /// The first module whose output is another one than PyTorch's.
  private func module(_ record: OracleRecord) -> ReferenceCause? {
    // Roundings add up differently in the middle of a network than at its end; where nothing is beyond
    // what they can do there, what is beyond them at the end is looked for.
    let part = max(30 * tolerance, min(1e3 * tolerance, 1e-8))
    return module(record, within: part) ?? module(record, within: tolerance)
  }

  /// The first module whose output is farther off than a part of its rms.
  private func module(_ record: OracleRecord, within part: Double) -> ReferenceCause? {
    guard !samples.isEmpty else {
      return layers.lazy.compactMap { module($0.path, $0.output, record, within: part) }.first
    }
    let whole = Dictionary(layers.map { ($0.path, $0.output) }) { first, _ in first }
    let parts = Dictionary(samples.map { ($0.path, $0) }) { first, _ in first }
    return record.order.lazy.compactMap { path in
      whole[path].flatMap { module(path, $0, record, within: part) }
        ?? parts[path].flatMap { module($0, record, within: part) }
    }.first
  }

  /// A module whose output is farther off than a part of its rms; nil where it is not.
  private func module(
    _ sample: ModuleSample, _ record: OracleRecord, within part: Double
  ) -> ReferenceCause? {
    guard let got = record.entries[sample.path]?.output else { return nil }
    let module = oracle.module(at: sample.path)
    let description = module?.description ?? ""
    guard got.shape == sample.shape else {
      // What is inside says it more closely.
      guard let module, module.children.isEmpty else { return nil }
      return .shape(
        path: sample.path, description: description, found: got.shape, wanted: sample.shape)
    }
    let error = sample.largestDifference(from: got)
    guard error > part * max(sample.rms, 1e-300) || error.isNaN else { return nil }
    return .module(path: sample.path, description: description, error: error, rms: sample.rms)
  }

  /// The same where all of the output is known.
  private func module(
    _ path: String, _ made: Tensor64, _ record: OracleRecord, within part: Double
  ) -> ReferenceCause? {
    guard let got = record.entries[path]?.output else { return nil }
    let want = made.withoutChomp(of: got.shape)
    guard got.shape.rank == want.shape.rank,
      got.shape.axes.sorted() == want.shape.axes.sorted()
    else {
      // The axes of the same elements can be others; other elements are another output.
      guard let module = oracle.module(at: path), module.children.isEmpty,
        got.shape.count != want.shape.count
      else { return nil }
      return .shape(
        path: path, description: module.description, found: got.shape, wanted: want.shape)
    }
    let limit = part * max(want.rms, 1e-300)
    let errors = want.orders(like: got.shape).map { got.scalars.largestDifference(from: $0) }
    guard let error = errors.min(), error > limit || error.isNaN else { return nil }
    return .module(
      path: path, description: oracle.module(at: path)?.description ?? "", error: error,
      rms: want.rms)
  }

  /// A single change with which the output agrees.
  ///
  /// - Parameters:
  ///   - record: what the modules of the network itself make.
  ///   - began: when the network itself was begun to be computed, which a trial can take as long as.
  /// - Returns: the change, or that none was found; nil for a network in which nothing can be changed.
  private func change(
    _ record: OracleRecord, after began: ContinuousClock.Instant
  ) -> ReferenceCause? {
    let changes = ModuleChanges.all(of: oracle.module)
    guard !changes.isEmpty else { return nil }
    let start = ContinuousClock.now
    // Several at a time take as long as several of the network itself, at the worst.
    let last = start.advanced(by: .seconds(seconds) - (start - began) * 2)
    var tried = 0
    while tried < changes.count, ContinuousClock.now < last {
      let batch = changes[tried..<min(tried + 4, changes.count)].map(\.self)
      let distances = concurrently(batch.count) { index -> Double? in
        let change = batch[index]
        let trial = OracleTrial(path: change.path, module: change.module, known: record)
        return (try? oracle.forward(input, trying: trial)).flatMap { distance($0) }
      }
      for (change, error) in zip(batch, distances) {
        if let error {
          return .change(change.words, path: change.path, error: error)
        }
      }
      tried += batch.count
    }
    return .unknown(tried: tried, of: changes.count, seconds: seconds)
  }
}

extension NetworkOracle {
  /// The module at a path.
  func module(at path: String) -> (any Module)? {
    func find(_ module: any Module, _ own: String) -> (any Module)? {
      if own == path { return module }
      for child in module.children {
        let next = own.adding(module: child.name)
        if path == next || path.hasPrefix(next + ".") || child.name.isEmpty,
          let found = find(child.module, next)
        {
          return found
        }
      }
      return nil
    }
    return find(module, "")
  }
}

extension DenseTensor {
  /// The first frames of a clip, as many as another shape has that differs in nothing else: a causal
  /// convolution can be one with padding at both ends, whose last frames are cut off behind it.
  fileprivate func withoutChomp(of other: Shape) -> DenseTensor {
    guard shape.rank == other.rank, shape.rank > 2, other[2] < shape[2],
      other.frame == shape.frame
    else { return self }
    return frames(0..<other[2])
  }

  /// The elements in all orders of axes that have a shape.
  fileprivate func orders(like target: Shape) -> [[Scalar]] {
    func permutations(_ left: [Int]) -> [[Int]] {
      left.isEmpty
        ? [[]]
        : left.flatMap { first in permutations(left.filter { $0 != first }).map { [first] + $0 } }
    }
    let strides = shape.strides
    return permutations(Array(shape.axes.indices))
      .filter { $0.map { shape[$0] } == target.axes }
      .map { order in
        let own = target.strides
        return (0..<target.count).map { index in
          scalars[
            zip(order, own).enumerated().reduce(0) { sum, item in
              sum + index / item.element.1 % target[item.offset] * strides[item.element.0]
            }]
        }
      }
  }
}
