/// What is said of a file that is inspected.
enum InspectionSchema {
  static let file: JSONSchema = .object([
    "schema": .constant("coverify.inspect/1"), "file": .string, "format": .string,
    "bytes": .count, "summary": summary.optional, "tensors": .list(tensor),
    "entries": JSONSchema.list(entry).described("What is in the file beside tensors."),
    "has_all_entries": .boolean,
    "shared_storages": .list(.object(["storage": .string, "tensors": .list(.string)])),
    "globals": JSONSchema.list(global).described("The classes and functions that a pickle names."),
    "network": network.optional,
    "no_network": JSONSchema.string.optional.described("Why it is no network that can be run."),
    "refused": JSONSchema.string.optional.described("Why the file is not read."),
  ])

  private static let summary: JSONSchema = .object([
    "tensors": .count, "elements": .count, "bytes": .count, "storages": .count,
    "storage_bytes": .count,
    "dtypes": .list(
      .object(["dtype": .string, "tensors": .count, "elements": .count, "bytes": .count])),
  ])

  private static let tensor: JSONSchema = .object([
    "path": .string, "dtype": .string, "shape": .list(.count), "strides": .list(.integer),
    "offset": .count, "storage": .string, "min": JSONSchema.number.optional,
    "max": JSONSchema.number.optional, "non_finite": JSONSchema.count.optional,
    "sha256": JSONSchema.sha256.optional, "unreadable": JSONSchema.string.optional,
  ])

  private static let entry: JSONSchema = .object([
    "path": .string, "type": .string, "value": .string,
  ])

  private static let global: JSONSchema = .object([
    "name": .string, "understood": .boolean, "refused": .boolean,
  ])

  private static let network: JSONSchema = .object([
    "architecture": .string, "frame": .list(.count), "frames": .count, "state_bytes": .count,
    "assumptions": .list(.string), "modules": .list(module),
  ])

  private static let module: JSONSchema = .object([
    "path": .string, "type": .string, "arguments": .string, "parameters": .count,
    "receptive_field": .count, "stride": .count, "delay": .integer, "warm_up": .integer,
    "output": .list(.count), "divergence": JSONSchema.string.optional,
  ])
}
