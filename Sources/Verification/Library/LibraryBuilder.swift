import Continual
import Tensors

/// Makes steppers of modules.
struct LibraryBuilder {
  let clipLength: Int

  typealias Made = (any LibraryStepper, LibraryShape)

  func stepper(_ module: any Module, _ shape: LibraryShape) throws(ModuleError) -> Made {
    switch module {
    case let module as Sequential: return try chain(module.children.map(\.module), shape)
    case let module as BroadcastStreams:
      let count = module.count ?? 1
      return (
        StatelessStepper { .many([LibraryValue](repeating: $0, count: count)) },
        .many([LibraryShape](repeating: shape, count: count))
      )
    case let module as Parallel:
      guard case .many(let shapes) = shape, shapes.count == module.children.count else {
        throw ModuleError(.streams(.others))
      }
      return try branches(
        zip(module.children.map(\.module), shapes).map { ($0, $1) }, isBroadcast: false,
        autoDelay: module.autoDelay)
    case let module as ParallelDispatch:
      return (StatelessStepper.dispatch(module.mapping), dispatched(module.mapping, shape))
    case let module as Reduce:
      return (StatelessStepper.join(module.reduction), try joined(shape, module.reduction))
    case let module as BroadcastReduce:
      return try joined(
        branches(
          module.children.map { ($0.module, shape) }, isBroadcast: true,
          autoDelay: module.autoDelay), by: module.reduce)
    case let module as Residual: return try residual(module, shape)
    case let module as Conditional: return try conditional(module, shape)
    default: break
    }
    guard case .one(let frame) = shape else {
      throw ModuleError(.streams(.others))
    }
    switch module {
    case let module as Convolution where LibraryGap(of: module) != nil:
      return try convolution(module, frame)
    case let module as Pooling where LibraryGap(of: module) != nil:
      return try pool(module, frame)
    case let module as AdaptivePooling where module.dilation > 1 && module.window ?? 1 > 1:
      return try pool(module, frame)
    default: return try right(module, frame)
    }
  }

  private func right(_ module: any Module, _ frame: Shape) throws(ModuleError) -> Made {
    let plan = try Plan(module, frame: frame, clipLength: clipLength)
    return (
      RightStepper(stream: plan.makeStream(), time: LibraryTime(plan.timing)),
      .one(plan.output.frame)
    )
  }

  private func delay(_ frames: Int, _ shape: LibraryShape) throws(ModuleError) -> any LibraryStepper
  {
    guard case .one(let frame) = shape else {
      throw ModuleError(.streams(.others))
    }
    let plan = try Plan(try Delay(frames: frames), frame: frame)
    return RightStepper(stream: plan.makeStream(), time: .delay(frames))
  }

  private func chain(_ modules: [any Module], _ shape: LibraryShape) throws(ModuleError) -> Made {
    var (shape, steppers): (LibraryShape, [any LibraryStepper]) = (shape, [])
    for (index, module) in modules.enumerated() {
      var module = module
      if let broadcast = module as? BroadcastStreams, broadcast.count == nil,
        let next = modules.dropFirst(index + 1).first as? Parallel
      {
        module = try BroadcastStreams(count: next.children.count)
      }
      let made = try stepper(module, shape)
      steppers.append(made.0)
      shape = made.1
    }
    return (ChainStepper(steppers: steppers, time: LibraryTime(of: steppers.map(\.time))), shape)
  }

  private func branches(
    _ modules: [(any Module, LibraryShape)], isBroadcast: Bool, autoDelay: Bool
  ) throws(ModuleError) -> Made {
    var made: [Made] = []
    for (module, shape) in modules { made.append(try stepper(module, shape)) }
    let latest = made.map(\.0.time.delay).max() ?? 0
    if autoDelay {
      for (index, branch) in made.enumerated() where branch.0.time.delay < latest {
        // Behind the branch, though counted in frames of its input.
        let late = try delay(latest - branch.0.time.delay, branch.1)
        made[index].0 = ChainStepper(
          steppers: [branch.0, late], time: LibraryTime(of: [branch.0.time, late.time]))
      }
    }
    let time = LibraryTime(ofBranches: made.map(\.0.time))
    return (
      ParallelStepper(steppers: made.map(\.0), isBroadcast: isBroadcast, time: time),
      .many(made.map(\.1))
    )
  }

  private func joined(_ made: Made, by reduction: Reduction) throws(ModuleError) -> Made {
    (
      ChainStepper(steppers: [made.0, StatelessStepper.join(reduction)], time: made.0.time),
      try joined(made.1, reduction)
    )
  }

  private func joined(
    _ shape: LibraryShape, _ reduction: Reduction
  ) throws(ModuleError) -> LibraryShape {
    guard case .many(let shapes) = shape else { return shape }
    var frames: [Tensor64] = []
    for case .one(let frame) in shapes {
      let clip = frame.clip(frames: 1)
      frames.append(Tensor64(clip, [Double](repeating: 0, count: clip.count)))
    }
    do throws(VerificationError) {
      return .one(try Combination.combine(frames, by: reduction).shape.frame)
    } catch {
      throw ModuleError(.branches(.shapes(frames.map(\.shape.frame), reduction)))
    }
  }

  private func dispatched(
    _ mapping: [ParallelDispatch.Mapping], _ shape: LibraryShape
  ) -> LibraryShape {
    guard case .many(let shapes) = shape else { return shape }
    func select(_ mapping: ParallelDispatch.Mapping) -> LibraryShape {
      switch mapping {
      case .stream(let index): shapes.indices.contains(index) ? shapes[index] : shape
      case .group(let mappings): .many(mappings.map(select))
      }
    }
    return select(.group(mapping))
  }

