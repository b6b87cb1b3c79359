public import Continual
import OrderedCollections
public import PlainData
public import Tensors

/// What a layer is made of: the arguments, tensors and children of one module of a description.
///
/// Nothing here throws. A missing or impossible value is reported with its place and replaced by the
/// default, so that all misfits of a network come at once. A ``LayerDefinition`` asks for each tensor of
/// its module, every time it runs; what nobody asks for is reported as left over.
public struct ImportContext {
  /// What the architecture says of the module.
  public let description: ModuleDescription

  /// Whether the module is applied to each frame and knows no time.
  public let isFramewise: Bool

  private let declared: DeclaredArguments
  private let prefix: String
  private let maker: any ModuleMaker

  init(
    _ declared: DeclaredArguments, _ description: ModuleDescription, prefix: String,
    isFramewise: Bool, maker: any ModuleMaker
  ) {
    self.declared = declared
    self.description = description
    self.prefix = prefix
    self.isFramewise = isFramewise
    self.maker = maker
  }

  /// Where the architecture says an argument, or the module.
  private func place(of argument: String?) -> String {
    description.place + (argument.map { "." + $0 } ?? "")
  }

  /// Reports something wrong with the module.
  ///
  /// - Parameters:
  ///   - message: what was found and what was expected.
  ///   - argument: the argument that is wrong, if it is one.
  ///   - hint: what to do, where the message does not say it.
  public func report(_ message: String, argument: String? = nil, hint: String = "") {
    maker.blueprint.report(
      .description(place: place(of: argument), message: message, hint: hint))
  }

  /// Reports arguments that the class does not have.
  public func reportUnknownArguments(known: [String]) {
    for name in description.arguments.keys where !known.contains(name) {
      maker.blueprint.report(
        .unknownArgument(
          name, type: description.type, place: place(of: name), known: known))
    }
  }

  /// Adds something the user should know.
  public func note(_ text: String) { maker.blueprint.note(text) }

  /// Notes that this module merges the time axis into another; those behind it count the axes of one
  /// frame.
  public func loseTime() { maker.blueprint.loseTime() }

  /// Notes what the module takes, in case it is the network's first.
  ///
  /// - Parameters:
  ///   - channels: the number of channels.
  ///   - spaceAxes: the number of axes behind time; nil where any will do.
  public func suggestInput(channels: Int, spaceAxes: Int?) {
    maker.blueprint.suggest(channels: channels, spaceAxes: spaceAxes)
  }

  /// Notes that this module gives frames other axes than they had.
  public func changeAxes() { maker.blueprint.changeAxes() }

  /// The number of space axes of a class that counts its axes, as 2 for `Conv3d`.
  public var spaceAxes: Int { isFramewise ? dimensions : dimensions - 1 }

  /// The last digit of the class name, which counts the axes behind the channels: 3 for `Conv3d`.
  public var dimensions: Int {
    description.type.reversed().first(where: \.isNumber)?.wholeNumberValue ?? 1
  }
}

// MARK: - Arguments

extension ImportContext {
  /// Whether the class has an argument of this name.
  func declares(_ name: String) -> Bool { declared.names.contains(name) }

  /// The value of an argument that is not given; nil where it has no default.
  private func standard(_ name: String) -> PlainValue? {
    precondition(
      declares(name) || declared.isOpen,
      "\(declared.type) asks for the argument \"\(name)\", which its definition does not list"
    )
    return declared.defaults[name]
  }

  /// Whether an argument is given, and not as null.
  public func has(_ name: String) -> Bool {
    description.arguments[name].map { $0 != .null } ?? false
  }

  /// An integer argument, or its default; nil where it has none.
  public func int(_ name: String) -> Int? {
    value(name, "an integer") { ImportContext.integer($0) }
  }

  /// The integer that a value is; none beyond 31 bits, so that the product of two fits in 64.
  private static func integer(_ value: PlainValue) -> Int? {
    guard case .int(let number) = value, Int32(exactly: number) != nil else { return nil }
    return number
  }

  /// A number argument, or its default; 0 where it has none.
  public func double(_ name: String) -> Double { number(name) ?? 0 }

  /// A number argument, or its default; nil where it has none.
  public func number(_ name: String) -> Double? {
    value(name, "a number") { value in
      if case .string(let text) = value { PlainValue.infinity(text) } else { value.double }
    }
  }

  /// A boolean argument, or its default; false where it has none.
  public func flag(_ name: String) -> Bool { bool(name) ?? false }

  /// A boolean argument, or its default; nil where it has none.
  public func bool(_ name: String) -> Bool? {
    value(name, "true or false") { value in
      switch value {
      case .bool(let bool): bool
      case .int(0): false
      case .int(1): true
      default: nil
      }
    }
  }

