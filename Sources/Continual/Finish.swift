import CKernels
import Tensors

/// What the modules behind a layer do with each of its outputs, done while these are in the nearest cache: a scale
/// and a shift for each channel, and bounds.
///
/// That is a norm with stored statistics and an activation that only cuts, as `ReLU`, `ReLU6` and `Hardtanh`.
/// Every number goes through the same operations, rounded as often, as in the kernels of these modules, so that it
/// has the same bits.
final class Finish: Sendable {
  /// One for each channel; none for a layer behind which nothing is scaled.
  private let scales: [Float]
  private let shifts: [Float]
  private let low: Float
  private let high: Float

  private init(scales: [Float], shifts: [Float], low: Float, high: Float) {
    self.scales = scales
    self.shifts = shifts
    self.low = low
    self.high = high
  }

  /// Scales the channels of frames that have so many of them; nil for a norm of others.
  convenience init?(_ kernel: ChannelScaleKernel, channels: Int) {
    guard kernel.scales.count == channels, kernel.shifts.count == channels else { return nil }
    self.init(
      scales: kernel.scales, shifts: kernel.shifts, low: -.infinity, high: .infinity)
  }

  /// Cuts what is outside some bounds; nil for other functions.
  convenience init?(_ kernel: ActivationKernel) {
    guard let bounds = kernel.bounds else { return nil }
    self.init(scales: [], shifts: [], low: bounds.low, high: bounds.high)
  }

  /// The bounds alone; nil where it scales as well.
  var bounds: (low: Float, high: Float)? { scales.isEmpty ? (low, high) : nil }

  /// This and then another one; nil where the other one scales, or both cut.
  func followed(by next: Finish) -> Finish? {
    guard next.scales.isEmpty, low == -.infinity, high == .infinity else { return nil }
    return Finish(scales: scales, shifts: shifts, low: next.low, high: next.high)
  }

  /// The same with more channels behind its own, whose scales and shifts are zeros.
  func filled(to count: Int) -> Finish {
    guard !scales.isEmpty else { return self }
    let more = [Float](repeating: 0, count: count - scales.count)
    return Finish(scales: scales + more, shifts: shifts + more, low: low, high: high)
  }

  /// Gives a body what the loops in C take, for so many channels from one on.
  @inline(__always)
  func withPointer(
    from channel: Int, count: Int, _ body: (UnsafePointer<ck_finish>) -> Void
  ) {
    precondition(
      scales.isEmpty || channel >= 0 && channel + count <= scales.count,
      "\(count) channels from \(channel) on, of \(scales.count)")
    unsafe scales.withUnsafeBufferPointer { scales in
      unsafe shifts.withUnsafeBufferPointer { shifts in
        let finish = unsafe ck_finish(
          scales: scales.isEmpty ? nil : scales.baseAddress.map { unsafe $0 + channel },
          shifts: shifts.isEmpty ? nil : shifts.baseAddress.map { unsafe $0 + channel },
          low: low, high: high)
        unsafe withUnsafePointer(to: finish, body)
      }
    }
  }

  /// Gives a body that, or nil where there is nothing to finish.
  @inline(__always)
  static func withPointer(
    _ finish: Finish?, from channel: Int, count: Int,
    _ body: (UnsafePointer<ck_finish>?) -> Void
  ) {
    guard let finish else { return body(nil) }
    unsafe finish.withPointer(from: channel, count: count) { pointer in unsafe body(pointer) }
  }
}

/// A kernel that can do what the modules behind it do.
protocol FinishingKernel: Kernel {
  /// The same kernel, whose outputs are finished; nil where it cannot do that.
  func finishing(with finish: Finish) -> Self?
}

extension Finish {
  /// What the in-place kernels behind a layer do, of as many of them as can be done with it.
  ///
  /// - Parameters:
  ///   - kernels: those behind it, in order.
  ///   - channels: those of its frames.
  /// - Returns: what is done, and by how many of them; nil where it is nothing.
  static func first(
    of kernels: [any InPlaceKernel], channels: Int
  ) -> (finish: Finish, count: Int)? {
    var found: (finish: Finish, count: Int)?
    for kernel in kernels {
      let next: Finish? =
        switch kernel {
        case let scale as ChannelScaleKernel: Finish(scale, channels: channels)
        case let activation as ActivationKernel: Finish(activation)
        default: nil
        }
      guard let next else { break }
      guard let before = found else {
        found = (next, 1)
        continue
      }
      guard let both = before.finish.followed(by: next) else { break }
      found = (both, before.count + 1)
    }
    return found
  }
}