  private func residual(_ module: Residual, _ shape: LibraryShape) throws(ModuleError) -> Made {
    let inner = try stepper(module.module.module, shape)
    guard case .one(let frame) = shape else {
      throw ModuleError(.streams(.others))
    }
    let time = inner.0.time
    let late = max(time.delay, 0)
    let bypass: any Module
    switch module.shrink {
    case .some(let shrink) where time.receptiveField - 2 * time.padding != 1 && late > 0:
      switch shrink {
      case .leading: bypass = try Skip(frames: late)
      case .lagging: bypass = try Delay(frames: late, autoShrink: .lagging)
      case .centered: bypass = try Delay(frames: late / 2, autoShrink: .centered)
      }
    default: bypass = try Delay(frames: late)
    }
    let plan = try Plan(bypass, frame: frame)
    let kept = RightStepper(stream: plan.makeStream(), time: .delay(late))
    let both = ParallelStepper(
      steppers: [kept, inner.0], isBroadcast: true,
      time: LibraryTime(ofBranches: [kept.time, time]))
    return try joined((both, .many([shape, inner.1])), by: module.reduce)
  }

  private func conditional(
    _ module: Conditional, _ shape: LibraryShape
  ) throws(ModuleError) -> Made {
    var made = [try stepper(module.onTrue.module, shape)]
    if let other = module.onFalse { made.append(try stepper(other.module, shape)) }
    var time = LibraryTime(ofBranches: made.map(\.0.time))
    (time.stride, time.padding) = (1, 0)
    let index = module.predicate == .always ? 0 : 1
    guard made.indices.contains(index) else {
      return (ChainStepper(steppers: [], time: time), shape)
    }
    let missing = time.delay - made[index].0.time.delay
    let steppers = missing > 0 ? [try delay(missing, shape), made[index].0] : [made[index].0]
    return (ChainStepper(steppers: steppers, time: time), made[index].1)
  }

  private func convolution(_ module: Convolution, _ frame: Shape) throws(ModuleError) -> Made {
    let axes = module.windows
    let time = LibraryTime(
      receptiveField: axes[0].kernel, stride: axes[0].stride, padding: axes[0].before)
    // Each step yields the window that ends with it.
    let eager = try Convolution(
      weight: module.weight, bias: module.bias, stride: [1] + axes.dropFirst().map(\.stride),
      padding: .sides(
        before: [axes[0].kernel - 1] + axes.dropFirst().map(\.before),
        after: [0] + axes.dropFirst().map(\.after)),
      dilation: axes.map(\.dilation), groups: module.groups, paddingMode: module.paddingMode,
      temporalFill: module.temporalFill)
    let plan = try Plan(eager, frame: frame)
    let stream = plan.makeStream()
    let shape = LibraryShape.one(plan.output.frame)
    guard axes[0].kernel > 1 else { return (ForgetfulStepper(stream: stream, time: time), shape) }
    let counter = StrideCounter(
      stride: axes[0].stride, span: axes[0].kernel, padding: axes[0].before)
    return (OverpaddedStepper(stream: stream, counter: counter, time: time), shape)
  }

  private func pool(_ module: Pooling, _ frame: Shape) throws(ModuleError) -> Made {
    var space: LiveStream?
    if module.kernelSize.count > 1 {
      var kind = module.kind
      // What pools a line of a frame knows no divisor.
      if case .average(let counts, _) = kind, module.kernelSize.count == 2 {
        kind = .average(countIncludePad: counts, divisorOverride: nil)
      }
      let inSpace = try Pooling(
        kind: kind, kernelSize: [1] + module.kernelSize.dropFirst(),
        stride: [1] + module.stride.dropFirst(), padding: [0] + module.padding.dropFirst(),
        dilation: [1] + module.dilation.dropFirst(), ceilMode: module.ceilMode)
      space = try Plan(inSpace, frame: frame).makeStream()
    }
    return pool(
      space, isMaximum: module.kind == .maximum, kernel: module.kernelSize[0],
      dilation: module.dilation[0], stride: module.stride[0], padding: module.padding[0],
      fill: module.temporalFill, frame)
  }

  private func pool(_ module: AdaptivePooling, _ frame: Shape) throws(ModuleError) -> Made {
    let inSpace = try AdaptivePooling(
      kind: module.kind, outputSize: [nil] + module.outputSize.dropFirst())
    let space = try Plan(inSpace, frame: frame, clipLength: clipLength).makeStream()
    return pool(
      space, isMaximum: module.kind == .maximum, kernel: module.window ?? clipLength,
      dilation: module.dilation, stride: module.stride, padding: module.padding,
      fill: module.temporalFill, frame)
  }

  private func pool(
    _ space: LiveStream?, isMaximum: Bool, kernel: Int, dilation: Int, stride: Int, padding: Int,
    fill: PaddingMode?, _ frame: Shape
  ) -> Made {
    let stepper = PoolStepper(
      space: space, isMaximum: isMaximum, kernel: kernel, dilation: dilation,
      fill: fill ?? (isMaximum ? .negativeInfinity : .zeros),
      counter: StrideCounter(
        stride: stride, span: dilation * (kernel - 1) + 1, padding: padding),
      // The library counts a dilated window as longer than it is.
      time: LibraryTime(receptiveField: dilation * kernel, stride: stride, padding: padding))
    return (stepper, .one(space?.plan.output.frame ?? frame))
  }
}
