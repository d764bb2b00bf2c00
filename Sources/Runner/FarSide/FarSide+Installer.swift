extension FarSide {
    /// The command line of a channel: reads so many bytes of shell text and runs them.
    ///
    /// Every login shell understands it, and nothing in it differs from one user to another.
    static func commandLine(installerSize: Int) -> String {
        "exec sh -c 'eval \"$(head -c \(installerSize))\"'"
    }

    /// The text that checks the host, keeps the program in the state folder and becomes its role `serve`.
    ///
    /// A nil folder is `~/.rota`. Below it there is one folder per machine, since homes may be shared over NFS.
    static func installer(marker: String, stateDirectory: String?) -> [UInt8] {
        let head = """
            marker=\(marker)
            file_name=\(fileName)
            base=\(stateDirectory.map { String(decoding: ShellText.quoted(Array($0.utf8)), as: UTF8.self) } ?? "$HOME/.rota")
            tools='chmod date dd env head ln mkdir mv od rm rmdir setsid sleep stat tail tr uname'
            program=
            """
        return Array(head.utf8) + ShellText.quoted(Array(program.utf8)) + Array("\n\(hostCheck)\(installation)".utf8)
    }

    /// Checks the host and finds the folder for this machine, `state`; wants `marker`, `tools` and `base`.
    static let hostCheck = #"""
        set -f
        unable() {
            printf '%s 0 unable %s\n' "$marker" "$*"
            exit 0
        }
        missing=
        for tool in $tools; do
            command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
        done
        [ -z "$missing" ] || unable "the host lacks$missing"
        [ -r /proc/self/stat ] && [ -r /proc/uptime ] && [ -r /proc/sys/kernel/random/boot_id ] ||
            unable "the host has no /proc of Linux"
        case $base in
        /*) ;;
        *) unable "the home folder '$base' is no absolute path" ;;
        esac
        machine=
        read -r machine 2>/dev/null </etc/machine-id || read -r machine 2>/dev/null </var/lib/dbus/machine-id
        case $machine in
        '' | *[!0-9a-f]*) machine=$(uname -n) ;;
        esac
        user_umask=$(umask)
        umask 077
        state=$base/$machine

        """#

    private static let installation = #"""
        said=$(mkdir -p "$state/attempts" "$state/runs" "$state/forgotten" 2>&1) ||
            unable "its state folder cannot be made: $said"
        [ -O "$state" ] || unable "its state folder $state belongs to another user"
        chmod 700 "$state"
        if [ ! -s "$state/$file_name" ]; then
            said=$({ printf '%s' "$program" >"$state/$file_name.$$" && mv -f "$state/$file_name.$$" "$state/$file_name"; } 2>&1) || {
                rm -f "$state/$file_name.$$"
                unable "nothing can be written to $state: $said"
            }
        fi
        if [ ! -s "$state/id" ]; then
            number=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
            said=$(printf '%s\n' "$number" 2>&1 >"$state/id.$$" && ln "$state/id.$$" "$state/id" 2>&1)
            rm -f "$state/id.$$"
            [ -s "$state/id" ] || unable "nothing can be written to $state: $said"
        fi
        set +f
        # Marks of attempts forgotten a month ago become one number, below which nothing starts.
        old=$(find "$state/forgotten" -type f -mtime +30 2>/dev/null | sort | tail -n 1)
        if [ -n "$old" ]; then
            printf '%s\n' "${old##*/}" >"$state/low-water.$$" && mv -f "$state/low-water.$$" "$state/low-water" &&
                find "$state/forgotten" -type f -mtime +30 -exec rm -f {} +
        fi
        exec env -i HOME="$HOME" PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}" USER="${USER:-$(id -un)}" \
            SHELL="${SHELL:-/bin/sh}" LANG=C.UTF-8 TMPDIR="${TMPDIR:-/tmp}" \
            sh "$state/$file_name" serve "$marker" "$user_umask"
        """#
}
