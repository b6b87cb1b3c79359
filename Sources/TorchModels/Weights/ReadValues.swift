import Checkpoints
import Continual
import OrderedCollections
import Synchronization
import Tensors

/// The values of all tensors of a network, read at once when the first is asked for.
///
/// Whoever takes values owns them: nothing is kept here of what a module has taken, so that a network
/// and its checkpoint are not in memory at the same time.
final class ReadValues: Sendable {
  private let tensors: OrderedDictionary<String, StoredTensor>
  private let values = Mutex<[String: Result<Parameter.Values, CheckpointError>]?>(nil)

  /// Will read these tensors, by as many threads as there are processors.
  init(of tensors: OrderedDictionary<String, StoredTensor>) { self.tensors = tensors }

  /// The values of a tensor; read again where they were taken before.
  ///
  /// - Parameters:
  ///   - name: of the tensor.
  ///   - tensor: the tensor.
  ///   - packings: how weights are packed that are read now, by name.
  /// - Returns: its values; a weight is packed where it was read with the others.
  /// - Throws: ``CheckpointError`` where they cannot be read, or are damaged.
  func take(
    _ name: String, _ tensor: StoredTensor, _ packings: [String: Packing]
  ) throws(CheckpointError) -> Parameter.Values {
    let known = values.withLock { values in
      if values == nil { values = readAll(packings) }
      return values?.removeValue(forKey: name)
    }
    guard let known else { return Parameter.Values(try tensor.values()) }
    return try known.get()
  }

  private func readAll(
    _ packings: [String: Packing]
  ) -> [String: Result<Parameter.Values, CheckpointError>] {
    let tensors = Array(tensors)
    let pages = WeightPages(
      for: tensors.lazy.compactMap { name, tensor in
        FloatPieces(of: tensor) == nil ? nil : packings[name]?.count(of: tensor.shape)
      })
    // Each thread reads to the same memory again, which is in its cache.
    let spare = Mutex<[[Float]]>([])
    let values = concurrently(tensors.count) { index in
      var work = spare.withLock { $0.popLast() } ?? []
      defer { spare.withLock { $0.append(work) } }
      let (name, tensor) = tensors[index]
      return Result { () throws(CheckpointError) in
        try ReadValues.read(tensor, packings[name], in: pages, &work)
      }
    }
    return Dictionary(uniqueKeysWithValues: zip(tensors.map(\.key), values))
  }

  /// Reads a tensor, and packs it if it is known how.
  ///
  /// - Parameters:
  ///   - tensor: the tensor.
  ///   - packing: how; nil for a tensor as it is.
  ///   - pages: where panels go; nil if they need none.
  ///   - work: what is read before it is packed.
  /// - Returns: its values; those that are not finite are never packed.
  /// - Throws: ``CheckpointError`` where they cannot be read, or are damaged.
  private static func read(
    _ tensor: StoredTensor, _ packing: Packing?, in pages: WeightPages?, _ work: inout [Float]
  ) throws(CheckpointError) -> Parameter.Values {
    if let packing, let pages, var pieces = FloatPieces(of: tensor),
      var packer = WeightPacker(tensor.shape, packing, in: pages)
    {
      var areFinite = true
      while packer.nextCount > 0 {
        let count = packer.nextCount
        if work.count < count { work = [Float](repeating: 0, count: count) }
        try pieces.next(count, into: &work)
        let rows = work.span.extracting(0..<count)
        areFinite = areFinite && rows.areFinite
        packer.pack(rows)
      }
      // What is not finite is told of the tensor.
      return areFinite
        ? Parameter.Values(finite: packer.weight) : Parameter.Values(try tensor.values())
    }
    let values = Parameter.Values(try tensor.values())
    guard let packing, values.areFinite, packing.fits(values.tensor.shape) else { return values }
    return Parameter.Values(finite: values.weight.packed(packing))
  }
}
