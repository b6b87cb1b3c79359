import Tensors

/// Understands the objects of a pickle that are tensors; everything else stays an opaque object.
struct TensorReader: Sendable {
  let table: StorageTable
  let file: String
  let limits: Limits
  /// The size of the file; views that repeat numbers must not grow far beyond it.
  let fileSize: Int
  /// The storages by key.
  let storages: [String: Storage]
  /// The tensors by what persistent values call them, in files before PyTorch 0.1.10.
  var tensors: [String: StoredTensor] = [:]

  /// The functions of `torch` that make a tensor, and are understood.
  static let functions: Set = [
    "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
    "_rebuild_parameter_with_state", "_rebuild_from_type_v2", "_rebuild_from_type",
    "_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor",
    "_rebuild_nested_tensor", "_rebuild_meta_tensor_no_storage",
    "_rebuild_device_tensor_from_cpu_tensor", "_rebuild_device_tensor_from_numpy",
    "_rebuild_xla_tensor", "_rebuild_mlc_tensor", "_rebuild_wrapper_subclass",
  ]

  /// A call that makes a tensor.
  struct Call {
    let function: String
    let arguments: [PickledValue]
    /// The object that the call made, for messages.
    let value: PickledValue
    let path: String
    /// How many calls are around this one.
    var depth = 0

    func bad(_ trouble: TensorTrouble) -> CheckpointError {
      value.trouble(TensorFinding(path: path, trouble: trouble))
    }

    /// The one argument that is a size, stride or index: a tuple of integers.
    func integers(_ index: Int) -> [Int]? {
      var argument = arguments[index]
      if Globals.isSequence(argument.calleeName), let content = argument.arguments.first {
        argument = content
      }
      guard case .tuple = argument.node, let parts = argument.plainElements else { return nil }
      let integers = parts.compactMap(\.plainInt)
      return integers.count == parts.count ? integers : nil
    }

    /// Whether a gradient is computed, which only a bool says, and only of numbers with a fraction.
    func requiresGrad(_ index: Int, _ type: ScalarType) throws(CheckpointError) -> Bool {
      guard case .bool(let flag) = arguments[index].node else {
        throw bad(.flag(arguments[index].summary))
      }
      guard !flag || type.isFloatingPoint || type.isComplex else {
        throw bad(.gradient(type))
      }
      return flag
    }

    /// The attributes of a tensor are a dict, a pair of that and one of slots, or nothing.
    func checkState(_ index: Int) throws(CheckpointError) {
      switch arguments[index].kind {
      case .none, .dict, .tuple, .list, .object: return
      default:
        throw bad(.attributes(arguments[index].summary))
      }
    }

    func need(_ count: ClosedRange<Int>) throws(CheckpointError) {
      guard count.contains(arguments.count) else {
        throw bad(.arguments(arguments.count, of: function, expected: count))
      }
    }
  }

  /// The tensor that a value is; nil where it is something else.
  ///
  /// - Throws: ``CheckpointError`` where it is a tensor that contradicts itself or its storage.
  func tensor(_ value: PickledValue, path: String) throws(CheckpointError) -> StoredTensor? {
    try tensor(value, path: path, depth: 0)
  }

  func tensor(
    _ value: PickledValue, path: String, depth: Int
  ) throws(CheckpointError) -> StoredTensor? {
    if case .persistent(let id) = value.node {
      return tensors[value.value(id).tarKey]?.at(path)
    }
    guard case .object(let place) = value.node, let name = value.calleeName else { return nil }
    let object = value.graph.objects[Int(place)]
    let call = Call(
      function: name.name, arguments: value.arguments, value: value, path: path, depth: depth)
    if Globals.isUninitialized(name) { return uninitialized(call) }
    if Globals.isParameter(name) { return try parameter(call, object) }
    guard Globals.isTensorFunction(name) else { return nil }
    guard object.items.isEmpty, object.appended.isEmpty, object.states.isEmpty else {
      throw call.bad(.changed)
    }
    return try tensor(call)
  }

