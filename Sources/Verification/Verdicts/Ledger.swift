/// One comparison that has to happen before anything can be called the same.
public struct Requirement: Hashable, Sendable {
  /// The check.
  public let check: CheckCode

  /// The dotted path of the module; empty for the whole network.
  public let module: String

  /// The way of computing that is judged; nil where the check is not about one.
  public let mode: Mode?

  /// The input, or what else tells cases of a check apart; nil where nothing does.
  public let profile: String?

  /// Names a comparison.
  public init(
    _ check: CheckCode, module: String = "", mode: Mode? = nil, profile: String? = nil
  ) {
    self.check = check
    self.module = module
    self.mode = mode
    self.profile = profile
  }
}

/// The plan of required comparisons, and what came of each.
///
/// The plan is fixed before anything runs. The verdict quantifies over the plan and not over what
/// happened to be compared: a comparison that did not happen counts as inconclusive.
public struct Ledger: Sendable {
  /// What came of one requirement.
  public struct Entry: Sendable {
    /// What was to be compared.
    public let requirement: Requirement
    /// What was compared.
    public internal(set) var measurements: [Measurement] = []
    /// Why it could not be decided.
    public internal(set) var undecided: [String] = []
    /// The known difference that explains what came of it; nil where none does.
    public internal(set) var acceptance: KnownDifference?

    /// What came of it: a difference beats doubt, doubt beats sameness; a known difference is a warning.
    public var verdict: Verdict {
      if acceptance != nil { return .warning }
      let verdicts = measurements.map(\.verdict)
      if verdicts.contains(.fail) { return .fail }
      if verdicts.isEmpty || verdicts.contains(.inconclusive) || !undecided.isEmpty {
        return .inconclusive
      }
      return .ok
    }

    /// Why it is inconclusive; nil where it is not.
    public var doubt: String? {
      guard verdict == .inconclusive else { return nil }
      if let reason = undecided.first { return reason }
      return measurements.isEmpty
        ? "was not compared" : "compared no element, or came to no number"
    }
  }

  /// The plan, in order, and what came of it.
  public private(set) var entries: [Entry] = []

  private var places: [Requirement: Int] = [:]

  /// Starts an empty plan.
  init() {}

  /// Adds a comparison to the plan; a second time changes nothing.
  mutating func require(_ requirement: Requirement) {
    guard places[requirement] == nil else { return }
    places[requirement] = entries.count
    entries.append(Entry(requirement: requirement))
  }

  /// Enters what was measured.
  ///
  /// - Precondition: the comparison is in the plan.
  mutating func record(_ requirement: Requirement, _ measurement: Measurement) {
    guard let place = places[requirement] else {
      preconditionFailure("not in the plan: \(requirement)")
    }
    entries[place].measurements.append(measurement)
  }

  /// Enters that a comparison could not be made or decided.
  ///
  /// - Precondition: the comparison is in the plan.
  mutating func doubt(_ requirement: Requirement, _ reason: String) {
    guard let place = places[requirement] else {
      preconditionFailure("not in the plan: \(requirement)")
    }
    entries[place].undecided.append(reason)
  }

  /// The plan, with nothing entered.
  var blank: Ledger {
    var blank = self
    for index in blank.entries.indices {
      blank.entries[index].measurements = []
      blank.entries[index].undecided = []
    }
    return blank
  }

  /// Enters what was entered in another copy of the plan, and what was added to that.
  mutating func add(_ other: Ledger) {
    for (index, entry) in other.entries.enumerated()
    where index >= entries.count || !entry.measurements.isEmpty || !entry.undecided.isEmpty {
      require(entry.requirement)
      for measurement in entry.measurements { record(entry.requirement, measurement) }
      for reason in entry.undecided { doubt(entry.requirement, reason) }
    }
  }

  /// Whether a comparison is in the plan.
  func requires(_ requirement: Requirement) -> Bool { places[requirement] != nil }

  /// What came of all of it; an empty plan is inconclusive.
  public var verdict: Verdict {
    let verdicts = Set(entries.map(\.verdict))
    if verdicts.contains(.fail) { return .fail }
    return verdicts == [.ok] ? .ok : .inconclusive
  }
}
