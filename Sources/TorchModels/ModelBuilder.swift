package import Continual
import OrderedCollections
import Tensors

/// Makes modules of a description and the tensors of a file, and collects everything that does not
/// fit.
///
/// It never stops at the first misfit: whatever is missing is replaced by something harmless, and
/// the caller gets either a whole model or all the problems.
package final class ModelBuilder {
  /// The classes.
  let catalog: Catalog

  /// The tensors.
  private let table: KeyTable

  /// Everything that does not fit so far.
  package private(set) var problems: [ModelError.Problem] = []

  /// What was decided without being asked, for the report.
  private(set) var notes: [String] = []

  /// The file's names of the tensors that were used.
  private(set) var used: Set<String> = []

  /// The name that each tensor of the file was asked for by.
  private var requested: [String: String] = [:]

  /// True while a layout is tried out; no tensor is read then.
  private var isTrial: Bool

  /// Zeros that stand for tensors in a trial, one for each shape.
  private var zeros: [Shape: Tensor] = [:]

  /// Where modules that can be at several prefixes were found to be.
  private var choices: [Choice: String] = [:]

  /// A module that can be at several prefixes.
  private struct Choice: Hashable {
    var place: String
    var candidates: [String]
    var timeIsGone: Bool
  }

  /// Whether a module has merged the time axis of the whole clip into another, as `Flatten` does
  /// behind a pool over everything; what follows counts the axes of one frame.
  private(set) var timeIsGone = false

  /// A sample that the first module with tensors can take.
  private(set) var suggestedSample: LoadedModel.Sample?

  /// How many tensors were found as they were expected.
  package var fittingCount: Int {
    var misfits: Set<String> = []
    for problem in problems {
      switch problem {
      case .shape(let name, _, _), .notFinite(let name, _, _, _), .unreadable(let name, _):
        misfits.insert(name)
      case .missing, .unexpected, .description: break
      }
    }
    return used.count - misfits.count
  }

  /// Starts with nothing built.
  ///
  /// - Parameters:
  ///   - table: the tensors.
  ///   - catalog: the classes.
  ///   - isTrial: whether only names and shapes are looked at, and no tensor is read.
  package init(_ table: KeyTable, catalog: Catalog = .standard, isTrial: Bool = false) {
    self.table = table
    self.catalog = catalog
    self.isTrial = isTrial
  }

  /// Notes what the first module with tensors takes; `spaceAxes` is nil where it takes any number.
  func suggest(channels: Int, spaceAxes: Int?) {
    guard suggestedSample == nil else { return }
    suggestedSample = LoadedModel.Sample(
      channels: channels, space: [Int?](repeating: nil, count: spaceAxes ?? 0),
      hasKnownAxes: spaceAxes != nil)
  }

  /// Makes the module of a description and all modules in it.
  ///
  /// - Parameters:
  ///   - description: the class, its arguments and children.
  ///   - prefix: the path of the module in the names of tensors.
  ///   - isFramewise: whether the module is applied to each frame and knows no time.
  /// - Returns: the module; something harmless where ``problems`` has grown.
  package func module(
    _ description: ModuleDescription, at prefix: String, isFramewise: Bool = false
  ) -> any Module {
    guard let definition = catalog[description.type] else {
      report(
        description.place, "the class \"\(description.type)\" is unknown",
        hint: Spelling.hint(for: description.type, among: catalog.types)
          ?? "describe what it does with known classes; coverify types lists them")
      return Identity()
    }
    let context = ImportContext(
      definition, description, prefix: prefix, isFramewise: isFramewise || timeIsGone,
      builder: self)
    if !definition.isOpen {
      context.reportUnknownArguments(known: definition.arguments.map(\.name))
    }
    if definition.structure.key == nil, !description.modules.isEmpty {
      report(description.place + ".modules", "\(description.type) has no modules inside")
    }
    let before = problems.count
    do throws(ModuleError) {
      return try definition.make(context)
    } catch {
      // What stands in for a tensor that does not fit may not fit either; that is no news.
      if problems.count == before { report(description.place, error.reason) }
      return Identity()
    }
  }

  /// The first of several prefixes at which a child finds all its tensors; the first one of all where
  /// none does, so that messages speak of the usual names.
  ///
  /// Other prefixes below which the file has nothing are not tried, and nothing is tried twice: what
  /// is inside the child may have several prefixes as well, and so on.
  func bestPrefix(
    _ candidates: [String], for child: ModuleDescription, isFramewise: Bool
  ) -> String {
    let choice = Choice(place: child.place, candidates: candidates, timeIsGone: timeIsGone)
    if let known = choices[choice] { return known }
    // A child without tensors fits anywhere, and then the first prefix is meant.
    var seen: Set<String> = []
    let possible = candidates.enumerated().filter { index, candidate in
      (index == 0 || table.hasTensors(below: candidate))
        && seen.insert(table.lookupName(candidate)).inserted
    }
    let best =
      possible.count > 1
      ? firstFitting(possible.map(\.element), for: child, isFramewise: isFramewise)
      : nil
    choices[choice] = best ?? candidates[0]
    return best ?? candidates[0]
  }

  private func firstFitting(
    _ candidates: [String], for child: ModuleDescription, isFramewise: Bool
  ) -> String? {
    let before = (problems: problems, notes: notes, used: used, requested: requested)
    let (wasTrial, sample, wasGone) = (isTrial, suggestedSample, timeIsGone)
    isTrial = true
    defer {
      (problems, notes, used, requested) = before
      (isTrial, suggestedSample, timeIsGone) = (wasTrial, sample, wasGone)
    }
    return candidates.first { candidate in
      (problems, notes, used, requested) = before
      timeIsGone = wasGone
      _ = module(child, at: candidate, isFramewise: isFramewise)
      return problems.count == before.problems.count
    }
  }

  /// Reports the tensors that no module has asked for.
  package func reportUnused() {
    for (name, parameter) in table.parameters where !used.contains(name) {
      if name.contains(".parametrizations.") || name.hasPrefix("parametrizations.") {
        report(
          name, "belongs to a parametrization whose computation is not known",
          hint: "known are weight norm and spectral norm; make the weight plain with "
            + "torch.nn.utils.parametrize.remove_parametrizations before saving")
      } else {
        problems.append(.unexpected(name, found: parameter.shape))
      }
    }
  }

  /// Notes that what follows has no time axis.
  func loseTime() { timeIsGone = true }

  /// Adds something the user should know, once.
  func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }

  /// Adds a problem of the architecture.
  func report(_ place: String, _ message: String, hint: String = "") {
    problems.append(.description(place: place, message: message, hint: hint))
  }
}

