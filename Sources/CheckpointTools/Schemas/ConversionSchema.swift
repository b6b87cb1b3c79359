/// What is said of a conversion.
enum ConversionSchema {
  static let document: JSONSchema = .object([
    "schema": .constant("coverify.convert/1"), "input": file, "output": file, "tensors": .count,
    "elements": .count, "dtypes": .list(.string), "kept": .list(.string),
    "dropped": JSONSchema.list(.string).described("What in the input is not in the output."),
    "cast": .list(
      .object(["path": .string, "from": .string, "to": .string, "max_abs": .number])),
    "notes": .list(.string),
    "verified": JSONSchema.boolean.described("Whether every bit was read again and compared."),
  ])

  private static let file: JSONSchema = .object([
    "path": .string, "format": .string, "bytes": .count,
  ])
}
