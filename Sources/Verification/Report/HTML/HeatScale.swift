import TextLayout

extension Number {
  /// The first of 1, 2, 5, 10, 20, 50, … that is not below a number.
  static func roundStep(least: Int) -> Int {
    var power = 1
    while power < 1 << 40 {
      for part in [1, 2, 5] where part * power >= least { return part * power }
      power *= 10
    }
    return power
  }
}

/// How an error is coloured, by how many times its bound it is: blues within, oranges beyond, so that they
/// are told apart with any kind of sight, and a cross on what is beyond.
enum HeatScale: String, CaseIterable {
  case none = "l0"
  case tiny = "l1"
  case small = "l2"
  case usual = "l3"
  case near = "l4"
  case nearest = "l5"
  case open = "op"
  case beyond = "x1"
  case far = "x2"
  case farthest = "x3"

  /// The colour of a ratio; one that is not a number is open.
  init(_ ratio: Double) {
    switch ratio {
    case _ where ratio.isNaN: self = .open
    case ...0: self = .none
    case ...1e-3: self = .tiny
    case ...1e-2: self = .small
    case ...1e-1: self = .usual
    case ...(1.0 / 3): self = .near
    case ...1: self = .nearest
    case ...10: self = .beyond
    case ...1e3: self = .far
    default: self = .farthest
    }
  }

  /// Whether the error is more than is allowed.
  var isBeyond: Bool { [.beyond, .far, .farthest].contains(self) }

  /// What it stands for.
  var words: String {
    switch self {
    case .none: "no error"
    case .tiny: "to 1/1000 of the bound"
    case .small: "to 1/100"
    case .usual: "to 1/10"
    case .near: "to 1/3"
    case .nearest: "to the bound"
    case .open: "undecided"
    case .beyond: "to 10 times"
    case .far: "to 1,000 times"
    case .farthest: "more"
    }
  }

  /// How often an error goes into its bound, as in `0.014` or `21`.
  static func words(_ ratio: Double) -> String {
    if ratio.isNaN { return "open" }
    if ratio.isInfinite { return "beyond 0" }
    if ratio == 0 { return "0" }
    if ratio >= 1e4 || ratio < 1e-3 { return Number.short(ratio) }
    return Number.fixed(ratio, decimals: ratio < 1 ? 3 : ratio < 10 ? 1 : 0)
  }

  /// What the colours mean.
  static func legend(_ used: Set<HeatScale>) -> Markup {
    let entries = allCases.filter { used.contains($0) || $0 != .open }.map { level -> Markup in
      let cross: Markup =
        level.isBeyond ? "<path class=\"cross\" d=\"M5 5l6 6m0-6l-6 6\"/>" : .nothing
      return """
        <li><svg width="16" height="16" aria-hidden="true"><rect class="\(level.rawValue)" \
        width="16" height="16" rx="2"/>\(cross)</svg> \(level.words)</li>
        """
    }
    return
      "<ul class=\"legend\" aria-label=\"Colours: error as a part of its bound\">\(entries)</ul>"
  }
}
