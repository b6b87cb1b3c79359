extension Plan {
  /// Whether frames are only held back or left out somewhere: then the receptive field that is declared counts
  /// the frames that are held, although an output depends on one of them.
  package var holdsFrames: Bool {
    nodes.contains {
      guard case .kernel(let kernel) = $0.operation else { return false }
      return kernel is HoldingKernel
    }
  }
}
