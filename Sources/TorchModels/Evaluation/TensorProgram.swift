import OrderedCollections
import PlainData
import Tensors

/// A sequence of torch's calls, calculated in float64 as they are written.
///
/// This is for what has no meaning frame by frame: constants, and networks that need the whole clip.
struct TensorProgram {
  var calls: [TensorCall]
  /// The names under which the inputs are known.
  var inputs: [String]
  /// The name of what comes out.
  var output: String

  /// When each name is read last, so that its memory can go.
  private let lastReaders: [String: Int]

  init(_ calls: [TensorCall], inputs: [String], output: String) {
    self.calls = calls
    self.inputs = inputs
    self.output = output
    var readers: [String: Int] = [:]
    for (index, call) in calls.enumerated() {
      for name in call.arguments.values.flatMap(\.names) { readers[name] = index }
    }
    readers[output] = calls.count
    lastReaders = readers
  }

  /// Calculates everything.
  ///
  /// - Parameter given: the inputs, and the tensors that calls read by name.
  /// - Returns: the output.
  /// - Throws: ``EvaluationError`` where a call cannot be calculated, with its number.
  func run(_ given: [String: TensorView]) throws(EvaluationFailure) -> TensorView {
    var values = given
    for (index, call) in calls.enumerated() {
      do throws(EvaluationError) {
        try TensorProgram.run(call, &values)
      } catch {
        throw EvaluationFailure(call: index, error: error)
      }
      for name in call.arguments.values.flatMap(\.names) where lastReaders[name] == index {
        values[name] = nil
      }
    }
    guard let result = values[output] else {
      throw EvaluationFailure(call: calls.count, error: .missing(output))
    }
    return result
  }

  /// Calculates one call, and keeps what it makes.
  static func run(
    _ call: TensorCall, _ values: inout [String: TensorView]
  ) throws(EvaluationError) {
    let results = try evaluate(call, values)
    guard results.count >= call.outputs.count || call.outputs.allSatisfy({ $0 == nil }) else {
      throw .misfit
    }
    for (index, name) in call.outputs.enumerated() {
      guard let name else { continue }
      if let shape = call.shapes[index], shape != results[index].shape { throw .misfit }
      values[name] = results[index]
    }
  }

  /// What a call makes.
  static func evaluate(
    _ call: TensorCall, _ values: [String: TensorView]
  ) throws(EvaluationError) -> [TensorView] {
    guard let operation = TensorOperators.all[call.name] else { throw .unknown(call.target) }
    let arguments = TensorArguments(call, values)
    let results = try operation(arguments)
    guard results.allSatisfy({ $0.shape.reduce(1, { $0.times($1) }) <= EvaluationError.sizeLimit })
    else { throw .misfit }
    guard call.isInPlace, let result = results.first else { return results }
    let target = try arguments.first
    target.write(try result.spread(to: target.shape).numbers)
    return [target]
  }
}

/// Which call of a program fails, and why.
struct EvaluationFailure: Error {
  let call: Int
  let error: EvaluationError
}

/// What one call is given, with torch's defaults.
struct TensorArguments {
  let call: TensorCall
  private let values: [String: TensorView]

  init(_ call: TensorCall, _ values: [String: TensorView]) {
    self.call = call
    self.values = values
  }

  var name: String { call.name }

  /// The shape that the first result has in the example.
  var statedShape: [Int] {
    get throws(EvaluationError) {
      guard let shape = call.shapes.first.flatMap(\.self) else { throw .misfit }
      return shape
    }
  }

  /// The first argument, which is a tensor.
  var first: TensorView {
    get throws(EvaluationError) {
      guard let name = call.arguments.keys.first else { throw .missing("self") }
      return try tensor(name)
    }
  }

  func has(_ name: String) -> Bool { call.arguments[name].map { $0 != .none } ?? false }

  func tensor(_ name: String) throws(EvaluationError) -> TensorView {
    switch call.arguments[name] ?? .none {
    case .value(let key):
      guard let value = values[key] else { throw .missing(key) }
      return value
    case .int(let number):
      var view = TensorView(number: Double(number))
      view.kind = .integer
      return view
    case .float(let number): return TensorView(number: number)
    case .complex(let real, let imaginary):
      return TensorView([], [real, imaginary], isComplex: true)
    case .bool(let flag):
      var view = TensorView(number: flag ? 1 : 0)
      view.kind = .flag
      return view
    default: throw .missing(name)
    }
  }

