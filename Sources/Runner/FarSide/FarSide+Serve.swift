extension FarSide {
    /// The role `serve`: requests are shell text of a stated length, answers are lines that begin with the marker.
    static let serve = #"""
        # serve MARKER UMASK
        serve() {
            marker=$1 umask_of_user=$2 tag=0 watched= last_sizes= turn=0 wall=
            read -r directory_id <id
            read -r low_water 2>/dev/null <low-water || low_water=
            enter_boot
            say "ready $directory_id $boot $(uname -n)"
            # Detached: setsid forks where its caller leads a group, or where it is told to.
            detached="setsid setsid"
            ! setsid -f true 2>/dev/null || detached="setsid -f"
            # A short request is the line itself; of a long one the line is the size.
            count_processors
            while read -r request; do
                case $request in
                =*) request=${request#=} ;;
                '' | *[!0-9]*) continue ;;
                *) request=$(head -c "$request") ;;
                esac
                eval "$request"
            done
        }

        # In a new boot nothing may start before each folder of an older one, whose command may or may not have begun
        # when the host went down, is marked as lost. Whoever starts something writes the boot down first; so a list
        # taken before the old boot is read a second time holds old folders only.
        enter_boot() {
            known_boot=
            read -r known_boot 2>/dev/null <boot
            [ "$known_boot" != "$boot" ] || return
            set -- attempts/*
            read -r known_boot 2>/dev/null <boot
            [ "$known_boot" != "$boot" ] || return
            for e_folder; do
                [ ! -d "$e_folder" ] || read_exit "${e_folder#attempts/}" || read_started "${e_folder#attempts/}" ||
                    printf 'lost the host was restarted when it was about to start; it may or may not have run .\n' \
                        >"$e_folder/started"
            done
            printf '%s\n' "$boot" >boot.$$ && mv -f boot.$$ boot
        }

        # greet BOOT READING: takes note of the newest reading of the clock that a server has heard, if it is of this boot,
        # and tells the clock and how busy the host is.
        greet() {
            uptime_now
            now=${up%.*}${up#*.}
            if [ "$1" = "$boot" ]; then
                read_contact
                g_reading=$2
                [ "$g_reading" -le "$now" ] || g_reading=$now
                # One write over what is there, of the same length: a full disk does not hinder it.
                [ "$g_reading" -le "$contact" ] ||
                    printf '%s %20d %20d .\n' "$boot" "$g_reading" "$g_reading" 1<>contact
            fi 2>/dev/null
            g_load=- g_all=- g_free=-
            read -r g_load g_rest </proc/loadavg
            while read -r g_name g_value g_rest; do
                case $g_name in
                MemTotal:) g_all=$g_value ;;
                MemAvailable:) g_free=$g_value ;;
                esac
            done </proc/meminfo
            # Without grep the fence cannot find what has left the group, so the clock is not told.
            command -v grep >/dev/null 2>&1 || now=-
            say "clock $now $g_load $processors $g_all $g_free"
        } 2>/dev/null

        count_processors() {
            processors=0
            while read -r p_name p_rest; do
                case $p_name in
                cpu[0-9]*) processors=$((processors + 1)) ;;
                esac
            done 2>/dev/null </proc/stat
        }

        say() {
            printf '%s %s %s\n' "$marker" "$tag" "$1"
        }

        # claim ATTEMPT...: makes their folders in one go; of those that failed, mkdir's message has the name.
        claim() {
            to_launch= claim_list=
            for c_id; do claim_list="$claim_list attempts/$c_id attempts/$c_id/work"; done
            refusals=$(mkdir $claim_list 2>&1)
            claim_code=$?
            if [ "$claim_code" -ge 126 ] || { [ "$claim_code" -ne 0 ] && [ -z "$refusals" ]; }; then
                refusals=$(for c_id; do printf 'attempts/%s: mkdir failed\n' "$c_id"; done)
            fi
            # The pair of clock and uptime serves for ten seconds.
            uptime_now
            if [ -z "$wall" ] || [ $((${up%.*} - ${wall_up%.*})) -ge 10 ]; then
                wall_now
                uptime_now
                wall_up=$up
            fi
        }

        is_forgotten() {
            [ -e "forgotten/$1" ] || { [ -n "$low_water" ] && ! [ "$1" \> "$low_water" ]; }
        }

        # Whether claim made this attempt's folder, whoever made the one within; a forgotten one is never made again.
        is_new() {
            case $refusals in
            *"attempts/$1"[!/]*) return 1 ;;
            esac
            is_forgotten "$1" || return 0
            rmdir "attempts/$1/work" "attempts/$1"
            return 1
        }

        # prepare ATTEMPT RUN: reserves space for the end and makes the run's folder.
        prepare() {
            [ -d "attempts/$1/work" ] && printf '\n%512s\n' '' >"attempts/$1/exit" || return 1
            [ -d "runs/$2" ] || mkdir -p "runs/$2" || return 1
            to_launch="$to_launch $1"
        }

        # The folders are durable before anything starts; else a crash could make "started" look like "never came".
        launch() {
            [ -n "$to_launch" ] || return
            sync attempts 2>/dev/null
            $detached sh "$0" run "$wall" "$wall_up" "$umask_of_user" $to_launch </dev/null >/dev/null 2>&1
        }

        # Says which of the attempts have no folder, and why.
        answer_refused() {
            for a_id; do
                if [ -d "attempts/$a_id" ]; then
                    continue
                elif is_forgotten "$a_id"; then
                    say "forgotten $a_id"
                else
                    reason=${refusals#*"attempts/$a_id"}
                    reason=${reason#*: }
                    say "refused $a_id ${reason%%
        *}"
                fi
            done
        }

        # Whoever made an attempt's folder is about to start it, or has died. A short command has ended soon after, which
        # spares whoever asked for it another question.
        answer_started() {
            for a_id; do
                a_count=0
                until read_started "$a_id" || [ $((a_count += 1)) -gt 500 ]; do
                    if [ "$a_count" -gt 4 ]; then nap 0.03; else nap 0.005; fi
                done
            done
            a_count=0 ended=
            for a_id; do
                until read_exit "$a_id" || [ $((a_count += 1)) -gt 2 ]; do nap 0.005; done
                ! read_exit "$a_id" || ended="$ended attempts/$a_id/exit"
            done
            [ -z "$ended" ] || sync $ended 2>/dev/null
            for a_id; do status "$a_id"; done
        }

        # ask ATTEMPT...: one that never came is buried, by the same folder and file that a start would make.
        ask() {
            unknown=
            for a_id; do
                [ -d "attempts/$a_id" ] || is_forgotten "$a_id" || unknown="$unknown attempts/$a_id"
            done
            [ -z "$unknown" ] || refusals=$(mkdir $unknown 2>&1)
            ended=
            for a_id; do
                ! read_exit "$a_id" || ended="$ended attempts/$a_id/exit"
            done
            [ -z "$ended" ] || sync $ended 2>/dev/null
            for a_id; do
                if [ -d "attempts/$a_id" ]; then
                    status "$a_id"
                elif is_forgotten "$a_id"; then
                    say "forgotten $a_id"
                else
                    say "unable ${refusals#*: }"
                fi
            done
        }

        status() {
            if read_exit "$1"; then
                say "ended $1 ${x_line% .}"
                return
            fi
            bury "$1" "no start order for it had come"
            # Written in one go right after it was made, so an unfinished one is a matter of microseconds or of a kill.
            s_count=0
            until read_started "$1" || [ $((s_count += 1)) -gt 20 ]; do nap; done
            set -- "$1" $s_line
            case $2 in
            never)
                s_line=${s_line#never }
                say "never $1 ${s_line% .}"
                ;;
            lost)
                s_line=${s_line#lost }
                say "lost $1 ${s_line% .}"
                ;;
            at) status_of_started "$@" ;;
            *)
                case $(ls -l /proc/[0-9]*/fd 2>/dev/null) in
                *"$state/attempts/$1/started"*) say "unable attempt $1 is being started very slowly" ;;
                *) say "never $1 the process that was to become its command was killed before it did" ;;
                esac
                ;;
            esac
        }

        # Fields from the third on: leader, its start, parent, its start, boot.
        status_of_started() {
            if [ "$7" != "$boot" ]; then
                say "lost $1 the host was restarted: the boot was $7 and is $boot"
            elif is_process "$5" "$6" || is_alive "$3" "$4"; then
                say "running $1 $3 $8 $9 ${10}"
            elif read_exit "$1"; then
                say "ended $1 ${x_line% .}"
            else
                say "lost $1 its parent process $5 is gone, its process group $3 is empty and there is no exit record"
            fi
        }

        watch() {
            watched="$watched $*"
        }

        # Says which of the watched have ended since; and, if that is wanted, how long the logs of the others are if any has
        # changed. Every twentieth time of these it looks whether their processes live, for a killed parent leaves nothing
        # to be found.
        poll() {
            ended= rest= logs= lost=
            [ -z "$1" ] || turn=$(((turn + 1) % 20))
            for p_id in $watched; do
                if read_exit "$p_id"; then
                    ended="$ended $p_id"
                elif [ ! -d "attempts/$p_id" ]; then
                    continue
                elif [ "$1$turn" = sizes0 ] && ! may_be_running "$p_id"; then
                    lost="$lost $p_id"
                else
                    rest="$rest $p_id"
                    logs="$logs attempts/$p_id/log"
                fi
            done
            for p_id in $lost; do status "$p_id"; done
            watched=$rest
            if [ -n "$ended" ]; then
                ended_files=
                for p_id in $ended; do ended_files="$ended_files attempts/$p_id/exit"; done
                sync $ended_files 2>/dev/null
                for p_id in $ended; do status "$p_id"; done
            fi
            [ -n "$logs" ] && [ -n "$1" ] || return
            sizes=$(stat -c '%s %n' $logs 2>/dev/null)
            [ "$sizes" != "$last_sizes" ] || return
            last_sizes=$sizes
            say "bytes ${#sizes} 0"
            printf '%s\n' "$sizes"
        }

        # read_part ATTEMPT FILE FIRST-BLOCK BYTES: blocks of 4 KiB, for dd seeks where busybox's tail reads all before.
        read_part() {
            if [ ! -d "attempts/$1" ]; then
                say unknown
                return
            fi
            [ -e "attempts/$1/$2" ] || { say "bytes 0 0"; printf '\n'; return; }
            total=$(size_of "attempts/$1/$2")
            total=$((total))
            count=$((total - $3 * 4096))
            [ "$count" -ge 0 ] || count=0
            [ "$count" -le "$4" ] || count=$4
            say "bytes $count $total"
            [ "$count" -eq 0 ] ||
                dd if="attempts/$1/$2" bs=4096 skip="$3" count=$((count / 4096 + 1)) 2>/dev/null | head -c "$count"
            printf '\n'
        }

        cancel() {
            if [ -d "attempts/$1" ] && ! read_exit "$1"; then
                $detached sh "$0" end "$1" cancelled 0 "$2" </dev/null >/dev/null 2>&1
            fi
        }

        # A mark stays behind, so that the order can never start again; marks older than a month become one number.
        forget() {
            gone=
            for g_id; do
                [ -d "attempts/$g_id" ] || continue
                ! read_exit "$g_id" && read_started "$g_id" && may_be_running "$g_id" && continue
                printf '' >"forgotten/$g_id" || continue
                gone="$gone attempts/$g_id"
            done
            [ -z "$gone" ] || rm -rf $gone 2>/dev/null || { chmod -R u+rwX $gone && rm -rf $gone; } 2>/dev/null
        }

        forget_run() {
            rm -rf "runs/$1" 2>/dev/null || { chmod -R u+rwX "runs/$1" && rm -rf "runs/$1"; } 2>/dev/null
        }

        """#
}
