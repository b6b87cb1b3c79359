import Continual
import Synchronization
import Tensors

@testable import Verification

/// A module whose kernel has something wrong with it, while its definition (its oracle) is right.
///
/// The fault is a kernel behind the one of the right module, so any module can be given any fault.
struct FaultyModule: Module {
  let inner: any Module
  let fault: Fault

  init(_ inner: any Module, _ fault: Fault) {
    self.inner = inner
    self.fault = fault
  }

  var typeName: String { inner.typeName }
  var summary: String { inner.summary }

  func divergence(frame: Shape) -> String? { inner.divergence(frame: frame) }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let wire = try inner.lower(input, into: &plan)
    return plan.append(FaultKernel(outputFrame: wire.frame, fault: fault), to: wire)
  }
}

extension FaultyModule: Referenced, RoundingKnown {
  private var right: any Referenced {
    guard let right = inner as? any Referenced else { preconditionFailure("has no oracle") }
    return right
  }

  func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 { try right.reference(clip, inside: inside) }

  func referenceSteps(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 { try right.referenceSteps(clip, inside: inside) }

  var remembersEverything: Bool { right.remembersEverything }

  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    if let sums = inner as? any SumDefined {
      // Which of the two modes is asked for, the values tell.
      let made = [false, true].compactMap { try? sums.definition(clip, isSteps: $0) }
      func distance(_ made: Definition) -> Double {
        made.values.shape == values.shape
          ? made.values.scalars.largestDifference(from: values.scalars) : .infinity
      }
      if let closest = made.min(by: { distance($0) < distance($1) }),
        closest.values.shape == values.shape
      {
        return closest.rounding
      }
    }
    return (inner as? any RoundingKnown)?.rounding(of: values, from: clip)
      ?? .unknown(largestTerm: right.largestTerm(clip.narrowed))
  }

  var keepsBitsInSteps: Bool { true }

  func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    right.referenceLength(ofClip: frames, inside: inside)
  }
}

/// Something that can be wrong with a kernel.
enum Fault: String, CaseIterable, Sendable {
  /// Adds 1e-3 to channel 1, in both modes: a wrong bias that comparing modes cannot see.
  case biasInBothModes
  /// Adds 1e-3 to channel 1 in steps.
  case biasInSteps
  /// Multiplies channel 1 by 1.001 in the clip.
  case weightInClip
  /// Steps yield the output before the last one.
  case shiftedSteps
  /// Steps leave channel 0 at what the frame before had.
  case staleChannel
  /// Steps leave channel 1 at zero.
  case skippedChannel
  /// Steps yield nothing when the first output is due, so that the last one is lost.
  case lateFirstStep
  /// Steps are silent in every other step.
  case wrongStride
  /// End padding yields one frame too few.
  case missingEndPadding
  /// The first output of a stream repeats what replicate padding would make, 1 more than with zeros.
  case wrongFill
  /// A NaN that was seen once stays.
  case stickyNaN
  /// A NaN in one entry of the batch reaches the others.
  case leakingLanes
  /// A counter outside the stream's state changes the output after the first stream.
  case staleAfterReset
  /// `forward` writes to what steps read.
  case forwardMutates
  /// Streams share the frame that they saw last.
  case sharedState
  /// `forward` adds a little of the last frame to the first one.
  case acausalClip
  /// Steps add a little of all that they have seen.
  case endlessMemory
  /// Large frames overflow in steps.
  case burstOverflow
  /// Denormal numbers become 1e-30 in steps.
  case denormalGarbage
  /// From frame 200 on, steps yield the output before the last one, as of a ring that is off by one.
  case lateRing
  /// From frame 64 on, every other output of steps is the one before.
  case slippedPhase
  /// Every hundred frames steps add a little more.
  case driftingState
  /// In frame 256 steps begin anew with zeros.
  case restartingRing
  /// With each end padding that is computed, steps add a little more.
  case spoilingEnd
  /// Where an output frame has an odd number of elements, steps leave the last one as it was.
  case staleOddElement
  /// NaN becomes zero, in both modes.
  case lostNaN
  /// Minus infinity becomes zero, in both modes.
  case lostInfinity
  /// Numbers are kept between -200 and 200, in both modes.
  case clippedInput
  /// Numbers above 88 overflow in both modes, as in a softmax that does not take away the maximum.
  case overflowingPower
  /// `forward` multiplies by 1 + 1e-6.
  case scaledClip
  /// `forward` multiplies by 3.5.
  case swollenClip
  /// Chunks of several frames add a little.
  case wrongChunks
  /// The frame that was seen last, which changes the output, is kept outside the stream's state.
  case memoryOutside
  /// The third entry of a batch has a wrong bias, in both modes.
  case wrongThirdEntry
  /// Channel 1 is larger by a tenth in steps.
  case largerChannelInSteps
  /// Channel 1 is larger by a tenth in both modes.
  case largerChannel
}

