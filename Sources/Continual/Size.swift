import Tensors

/// Sizes that a checkpoint can ask for.
enum Size {
  /// The most floats that one array of a layer may hold: 4 GiB.
  ///
  /// It keeps a damaged or hostile file from asking for all memory. The state of a video network is
  /// some hundred megabytes.
  static let limit = 1 << 30

  /// The most entries of a table that is made with a plan, such as a place for each window.
  ///
  /// The numbers of a file of a few bytes decide how many there are, before anything is computed.
  static let tableLimit = 1 << 22

  /// The product of lengths, none negative; nil where it is above the limit.
  static func product(_ lengths: [Int]) -> Int? {
    guard let shape = Shape(checking: lengths), shape.count <= limit else { return nil }
    return shape.count
  }

  /// The number of frames where so many are made of each.
  ///
  /// - Throws: ``ModuleError`` where there is none, or more than can be counted.
  static func length(ofClip frames: Int, enlargedBy factor: Int) throws(ModuleError) -> Int {
    let (length, overflow) = frames.multipliedReportingOverflow(by: factor)
    guard frames > 0, !overflow else {
      throw ModuleError(.clip(.empty(frames: frames)))
    }
    return length
  }
}
