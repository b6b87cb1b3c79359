import OrderedCollections
import Tensors

/// A loop over the frames of a value, as an export unrolls it: the same calls for each frame, each with what those of
/// the frame before made.
///
/// Calls belong to the last frame on which they depend. What the second frame's calls read is compared with what those
/// of each later frame read at the same places; the first frame reads constants where later ones read what was made
/// before.
struct ExportedLoop {
  /// The value whose frames are taken.
  let root: String
  /// Along which of its axes.
  let dim: Int
  /// The number of frames.
  let frames: Int
  /// What the calls know the frame as.
  let frame: String
  /// The calls of one frame.
  let body: [ExportedNode]
  /// What the frame before made: under which name the calls read it, what the same is of this frame, and what the first
  /// frame reads instead.
  let states: [State]
  /// The calls of all frames, and those that take the frames.
  let nodes: Set<Int>
  /// The last call of the last frame.
  let end: Int
  /// What a frame makes that is read behind the loop, by the place in ``body`` and among what a call makes.
  let outputs: OrderedDictionary<Place, String>
  /// Calls behind the loop that put all frames of an output beside each other, by their numbers.
  let stacks: [Int: Place]
  /// What the last frame makes, by its names.
  let lasts: [String: Place]

  /// One of the values that the calls of a frame make.
  struct Place: Hashable {
    let call: Int
    let output: Int
  }

  struct State {
    let read: String
    let made: String
    let initial: String
  }

  /// What a call reads.
  private enum Reference: Hashable {
    case frame
    case own(Place)
    case before(Place)
    case other(String)
  }
}

// MARK: - Finding

extension ExportedLoop {
  /// Calls that put values beside each other.
  private static let joins: Set = ["stack", "cat", "concat", "concatenate"]

  /// The loops of a program, in order.
  static func all(in graph: ExportedGraph, needed: Set<Int>) -> [ExportedLoop] {
    var taken: OrderedDictionary<[String], [Int: [(node: Int, name: String)]]> = [:]
    for index in needed.sorted() {
      let node = graph.nodes[index]
      guard let name = node.arguments.values.first?.names.first, let shape = graph.shapes[name],
        !shape.isEmpty
      else { continue }
      var dim = 0
      if case .int(let given) = node["dim"] { dim = given < 0 ? given + shape.count : given }
      guard shape.indices.contains(dim), shape[dim] > 2 else { continue }
      let key = [name, "\(dim)"]
      if node.name == "select", case .int(let place) = node["index"],
        let made = node.outputs.first.flatMap(\.self)
      {
        let frame = place < 0 ? place + shape[dim] : place
        taken[key, default: [:]][frame, default: []].append((index, made))
      } else if node.name == "unbind", node.outputs.count == shape[dim] {
        for (frame, made) in node.outputs.enumerated() {
          if let made { taken[key, default: [:]][frame, default: []].append((index, made)) }
        }
      }
    }
    return taken.compactMap { key, places in
      guard let shape = graph.shapes[key[0]], let dim = Int(key[1]), places.count == shape[dim],
        places.values.allSatisfy({ $0.count == 1 })
      else { return nil }
      return ExportedLoop(
        graph, needed, root: key[0], dim: dim,
        (0..<shape[dim]).compactMap { places[$0]?.first })
    }
  }

