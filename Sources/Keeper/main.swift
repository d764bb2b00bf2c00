import AttemptProtocol
import Core
import Glibc

private func main() -> Int32 {
    let words = Array(CommandLine.arguments.dropFirst())
    if words == ["--version"] {
        print("rota-keeper \(ProtocolVersion.software)")
        return 0
    }
    if words.first == LimitedCommand.word { return LimitedCommand.run(words) }
    if words.first == Bridge.word { return Bridge.run(words) }
    guard let arguments = Arguments(words) else {
        print(Arguments.usage, terminator: "")
        return 2
    }
    guard arguments.isForeground else { return Detachment.start(arguments) }
    do throws(Startup.Failure) {
        let keeper = try Startup.keeper(arguments)
        Detachment.report(nil, to: arguments.readyDescriptor)
        keeper.run()
        return 0
    } catch {
        // Served already is what the starter wanted.
        if case .served = error {
            Detachment.report(nil, to: arguments.readyDescriptor)
            return 0
        }
        Detachment.report("\(error)", to: arguments.readyDescriptor)
        Keeper.complain("\(error)")
        return 1
    }
}

exit(main())