// Tensors.
extension ModelBuilder {
  /// The shape of a tensor, if the file has it.
  func shape(of name: String) -> Shape? {
    table.fileName(of: name).flatMap { table.parameters[$0]?.shape }
  }

  /// Whether the file has a tensor.
  func has(_ name: String) -> Bool { table.fileName(of: name) != nil }

  /// Notes that a tensor belongs to the model without reading it.
  func ignore(_ name: String) {
    guard let fileName = table.fileName(of: name) else { return }
    requested[fileName] = name
    used.insert(fileName)
  }

  /// The names that modules have asked for tensors of the file by, in the order of the file.
  var names: [String] { table.parameters.keys.map { requested[$0] ?? $0 } }

  /// Reads a tensor that has to be there.
  ///
  /// - Parameters:
  ///   - name: the dotted name.
  ///   - expected: the length of each axis, nil where any will do.
  /// - Returns: the tensor; zeros where it is missing or does not fit.
  func tensor(_ name: String, expected: [Int?]) -> Tensor {
    guard let parameter = parameter(name, expected: expected) else {
      return Tensor(ModelBuilder.standIn(expected))
    }
    return isTrial ? zeros(parameter.shape) : read(parameter)
  }

  /// Reads the weights of a product, which have to be there.
  ///
  /// - Parameters:
  ///   - name: the dotted name.
  ///   - expected: the length of each axis, nil where any will do.
  ///   - outputAxis: the axis of the channels that come out.
  /// - Returns: the weights; zeros where they are missing or do not fit.
  func weight(_ name: String, expected: [Int?], outputAxis: Int) -> Weight {
    guard let parameter = parameter(name, expected: expected) else {
      return Weight(zeros: ModelBuilder.standIn(expected))
    }
    return isTrial
      ? Weight(zeros: parameter.shape) : Weight(read(parameter, outputAxis: outputAxis))
  }

