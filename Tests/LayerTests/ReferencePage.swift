import TorchModels

/// The reference page of the architecture format: every class, every argument.
enum ReferencePage {
  static let text: String = {
    let families = LayerDefinition.Family.allCases.compactMap { family in
      section(family, Catalog.standard.definitions.filter { $0.family == family })
    }
    return ([head] + families).joined(separator: "\n")
  }()

  private static let head = """
    # The architecture format

    Every class that an architecture can name, and what its arguments mean.

    ## Overview

    An architecture file is JSON: a header, and nodes that name classes of `torch.nn` and of the
    `continual` library with the arguments of their constructors. What the tensors of the checkpoint tell
    may be left out.

    ```json
    {
      "format": "coverify-architecture",
      "version": 1,
      "input": { "shape": [32, "T", 56, 56], "frames": 16 },
      "model": {
        "type": "Sequential", "modules": [
          { "type": "Conv3d", "in_channels": 32, "kernel_size": 3, "padding": 1 },
          { "type": "ReLU6" } ] }
    }
    ```

    A node has a `type`; it can have a `name`, which is the part that it adds to the names of its
    tensors. Containers list what is inside under `modules`, a `Graph` under `nodes`, each with an `id`
    and its `inputs`.

    This page is made from the definitions of the classes, which `coverify types` prints as well.

    """

  private static func section(
    _ family: LayerDefinition.Family, _ definitions: [LayerDefinition]
  ) -> String? {
    guard !definitions.isEmpty else { return nil }
    return (["## \(family.title)", ""] + definitions.flatMap(lines)).joined(separator: "\n")
  }

  private static func lines(_ definition: LayerDefinition) -> [String] {
    var lines = ["### " + definition.types.joined(separator: ", "), "", definition.summary]
    if let key = definition.structure.key { lines[2] += " What is inside is listed as `\(key)`." }
    if !definition.functions.isEmpty {
      let names = definition.functions.map { "`\($0.name)`" }.joined(separator: ", ")
      lines[2] += " The same as a function: \(names)."
    }
    lines.append("")
    guard !definition.arguments.isEmpty else { return lines }
    lines += ["| argument | value | left out | meaning |", "|---|---|---|---|"]
    for argument in definition.arguments {
      let cells = [
        "`\(argument.name)`", argument.kind.text, argument.standard.text, argument.summary,
      ]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    return lines + [""]
  }
}
