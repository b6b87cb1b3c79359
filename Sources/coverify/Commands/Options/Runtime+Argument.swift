public import ArgumentParser
public import Verification

extension Verifier.Runtime: ExpressibleByArgument {}