  /// Finds a tensor that has to be there; nil, and a problem, where it is missing or does not fit.
  private func parameter(_ name: String, expected: [Int?]) -> Parameter? {
    guard let fileName = table.fileName(of: name), let parameter = table.parameters[fileName]
    else {
      let unused = table.parameters.keys.filter { !used.contains($0) }
      problems.append(
        .missing(
          name, expected: ModelBuilder.render(expected),
          nearest: Spelling.nearest(to: name, among: unused)))
      return nil
    }
    use(fileName, as: name)
    let fits =
      parameter.shape.rank == expected.count
      && zip(parameter.shape.axes, expected).allSatisfy { $1 == nil || $0 == $1 }
    guard fits else {
      problems.append(
        .shape(name, expected: ModelBuilder.render(expected), found: parameter.shape))
      return nil
    }
    return parameter
  }

  private func zeros(_ shape: Shape) -> Tensor {
    if let known = zeros[shape] { return known }
    let tensor = Tensor(shape)
    zeros[shape] = tensor
    return tensor
  }

  /// Notes that a tensor is used; two modules can ask for the same one only by flattened names.
  private func use(_ fileName: String, as name: String) {
    if let other = requested[fileName], other != name {
      report(
        name, "means the same tensor as \(other) once numbers are dropped: \(fileName)",
        hint: "flattened names do not tell these modules apart; save the state dict unflattened")
    }
    requested[fileName] = name
    used.insert(fileName)
  }

  private func read(_ parameter: Parameter, outputAxis: Int = 0) -> Tensor {
    let tensor: Tensor
    do {
      let read = outputAxis == 1 ? parameter.readByColumns ?? parameter.read : parameter.read
      tensor = try read()
    } catch {
      problems.append(.unreadable(parameter.name, reason: String(describing: error)))
      return Tensor(parameter.shape)
    }
    if !tensor.scalars.areFinite {
      let bad = tensor.scalars.indices.filter { !tensor.scalars[$0].isFinite }
      let first = bad.first ?? 0
      problems.append(
        .notFinite(
          parameter.name, place: tensor.shape.place(ofElement: first),
          value: tensor.scalars[first], count: bad.count))
    }
    return tensor
  }

  /// The shape of what stands for a tensor that is not there, the expected one as long as that is one.
  ///
  /// The numbers can come from an architecture alone, so they reserve no memory to speak of.
  private static func standIn(_ expected: [Int?]) -> Shape {
    if let shape = Shape(checking: expected.map { $0 ?? 1 }), shape.count <= 1 << 22 {
      return shape
    }
    return Shape([Int](repeating: 1, count: expected.count))
  }

  private static func render(_ expected: [Int?]) -> String {
    "(" + expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + ")"
  }
}

extension [Float] {
  /// Whether no element is infinite or no number; one pass that the compiler vectorises.
  fileprivate var areFinite: Bool {
    var largest: UInt32 = 0
    for value in self { largest = Swift.max(largest, value.bitPattern & 0x7FFF_FFFF) }
    return largest < 0x7F80_0000
  }
}
