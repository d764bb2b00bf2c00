extension FarSide {
    /// What every role of the far side's program needs: the clock, processes as /proc shows them, an attempt's files.
    ///
    /// `started` is made with O_EXCL by the very process that becomes the command, or by a tombstone: whoever is first
    /// decides for ever whether the attempt starts.
    static let common = #"""
        LC_ALL=C
        umask 077
        state=${0%/*}
        cd "$state" || exit 71
        read -r boot </proc/sys/kernel/random/boot_id

        nap() {
            sleep "${1:-0.1}" 2>/dev/null || sleep 1
        }

        uptime_now() {
            read -r up up_rest 2>/dev/null </proc/uptime
        }

        wall_now() {
            wall=$(date +%s.%N)
            case $wall in
            '' | *[!0-9.]*) wall=$(date +%s) ;;
            esac
        }

        # Reads a stat file of /proc; a process's name may hold blanks, brackets and line ends.
        facts() {
            f_line=
            while read -r f_part; do f_line="$f_line $f_part"; done 2>/dev/null <"$1"
            [ -n "$f_line" ] || return 1
            f_pid=${f_line%% (*}
            f_pid=${f_pid# }
            set -- ${f_line##*) }
            f_state=$1 f_group=$3 f_session=$4
            shift 13
            f_processor=$(($1 + $2))
            shift 6
            f_start=$1
        }

        # A process number may be used again, its start time with it may not; a zombie is gone.
        is_process() {
            facts "/proc/$1/stat" && [ "$f_start" = "$2" ] && [ "$f_state" != Z ] && [ "$f_state" != X ]
        }

        # Counts the living processes of a group that leads its own session.
        count_members() {
            members=0
            for m_file in /proc/[0-9]*/stat; do
                facts "$m_file" || continue
                [ "$f_group" = "$1" ] && [ "$f_session" = "$1" ] || continue
                case $f_state in
                Z | X) ;;
                *) members=$((members + 1)) ;;
                esac
            done
        }

        # A group's number cannot be given to a new process while the group has members.
        is_alive() {
            is_process "$1" "$2" && return 0
            [ -n "$f_line" ] && [ "$f_start" != "$2" ] && return 1
            count_members "$1"
            [ "$members" -gt 0 ]
        }

        read_started() {
            s_line=
            read -r s_line 2>/dev/null <"attempts/$1/started"
            case $s_line in
            *' .') return 0 ;;
            *) return 1 ;;
            esac
        }

        # Whether the command of an attempt may still be there, or be about to begin.
        may_be_running() {
            read_started "$1" || return 0
            set -- $s_line
            [ "$1" = at ] && { is_process "$4" "$5" || is_alive "$2" "$3"; }
        }

        # The newest reading of the clock that a server has heard in this boot, in hundredths of a second. It is there
        # twice, for whoever reads it while it is written.
        read_contact() {
            contact=0
            read -r c_boot c_first c_second c_end 2>/dev/null <contact || return 0
            [ "$c_boot" != "$boot" ] || [ "$c_first" != "$c_second" ] || [ "$c_end" != . ] || contact=$c_first
        }

        # Its first line is empty until the end is written in its place.
        read_exit() {
            x_line=
            read -r x_line 2>/dev/null <"attempts/$1/exit"
            case $x_line in
            *' .') return 0 ;;
            *) return 1 ;;
            esac
        }

        # Makes sure that an attempt never starts; fails if something was there first.
        bury() {
            set -C
            printf 'never %s .\n' "$2" 2>/dev/null >"attempts/$1/started"
            b_code=$?
            set +C
            return $b_code
        }

        size_of() {
            [ -s "$1" ] || { printf '0\n'; return; }
            stat -c %s "$1" 2>/dev/null || wc -c <"$1"
        }

        """#
}