  private init?(
    _ graph: ExportedGraph, _ needed: Set<Int>, root: String, dim: Int,
    _ frames: [(node: Int, name: String)]
  ) {
    guard frames.count == graph.shapes[root]?[dim] else { return nil }
    let takers = Set(frames.map(\.node))
    // On which frame each value depends last.
    var latest = Dictionary(uniqueKeysWithValues: frames.enumerated().map { ($1.name, $0) })
    var groups = [[Int]](repeating: [], count: frames.count)
    for index in needed.sorted() where !takers.contains(index) {
      let node = graph.nodes[index]
      let own = node.arguments.values.flatMap(\.names).compactMap { latest[$0] }.max()
      guard let own else { continue }
      groups[own].append(index)
      for name in node.outputs { if let name { latest[name] = own } }
    }
    let size = groups[1].count
    guard size > 0, groups.dropLast().allSatisfy({ $0.count == size }),
      let final = groups.last, final.count >= size
    else { return nil }
    let bodies = groups.map { Array($0.prefix(size)) }
    var places: [[String: Place]] = []
    for body in bodies {
      var own: [String: Place] = [:]
      for (call, index) in body.enumerated() {
        for (output, name) in graph.nodes[index].outputs.enumerated() {
          if let name { own[name] = Place(call: call, output: output) }
        }
      }
      places.append(own)
    }
    func reference(_ name: String, _ frame: Int) -> Reference? {
      if name == frames[frame].name { return .frame }
      if let place = places[frame][name] { return .own(place) }
      if frame > 0, let place = places[frame - 1][name] { return .before(place) }
      return latest[name] == nil && name != root ? .other(name) : nil
    }
    var states: OrderedDictionary<Place, State> = [:]
    let second = bodies[1].map { graph.nodes[$0] }
    for frame in frames.indices {
      for (call, index) in bodies[frame].enumerated() {
        let (node, model) = (graph.nodes[index], second[call])
        guard node.target == model.target, node.changed == nil,
          node.arguments.keys == model.arguments.keys, node.outputs.count == model.outputs.count
        else { return nil }
        for (given, wanted) in zip(node.arguments.values, model.arguments.values) {
          let (names, others) = (given.names, wanted.names)
          guard names.count == others.count, given.withoutNames == wanted.withoutNames else {
            return nil
          }
          for (name, other) in zip(names, others) {
            guard let own = reference(name, frame), let expected = reference(other, 1) else {
              return nil
            }
            if case .before(let place) = expected, frame == 0 {
              // The first frame reads a constant, always the same for what is remembered.
              guard case .other(let initial) = own,
                let made = second[place.call].outputs[place.output]
              else { return nil }
              guard states[place].map({ $0.initial == initial }) ?? true else { return nil }
              states[place] = State(read: other, made: made, initial: initial)
            } else if own != expected {
              return nil
            }
          }
        }
      }
    }
    // What is read behind the loop: all frames of a value beside each other, or its last frame.
    let inside = Set(bodies.joined()).union(takers)
    var outputs: OrderedDictionary<Place, String> = [:]
    var (stacks, lasts): ([Int: Place], [String: Place]) = ([:], [:])
    func add(_ place: Place) { outputs[place] = second[place.call].outputs[place.output] }
    for index in needed.sorted() where !inside.contains(index) {
      let node = graph.nodes[index]
      let read = node.arguments.values.flatMap(\.names).filter { name in
        places.contains { $0[name] != nil } || frames.contains { $0.name == name }
      }
      if read.isEmpty { continue }
      if ExportedLoop.joins.contains(node.name), read.count == frames.count,
        let place = places[0][read[0]], read.indices.allSatisfy({ places[$0][read[$0]] == place })
      {
        stacks[index] = place
        add(place)
        continue
      }
      for name in read {
        guard let place = places[frames.count - 1][name] else { return nil }
        lasts[name] = place
        add(place)
      }
    }
    for name in graph.outputs where places.contains(where: { $0[name] != nil }) {
      guard let place = places[frames.count - 1][name] else { return nil }
      lasts[name] = place
      add(place)
    }
    guard let end = bodies.last?.last, !outputs.isEmpty else { return nil }
    (self.root, self.dim, self.frames) = (root, dim, frames.count)
    (frame, body) = (frames[1].name, second)
    (self.states, nodes, self.end) = (Array(states.values), inside, end)
    (self.outputs, self.stacks, self.lasts) = (outputs, stacks, lasts)
  }
}

extension ExportedArgument {
  /// The same for all values: what is left of an argument when names are none.
  fileprivate var withoutNames: ExportedArgument {
    switch self {
    case .value: .value("")
    case .size: .size("")
    case .values(let names): .values(names.map { $0.map { _ in "" } })
    case .ints(let entries):
      .ints(entries.map { if case .int = $0 { $0 } else { .name("") } })
    default: self
    }
  }
}
