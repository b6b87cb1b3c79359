import Continual

extension String {
  /// A path of a module as a label: with its class where it is a number or nothing.
  func withType(_ typeName: String) -> String {
    if isEmpty { return typeName }
    return contains(where: \.isLetter) ? self : self + " " + typeName
  }
}

/// The places of a section, by the paths of modules, so that findings, rows of the heat map, nodes of the
/// graph and diagrams of joins lead to each other.
struct PagePlaces {
  /// What all names of places begin with, as in `m1`.
  let prefix: String

  /// Whether there are pictures to lead to.
  private let hasPicture: Bool
  private var findings: [String: [Int]] = [:]
  private var rows: [String: Int] = [:]
  private var nodes: [String: Int] = [:]
  private var joins: [String: Int] = [:]
  private var traces: [String: Int] = [:]
  private let codes: [String]

  init(_ report: Report, number: Int, showsPicture: Bool) {
    prefix = "m\(number)"
    codes = report.findings.map(\.code.rawValue)
    for (index, finding) in report.findings.enumerated() {
      findings[finding.module, default: []].append(index)
    }
    guard showsPicture, let picture = report.picture else {
      hasPicture = false
      return
    }
    hasPicture = true
    for (index, row) in (picture.steps.isEmpty ? picture.clips : picture.steps).enumerated() {
      rows[row.name] = rows[row.name] ?? index
    }
    for (index, node) in picture.nodes.enumerated() { nodes[node.path] = nodes[node.path] ?? index }
    for (index, group) in JoinGroup.all(picture.joins).prefix(JoinGroup.most).enumerated() {
      for join in group.joins { joins[join.path] = joins[join.path] ?? index }
    }
    for (index, trace) in picture.traces.enumerated() {
      traces[trace.module] = traces[trace.module] ?? index
    }
  }

  // MARK: - Names of places

  func finding(_ index: Int) -> String { "\(prefix)-f\(index + 1)" }
  func row(_ index: Int) -> String { "\(prefix)-r\(index + 1)" }
  func node(_ index: Int) -> String { "\(prefix)-n\(index + 1)" }
  func join(_ index: Int) -> String { "\(prefix)-j\(index + 1)" }
  func trace(_ index: Int) -> String { "\(prefix)-t\(index + 1)" }

  // MARK: - What leads there

  /// Where a module is shown, as links; empty where nowhere.
  ///
  /// - Parameters:
  ///   - path: of the module; empty for the network as a whole.
  ///   - left: what is not named, as in `node` for links beside a node.
  /// - Returns: the links.
  func links(to path: String, without left: Kind? = nil) -> [Markup] {
    var links: [Markup] = []
    if left != .finding {
      links += (findings[path] ?? []).prefix(3).map {
        "<a class=\"to finding\" href=\"#\(finding($0))\">\(codes[$0])</a>"
      }
    }
    if left != .row, left != .node, let index = rows[path] {
      links.append("<a class=\"to\" href=\"#\(row(index))\">frames</a>")
    }
    if left != .join, let index = joins[path] {
      links.append("<a class=\"to\" href=\"#\(join(index))\">join in time</a>")
    }
    if left != .trace, let index = traces[path] {
      links.append("<a class=\"to\" href=\"#\(trace(index))\">over time</a>")
    }
    if left != .node, let index = node(of: path) {
      links.append("<a class=\"to\" href=\"#\(node(index))\">graph</a>")
    }
    return links
  }

  /// Something that is shown of a module.
  enum Kind { case finding, row, join, trace, node }

  /// The codes of what was found at a module, each leading to it.
  func marks(of path: String) -> Markup {
    let marks = (findings[path] ?? []).prefix(2).map { index -> Markup in
      "<a class=\"mark\" href=\"#\(finding(index))\" title=\"\(codes[index])\">▲</a>"
    }
    return Markup(trusted: marks.map(\.html).joined())
  }

  /// Whether something was found at a module.
  func hasFindings(_ path: String) -> Bool { findings[path] != nil }

  /// The node of a module, or the first one inside.
  func node(of path: String) -> Int? {
    guard hasPicture, !path.isEmpty else { return nil }
    if let index = nodes[path] { return index }
    return nodes.filter { $0.key.hasPrefix(path + ".") }.map(\.value).min()
  }

  /// The row of a module.
  func row(of path: String) -> Int? { rows[path] }
}
