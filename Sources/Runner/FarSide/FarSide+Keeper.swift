import AttemptProtocol
import Core

extension FarSide {
    /// What a host needs to be told to keep and start a keeper.
    struct KeeperPlan: Sendable {
        /// A folder on the far side; nil: `~/.rota` of whoever its tasks run as.
        var stateDirectory: String?
        /// Whom its tasks run as; nil: whoever signs in.
        var runAs: String?
        /// The folder of the cgroup tree for attempts with limits; nil: the one that is delegated.
        var controlGroup: String?
        /// How long a keeper without clients and attempts lives on.
        var idleLimit: Duration
    }

    /// What `uname -m` says where this program's own keeper runs.
    private static let architecture: String = {
        #if arch(x86_64)
        "x86_64"
        #elseif arch(arm64)
        "aarch64"
        #else
        "another"
        #endif
    }()

    /// The text that checks the host, keeps the keeper's program there if it has not this one, and becomes the bridge to
    /// the keeper.
    ///
    /// It says `want` where the program is to be sent behind it, then `ready`, from which on both sides speak in frames.
    static func keeperInstaller(marker: String, size: Int, hash: String, plan: KeeperPlan) -> [UInt8] {
        let base = plan.stateDirectory.map(quoted) ?? "$HOME/.rota"
        var options = ["--idle", "\(plan.idleLimit.components.seconds)"]
        if let folder = plan.controlGroup { options += ["--cgroup", folder] }
        let text = """
            marker=\(marker)
            hash=\(hash)
            size=\(size)
            made_for=\(architecture)
            base=\(base)
            tools='chmod env head id mkdir mv rm sha256sum uname'
            \(hostCheck)\(keeperInstallation)\(options.map(quoted).joined(separator: " "))

            """
        guard let user = plan.runAs else { return Array(text.utf8) }
        return Array("marker=\(marker)\nuser=\(quoted(user))\ntext=\(quoted(text))\n\(switching)".utf8)
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: ShellText.quoted(Array(text.utf8)), as: UTF8.self)
    }

    /// Becomes another user before anything else, so that all there is belongs to them.
    private static let switching = #"""
        unable() {
            printf '\n%s 0 unable %s\n' "$marker" "$*"
            exit 0
        }
        if [ "$(id -un)" = "$user" ]; then
            eval "$text"
            exit
        fi
        [ "$(id -u)" = 0 ] ||
            unable "only root can run tasks as $user, and $(id -un) signs in there; let root or $user do so"
        number=$(id -u "$user" 2>/dev/null) || unable "it has no user $user, as whom tasks are to run"
        command -v setpriv >/dev/null 2>&1 || unable "the host lacks setpriv, which run_as needs (util-linux has it)"
        eval "home=~$user"
        exec setpriv --reuid="$number" --regid="$(id -g "$user")" --init-groups -- \
            env -i HOME="$home" PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}" USER="$user" sh -c "$text"

        """#

    private static let keeperInstallation = #"""
        program=$state/rota-keeper-$hash
        state=$state/keeper
        said=$(mkdir -p "$state" 2>&1) || unable "its state folder cannot be made: $said"
        [ -O "$state" ] || unable "its state folder $state belongs to another user"
        chmod 700 "$state"
        is_whole() {
            [ -f "$1" ] || return 1
            set -- $(sha256sum <"$1")
            [ "$1" = "$hash" ]
        }
        if ! is_whole "$program"; then
            [ "$(uname -m)" = "$made_for" ] ||
                unable "its processor is $(uname -m) and the server's rota-keeper is made for $made_for; leave out 'install'"
            fresh=$program.$$
            printf '\n%s 0 want it\n' "$marker"
            said=$(head -c "$size" 2>&1 >"$fresh") && is_whole "$fresh" || {
                rm -f "$fresh"
                unable "rota-keeper could not be copied to ${state%/keeper}: ${said:-it did not arrive as it was sent}"
            }
            chmod 700 "$fresh"
            said=$("$fresh" --version 2>&1) || {
                rm -f "$fresh"
                unable "rota-keeper does not run in ${state%/keeper} (${said##*: }); leave out 'install', or let programs run there"
            }
            mv -f "$fresh" "$program"
            # A program that runs needs its name no more.
            set +f
            for old in "${state%/keeper}"/rota-keeper-*; do
                case $old in
                "$program" | *.[0-9]*) ;;
                *) rm -f "$old" ;;
                esac
            done
        fi
        umask "$user_umask"
        printf '\n%s 0 ready now\n' "$marker"
        exec env -i HOME="$HOME" PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}" USER="${USER:-$(id -un)}" \
            ${SHELL:+"SHELL=$SHELL"} LANG=C.UTF-8 TMPDIR="${TMPDIR:-/tmp}" \
            "$program" bridge --state "$state" \#

        """#
}
