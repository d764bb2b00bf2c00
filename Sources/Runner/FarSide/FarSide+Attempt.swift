extension FarSide {
    /// The roles `run` and `end`: the parent of one command, and who ends it.
    static let attempt = #"""
        # run WALL UP UMASK ATTEMPT...: a parent for each command, and one shell that has nothing to do but to be theirs. It
        # makes them all at once, as a pipeline, for what is put in the background ignores INT and QUIT for ever.
        run() {
            asked_wall=$1 asked_up=$2 mask=$3 setsid=$(command -v setsid)
            shift 3
            parents=
            for r_id; do parents="$parents${parents:+ | }(run_one $r_id) </dev/null >/dev/null 2>&1"; done
            eval "$parents"
        }

        # The parent of one command, which it runs in the foreground, again because of INT and QUIT.
        run_one() {
            id=$1 folder=$state/attempts/$1
            facts /proc/self/stat || exit 71
            own="$f_pid $f_start"
            . "./attempts/$id/order"
            timer= watchdog=
            if [ -n "$o_fence" ]; then
                uptime_now
                now=${up%.*}${up#*.}
                [ "$o_contact" -le "$now" ] || o_contact=$now
                if [ "$now" -ge $((o_contact + o_fence)) ]; then
                    bury "$id" "the order came when no server had been heard of for too long"
                    exit 0
                fi
                setsid sh "$0" fence "$id" "$o_fence" "$o_contact" "$o_grace" </dev/null >/dev/null 2>&1 &
                watchdog=$!
            fi
            if [ -n "$o_timeout" ]; then
                setsid sh "$0" end "$id" timed_out "$o_timeout" "$o_grace" </dev/null >/dev/null 2>&1 &
                timer=$!
            fi
            (
                facts /proc/self/stat || exit 71
                uptime_now
                set -C
                printf 'at %s %s %s %s %s %s .\n' "$f_pid $f_start" "$own" "$boot" "$asked_wall" "$asked_up" "$up" \
                    2>/dev/null >"$folder/started" || exit 71
                set +C
                if ! cd "${o_folder:-$folder/work}" 2>/dev/null; then
                    printf '%s\n' "no folder '$o_folder', or no permission to enter it" >"$folder/failed"
                    exit 126
                fi
                umask "$mask"
                export ROTA_ATTEMPT_ID="$id" ROTA_OUTPUT="$folder/output" ROTA_RUN_DIR="$state/runs/$o_run"
                unset OLDPWD
                eval "set -- \"\$folder\" \"${o_memory:--}\" \"\$setsid\" $o_shell"
                # From here on no variable of ours is safe from those of the task.
                . "$1/environment" 2>/dev/null
                printf '' >"$1/environment"
                if [ "$#" = 3 ]; then
                    if command -v bash >/dev/null 2>&1; then
                        set -- "$@" bash -eo pipefail
                    elif (set -o pipefail) 2>/dev/null; then
                        set -- "$@" sh -e -o pipefail
                    else
                        set -- "$@" sh -e
                    fi
                fi
                set -- "$@" "$1/script"
                case $4 in
                */*) [ -x "$4" ] && [ ! -d "$4" ] ;;
                *) command -v "$4" >/dev/null 2>&1 ;;
                esac || {
                    printf '%s\n' "no interpreter '$4', or no permission to run it" >"$1/failed"
                    exit 127
                }
                # A lower limit of the host's own will do as well.
                [ "$2" = - ] || ulimit -v "$2" 2>/dev/null || [ "$(ulimit -v)" -le "$2" ] 2>/dev/null || {
                    printf '%s\n' "its memory cannot be limited by this host's shell" >"$1/failed"
                    exit 126
                }
                shift 2
                exec "$@"
            ) </dev/null >>"$folder/log" 2>&1
            code=$?
            uptime_now
            facts /proc/self/stat
            finish
        }

        # Makes the end durable; only the parent that started the command may.
        finish() {
            read_started "$id"
            case $s_line in
            "at "*" $own "*) ;;
            *)
                bury "$id" "its host could not write to $folder"
                stop "$timer"
                stop "$watchdog"
                exit 0
                ;;
            esac
            set -- $s_line
            leader=$2 cause=itself left=0 kind=exited reason=${o_note:--} ended_wall=-
            # Of two who end it one makes the file, and the other may act before the word stands in it.
            c_count=0
            while [ -e "$folder/cause" ] && ! read -r cause <"$folder/cause" && [ $((c_count += 1)) -le 50 ]; do nap; done
            [ "$cause" = timed_out ] || stop "$timer"
            # Who ends it for silence looks for what has left the group as well.
            if [ "$cause" != fenced ]; then stop "$watchdog"; elif [ -n "$watchdog" ]; then wait "$watchdog"; fi
            if [ "${cause:=itself}" != itself ]; then
                count_members "$leader"
                while [ "$members" -gt 0 ]; do
                    nap
                    count_members "$leader"
                done
            elif kill -0 "-$leader" 2>/dev/null; then
                count_members "$leader"
                left=$members
            fi
            if [ -e "$folder/failed" ]; then
                read -r reason <"$folder/failed"
                kind=failed
            fi
            # Within a minute of the start the clock need not be read again; later it may have been set.
            if [ $((${up%.*} - ${asked_up%.*})) -gt 60 ]; then
                wall_now
                ended_wall=$wall
            fi
            size=0
            [ ! -s "$folder/log" ] || size=$(size_of "$folder/log")
            record="$kind $code $cause $size $left $f_processor $asked_wall $asked_up $9 $up $ended_wall $reason ."
            # One write over the space reserved at the start: a full disk cannot lose it, and whoever reads it meanwhile
            # misses the full stop at its end.
            until printf '%s\n' "$record" 1<>"$folder/exit"; do
                [ -d "$folder" ] || exit 0
                sleep 1
            done 2>/dev/null
        }

        stop() {
            [ -z "$1" ] || kill -KILL "-$1" || kill -KILL "$1"
        } 2>/dev/null

        # fence ATTEMPT AFTER READING GRACE: ends the command once no server has been heard of for so long since the newest
        # reading. It looks every five seconds, for a host that slept may wake up late.
        fence() {
            id=$1 reading=$3
            while :; do
                read_contact
                [ "$contact" -le "$reading" ] || reading=$contact
                uptime_now
                rest=$((reading + $2 - ${up%.*}${up#*.}))
                [ "$rest" -gt 0 ] || break
                ! read_exit "$id" && [ -d "attempts/$id" ] && may_be_running "$id" || exit 0
                [ "$rest" -lt 500 ] || rest=500
                nap "$((rest / 100)).$((rest / 10 % 10))1"
            done
            end "$id" fenced 0 "$4"
        }

        # Kills what has left the group but not the session, or bears the attempt's mark in its environment.
        sweep() {
            for w_process in $session_members; do
                ! is_process "${w_process%:*}" "${w_process#*:}" || kill -KILL "${w_process%:*}"
            done
            found=.
            while [ -n "$found" ]; do
                found=
                for w_file in $(find_marked); do
                    w_process=${w_file#/proc/}
                    ! kill -KILL "${w_process%/environ}" || found=.
                done
                [ -z "$found" ] || nap
            done
        } 2>/dev/null

        # What is in /proc has NUL bytes, behind which not every grep looks.
        find_marked() {
            if printf 'a\000b\n' | grep -q b; then
                grep -ls "ROTA_ATTEMPT_ID=$id" /proc/[0-9]*/environ
            else
                for m_file in /proc/[0-9]*/environ; do
                    ! tr '\000' '\n' <"$m_file" | grep -q "ROTA_ATTEMPT_ID=$id" || printf '%s\n' "$m_file"
                done
            fi
        }

        find_session() {
            session_members=
            for m_file in /proc/[0-9]*/stat; do
                facts "$m_file" || continue
                [ "$f_session" != "$1" ] || [ "$f_group" = "$1" ] || session_members="$session_members $f_pid:$f_start"
            done
        }

        # end ATTEMPT CAUSE DELAY GRACE: TERM to the command's group after a delay, KILL after the grace in hundredths.
        end() {
            id=$1
            [ "$3" = 0 ] || sleep "$3" 2>/dev/null || sleep $((${3%.*} + 1))
            read_exit "$id" && exit 0
            bury "$id" "$2 before it had started" && exit 0
            read_started "$id"
            set -- $s_line "$2" "$4"
            [ "$1" = at ] || exit 0
            leader=$2 leader_start=$3
            shift 10
            set -C
            printf '%s\n' "$1" 2>/dev/null >"attempts/$id/cause"
            set +C
            session_members=
            if is_alive "$leader" "$leader_start"; then
                [ "$1" != fenced ] || find_session "$leader"
                # It may not have become the leader of its group yet.
                kill -TERM "-$leader" 2>/dev/null || kill -TERM "$leader" 2>/dev/null
                uptime_now
                limit=$((${up%.*}${up#*.} + $2))
                while is_alive "$leader" "$leader_start"; do
                    nap
                    uptime_now
                    [ "${up%.*}${up#*.}" -lt "$limit" ] || break
                done
                while is_alive "$leader" "$leader_start"; do
                    kill -KILL "-$leader" 2>/dev/null || kill -KILL "$leader" 2>/dev/null
                    nap
                done
            fi
            [ "$1" != fenced ] || sweep
        }

        """#
}