  /// A string argument, or its default; nil where it has none.
  public func string(_ name: String) -> String? {
    value(name, "a string") { if case .string(let text) = $0 { text } else { nil } }
  }

  /// An argument that is one of a few words, or its default; nil where it has none.
  public func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, as type: Choice.Type
  ) -> Choice? {
    choice(name, of: Array(type.allCases))
  }

  /// An argument that is one of some words of an enumeration, or its default; nil where it has none.
  public func choice<Choice: RawRepresentable<String>>(
    _ name: String, of choices: [Choice]
  ) -> Choice? {
    let words = choices.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return value(name, "one of \(words)") { value in
      if case .string(let text) = value { choices.first { $0.rawValue == text } } else { nil }
    }
  }

  /// An argument that is one integer for all axes or a list with one for each, or its default; nil where
  /// it has none.
  public func sizes(_ name: String, axes: Int) -> [Int]? {
    optionalSizes(name, axes: axes, expected: "an integer or a list of \(axes)").flatMap { sizes in
      let numbers = sizes.compactMap(\.self)
      return numbers.count == axes ? numbers : nil
    }
  }

  /// An argument that is a list of integers, or one integer for a list of one, or its default; nil where
  /// it has none.
  public func integers(_ name: String) -> [Int]? {
    value(name, "an integer or a list of integers") { value in
      switch value {
      case .int: return ImportContext.integer(value).map { [$0] }
      case .list(let values):
        let numbers = values.compactMap(ImportContext.integer)
        return numbers.count == values.count ? numbers : nil
      default: return nil
      }
    }
  }

  /// As ``sizes(_:axes:)``, where null stands for an axis that is left as it is.
  public func optionalSizes(_ name: String, axes: Int) -> [Int?]? {
    optionalSizes(name, axes: axes, expected: nil)
  }

  private func optionalSizes(_ name: String, axes: Int, expected: String?) -> [Int?]? {
    let isStrict = expected != nil
    return value(name, expected ?? "an integer, null, or a list of \(axes) of these") { value in
      switch value {
      case .int:
        return ImportContext.integer(value).map { [Int?](repeating: $0, count: axes) }
      case .list(let values) where values.count == axes:
        var sizes: [Int?] = []
        for value in values {
          switch value {
          case .int:
            guard let number = ImportContext.integer(value) else { return nil }
            sizes.append(number)
          case .null where !isStrict: sizes.append(nil)
          default: return nil
          }
        }
        return sizes
      default: return nil
      }
    }
  }

  /// An argument of whatever kind it is given; nil where it is not given.
  public func raw(_ name: String) -> PlainValue? {
    has(name) ? description.arguments[name] : nil
  }

  private func value<Value>(
    _ name: String, _ expected: String, _ convert: (PlainValue) -> Value?
  ) -> Value? {
    let standard = standard(name).flatMap(convert)
    guard let argument = description.arguments[name], argument != .null else { return standard }
    if let value = convert(argument) { return value }
    maker.blueprint.report(
      .argument(place: place(of: name), found: argument, expected: expected))
    return standard
  }

  /// Reports an argument that disagrees with what a tensor says.
  public func check(_ name: String, _ given: Int?, against actual: Int, of tensor: String) {
    guard let given, given != actual else { return }
    report("is \(given), but \(path(tensor)) says \(actual)", argument: name)
  }
}

// MARK: - Axes

extension ImportContext {
  /// A dimension, which counts time unless the module is applied to each frame; one that has to be given
  /// is the last where it is not.
  public func axis(_ name: String) -> Axis { axis(int(name) ?? -1) }

  /// A dimension, which counts time unless the module is applied to each frame.
  public func axis(_ dimension: Int) -> Axis {
    isFramewise ? .frame(dimension) : .clip(dimension)
  }
}

// MARK: - Functions

extension ImportContext {
  /// The class that does what a function does.
  func meaning(ofFunction name: String) -> FunctionMeaning? {
    maker.meaning(ofFunction: name)
  }

  /// All functions that can be named, sorted.
  var functions: [String] {
    (TorchFunctions.elementaryNames + maker.functions).sorted()
  }
}

// MARK: - Tensors

extension ImportContext {
  /// The full name of a tensor of this module.
  public func path(_ name: String) -> String { prefix.adding(name) }

  /// The shape of a tensor of this module; nil where the file does not have it.
  public func shape(_ name: String) -> Shape? { maker.blueprint.shape(of: path(name)) }

  /// Whether the file has a tensor of this module.
  public func hasTensor(_ name: String) -> Bool { maker.blueprint.has(path(name)) }

