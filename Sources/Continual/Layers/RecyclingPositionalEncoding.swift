public import Tensors

/// Adds a row of a table to each frame, and begins again when the table ends, as
/// `continual.RecyclingPositionalEncoding`.
///
/// Takes and makes clips (B, E, T). Frame `t` of a clip or of a fresh stream gets row `t` modulo the
/// number of rows; clips may be longer than the table, which `continual` refuses. `forward` always begins
/// with row 0. (That of `continual` goes on by `forward_update_index_steps` rows from call to call, so that two
/// calls differ.) Clip and step have the same bits.
public struct RecyclingPositionalEncoding: Module {
  /// The table: (rows, E), `pe.weight` where it was learned and `pe.pattern` where it is fixed.
  public let table: Tensor

  /// `learned`: whether the table was learned.
  public let isLearned: Bool

  /// Makes an encoding.
  ///
  /// - Parameters:
  ///   - table: (rows, E), none of them zero.
  ///   - isLearned: whether it was learned; has no effect on the result.
  /// - Throws: ``ModuleError`` where the table has another shape.
  public init(table: Tensor, isLearned: Bool = true) throws(ModuleError) {
    self.table = table
    self.isLearned = isLearned
    guard table.shape.rank == 2, table.shape.count > 0 else {
      throw ModuleError(
        .arguments([
          .shape("the table", table.shape, expected: [.any("num_embeds"), .any("embed_dim")])
        ]))
    }
  }

  public var typeName: String { "RecyclingPositionalEncoding" }

  public var summary: String {
    "embed_dim=\(table.shape[1]), num_embeds=\(table.shape[0]), learned=\(Arguments.bool(isLearned))"
  }

  public var parameterCount: Int { table.shape.count }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == 2 else {
      throw ModuleError(.frame(.axes(frame: frame, type: typeName, expected: 2)))
    }
    guard frame[1] == table.shape[1] else {
      throw ModuleError(
        .frame(.channels(frame: frame, expected: table.shape[1], of: .embedding)))
    }
    return plan.append(
      PositionalEncodingKernel(
        outputFrame: frame, table: table.scalars, rows: table.shape[0]),
      to: input)
  }
}

/// Counts the frames of a stream modulo the rows of the table.
private struct PositionalEncodingKernel: Kernel {
  let outputFrame: Shape
  let table: [Float]
  let rows: Int

  var state: StateLayout { StateLayout(counters: 1) }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let size = outputFrame[1]
    let row = counters[0]
    counters[0] = (row + frames) % rows
    if frames == 1 {
      let addend = table.span.extracting(row * size..<(row + 1) * size)
      for entry in 0..<outputFrame[0] {
        let range = entry * size..<(entry + 1) * size
        var target = output._mutatingExtracting(range)
        copy(input.extracting(range), into: &target)
        DenseLoops.add(addend, to: &target)
      }
      return
    }
    for channel in 0..<outputFrame[0] * size {
      for time in 0..<frames {
        let place = channel * frames + time
        output[place] = input[place] + table[(row + time) % rows * size + channel % size]
      }
    }
  }
}