  private func tensor(_ call: Call) throws(CheckpointError) -> StoredTensor {
    // A parameter is a tensor in a wrapper, and so is a subclass; a few levels at most.
    guard call.depth < 8 else { throw call.bad(.wrapped) }
    switch call.function {
    case "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3":
      return try strided(call)
    case "_rebuild_parameter", "_rebuild_parameter_with_state":
      try call.need(call.function == "_rebuild_parameter" ? 3...3 : 4...4)
      if call.arguments.count == 4 { try call.checkState(3) }
      var tensor = try inner(call, 0)
      tensor.isParameter = true
      tensor.requiresGrad = try call.requiresGrad(1, tensor.scalarType)
      return tensor
    case "_rebuild_from_type_v2", "_rebuild_from_type":
      try call.need(4...4)
      guard let function = call.arguments[0].global,
        let arguments = call.arguments[2].plainElements,
        Globals.isTensorFunction(function) || Globals.isJagged(function)
      else {
        throw call.bad(.callee(call.arguments[0].summary))
      }
      let type = call.arguments[1]
      guard type.global != nil || type.calleeName != nil else {
        throw call.bad(.type(type.summary))
      }
      if let name = type.global, Globals.isParameter(name) || name == ("torch", "Tensor") {
        try call.checkState(3)
      }
      if Globals.isJagged(function) {
        return try nested(call, by: inner(jagged(arguments, call), 0))
      }
      var tensor = try tensor(
        Call(
          function: function.name, arguments: arguments, value: call.value, path: call.path,
          depth: call.depth + 1))
      if type.global?.name == "Parameter" { tensor.isParameter = true }
      if function.name == "_rebuild_wrapper_subclass", let whole = try wholeOfShards(call, tensor) {
        tensor = whole
      }
      return tensor
    case "_rebuild_device_tensor_from_cpu_tensor":
      try call.need(4...4)
      return try inner(call, 0)
    case "_rebuild_device_tensor_from_numpy", "_rebuild_xla_tensor", "_rebuild_mlc_tensor":
      return try array(call)
    case "_rebuild_qtensor": return try quantized(call)
    case "_rebuild_sparse_tensor": return try sparse(call)
    case "_rebuild_sparse_csr_tensor": return try sparse(call)
    case "_rebuild_meta_tensor_no_storage":
      try call.need(4...4)
      var outline = try absent(
        call, type: 0, size: 1, .meta)
      outline.requiresGrad = try call.requiresGrad(3, outline.scalarType)
      return outline
    case "_rebuild_wrapper_subclass":
      try call.need(8...8)
      var outline = try absent(
        call, type: 1, size: 2, .wrapper(call.arguments[0].summary))
      outline.requiresGrad = try call.requiresGrad(7, outline.scalarType)
      return outline
    case "_rebuild_nested_tensor":
      try call.need(4...4)
      return nested(call, by: try inner(call, 0))
    default:
      throw call.bad(.function(call.function))
    }
  }

  /// `Parameter(tensor, requires_grad)`: how PyTorch wrote one before version 0.4, with the state
  /// `(requires_grad, volatile, hooks)`.
  private func parameter(
    _ call: Call, _ object: ObjectGraph.Object
  ) throws(CheckpointError) -> StoredTensor {
    guard object.items.isEmpty, object.appended.isEmpty, object.keywords == nil else {
      throw call.bad(.parameterItems)
    }
    try call.need(0...2)
    var tensor: StoredTensor
    if let data = call.arguments.first, !data.isNone {
      tensor = try inner(call, 0)
    } else {
      tensor = StoredTensor(
        path: call.path, shape: [0], scalarType: .float32,
        storage: Storage(key: "", FileContents([UInt8]()), name: call.path), file: file)
    }
    tensor.isParameter = true
    tensor.requiresGrad =
      call.arguments.count == 2
      ? try call.requiresGrad(1, tensor.scalarType) : tensor.scalarType.isFloatingPoint
    for state in call.value.states {
      guard let parts = state.plainElements, parts.count == 3 else {
        throw call.bad(.parameterState(state.summary))
      }
      let states = Call(
        function: "Parameter", arguments: parts, value: call.value, path: call.path,
        depth: call.depth)
      tensor.requiresGrad = try states.requiresGrad(0, tensor.scalarType)
    }
    return tensor
  }

  /// The tensor that is an argument of another.
  func inner(_ call: Call, _ index: Int) throws(CheckpointError) -> StoredTensor {
    guard
      let tensor = try tensor(
        call.arguments[index], path: call.path, depth: call.depth + 1)
    else {
      throw call.bad(.part(call.arguments[index].summary, expected: .tensor))
    }
    return tensor
  }
}

extension PickledValue {
  /// What a tar archive calls a storage or a tensor: a number in one place is a text in another.
  var tarKey: String { string ?? summary }
}
