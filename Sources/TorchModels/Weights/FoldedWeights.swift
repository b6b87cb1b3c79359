import Checkpoints
import OrderedCollections
import Tensors

/// Weights that a file holds in parts, put together as PyTorch does before each evaluation.
///
/// | in the file | weight |
/// |---|---|
/// | `w_g`, `w_v`, or `parametrizations.w.original0`, `…1` | weight norm: `g v / ‖v‖` |
/// | `w_orig`, `w_u`, `w_v`, or `parametrizations.w.original`, `….0._u`, `….0._v` | spectral norm: `w / (uᵀ W v)` |
/// | `w_orig`, `w_mask` | pruning: `w mask` |
///
/// They are computed in double precision and rounded once. A weight norm keeps one length for each
/// place of one axis, which the shape of `g` tells, or one for the whole weight.
struct FoldedWeights {
  /// All tensors by the names that modules ask for, in the order of the file.
  private(set) var parameters: OrderedDictionary<String, Parameter> = [:]

  /// The weights that were put together, by what PyTorch calls that.
  private(set) var folded: [(kind: String, name: String)] = []

  private let tensors: OrderedDictionary<String, StoredTensor>

  /// How a weight comes about.
  private enum Recipe {
    case weightNorm(lengths: StoredTensor, directions: StoredTensor)
    case spectralNorm(StoredTensor, left: StoredTensor, right: StoredTensor)
    case pruning(StoredTensor, mask: StoredTensor)

    var kind: String {
      switch self {
      case .weightNorm: "weight norm"
      case .spectralNorm: "spectral norm"
      case .pruning: "pruning"
      }
    }

    /// The tensors that the weight is made of.
    var parts: [StoredTensor] {
      switch self {
      case .weightNorm(let lengths, let directions): [lengths, directions]
      case .spectralNorm(let weight, let left, let right): [weight, left, right]
      case .pruning(let weight, let mask): [weight, mask]
      }
    }

    /// The tensor that has the shape of the weight.
    var whole: StoredTensor {
      switch self {
      case .weightNorm(_, let tensor), .spectralNorm(let tensor, _, _), .pruning(let tensor, _):
        tensor
      }
    }

    /// The weight of a layer whose output channels are an axis, which a spectral norm asks for.
    func values(outputAxis: Int) throws(CheckpointError) -> Tensor64 {
      switch self {
      case .weightNorm(let lengths, let directions):
        try directions.wideValues().withLengths(lengths.wideValues())
      case .spectralNorm(let weight, let left, let right):
        try weight.wideValues().divided(
          by: left.wideValues(), right.wideValues(), outputAxis: outputAxis)
      case .pruning(let weight, let mask):
        try Tensor64(
          weight.shape, zip(weight.wideValues().scalars, mask.wideValues().scalars).map { $0 * $1 })
      }
    }
  }

  /// Puts together what belongs together; all other tensors stay as they are.
  init(_ tensors: OrderedDictionary<String, StoredTensor>) {
    self.tensors = tensors
    var recipes: [String: (base: String, recipe: Recipe)] = [:]
    var used: Set<String> = []
    for name in tensors.keys {
      guard let (base, recipe, parts) = recipe(startingAt: name), tensors[base] == nil else {
        continue
      }
      recipes[name] = (base, recipe)
      used.formUnion(parts)
    }
    let plain = tensors.filter { recipes[$0.key] == nil && !used.contains($0.key) }
    let values = ReadValues(of: OrderedDictionary(uniqueKeysWithValues: plain.map { ($0, $1) }))
    for (name, tensor) in tensors {
      if let (base, recipe) = recipes[name] {
        folded.append((recipe.kind, base))
        parameters[base] = Parameter(
          name: base, shape: recipe.whole.shape, parts: recipe.parts.map(\.path)
        ) { (outputAxis, _) throws(CheckpointError) in
          Parameter.Values(try recipe.values(outputAxis: outputAxis).narrowed)
        }
      } else if !used.contains(name) {
        parameters[name] = Parameter(name: name, shape: tensor.shape, path: tensor.path) {
          (packings) throws(CheckpointError) in try values.take(name, tensor, packings)
        }
      }
    }
  }

  /// What was put together, for the report; empty where nothing was.
  var notes: [String] {
    let kinds = OrderedDictionary(grouping: folded, by: \.kind)
    return kinds.map { kind, weights in
      let names = weights.prefix(3).map(\.name).joined(separator: ", ")
      return
        "\(kind) is folded into \(weights.count) weight\(weights.count == 1 ? "" : "s"): \(names)"
        + (weights.count > 3 ? ", …" : "")
    }
  }

