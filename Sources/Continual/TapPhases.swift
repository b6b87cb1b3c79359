import CKernels

/// What is added to the bases of a product: multiples of a length that is not known before a chunk comes.
struct TapPhases: Sendable {
  /// How many lengths are added to each base; none for zeros.
  let phases: [Int]
  let length: Int

  /// - Precondition: there are at most ``most`` phases.
  init(_ phases: [Int], length: Int) {
    precondition(phases.count <= TapPhases.most, "\(phases.count) phases")
    self.phases = phases
    self.length = length
  }

  /// How many there can be.
  static let most = Int(CK_MOST_PHASES)

  private init() {
    phases = []
    length = 0
  }

  /// Nothing is added.
  static var none: TapPhases { TapPhases() }
}
