import Synchronization
package import Tensors

/// The weights of a product, in one of two forms: PyTorch's tensor, or packed for the dense loops.
///
/// If modules kept their tensors beside what plans pack of them, a network would be in memory twice. A
/// weight is there once. It comes as the tensor of a file; the first plan packs it, and every later
/// one shares that. Who asks for the tensor then, as an oracle does, gets one made again from the
/// packed form, with the same bits. Copies of a weight share the memory.
package struct Weight: Sendable {
  /// The shape of the tensor; its first axis are the rows of the product.
  package let shape: Shape

  private let store: Store

  /// A weight that is not packed yet.
  package init(_ tensor: Tensor) {
    shape = tensor.shape
    store = Store(.plain(tensor))
  }

  /// A weight of zeros, which takes no memory until it is packed: for networks of which only the shape
  /// matters.
  package init(zeros shape: Shape) {
    self.shape = shape
    store = Store(.zeros)
  }

  /// A weight that was packed as it was read.
  ///
  /// - Parameters:
  ///   - shape: of the tensor.
  ///   - matrices: one for each block of rows.
  ///   - packing: how they were cut.
  init(_ shape: Shape, packed matrices: [PackedMatrix], _ packing: Packing) {
    self.shape = shape
    store = Store(.packed(matrices, packing))
  }

  private init(_ shape: Shape, _ store: Store) {
    self.shape = shape
    self.store = store
  }

  /// The same numbers with other axes.
  ///
  /// - Precondition: the length of the first axis stays, if they are packed.
  package func reshaped(_ shape: Shape) -> Weight {
    precondition(shape.count == self.shape.count, "\(self.shape) as \(shape)")
    return store.form.withLock { form in
      switch form {
      case .zeros: Weight(shape, Store(.zeros, expectation: store.expectation))
      case .packed(let matrices, let packing) where shape[0] == self.shape[0]:
        Weight(shape, packed: matrices, packing)
      case .plain, .packed, .phases: Weight(form.tensor(of: self.shape).reshaped(shape))
      }
    }
  }

  /// Notes how plans will ask for the matrices of a weight that is not read yet, so that it can be packed while it is
  /// read.
  func expect(_ packing: @autoclosure () -> Packing) {
    guard store.form.withLock({ if case .zeros = $0 { true } else { false } }) else { return }
    let packing = packing()
    store.expectation.packing.withLock { $0 = packing }
  }

  /// How plans will ask for the matrices; nil where nobody has said.
  package var expectedPacking: Packing? { store.expectation.packing.withLock(\.self) }

  /// The same weight, packed as a plan will ask for it.
  package func packed(_ packing: Packing) -> Weight {
    _ = matrices(packing)
    return self
  }

  /// The tensor, as it came; made anew by each call once it is packed.
  package var tensor: Tensor { store.form.withLock { $0.tensor(of: shape) } }

  /// The packed matrices.
  ///
  /// - Parameters:
  ///   - packing: how they are cut; another one than before packs them anew.
  ///   - biases: what the sums of all rows start from; nil for zero.
  /// - Returns: one for each block of rows.
  func matrices(_ packing: Packing, biases: [Float]? = nil) -> [PackedMatrix] {
    let matrices = store.form.withLock { form in
      if case .packed(let matrices, packing) = form { return matrices }
      let matrices = packing.matrices(of: form.take(shape))
      form = .packed(matrices, packing)
      return matrices
    }
    guard let biases else { return matrices }
    var row = 0
    return zip(matrices, packing.blocks).map { matrix, rows in
      defer { row += rows }
      return matrix.starting(from: Array(biases[row..<row + rows]))
    }
  }

  /// The packed matrices of a transposed convolution, whose sums all start from the same biases.
  ///
  /// - Parameters:
  ///   - packing: how the places of the kernel are divided; another one than before packs them anew.
  ///   - biases: one number an output channel; nil for zero.
  /// - Returns: one for each phase.
  func matrices(_ packing: PhasePacking, biases: [Float]?) -> [PackedMatrix] {
    let matrices = store.form.withLock { form in
      if case .phases(let matrices, packing) = form { return matrices }
      let matrices = packing.matrices(of: form.tensor(of: shape))
      form = .phases(matrices, packing)
      return matrices
    }
    return biases.map { biases in matrices.map { $0.starting(from: biases) } } ?? matrices
  }

  /// All rows as one packed matrix.
  ///
  /// - Parameters:
  ///   - bias: what the sums start from; nil for zero.
  ///   - groups: its groups.
  ///   - order: the column of the tensor that each packed column comes from; nil for the same.
  /// - Returns: the matrix.
  func matrix(bias: Tensor?, groups: Int = 1, order: [Int]? = nil) -> PackedMatrix {
    matrices(Packing(blocks: [shape[0]], groups: groups, order: order), biases: bias?.scalars)[0]
  }

  private enum Form {
    case zeros
    case plain(Tensor)
    case packed([PackedMatrix], Packing)
    case phases([PackedMatrix], PhasePacking)

    func tensor(of shape: Shape) -> Tensor {
      switch self {
      case .zeros: Tensor(shape)
      case .plain(let tensor): tensor
      case .packed(let matrices, let packing): packing.tensor(of: matrices, shape: shape)
      case .phases(let matrices, let packing): packing.tensor(of: matrices, shape: shape)
      }
    }

    /// The tensor, which is no longer here: whoever takes it may change it where it is.
    mutating func take(_ shape: Shape) -> Tensor {
      defer { self = .zeros }
      return tensor(of: shape)
    }
  }

  private final class Store: Sendable {
    let form: Mutex<Form>
    let expectation: Expectation

    init(_ form: sending Form, expectation: Expectation = Expectation()) {
      self.form = Mutex(form)
      self.expectation = expectation
    }
  }

  /// What is known of the matrices of a weight before it is read, whatever shape it is given then.
  private final class Expectation: Sendable {
    let packing = Mutex<Packing?>(nil)
  }
}

extension Weight: Hashable {
  /// Whether the tensors are equal.
  package static func == (left: Weight, right: Weight) -> Bool {
    left.store === right.store || left.shape == right.shape && left.tensor == right.tensor
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(shape) }
}

/// How the rows and columns of a weight become matrices.
package struct Packing: Hashable, Sendable {
  /// The rows of each matrix, one below the other, those of all groups together.
  let blocks: [Int]
  /// The groups of each of them.
  var groups = 1
  /// The column of the tensor that each packed column comes from; nil for the same.
  var order: [Int]?

  fileprivate func matrices(of tensor: consuming Tensor) -> [PackedMatrix] {
    precondition(blocks.reduce(0, +) == tensor.shape[0], "blocks \(blocks) of \(tensor.shape)")
    if let rows = blocks.first, blocks.count == 1 {
      return [
        PackedMatrix(
          taking: tensor.takeScalars(), groups: groups, rows: rows / groups, order: order)
      ]
    }
    let columns = tensor.scalars.count / tensor.shape[0]
    var row = 0
    return blocks.map { rows in
      defer { row += rows }
      return PackedMatrix(
        tensor.scalars.span.extracting(row * columns..<(row + rows) * columns), groups: groups,
        rows: rows / groups, order: order)
    }
  }

  fileprivate func tensor(of matrices: [PackedMatrix], shape: Shape) -> Tensor {
    var scalars: [Float] = []
    scalars.reserveCapacity(shape.count)
    for matrix in matrices { matrix.unpack(into: &scalars, order: order) }
    return Tensor(shape, scalars)
  }
}