  /// A tensor that has to be there.
  ///
  /// - Parameters:
  ///   - name: the tensor's name in this module.
  ///   - expected: the length of each axis, nil for any.
  /// - Returns: the tensor; zeros where it is missing or does not fit, which is reported.
  public func tensor(_ name: String, _ expected: [Int?]) -> Tensor {
    maker.tensor(path(name), expected: expected)
  }

  /// The weights of a product, which have to be there.
  ///
  /// - Parameters:
  ///   - name: the tensor's name in this module.
  ///   - expected: the length of each axis, nil for any.
  /// - Returns: the weights; zeros where they are missing or do not fit, which is reported.
  func weight(_ name: String, _ expected: [Int?]) -> Weight {
    let axis = name == "weight" ? declared.outputAxis : nil
    return maker.weight(path(name), expected: expected, outputAxis: axis ?? 0)
  }

  /// Whether the file has a tensor of this full name.
  func hasFileTensor(_ name: String) -> Bool { maker.blueprint.has(name) }

  /// A tensor that has to be there, by its full name.
  ///
  /// - Parameters:
  ///   - name: the full name.
  ///   - expected: the length of each axis, told by the shape in the file; nil where it has no such
  ///     tensor.
  /// - Returns: the tensor; zeros where it is missing or does not fit.
  func fileTensor(named name: String, _ expected: (Shape?) -> [Int?]) -> Tensor {
    maker.tensor(name, expected: expected(maker.blueprint.shape(of: name)))
  }

  /// A tensor whose presence an argument can demand or forbid.
  ///
  /// - Parameters:
  ///   - name: the tensor's name in this module.
  ///   - expected: the length of each axis.
  ///   - isWanted: what the argument says; nil where it is not given.
  /// - Returns: the tensor, or nil where there is none.
  public func tensor(_ name: String, _ expected: [Int?], if isWanted: Bool?) -> Tensor? {
    isWanted ?? hasTensor(name) ? tensor(name, expected) : nil
  }

  /// Accepts a tensor that has no part in evaluation.
  public func ignoreTensor(_ name: String) { maker.blueprint.ignore(path(name)) }
}

// MARK: - Children

extension ImportContext {
  /// The number of modules inside.
  public var childCount: Int { description.modules.count }

  /// Makes one of the modules inside.
  ///
  /// - Parameters:
  ///   - index: which one.
  ///   - names: the path it may add where the description does not name it; the first at which all
  ///     tensors are found is taken, and said if it is not the very first.
  ///   - levels: further names below its own, or instead of the last part of its own, that the Python
  ///     library gives a module which it lengthens by a delay.
  ///   - isFramewise: whether the child is applied to each frame; as this module by default.
  /// - Returns: the module with its name.
  public func child(
    _ index: Int, names: [String], levels: [String] = [], isFramewise: Bool? = nil
  ) -> NamedModule {
    let child = description.modules[index]
    let isFramewise = isFramewise ?? self.isFramewise
    func full(_ name: String) -> String { name.isEmpty ? prefix : path(name) }
    let candidates = ImportContext.candidates(child.name.map { [$0] } ?? names, levels: levels)
    var name = candidates[0]
    if candidates.count > 1 {
      let best = maker.bestPrefix(candidates.map(full), for: child, isFramewise: isFramewise)
      name = candidates.first { full($0) == best } ?? name
      if name != candidates[0] {
        maker.blueprint.note(
          "read \(child.type) at \"\(full(name))\" instead of \"\(full(candidates[0]))\": "
            + "only there its tensors fit")
      }
    }
    return NamedModule(
      name, maker.module(child, at: full(name), isFramewise: isFramewise))
  }

  /// All names a child may have, each once, the likely ones first.
  private static func candidates(_ names: [String], levels: [String]) -> [String] {
    var candidates = names
    for name in names where !name.isEmpty {
      let level = levels.first { name.hasSuffix("." + $0) }
      let own = level.map { String(name.dropLast($0.count + 1)) } ?? name
      candidates += [own] + levels.map { own + "." + $0 }
    }
    var seen: Set<String> = []
    return candidates.filter { seen.insert($0).inserted }
  }

  /// Makes another module in place of this one.
  ///
  /// - Parameters:
  ///   - description: what is made.
  ///   - isFramewise: whether it is applied to each frame; it is also where this one is.
  /// - Returns: the module.
  func module(_ description: ModuleDescription, isFramewise: Bool) -> any Module {
    maker.module(description, at: prefix, isFramewise: self.isFramewise || isFramewise)
  }

  /// Makes all modules inside, named by their index where they have no name.
  public func children() -> [NamedModule] {
    description.modules.indices.map { child($0, names: [String($0)]) }
  }
}
