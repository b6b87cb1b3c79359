import CKernels

// Pools in space and in time.
extension DenseLoops {
  /// How many lines of a ``SlidingPool`` are made at once.
  static let poolLines = Int(CK_POOL_LINES)

  /// Pools planes.
  ///
  /// - Parameters:
  ///   - source: what the planes are part of.
  ///   - start: where the first one starts.
  ///   - plane: the floats from one plane to the next.
  ///   - pool: the windows.
  ///   - target: what the pooled planes are part of.
  ///   - first: where the first one of these starts.
  ///   - pooledPlane: the floats from one pooled plane to the next.
  ///   - planes: the number of planes.
  ///   - scratch: at least as many floats as the pool says.
  ///   - instructionSet: by default the best one.
  static func pool(
    _ source: Span<Float>, from start: Int, plane: Int, by pool: SlidingPool,
    into target: inout MutableSpan<Float>, from first: Int, plane pooledPlane: Int, planes: Int,
    scratch: inout MutableSpan<Float>, instructionSet: InstructionSet = .current
  ) {
    guard planes > 0 else { return }
    precondition(
      start >= 0 && plane >= 0 && start + (planes - 1) * plane + pool.inputCount <= source.count,
      "a plane is outside the input")
    precondition(
      first >= 0 && pooledPlane >= 0
        && first + (planes - 1) * pooledPlane + pool.outputCount <= target.count,
      "a plane is outside the output")
    precondition(scratch.count >= pool.scratch, "\(scratch.count) floats of work space")
    unsafe pool.factors[0].withUnsafeBufferPointer { rowFactors in
      unsafe pool.factors[1].withUnsafeBufferPointer { columnFactors in
        unsafe source.withUnsafeBufferPointer { source in
          unsafe target.withUnsafeMutableBufferPointer { target in
            guard let from = source.baseAddress, let to = target.baseAddress else { return }
            let windows = unsafe ck_plane_pool(
              rows: window(pool, axis: 0), columns: window(pool, axis: 1),
              row_factors: rowFactors.baseAddress, column_factors: columnFactors.baseAddress)
            let cost = Double(pool.inputCount + pool.outputCount) * 2 * nanosecondsOfElement
            Threads.split(planes, cost: cost, work: &scratch, of: pool.scratch) { part, scratch in
              var windows = unsafe windows
              unsafe scratch.withUnsafeMutableBufferPointer { scratch in
                unsafe ck_pool_planes(
                  instructionSet.rawValue, pool.isMaximum ? 1 : 0,
                  from + start + part.lowerBound * plane, plane, &windows, scratch.baseAddress,
                  to + first + part.lowerBound * pooledPlane, pooledPlane, part.count)
              }
            }
          }
        }
      }
    }
  }

  private static func window(_ pool: SlidingPool, axis: Int) -> ck_window {
    let window = pool.axes[axis]
    return ck_window(
      length: pool.lengths[axis], outputs: pool.factors[axis].count, kernel: window.kernel,
      stride: window.stride, dilation: window.dilation, before: window.before)
  }

  /// Combines some frames of a ring into one frame of a chunk: their maxima, or their sums in single precision
  /// from the first to the last, divided.
  ///
  /// - Parameters:
  ///   - memory: what the ring is.
  ///   - ring: where its frames are.
  ///   - first: the first frame.
  ///   - step: how many frames further the next one is, less than the ring has.
  ///   - count: how many frames, at least one.
  ///   - isMaximum: whether maxima are taken.
  ///   - divisor: what the sums are divided by.
  ///   - target: a chunk.
  ///   - place: which of its frames is written.
  ///   - frames: the number of its frames.
  ///   - rows: the rows of a frame.
  ///   - instructionSet: by default the best one.
  static func combine(
    _ memory: Span<Float>, in ring: FrameRing, first: Int, step: Int, count: Int,
    isMaximum: Bool, divisor: Float, into target: inout MutableSpan<Float>, at place: Int,
    frames: Int, rows: FrameRows, instructionSet: InstructionSet = .current
  ) {
    guard rows.count > 0 else { return }
    precondition(
      count > 0 && step >= 0 && ring.slots > 0 && ring.frameCount == rows.count
        && ring.count <= memory.count, "frames of another ring")
    precondition(
      0 <= place && place < frames && rows.count * frames <= target.count,
      "frame \(place) of \(frames) is outside the output")
    unsafe memory.withUnsafeBufferPointer { memory in
      unsafe target.withUnsafeMutableBufferPointer { target in
        guard let to = target.baseAddress else { return }
        let source = unsafe ck_frames(
          slots: memory.baseAddress, size: ring.frameCount, slot_count: ring.slots,
          first: ring.slot(of: first), step: step, count: count)
        unsafe ck_pool_frames(
          instructionSet.rawValue, isMaximum ? 1 : 0, source, divisor, to + place * rows.plane,
          frames * rows.plane, rows.rows, rows.plane)
      }
    }
  }
}
