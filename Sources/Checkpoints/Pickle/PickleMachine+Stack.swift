import Tensors

// The stack and the memo.
extension PickleMachine {
  mutating func push(_ node: ObjectGraph.Node) throws(CheckpointError) {
    guard graph.nodes.count < limits.pickleNodes else {
      throw bad(.values(limit: limits.pickleNodes))
    }
    try push(again: graph.add(node, at: UInt32(opcodeOffset)))
  }

  /// Pushes a value that was made before, or just now.
  mutating func push(again value: ObjectGraph.Index) throws(CheckpointError) {
    pushes += 1
    guard pushes <= limits.walkedValues else {
      throw bad(.repeatedValues(limit: limits.walkedValues))
    }
    stack.append(value)
  }

  mutating func push(text: String) throws(CheckpointError) {
    try push(.text(graph.store(text: text)))
  }

  mutating func push(bytes: [UInt8]) throws(CheckpointError) {
    try push(.bytes(graph.store(bytes: bytes)))
  }

  /// A text of Python 2, which is bytes to be decoded by whoever needs the text.
  mutating func push(legacyText bytes: [UInt8]) throws(CheckpointError) {
    let isText = String(validating: bytes, as: UTF8.self) != nil
    try push(bytes: bytes)
    if !isText { graph.markUndecodable(try top()) }
  }

  /// No instruction reaches below the topmost mark.
  private var reachable: Int { stack.count - (marks.last ?? 0) }

  func top() throws(CheckpointError) -> ObjectGraph.Index {
    guard reachable > 0, let last = stack.last else { throw bad(.emptyStack) }
    return last
  }

  mutating func pop() throws(CheckpointError) -> ObjectGraph.Index {
    let last = try top()
    stack.removeLast()
    return last
  }

  mutating func pop(
    _ count: Int
  ) throws(CheckpointError) -> ArraySlice<ObjectGraph.Index> {
    guard reachable >= count else {
      throw bad(.stack(reachable, needed: count))
    }
    defer { stack.removeLast(count) }
    return ArraySlice(Array(stack.suffix(count)))
  }

  mutating func popToMark() throws(CheckpointError) -> ArraySlice<ObjectGraph.Index> {
    guard let mark = marks.popLast() else { throw bad(.noMark) }
    defer { stack.removeLast(stack.count - mark) }
    return ArraySlice(Array(stack[mark...]))
  }

  mutating func remember(_ place: Int) throws(CheckpointError) {
    memo[place] = try top()
    guard memo.count <= limits.memoEntries else {
      throw bad(.memo(limit: limits.memoEntries))
    }
  }

  mutating func recall(_ place: Int) throws(CheckpointError) {
    guard let value = memo[place] else {
      throw bad(.recalled(place))
    }
    try push(again: value)
  }
}

// Containers and calls.
extension PickleMachine {
  mutating func append(
    _ values: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    switch graph[try top()] {
    case .list(let place): graph.lists[Int(place)] += values
    case .object(let place): graph.objects[Int(place)].appended += values
    default: throw bad(.notAList)
    }
  }

  mutating func addToSet(
    _ values: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    switch graph[try top()] {
    case .set(let place): graph.lists[Int(place)] += values
    case .object(let place): graph.objects[Int(place)].appended += values
    default: throw bad(.notASet)
    }
  }

  func checkPairs(
    _ values: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    guard values.count.isMultiple(of: 2) else { throw bad(.keyAlone) }
  }

  mutating func setItems(
    _ values: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    try checkPairs(values)
    switch graph[try top()] {
    case .dict(let place): graph.lists[Int(place)] += values
    case .object(let place): graph.objects[Int(place)].items += values
    default: throw bad(.notADict)
    }
  }

  mutating func pushGlobal() throws(CheckpointError) {
    let module = try line()
    try pushGlobal(module, try line())
  }

  /// A class or function that is named again is the same one.
  mutating func pushGlobal(_ module: String, _ name: String) throws(CheckpointError) {
    globalUses += 1
    guard globalUses <= limits.globals.times(16) else {
      throw bad(.names(limit: limits.globals.times(16)))
    }
    let full = GlobalName(module: module, name: name)
    if let known = globals[full] { return try push(again: known) }
    guard globals.count < limits.globals else {
      throw bad(.names(limit: limits.globals))
    }
    try push(.global(module: graph.store(text: module), name: graph.store(text: name)))
    globals[full] = try top()
  }

  /// Callee, arguments and perhaps keywords become an object; nothing is called.
  mutating func call(
    _ parts: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    let parts = Array(parts)
    switch graph[parts[0]] {
    case .global, .object, .persistent: break
    default: throw bad(.callee)
    }
    guard case .tuple = graph[parts[1]] else { throw bad(.arguments) }
    let keywords = parts.count > 2 ? parts[2] : nil
    if let keywords {
      guard case .dict = graph[keywords] else { throw bad(.keywords) }
    }
    try push(
      graph.object(
        ObjectGraph.Object(callee: parts[0], arguments: parts[1], keywords: keywords)))
  }

  mutating func build() throws(CheckpointError) {
    let state = try pop()
    switch graph[try top()] {
    case .object(let place): graph.objects[Int(place)].states.append(state)
    // dill sets attributes of functions and modules that it names; they are not used.
    case .global: break
    default: throw bad(.state)
    }
  }
}
