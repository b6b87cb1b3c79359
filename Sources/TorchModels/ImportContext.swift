import Continual
import OrderedCollections
import PlainData
import Tensors

/// What an importer sees of one module: its arguments, its tensors, its children.
///
/// Nothing here throws. A missing or impossible value is reported to the builder and replaced by the
/// default, so that all misfits of a network come at once.
struct ImportContext {
  let description: ModuleDescription

  /// Whether the module is applied to each frame and knows no time.
  let isFramewise: Bool

  private let prefix: String
  private let builder: ModelBuilder

  init(
    _ description: ModuleDescription, prefix: String, isFramewise: Bool, builder: ModelBuilder
  ) {
    self.description = description
    self.prefix = prefix
    self.isFramewise = isFramewise
    self.builder = builder
  }

  /// Reports something wrong with the module.
  func report(_ message: String, argument: String? = nil, hint: String = "") {
    builder.report(description.place + (argument.map { "." + $0 } ?? ""), message, hint: hint)
  }

  /// Reports arguments that the class does not have.
  func reportUnknownArguments(known: [String]) {
    for name in description.arguments.keys where !known.contains(name) {
      report(
        "\(description.type) has no argument \"\(name)\"", argument: name,
        hint: Spelling.hint(for: name, among: known)
          ?? (known.isEmpty ? "it has none" : "it has " + known.joined(separator: ", ")))
    }
  }

  /// Adds something the user should know.
  func note(_ text: String) { builder.note(text) }

  /// Notes that this module merges the time axis into another.
  func loseTime() { builder.loseTime() }

  /// Notes what the module takes, in case it is the network's first.
  func suggestInput(channels: Int, spaceAxes: Int?) {
    builder.suggest(channels: channels, spaceAxes: spaceAxes)
  }

  /// The number of space axes of a class that counts its axes, as 2 for `Conv3d`.
  var spaceAxes: Int { isFramewise ? dimensions : dimensions - 1 }

  /// The number at the end of the class name's dimension: 3 for `Conv3d`.
  var dimensions: Int {
    description.type.reversed().first(where: \.isNumber)?.wholeNumberValue ?? 1
  }
}

// Arguments.
extension ImportContext {
  /// Whether an argument is given, and not as null.
  func has(_ name: String) -> Bool {
    description.arguments[name].map { $0 != .null } ?? false
  }

  /// An integer argument; nil where it is not given.
  func int(_ name: String) -> Int? {
    value(name, "an integer") { ImportContext.integer($0) }
  }

  /// The integer that a value is; none beyond 31 bits, so that the product of two fits in 64.
  private static func integer(_ value: PlainValue) -> Int? {
    guard case .int(let number) = value, Int32(exactly: number) != nil else { return nil }
    return number
  }

  /// A number argument, or its default.
  func double(_ name: String, default standard: Double) -> Double {
    value(name, "a number") { value in
      switch value {
      case .int(let number): Double(number)
      case .double(let number): number
      case .string(let text): PlainValue.infinity(text)
      default: nil
      }
    } ?? standard
  }

  /// A boolean argument; nil where it is not given.
  func bool(_ name: String) -> Bool? {
    value(name, "true or false") { value in
      switch value {
      case .bool(let bool): bool
      case .int(0): false
      case .int(1): true
      default: nil
      }
    }
  }

  /// A string argument; nil where it is not given.
  func string(_ name: String) -> String? {
    value(name, "a string") { if case .string(let text) = $0 { text } else { nil } }
  }