/// What is shared by all streams of a faulty kernel, and should not be.
final class SharedMemory: Sendable {
  let values = Mutex<[Float]>([])
}

/// Hands frames on, with a fault.
struct FaultKernel: Kernel {
  let outputFrame: Shape
  let fault: Fault
  let shared = SharedMemory()

  var state: StateLayout { StateLayout(floats: 2 * outputFrame.count + 1, counters: 1) }

  private var channels: Int { outputFrame[1] }
  private func channel(_ index: Int) -> Int {
    index / (outputFrame.count / (channels * outputFrame[0])) % channels
  }

  /// A kernel is told how many outputs are due, so one that is late has to say so.
  var timing: Timing {
    switch fault {
    case .lateFirstStep: Timing(warmUp: 1)
    case .wrongStride: Timing(stride: 2)
    default: .identity
    }
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    if ends, fault == .spoilingEnd { shared.values.withLock { $0.append(0) } }
    let rows = FrameRows(outputFrame)
    var frame = [Float](repeating: 0, count: rows.count)
    var place = 0
    for time in 0..<frames {
      var target = frame.mutableSpan
      rows.read(time, of: input, frames: frames, into: &target)
      var result = step(Array(target.span), &memory, time: counters[0])
      if fault == .wrongChunks, frames > 1 { result = result.map { $0 + 1e-3 } }
      counters[0] += 1
      guard
        timing.outputCount(ofInputs: counters[0]) > timing.outputCount(ofInputs: counters[0] - 1)
      else { continue }
      rows.write(result.span, to: place, of: &output, frames: outputs)
      place += 1
    }
  }

  private func step(
    _ frame: [Float], _ memory: inout MutableSpan<Float>, time: Int
  ) -> [Float] {
    var output = frame
    defer { for index in frame.indices { memory[index] = frame[index] } }
    let count = frame.count
    switch fault {
    case .biasInBothModes, .biasInSteps:
      for index in frame.indices where channel(index) == 1 { output[index] += 1e-3 }
    case .shiftedSteps:
      for index in frame.indices { output[index] = memory[index] }
    case .staleChannel:
      for index in frame.indices where channel(index) == 0 { output[index] = memory[index] }
    case .skippedChannel:
      for index in frame.indices where channel(index) == 1 { output[index] = 0 }
    case .wrongFill:
      if time == 0 { for index in frame.indices { output[index] += 1 } }
    case .stickyNaN:
      for index in frame.indices {
        if frame[index].isNaN { memory[count + index] = .nan }
        output[index] += memory[count + index]
      }
    case .leakingLanes:
      var hasNaN = false
      for index in frame.indices where frame[index].isNaN { hasNaN = true }
      if hasNaN { for index in frame.indices { output[index] += 1e-3 } }
    case .staleAfterReset:
      let seen = shared.values.withLock { values in
        values.append(0)
        return values.count
      }
      if time == 0 { for index in frame.indices { output[index] += 1e-3 * Float(seen) } }
    case .memoryOutside:
      let previous = shared.values.withLock { values in
        let previous = time == 0 ? nil : values.first
        values = [frame[0]]
        return previous ?? 0
      }
      for index in frame.indices { output[index] += 1e-3 * previous }
    case .wrongThirdEntry: output = addingToThirdEntry(frame)
    case .largerChannelInSteps, .largerChannel:
      for index in frame.indices where channel(index) == 1 { output[index] *= 1.1 }
    case .forwardMutates, .sharedState:
      let value = frame[0]
      let previous = shared.values.withLock { values in
        let previous = values.first ?? 0
        if fault == .sharedState { values = [value] }
        return previous
      }
      for index in frame.indices { output[index] += 1e-3 * previous }
    case .endlessMemory:
      memory[2 * count] += frame[0]
      for index in frame.indices { output[index] += 1e-3 * memory[2 * count] }
    case .burstOverflow:
      for index in frame.indices where abs(frame[index]) > 15 { output[index] = .infinity }
    case .denormalGarbage:
      for index in frame.indices where abs(frame[index]) < 1e-37 { output[index] = 1e-30 }
    case .lateRing:
      if time >= 200 { for index in frame.indices { output[index] = memory[index] } }
    case .slippedPhase:
      if time >= 64, time % 2 == 1 { for index in frame.indices { output[index] = memory[index] } }
    case .driftingState:
      for index in frame.indices { output[index] += 1e-4 * Float(time / 100) }
    case .restartingRing:
      if time == 256 { for index in frame.indices { output[index] = 0 } }
    case .spoilingEnd:
      let ends = Float(shared.values.withLock(\.count))
      for index in frame.indices { output[index] += 1e-3 * ends }
    case .staleOddElement:
      if count % 2 == 1 { output[count - 1] = memory[count - 1] }
    case .lostNaN, .lostInfinity, .clippedInput, .overflowingPower:
      for index in frame.indices { output[index] = changed(frame[index]) }
    case .weightInClip, .missingEndPadding, .acausalClip, .lateFirstStep, .wrongStride,
      .scaledClip, .swollenClip, .wrongChunks:
      break
    }
    return output
  }