  func optionalTensor(_ name: String) throws(EvaluationError) -> TensorView? {
    has(name) ? try tensor(name) : nil
  }

  /// A list of tensors, some of which can be left out.
  func optionalTensors(_ name: String) throws(EvaluationError) -> [TensorView?] {
    guard case .values(let names)? = call.arguments[name] else { throw .missing(name) }
    var tensors: [TensorView?] = []
    for name in names {
      guard let name else {
        tensors.append(nil)
        continue
      }
      guard let value = values[name] else { throw .missing(name) }
      tensors.append(value)
    }
    return tensors
  }

  func tensors(_ name: String) throws(EvaluationError) -> [TensorView] {
    let found = try optionalTensors(name).compactMap(\.self)
    guard !found.isEmpty else { throw .misfit }
    return found
  }

  func int(_ name: String, or standard: Int) throws(EvaluationError) -> Int {
    switch call.arguments[name] ?? .none {
    case .none: return standard
    case .int(let number): return min(max(number, -1 << 40), 1 << 40)
    default: throw .misfit
    }
  }

  /// Integers; one stands for `count` of them.
  func ints(
    _ name: String, or standard: [Int] = [], count: Int? = nil
  ) throws(EvaluationError) -> [Int] {
    var numbers: [Int]
    switch call.arguments[name] ?? .none {
    case .none: numbers = standard
    case .int(let number): numbers = [number]
    case .ints(let entries):
      numbers = []
      for entry in entries {
        guard case .int(let number) = entry else { throw .misfit }
        numbers.append(min(max(number, -1 << 40), 1 << 40))
      }
    default: throw .misfit
    }
    guard let count, numbers.count != count else { return numbers }
    if numbers.isEmpty { numbers = standard }
    guard numbers.count == 1 || numbers.count == count else { throw .misfit }
    return numbers.count == count ? numbers : [Int](repeating: numbers[0], count: count)
  }

  func double(_ name: String, or standard: Double) -> Double {
    switch call.arguments[name] ?? .none {
    case .int(let number): Double(number)
    case .float(let number): number
    default: standard
    }
  }

  func bool(_ name: String, or standard: Bool) -> Bool {
    if case .bool(let flag)? = call.arguments[name] { flag } else { standard }
  }

  func string(_ name: String, or standard: String) -> String {
    if case .string(let text)? = call.arguments[name] { text } else { standard }
  }

  /// An axis, counted from the front.
  func dim(
    _ name: String = "dim", or standard: Int? = nil, rank: Int
  ) throws(EvaluationError) -> Int {
    guard has(name) || standard != nil else { throw .missing(name) }
    let given = try int(name, or: standard ?? 0)
    let dim = given < 0 ? given + rank : given
    guard (0..<rank).contains(dim) else { throw .misfit }
    return dim
  }

  /// Several axes, counted from the front; all of them where none are given.
  func dims(_ name: String = "dim", rank: Int) throws(EvaluationError) -> [Int] {
    let given = try ints(name).map { $0 < 0 ? $0 + rank : $0 }
    let dims = given.isEmpty ? Array(0..<rank) : given
    guard dims.allSatisfy({ (0..<rank).contains($0) }), Set(dims).count == dims.count else {
      throw .misfit
    }
    return dims
  }
}

/// torch's operators, and what each makes of tensors.
enum TensorOperators {
  typealias Operation = @Sendable (TensorArguments) throws(EvaluationError) -> [TensorView]

  /// By name, without the overload.
  static let all = makeAll()

  private static func makeAll() -> [String: Operation] {
    var all: [String: Operation] = [:]
    for table in [
      elements, pairs, views, copies, made, sums, products, windows, norms, pools, recurrent,
      spectra,
    ] {
      all.merge(table) { first, _ in first }
    }
    return all
  }
}

extension [String: TensorOperators.Operation] {
  mutating func define(_ name: String, _ operation: @escaping TensorOperators.Operation) {
    self[name] = operation
  }
}
