import Continual
import TextLayout

/// How time goes through the network: when outputs come, and which frames meet at each join.
struct TimeSection {
  private let report: Report
  private let picture: Picture
  private let places: PagePlaces

  init(_ report: Report, _ picture: Picture, _ places: PagePlaces) {
    self.report = report
    self.picture = picture
    self.places = places
  }

  var markup: Markup {
    let id = places.prefix + "-time"
    return """
      <section aria-labelledby="\(id)">
      <h3 id="\(id)">Time</h3>
      \(WholeTime(picture).markup)
      \(joins)
      </section>
      """
  }

  private var joins: Markup {
    let groups = JoinGroup.all(picture.joins)
    guard !groups.isEmpty else {
      return "<p class=\"empty\">No branches are joined in this network.</p>"
    }
    let shown = groups.prefix(JoinGroup.most).enumerated().map { index, group in
      JoinDiagram(group, report, places, index: index).markup
    }
    let left = groups.dropFirst(JoinGroup.most).reduce(0) { $0 + $1.joins.count }
    let rest: Markup =
      left == 0
      ? .nothing
      : "<p class=\"note\">\(Number.count(left, "join")) of other delays are not drawn.</p>"
    return """
      <h4>Where branches meet</h4>
      <p>A frame of each branch stands in the step in which it comes, and has the number of the frame that
      it is; the colour goes with the number. What is joined has to be of one number.</p>
      \(shown)
      \(rest)
      """
  }
}

/// Joins at which the same happens.
struct JoinGroup {
  /// How many are drawn.
  static let most = 12

  var joins: [PlacedJoin]

  /// When the frames of each branch come, in the first steps after the place where branches part.
  let arrivals: [[Int]]

  /// Puts joins together, those at which frames meet that do not belong together first.
  static func all(_ joins: [PlacedJoin]) -> [JoinGroup] {
    var groups: [JoinGroup] = []
    for join in joins {
      let arrivals = join.branches.map { branch in
        (0..<8).map { branch.timing.step(ofOutput: $0) }
      }
      let same = groups.firstIndex {
        $0.arrivals == arrivals && $0.joins[0].pairing == join.pairing
      }
      if let same {
        groups[same].joins.append(join)
      } else {
        groups.append(JoinGroup(joins: [join], arrivals: arrivals))
      }
    }
    return groups.filter(\.isMisaligned) + groups.filter { !$0.isMisaligned }
  }

  /// Whether, as the network is written, frames meet that do not belong together.
  var isMisaligned: Bool {
    joins[0].pairing == .byStep && Set(arrivals).count > 1
  }

  /// How many steps the frames of the slowest branch come after the place where the branches part.
  var slowest: Int { arrivals.compactMap(\.first).max() ?? 0 }
}
