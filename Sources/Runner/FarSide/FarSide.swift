/// The far side of agentless SSH: a program in POSIX shell, and the text that installs and starts it.
///
/// It needs a Linux with a POSIX shell (bash, dash and busybox's ash are tested), coreutils or busybox, and setsid.
/// One program plays four roles: `serve` answers requests on standard input; `run` is the parent of one command;
/// `end` ends one command, now or after its timeout; `fence` ends it when no server is heard of. All but the first live in sessions of their own and outlive every
/// connection. What the far side says on its output begins with a random marker, so noise of rc files does no harm.
enum FarSide {
    /// The version of what answers, shown with the runner.
    static let version = "ssh 2"

    /// The text of the program, which is kept in a file of the state folder.
    static let program = common + attempt + roles + serve + "serve \"$2\" \"$3\"\n"

    /// The program's file name: another text has another name, so versions can live side by side.
    static let fileName: String = {
        // FNV-1a: told apart are our own versions, not an enemy's.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in program.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return "far-" + String(hash, radix: 16) + ".sh"
    }()

    /// The parent of a command has no use for what follows, and need not read it.
    private static let roles = #"""
        case $1 in
        run)
            shift
            run "$@"
            exit
            ;;
        end)
            end "$2" "$3" "$4" "$5"
            exit
            ;;
        fence)
            fence "$2" "$3" "$4" "$5"
            exit
            ;;
        esac

        """#
}
