import Continual
import PlainData
import Tensors
import TextLayout

/// All that runs, in order, with its wires beside it: what each module sees of the input, how late it is,
/// and at which rate its frames come.
struct NetworkGraph {
  private let report: Report
  private let picture: Picture
  private let places: PagePlaces
  private let lanes: GraphLanes
  private let trees: [GraphTree]
  /// The worst ratio of each module, in either mode.
  private let worst: [String: Double]

  /// The groups that are open at first, by their first node and number of nodes.
  private let open: Set<Range<Int>>

  /// Up to how many rows groups are open.
  private static let fewRows = 40

  init(_ report: Report, _ picture: Picture, _ places: PagePlaces) {
    self.report = report
    self.picture = picture
    self.places = places
    lanes = GraphLanes(picture.nodes)
    trees = GraphTree.all(picture.nodes.map(\.path)).withoutSingleGroup
    open = trees.open(upTo: NetworkGraph.fewRows)
    worst = (picture.steps + picture.clips).reduce(into: [:]) { worst, row in
      for cell in row.cells {
        let ratio = cell.ratio.isNaN ? 1 + 1e-9 : cell.ratio
        worst[row.name] = max(worst[row.name] ?? 0, ratio)
      }
    }
  }

  var markup: Markup {
    let id = places.prefix + "-graph"
    let left = picture.nodeCount - picture.nodes.count
    let rest: Markup =
      left > 0
      ? "<p class=\"note\">\(Number.count(left, "node")) more are not shown.</p>" : .nothing
    let many: Markup =
      picture.nodes.count > NetworkGraph.fewRows
      ? " Containers are closed where there are many, unless something was found inside."
      : .nothing
    return """
      <section aria-labelledby="\(id)">
      <h3 id="\(id)">The network</h3>
      <p>\(Number.count(picture.nodeCount, "module")) that compute, in order. Receptive field and delay are
      in frames of the input, the rate is outputs per input, the error is the worst one as a part of its
      bound.\(many)</p>
      <div class="graph">
      <div class="g-row g-head" aria-hidden="true"><span class="g-lanes"></span><span>module</span>\
      <span>frame</span><span>sees</span><span>delay</span><span>rate</span><span>error</span></div>
      \(trees.map { markup($0, depth: 0) })
      </div>
      \(rest)
      </section>
      """
  }

  // MARK: - Rows

  private func markup(_ tree: GraphTree, depth: Int) -> Markup {
    switch tree {
    case .node(let index): node(index, depth: depth)
    case .group(let name, _, let nodes, let inside):
      group(name, nodes, inside, depth: depth)
    }
  }

  private func node(_ index: Int, depth: Int) -> Markup {
    let node = picture.nodes[index]
    let name = node.path.isEmpty ? node.typeName : node.path
    let joins = node.inputs.count > 1
    let links = places.links(to: node.path, without: .node)
    let isFirst = places.node(of: node.path) == index || node.path.isEmpty
    let linked: Markup = isFirst ? "<span class=\"links\">\(links)</span>" : .nothing
    let bad = places.hasFindings(node.path) ? " has-finding" : ""
    return """
      <div class="g-row d\(min(depth, 6))\(bad)" id="\(places.node(index))">\
      <span class="g-lanes">\(lanes.svg(ofNode: index, kind: joins ? "join" : "one"))</span>\
      <span class="g-name"><b>\(tail(name, depth))</b> <span class="muted">\
      \(node.typeName)\(summary(node))</span> \(linked)</span>\
      \(numbers(node, ratio: worst[node.path], row: places.row(of: node.path)))</div>
      """
  }

  private func group(
    _ name: String, _ nodes: Range<Int>, _ inside: [GraphTree], depth: Int
  ) -> Markup {
    let last = picture.nodes[nodes.upperBound - 1]
    let paths = Set(nodes.map { picture.nodes[$0].path })
    let hasFindings = paths.contains(where: places.hasFindings)
    let isOpen = open.contains(nodes) || hasFindings
    let ratio = paths.compactMap { worst[$0] }.max()
    let mark: Markup = hasFindings ? "<span class=\"mark\">▲</span> " : .nothing
    return """
      <details class="g-group"\(isOpen ? Markup(" open=\"open\"") : .nothing)>
      <summary class="g-row d\(min(depth, 6))">\
      <span class="g-lanes"><span class="when-shut">\(lanes.svg(of: nodes))</span>\
      <span class="when-open">\(lanes.svg(above: nodes.lowerBound))</span></span>\
      <span class="g-name"><span class="fold" aria-hidden="true"></span>\(mark)<b>\(name)</b> \
      <span class="muted">\(Number.count(nodes.count, "module"))</span></span>\
      \(numbers(last, ratio: ratio))</summary>
      \(inside.map { markup($0, depth: depth + 1) })
      </details>
      """
  }

  /// The end of a path that the groups around it do not say.
  private func tail(_ path: String, _ depth: Int) -> String {
    guard depth > 0 else { return path }
    let parts = path.split(separator: ".")
    let kept = max(1, parts.count - depth)
    return parts.suffix(min(kept, 2)).joined(separator: ".")
  }

  private func summary(_ node: Picture.Node) -> String {
    node.summary.isEmpty ? "" : "(" + node.summary.cut(after: 90) + ")"
  }

  private func numbers(_ node: Picture.Node, ratio: Double?, row: Int? = nil) -> Markup {
    let shape = node.frame.axes.dropFirst().map(String.init).joined(separator: "×")
    let timing = node.timing
    let error: Markup =
      ratio.map { ratio -> Markup in
        let (level, words) = (HeatScale(ratio).rawValue, HeatScale.words(ratio))
        guard let row else { return "<span class=\"chip \(level)\">\(words)</span>" }
        return """
          <a class="chip \(level)" href="#\(places.row(row))" title="its frames">\(words)</a>
          """
      } ?? "–"
    return """
      <span class="g-n" data-n="frame">\(shape)</span>\
      <span class="g-n" data-n="sees">\(Number.grouped(timing.receptiveField))</span>\
      <span class="g-n" data-n="delay">\(Number.grouped(timing.delay))</span>\
      <span class="g-n" data-n="rate">\(timing.rate.description)</span>\
      <span class="g-n" data-n="error">\(error)</span>
      """
  }
}
