import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// MARK: - What a pickled `Lambda` applies

extension PickledModule {
  /// What a `Lambda` applies, where it is a function of PyTorch or of the library.
  ///
  /// - Parameter value: the function.
  /// - Returns: the arguments, and the class they belong to; nil for the `Lambda` itself, whose argument
  ///   names the function.
  func function(
    _ value: PickledValue
  ) -> (type: String?, arguments: OrderedDictionary<String, PlainValue>)? {
    // functools.partial(function, …): the arguments are in the state (function, (…), {…}, None).
    if value.calleeName?.name == "partial", let function = value.arguments.first {
      let state = value.stateElements
      guard state.count >= 3, state[1].elements?.isEmpty ?? true, let name = torchName(of: function)
      else { return nil }
      var arguments: OrderedDictionary<String, PlainValue> = [:]
      for (key, item) in state[2].items ?? [] {
        guard let key = key.string, let value = argument(item, called: key) else { return nil }
        arguments[key] = value
      }
      if let type = catalog.type(ofPickledFunction: name) { return (type, arguments) }
      return known(name, arguments)
    }
    return torchName(of: value).flatMap { known($0, [:]) }
  }

  private func known(
    _ name: String, _ arguments: OrderedDictionary<String, PlainValue>
  ) -> (type: String?, arguments: OrderedDictionary<String, PlainValue>)? {
    let isKnown =
      catalog.meaning(ofFunction: name) != nil || TorchFunctions.elementaryNames.contains(name)
    guard isKnown else { return nil }
    return (nil, arguments.merging(["function": .string(name)]) { $1 })
  }

  /// The name of a function of PyTorch or of the library; nil for anybody else's.
  private func torchName(of function: PickledValue) -> String? {
    // Builtins of torch are attributes of a class of functions.
    if function.calleeName?.name == "getattr" { return function.arguments.last?.string }
    guard let (module, name) = function.global else { return nil }
    let package = module.prefix { $0 != "." }
    return package == "torch" || package == "continual" ? name : nil
  }

  /// An argument of a function; a tensor becomes nested lists of its numbers.
  private func argument(_ value: PickledValue, called name: String) -> PlainValue? {
    if let value = PlainValue(value) { return value }
    guard let stored = try? checkpoint.tensor(value, path: name),
      stored.shape.rank <= 8, stored.shape.count <= 1 << 16, let tensor = try? stored.wideValues()
    else { return nil }
    return PlainValue(tensor.scalars[...], axes: tensor.shape.axes[...])
  }
}

extension PlainValue {
  /// Numbers in row-major order as nested lists; a number for no axes.
  fileprivate init(_ scalars: ArraySlice<Double>, axes: ArraySlice<Int>) {
    guard let length = axes.first else {
      self = .double(scalars.first ?? 0)
      return
    }
    let block = length == 0 ? 0 : scalars.count / length
    self = .list(
      (0..<length).map { index in
        let start = scalars.startIndex + index * block
        return PlainValue(scalars[start..<start + block], axes: axes.dropFirst())
      })
  }
}
