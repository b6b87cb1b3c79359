import Tensors

/// Where keys and values lie, packed for the dense loops.
///
/// An attention multiplies twice by what is only known while it runs: the keys by the queries, and
/// the values by the weights of the positions. Both are kept in panels of eight rows, as
/// ``PackedMatrix`` keeps weights, so that the same loops serve. For each head:
///
/// * the keys are a matrix (positions, channels of the head);
/// * the values are a matrix (channels of the head, positions).
///
/// In a stream, position `t` is in slot `t % L`. A sum over positions then would start at another
/// position in each step. The values therefore have 2 L columns, and each is stored twice, L apart: the
/// window is one run of columns, the oldest first, and steps have the bits of the clip. The rows of the
/// keys need no such thing, since no sum runs over them.
struct AttentionPanels: Sendable {
  let heads: Int
  /// The channels of a head.
  let size: Int
  /// How many positions have a key.
  let keys: Int
  /// How many columns the values have.
  let columns: Int

  /// The floats of the keys of a head.
  private let keyCount: Int
  /// The floats of one panel of values.
  private let panelCount: Int
  private let valuePanels: Int

  /// - Parameters:
  ///   - heads: the number of heads.
  ///   - size: the channels of a head.
  ///   - positions: the number of positions.
  ///   - isRing: whether the values are stored twice.
  init(heads: Int, size: Int, positions: Int, isRing: Bool) {
    let height = DenseLoops.panelHeight
    self.heads = heads
    self.size = size
    keys = positions
    columns = isRing ? 2 * positions : positions
    keyCount = (positions + height - 1) / height * height * size
    panelCount = columns * height
    valuePanels = (size + height - 1) / height
  }

  /// The floats of all panels.
  var count: Int { heads * (keyCount + valuePanels * panelCount) }

  /// Where the keys of a head are.
  func keyPanels(ofHead head: Int) -> Range<Int> { head * keyCount..<(head + 1) * keyCount }

  /// Where `count` columns of a panel of values are, from `first` on.
  func valuePanel(ofHead head: Int, row: Int, first: Int, count: Int) -> Range<Int> {
    let height = DenseLoops.panelHeight
    let start =
      heads * keyCount + (head * valuePanels + row / height) * panelCount + first * height
    return start..<start + count * height
  }

  /// Where the key of a channel at a position is.
  @inline(__always)
  func key(_ channel: Int, at position: Int) -> Int {
    let height = DenseLoops.panelHeight
    let (head, row) = (channel / size, channel % size)
    return head * keyCount + (position / height * size + row) * height + position % height
  }

  /// Where the value of a channel in a column is.
  @inline(__always)
  func value(_ channel: Int, in column: Int) -> Int {
    let height = DenseLoops.panelHeight
    let (head, row) = (channel / size, channel % size)
    return heads * keyCount + (head * valuePanels + row / height) * panelCount + column * height
      + row % height
  }

  /// Puts the key and the value of a position into a ring.
  ///
  /// - Parameters:
  ///   - source: the matrices of keys and, behind it, of values: a row for each channel.
  ///   - column: that of the position.
  ///   - stride: the columns of a row.
  ///   - slot: where the position is in the ring.
  ///   - ring: the panels.
  func store(
    _ source: Span<Float>, column: Int, of stride: Int, in slot: Int,
    ring: inout MutableSpan<Float>
  ) {
    let height = DenseLoops.panelHeight
    let values = heads * size * stride
    for head in 0..<heads {
      let first = head * size
      let keys = key(first, at: slot)
      for row in 0..<size {
        ring[keys + row * height] = source[(first + row) * stride + column]
      }
      var row = 0
      while row < size {
        let place = value(first + row, in: slot)
        for index in 0..<min(height, size - row) {
          let number = source[values + (first + row + index) * stride + column]
          ring[place + index] = number
          // The second copy, as many columns further as there are positions.
          ring[place + copyDistance + index] = number
        }
        row += height
      }
    }
  }

  /// From one copy of a value to the other.
  private var copyDistance: Int { keys * DenseLoops.panelHeight }
}
