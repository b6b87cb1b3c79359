/// What is said of a fixture in its metadata.
enum FixtureSchema {
  static let notes: JSONSchema = .object([
    "schema": .constant(Fixture.schema),
    "model": JSONSchema.string.described("The model, by a path from the folder of the fixture."),
    "sha256": JSONSchema.sha256.described("Of the file of the model."),
    "architecture_sha256": JSONSchema.sha256
      .described("Of the architecture as JSON on one line, whatever file it came from."),
    "tool": JSONSchema.string.described("The version of coverify that recorded it."),
    "accepted": JSONSchema.list(.string)
      .described("What nothing in the file of the model says, and was accepted."),
    "computed_by": JSONSchema.word(["coverify", "pytorch"])
      .described("Who made the outputs: coverify by the definitions, or PyTorch in float64."),
    "sampled": JSONSchema.map(of: .list(.count))
      .described("The shapes of outputs that are too large, and of which some numbers are kept."),
  ])
}
