# shellcheck shell=bash
# Sourced by run.sh: numbers of a target while something puts load on it, one line each in $RAW.

# ---------------------------------------------------------------- what is collected

declare -A OUT=() # rows that were given up

skip() { # ROW REASON
    [[ -n ${OUT[$1]:-} ]] && return
    OUT[$1]=1
    printf '%s\tskipped\t%s\n' "$1" "$2" >>"$RAW"
    say "  $1: skipped, $2"
}

fact() { printf '%s\t%s\n' "$1" "$2" >>"$FACTS"; }

collect() { # ROW: the `name=value` lines of the input
    local row=$1 line
    while IFS= read -r line; do printf '%s\t%s\t%s\n' "$row" "${line%%=*}" "${line#*=}"; done >>"$RAW"
}

pids_of() { # TARGET: the process and its workers
    local pid
    pid=$(recorded_pid "$WORK/$1.pid") || die "$1 has died; its log is in $WORK"
    printf '%s\n' "$pid"
    tr ' ' '\n' <"/proc/$pid/task/$pid/children" | grep . || true
}

cpu_us() { # TARGET: user and system time of all threads
    local pid stat ticks=0
    for pid in $(pids_of "$1"); do
        stat=$(<"/proc/$pid/stat")
        stat=${stat##*) }
        # shellcheck disable=SC2086 # split on purpose: utime and stime are fields 14 and 15, so 12 and 13 from the state
        set -- "$1" $stat
        ticks=$((ticks + ${13} + ${14}))
    done
    printf '%s\n' $((ticks * 1000000 / HERTZ))
}

rss_kib() { # TARGET
    local pid sum=0
    for pid in $(pids_of "$1"); do sum=$((sum + $(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status"))); done
    printf '%s\n' "$sum"
}

measure() { # ROW TARGET COMMAND...: what the command counts, and what the target spent on it
    local row=$1 target=$2 before after said
    shift 2
    [[ -z ${OUT[$row]:-} ]] || return 0
    before=$(cpu_us "$target")
    if ! said=$("$@" 2>"$WORK/$row.err"); then
        skip "$row" "$(tail -n 1 "$WORK/$row.err")"
        return
    fi
    after=$(cpu_us "$target")
    if [[ -s $WORK/$row.err ]]; then say "  $row: $(tail -n 1 "$WORK/$row.err")"; fi
    [[ $WARMING != true ]] || return 0
    printf '%s\ncpu_us=%s\nrss_kib=%s\n' "$said" $((after - before)) "$(rss_kib "$target")" | collect "$row"
}
