public import ArgumentParser
public import TorchModels

extension InputLayout: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
