/// What is said of two checkpoints.
enum ComparisonSchema {
  static let document: JSONSchema = .object([
    "schema": .constant("coverify.diff/1"), "a": .string, "b": .string, "structure": structure,
    "weights": weights, "beside": beside,
    "outputs": .anyOf(compared, notCompared).optional
      .described("What the networks make of one clip; absent where they were not run."),
    "verdict": .word(["same", "differs", "refused", "inconclusive"]), "exit": .integer,
  ])

  private static func pair(_ value: JSONSchema) -> JSONSchema {
    .object(["path": .string, "a": value, "b": value])
  }

  private static let single: JSONSchema = .object([
    "path": .string, "shape": .list(.count),
    "near": JSONSchema.string.optional.described("A name in the other file that is much like it."),
  ])

  private static let structure: JSONSchema = .object([
    "renamed": .list(.object(["a": .string, "b": .string])), "only_in_a": .list(single),
    "only_in_b": .list(single), "reshaped": .list(pair(.list(.count))),
    "retyped": .list(pair(.string)),
    "shared_only_in_a": JSONSchema.list(.list(.string))
      .described("Tensors that share a storage in the one file alone."),
    "shared_only_in_b": .list(.list(.string)), "same_order": .boolean, "notes": .list(.string),
  ])

  private static let weights: JSONSchema = .object([
    "same": .count,
    "changed": .list(
      .object([
        "path": .string, "elements": .count, "differing": .count, "max_abs": .number,
        "relative": .number,
      ])),
    "unreadable": .list(.object(["path": .string, "reason": .string])),
  ])

  private static let beside: JSONSchema = .object([
    "changed": .list(
      .object(["path": .string, "a": .string.optional, "b": .string.optional])),
    "tensors": JSONSchema.object(["a": .count, "b": .count])
      .described("The numbers of tensors that are not compared."),
    "complete": .boolean,
  ])

  private static let compared: JSONSchema = .object([
    "compared": .boolean, "clip": .list(.count),
    "seed": .seed, "shape_a": .list(.count), "shape_b": .list(.count),
    "max_abs": JSONSchema.number.optional, "relative": JSONSchema.number.optional,
    "differing": .count, "first_change": JSONSchema.string.optional,
    "assumptions": .list(.string),
  ])

  private static let notCompared: JSONSchema = .object([
    "compared": .boolean, "assumptions": .list(.string), "reason": .string,
  ])
}