  private func addingToThirdEntry(_ frame: [Float]) -> [Float] {
    let size = frame.count / outputFrame[0]
    return frame.enumerated().map { $0 / size == 2 ? $1 + 1e-3 : $1 }
  }

  /// What both modes make of a number.
  private func changed(_ value: Float) -> Float {
    switch fault {
    case .lostNaN: value.isNaN ? 0 : value
    case .lostInfinity: value == -.infinity ? 0 : value
    case .clippedInput: value.isNaN ? value : min(max(value, -200), 200)
    case .overflowingPower: value > 88 ? .infinity : value
    default: value
    }
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    fault == .missingEndPadding ? frames + 1 : frames
  }

  func forward(
    _ input: Span<Float>, frames length: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    let clip = Tensor(outputFrame.clip(frames: length), Array(input))
    var frames = (0..<length).map { clip.frame($0).scalars }
    switch fault {
    case .biasInBothModes:
      for time in frames.indices {
        for index in frames[time].indices where channel(index) == 1 { frames[time][index] += 1e-3 }
      }
    case .weightInClip:
      for time in frames.indices {
        for index in frames[time].indices where channel(index) == 1 { frames[time][index] *= 1.001 }
      }
    case .forwardMutates:
      shared.values.withLock { $0 = [clip.scalars[0]] }
    case .lostNaN, .lostInfinity, .clippedInput, .overflowingPower:
      for time in frames.indices { frames[time] = frames[time].map(changed) }
    case .scaledClip:
      for time in frames.indices { frames[time] = frames[time].map { $0 * (1 + 1e-6) } }
    case .swollenClip:
      for time in frames.indices { frames[time] = frames[time].map { $0 * 3.5 } }
    case .wrongThirdEntry:
      for time in frames.indices { frames[time] = addingToThirdEntry(frames[time]) }
    case .largerChannel:
      for time in frames.indices {
        for index in frames[time].indices where channel(index) == 1 { frames[time][index] *= 1.1 }
      }
    case .memoryOutside:
      for time in frames.indices.dropFirst().reversed() {
        for index in frames[time].indices {
          frames[time][index] += 1e-3 * clip.frame(time - 1).scalars[0]
        }
      }
    case .acausalClip:
      for index in frames[0].indices { frames[0][index] += 1e-2 * frames[frames.count - 1][index] }
    case .missingEndPadding:
      // As if steps had lost the last frame: the clip has one more than they can yield.
      frames.append(frames[frames.count - 1])
    default: break
    }
    let made = Tensor(frames: frames, of: outputFrame).scalars
    for index in made.indices { output[index] = made[index] }
  }
}
