import Glibc

/// An sshd on a free port of 127.0.0.1 with keys of its own, which ends with this process at the latest.
///
/// It lets in the user who runs the tests, by one key, and gives them a home folder of its own.
package final class PrivateSSHServer: Sendable {
    /// What a session finds as its shell and tools.
    package enum FarShell: String, CaseIterable, Sendable {
        /// bash as `sh` and `bash`, and the machine's own tools.
        case bash
        /// dash as `sh`, no bash, coreutils.
        case dash
        /// busybox for everything; setsid too.
        case busybox

        /// Whether this machine has it.
        package var isInstalled: Bool {
            ["/usr/bin", "/bin"].contains { unsafe access("\($0)/\(rawValue)", X_OK) == 0 }
        }
    }

    /// Everything of this server; it goes when the server ends.
    package let folder: String
    package let port: Int
    package let user: String
    private let watchdog: Watchdog

    package var identityFile: String { "\(folder)/user_key" }
    /// A key that the server does not let in.
    package var strangeIdentityFile: String { "\(folder)/strange_key" }
    package var knownHostsFile: String { "\(folder)/known_hosts" }
    /// Has another key for the server, as if that had changed.
    package var changedHostsFile: String { "\(folder)/changed_hosts" }
    package var emptyHostsFile: String { "\(folder)/empty_hosts" }
    package var controlDirectory: String { "\(folder)/c" }
    /// The home of the sessions.
    package var home: String { "\(folder)/home" }

    /// Starts a server; `configuration` is lines of sshd_config, `forcedCommand` runs in place of every command, and
    /// `bashrc` is what a bash login shell reads first.
    package init(
        shell: FarShell = .bash,
        configuration: [String] = [],
        forcedCommand: String? = nil,
        bashrc: String? = nil
    ) throws {
        var name = Array("/tmp/rota-ssh-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&name) != nil else { throw PrivateSSHServerError.failed("no folder under /tmp") }
        folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let entry = unsafe getpwuid(getuid())
        user = unsafe entry.map { unsafe String(cString: $0.pointee.pw_name) } ?? "root"
        let arguments = [
            "/bin/sh", "-c", Self.script, "private-sshd", folder, shell.rawValue, forcedCommand ?? "",
            bashrc ?? "", configuration.joined(separator: "\n"),
        ]
        watchdog = try Self.withoutBlockedSignals { try Watchdog(arguments: arguments) }
        let words = (watchdog.readLine() ?? "").split(separator: " ")
        guard words.count == 2, words[0] == "ready", let port = Int(words[1]) else {
            watchdog.end()
            throw PrivateSSHServerError.failed("sshd did not start; install openssh-server and see \(folder)")
        }
        self.port = port
    }

    /// Ends the server and every connection to it.
    package func end() {
        watchdog.end()
    }

    /// Kills the server's half of every connection, as a cut line would; answers how many there were.
    @discardableResult package func cutConnections() throws -> Int {
        let cutter = try Watchdog(arguments: ["/bin/sh", "-c", Self.cut, "cut", folder])
        defer { cutter.end() }
        return cutter.readLine().flatMap { Int($0) } ?? 0
    }

    /// Kills the server, which leaves its sessions alone, and starts it again at the same port.
    package func restart() throws {
        let starter = try Self.withoutBlockedSignals {
            try Watchdog(arguments: ["/bin/sh", "-c", Self.again, "again", folder])
        }
        defer { starter.end() }
        guard starter.readLine() == "ready" else { throw PrivateSSHServerError.failed("sshd did not start again") }
    }

    /// Threads of Swift's concurrency block nearly all signals, and a child would inherit that: sshd, and every shell
    /// of every session, which would then wait for ever for a SIGCHLD.
    private static func withoutBlockedSignals<Result>(_ body: () throws -> Result) rethrows -> Result {
        var none = sigset_t()
        var old = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &old)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &old, nil) }
        return try body()
    }

    /// Kills the listener's children and, where sshd separates privileges, theirs, but none of their shells.
    private static let cut = #"""
        read -r server <"$1/sshd.pid" || exit
        parents=" $server " count=0
        for round in 1 2; do
            for file in /proc/[0-9]*/stat; do
                read -r line <"$file" || continue
                set -- ${line##*) }
                case $line:$parents in
                *"(sshd"*:*" $2 "*) ;;
                *) continue ;;
                esac
                pid=${file#/proc/}
                parents="$parents${pid%/stat} "
            done
        done 2>/dev/null
        for pid in ${parents#* * }; do
            kill -KILL "$pid" && count=$((count + 1))
        done 2>/dev/null
        echo "$count"
        """#

    private static let again = #"""
        cd "$1" && read -r server <sshd.pid && rm sshd.pid && kill -KILL "$server" || exit
        until [ -s sshd.pid ]; do
            "$(command -v sshd || echo /usr/sbin/sshd)" -f "$1/sshd_config" -E "$1/sshd.log" </dev/null
            sleep 0.1
        done
        echo ready
        """#

    private static let script = #"""
        dir=$1 shell=$2 forced=$3 bashrc=$4 configuration=$5
        cd "$dir" && mkdir -m 700 bin c home || exit
        for key in host_key user_key strange_key; do ssh-keygen -q -t ed25519 -N '' -f "$key" || exit; done
        cp user_key.pub authorized_keys
        true >empty_hosts
        [ -z "$bashrc" ] || printf '%s\n' "$bashrc" >home/.bashrc
        case $shell in
        busybox) for tool in $(busybox --list) sh; do ln -sf "$(command -v busybox)" "bin/$tool"; done ;;
        *)
            ln -s "$(command -v $shell)" bin/sh
            [ $shell != bash ] || ln -s sh bin/bash
            for tool in cat chmod cut date dd echo env false find grep head id kill ln ls mkdir mv od printf ps pwd rm \
                rmdir seq setpriv setsid sha256sum sleep sort stat sync tail touch tr true uname wc yes; do
                ln -s "$(command -v $tool)" "bin/$tool" 2>/dev/null
            done
            ;;
        esac
        cat >enter <<END
        #!/bin/sh
        PATH=$dir/bin
        export PATH
        exec sh -c "\$SSH_ORIGINAL_COMMAND"
        END
        chmod 700 enter
        [ "$(id -u)" != 0 ] || mkdir -p -m 755 /run/sshd
        server= attempt=0
        true >sshd.log
        while [ $((attempt += 1)) -le 20 ]; do
            port=$((20000 + ($(od -An -N2 -tu2 /dev/urandom) % 12000)))
            cat >sshd_config <<END
        $configuration
        Port $port
        ListenAddress 127.0.0.1
        HostKey $dir/host_key
        AuthorizedKeysFile $dir/authorized_keys
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin prohibit-password
        StrictModes no
        UsePAM no
        PidFile $dir/sshd.pid
        MaxStartups 100
        MaxSessions 100
        SetEnv HOME=$dir/home
        ForceCommand ${forced:-$dir/enter}
        END
            # Not by "&", which would make sshd and every session ignore INT and QUIT.
            "$(command -v sshd || echo /usr/sbin/sshd)" -f "$dir/sshd_config" -E "$dir/sshd.log" </dev/null || exit
            until [ -s sshd.pid ] || grep -q -i 'cannot bind' sshd.log; do sleep 0.05; done
            ! grep -q -i 'cannot bind' sshd.log || { true >sshd.log; continue; }
            read -r server <sshd.pid
            break
        done
        [ -n "$server" ] || exit
        read -r kind key _ <host_key.pub
        echo "[127.0.0.1]:$port $kind $key" >known_hosts
        read -r kind key _ <strange_key.pub
        echo "[127.0.0.1]:$port $kind $key" >changed_hosts
        trap '' PIPE
        echo "ready $port"
        read -r _
        # The masters of this server's clients, and with them its sessions, would live on for a while.
        for socket in c/*; do
            case $socket in
            *.*) ssh -F /dev/null -o "ControlPath=$dir/$socket" -O exit -- 127.0.0.1 ;;
            esac
        done >/dev/null 2>&1
        kill "$(cat sshd.pid)"
        cd / && rm -rf "$dir"
        """#
}

/// Why no private sshd runs.
package enum PrivateSSHServerError: Error, CustomStringConvertible {
    case failed(String)

    package var description: String {
        switch self {
        case .failed(let reason): "the tests' sshd: \(reason)"
        }
    }
}
