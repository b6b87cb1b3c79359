/// What is said of the times of a model.
enum BenchmarkSchema {
  static let document: JSONSchema = .object([
    "schema": .constant(Benchmark.schema),
    "tool": .object(["name": .constant("coverify"), "version": .string]), "path": .string,
    "verdict": JSONSchema.word(["same", "differs", "inconclusive"])
      .described("Whether the modes that were timed agree with each other."),
    "clip": JSONSchema.list(.count).described("Its shape (B, C, T, S…)."),
    "delay": JSONSchema.integer.described("How many frames an output comes behind its input."),
    "state_bytes": .count,
    "threads": JSONSchema.count.described("How many computed a step, chunk or clip at most."),
    "operations": JSONSchema.number.described("Of a step; a multiplication with its sum is two."),
    "times": .object([
      "step": runs.optional, "clip": runs, "chunk": runs.optional, "window": runs,
      "calibration": runs.described("A loop that is always the same, by which machines compare."),
    ]),
    "window_frames": .count,
    "speed_up": JSONSchema.number.optional
      .described("How many times faster a step is than its window computed at once."),
    "layers": JSONSchema.list(
      .object(["path": .string, "class": .string, "median": .number, "operations": .number])
    ).described("The modules in a step."),
  ])

  private static let runs = JSONSchema.object([
    "median": .number, "spread": .number, "slowest": .number, "runs": .count,
  ]).described("Seconds: the median, the median distance from it, and what 99 of 100 stay within.")
}