  /// An argument that is one of a few words; nil where it is not given.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, as type: Choice.Type
  ) -> Choice? {
    let words = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return value(name, "one of \(words)") { value in
      if case .string(let text) = value { Choice(rawValue: text) } else { nil }
    }
  }

  /// An argument that is one integer for all axes or a list with one for each; nil where it is not
  /// given.
  func sizes(_ name: String, axes: Int) -> [Int]? {
    optionalSizes(name, axes: axes, expected: "an integer or a list of \(axes)").flatMap { sizes in
      let numbers = sizes.compactMap(\.self)
      return numbers.count == axes ? numbers : nil
    }
  }

  /// An argument that is a list of integers, or one integer for a list of one; nil where it is not
  /// given.
  func integers(_ name: String) -> [Int]? {
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
  func optionalSizes(_ name: String, axes: Int, expected: String? = nil) -> [Int?]? {
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

  /// An argument by whatever kind it has; nil where it is not given.
  func raw(_ name: String) -> PlainValue? {
    has(name) ? description.arguments[name] : nil
  }

  private func value<Value>(
    _ name: String, _ expected: String, _ convert: (PlainValue) -> Value?
  ) -> Value? {
    guard let argument = description.arguments[name], argument != .null else { return nil }
    if let value = convert(argument) { return value }
    report("found \(argument), expected \(expected)", argument: name)
    return nil
  }

  /// Reports an argument that disagrees with what a tensor says.
  func check(_ name: String, _ given: Int?, against actual: Int, of tensor: String) {
    guard let given, given != actual else { return }
    report("is \(given), but \(path(tensor)) says \(actual)", argument: name)
  }
}

// Tensors.
extension ImportContext {
  /// The full name of a tensor of this module.
  func path(_ name: String) -> String { prefix.adding(name) }

  /// The shape of a tensor of this module; nil where the file does not have it.
  func shape(_ name: String) -> Shape? { builder.shape(of: path(name)) }

  /// Whether the file has a tensor of this module.
  func hasTensor(_ name: String) -> Bool { builder.has(path(name)) }

  /// A tensor that has to be there, nil in `expected` standing for any length.
  func tensor(_ name: String, _ expected: [Int?]) -> Tensor {
    builder.tensor(path(name), expected: expected)
  }

  /// The weights of a product, which have to be there.
  ///
  /// - Parameters:
  ///   - name: the tensor's name in this module.
  ///   - expected: the length of each axis, nil standing for any.
  ///   - outputAxis: the axis of the channels that come out.
  /// - Returns: the weights; zeros where they are missing or do not fit.
  func weight(_ name: String, _ expected: [Int?], outputAxis: Int = 0) -> Weight {
    builder.weight(path(name), expected: expected, outputAxis: outputAxis)
  }

  /// Whether the file has a tensor of this full name.
  func hasFileTensor(_ name: String) -> Bool { builder.has(name) }

  /// A tensor that has to be there, by its full name.
  ///
  /// - Parameters:
  ///   - name: the full name.
  ///   - expected: the length of each axis, told by the shape in the file; nil where it has no such
  ///     tensor.
  /// - Returns: the tensor; zeros where it is missing or does not fit.
  func fileTensor(named name: String, _ expected: (Shape?) -> [Int?]) -> Tensor {
    builder.tensor(name, expected: expected(builder.shape(of: name)))
  }

  /// A tensor whose presence an argument can demand or forbid.
  ///
  /// - Parameters:
  ///   - name: the tensor's name in this module.
  ///   - expected: the length of each axis.
  ///   - isWanted: what the argument says; nil where it is not given.
  /// - Returns: the tensor, or nil where there is none.
  func tensor(_ name: String, _ expected: [Int?], if isWanted: Bool?) -> Tensor? {
    isWanted ?? hasTensor(name) ? tensor(name, expected) : nil
  }

  /// Accepts a tensor that has no part in evaluation.
  func ignoreTensor(_ name: String) { builder.ignore(path(name)) }
}

// Children.
extension ImportContext {
  /// The number of modules inside.
  var childCount: Int { description.modules.count }

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
  func child(
    _ index: Int, names: [String], levels: [String] = [], isFramewise: Bool? = nil
  ) -> NamedModule {
    let child = description.modules[index]
    let isFramewise = isFramewise ?? self.isFramewise
    func full(_ name: String) -> String { name.isEmpty ? prefix : path(name) }
    let candidates = ImportContext.candidates(child.name.map { [$0] } ?? names, levels: levels)
    var name = candidates[0]
    if candidates.count > 1 {
      let best = builder.bestPrefix(candidates.map(full), for: child, isFramewise: isFramewise)
      name = candidates.first { full($0) == best } ?? name
      if name != candidates[0] {
        builder.note(
          "read \(child.type) at \"\(full(name))\" instead of \"\(full(candidates[0]))\": "
            + "only there its tensors fit")
      }
    }
    return NamedModule(
      name, builder.module(child, at: full(name), isFramewise: isFramewise))
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
    builder.module(description, at: prefix, isFramewise: self.isFramewise || isFramewise)
  }

  /// Makes all modules inside, named by their index where they have no name.
  func children() -> [NamedModule] {
    description.modules.indices.map { child($0, names: [String($0)]) }
  }
}
