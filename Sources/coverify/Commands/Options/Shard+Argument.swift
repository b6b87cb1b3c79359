import ArgumentParser
import CheckpointTools

extension Shard: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}