  /// The weight whose first part a tensor is, and the names of all its parts; nil for other tensors.
  private func recipe(
    startingAt name: String
  ) -> (base: String, recipe: Recipe, parts: [String])? {
    if let base = name.without(suffix: "_g") {
      return weightNorm(base, lengths: name, directions: base + "_v")
    }
    if let base = name.without(suffix: "_orig") {
      return spectralNorm(base, name, left: base + "_u", right: base + "_v")
        ?? pruning(base, name, mask: base + "_mask")
    }
    // A parametrization keeps its parts under a path that ends with the weight's name.
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[parts.count - 3] == "parametrizations" else { return nil }
    let base = (parts.dropLast(3) + [parts[parts.count - 2]]).joined(separator: ".")
    let inside = parts.dropLast().joined(separator: ".")
    switch parts[parts.count - 1] {
    case "original0": return weightNorm(base, lengths: name, directions: inside + ".original1")
    case "original":
      return spectralNorm(base, name, left: inside + ".0._u", right: inside + ".0._v")
        ?? spectralNorm(base, name, left: inside + "._u", right: inside + "._v")
    default: return nil
    }
  }

  private func weightNorm(
    _ base: String, lengths: String, directions: String
  ) -> (String, Recipe, [String])? {
    guard let first = tensors[lengths], let second = tensors[directions] else { return nil }
    let (short, long) = (first.shape, second.shape)
    let isScalar = short.rank == 0
    let isAxis =
      short.rank == long.rank
      && zip(short.axes, long.axes).allSatisfy { $0 == 1 || $0 == $1 }
      && short.axes.count(where: { $0 != 1 }) <= 1
    guard isScalar || isAxis else { return nil }
    return (base, .weightNorm(lengths: first, directions: second), [lengths, directions])
  }

  private func spectralNorm(
    _ base: String, _ name: String, left: String, right: String
  ) -> (String, Recipe, [String])? {
    guard let weight = tensors[name], let first = tensors[left], let second = tensors[right],
      first.shape.rank == 1, second.shape.rank == 1,
      weight.shape.spectralAxis(first.shape.count, second.shape.count) != nil
    else { return nil }
    return (base, .spectralNorm(weight, left: first, right: second), [name, left, right])
  }

  private func pruning(
    _ base: String, _ name: String, mask: String
  ) -> (String, Recipe, [String])? {
    guard let weight = tensors[name], let other = tensors[mask], weight.shape == other.shape else {
      return nil
    }
    return (base, .pruning(weight, mask: other), [name, mask])
  }
}

extension Shape {
  /// The axis whose places are the rows of the matrix that a spectral norm is of.
  ///
  /// PyTorch takes the axis of the output channels, which is the second of a transposed convolution;
  /// where that does not fit, it is the other one.
  fileprivate func spectralAxis(_ rows: Int, _ columns: Int, outputAxis: Int = 0) -> Int? {
    [outputAxis, 1 - outputAxis].first { axis in
      axes.indices.contains(axis) && axes[axis] == rows && rows > 0 && count == rows * columns
    }
  }
}

extension Tensor64 {
  /// The place along an axis of each element in turn.
  private func places(along axis: Int) -> [Int] {
    let inner = shape.axes.dropFirst(axis + 1).reduce(1, *)
    return (0..<scalars.count).map { $0 / max(inner, 1) % max(shape[axis], 1) }
  }

  /// These directions with other lengths, as weight norm has it.
  fileprivate func withLengths(_ lengths: Tensor64) -> Tensor64 {
    guard let axis = lengths.shape.axes.firstIndex(where: { $0 != 1 }) else {
      let norm = scalars.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let factor = (lengths.scalars.first ?? 0) / norm
      return Tensor64(shape, scalars.map { $0 * factor })
    }
    let places = places(along: axis)
    var squares = [Double](repeating: 0, count: shape[axis])
    for (value, place) in zip(scalars, places) { squares[place] += value * value }
    let factors = zip(lengths.scalars, squares).map { $0 / $1.squareRoot() }
    return Tensor64(shape, zip(scalars, places).map { $0 * factors[$1] })
  }

  /// This weight divided by its spectral norm, of which the singular vectors are known.
  fileprivate func divided(
    by left: Tensor64, _ right: Tensor64, outputAxis: Int
  ) -> Tensor64 {
    guard
      let axis = shape.spectralAxis(
        left.scalars.count, right.scalars.count, outputAxis: outputAxis)
    else { return self }
    // The columns of the matrix are the places of all other axes, in order.
    let rows = places(along: axis)
    var next = [Int](repeating: 0, count: shape[axis])
    var norm = 0.0
    for (value, row) in zip(scalars, rows) {
      norm += left.scalars[row] * value * right.scalars[next[row]]
      next[row] += 1
    }
    return Tensor64(shape, scalars.map { $0 / norm })
  }
}
