/// Where the wires of a network run beside the list of its nodes: each in a lane, as the branches of a
/// version history.
struct GraphLanes {
  /// What is beside one node: the wire in each lane above and below it, and the lanes that it reads and
  /// writes.
  struct Place {
    let above: [Int?]
    let below: [Int?]
    let inputs: [Int]
    let output: Int
  }

  let places: [Place]

  /// How many lanes are drawn; what is further out is left out.
  static let most = 14

  /// The number of lanes.
  var count: Int {
    min(
      GraphLanes.most, places.map { max($0.above.count, $0.below.count) }.max() ?? 1)
  }

  init(_ nodes: [Picture.Node]) {
    var last: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for wire in node.inputs { last[wire] = index }
    }
    if let end = nodes.last { last[end.output] = nodes.count }
    var lanes: [Int?] = [nodes.first?.inputs.first ?? 0]
    var places: [Place] = []
    for (index, node) in nodes.enumerated() {
      let above = lanes
      let inputs = node.inputs.compactMap { wire in lanes.firstIndex { $0 == wire } }
      for lane in inputs {
        if let wire = lanes[lane], last[wire] ?? -1 <= index { lanes[lane] = nil }
      }
      // The leftmost lane that is free, best the one of an input.
      let free =
        inputs.filter { lanes[$0] == nil }.min() ?? lanes.firstIndex { $0 == nil } ?? lanes.count
      if free == lanes.count { lanes.append(nil) }
      lanes[free] = last[node.output] == nil ? nil : node.output
      while lanes.last == .some(nil), lanes.count > 1, lanes.count - 1 > free { lanes.removeLast() }
      places.append(
        Place(above: above, below: lanes, inputs: Array(Set(inputs)).sorted(), output: free))
    }
    self.places = places
  }
}

// MARK: - Drawing

extension GraphLanes {
  private static let pitch = 11
  private static let height = 28

  private var width: Int { count * GraphLanes.pitch + 4 }

  private func x(_ lane: Int) -> Int {
    min(lane, GraphLanes.most - 1) * GraphLanes.pitch + GraphLanes.pitch / 2 + 2
  }

  /// The lanes beside a node, whose dot has a class.
  func svg(ofNode index: Int, kind: String) -> Markup {
    svg(places[index], dot: kind)
  }

  /// The lanes beside several nodes that are shown as one.
  func svg(of nodes: Range<Int>) -> Markup {
    let (first, last) = (places[nodes.lowerBound], places[nodes.upperBound - 1])
    let passing = Set(first.above.compactMap(\.self)).intersection(last.below.compactMap(\.self))
    let inputs = first.above.indices.filter { lane in
      first.above[lane].map { !passing.contains($0) } ?? false
    }
    return svg(
      Place(
        above: first.above, below: last.below, inputs: inputs.isEmpty ? first.inputs : inputs,
        output: last.output), dot: "many")
  }

  /// The lanes above a group whose nodes are shown below.
  func svg(above node: Int) -> Markup {
    let lanes = places[node].above
    let lines = lanes.indices.filter { lanes[$0] != nil }
      .map { "M\(x($0)) 0V\(GraphLanes.height)" }.joined()
    return frame("<path class=\"wire\" d=\"\(Markup(trusted: lines))\"/>")
  }

  private func svg(_ place: Place, dot: String) -> Markup {
    let middle = GraphLanes.height / 2
    let center = x(place.output)
    var lines = ""
    for (lane, wire) in place.above.enumerated() {
      guard let wire else { continue }
      // A wire goes on below, perhaps in another lane.
      if let on = place.below.firstIndex(of: wire) {
        lines += "M\(x(lane)) 0V\(middle)L\(x(on)) \(GraphLanes.height)"
      }
      if place.inputs.contains(lane) {
        lines +=
          x(lane) == center
          ? "M\(center) 0V\(middle)" : "M\(x(lane)) 0L\(center) \(middle)"
      }
    }
    let kept = Set(place.above.compactMap(\.self))
    for (lane, wire) in place.below.enumerated() {
      guard let wire, !kept.contains(wire) else { continue }
      lines +=
        x(lane) == center
        ? "M\(center) \(middle)V\(GraphLanes.height)"
        : "M\(center) \(middle)L\(x(lane)) \(GraphLanes.height)"
    }
    return frame(
      """
      <path class="wire" d="\(Markup(trusted: lines))"/>\
      <path class="dot \(dot)" d="M\(center) \(middle)h0"/>
      """)
  }

  private func frame(_ inside: Markup) -> Markup {
    """
    <svg class="lanes" width="\(width)" height="\(GraphLanes.height)" \
    viewBox="0 0 \(width) \(GraphLanes.height)" preserveAspectRatio="none" \
    aria-hidden="true">\(inside)</svg>
    """
  }
}
