# Load and latency on topology_router. Sourced by init.sh after topology.sh.

# probes PREFIX MS [INTERVAL_US] [SERIES_DIRECTORY]: voice-like packets (172 bytes: 20 ms of G.711) both ways for MS
# milliseconds. Results: @PREFIX_down and @PREFIX_up, as of udp-sink.
probes() {
  local prefix=$1 interval_us=${3:-20000} count series="" direction
  count=$(($2 * 1000 / interval_us))
  for direction in down up; do
    local receiver=lan
    [ $direction = down ] || receiver=inet
    [ -z "${4:-}" ] || series="--series $4/${prefix}_$direction"
    # A packet may be late by the whole bloated queue; nothing is lost by waiting for it longer than that.
    # shellcheck disable=SC2086 # several words or none
    start "${prefix}_$direction" $receiver udp-sink 6001 --count $count --for-ms $(($2 + 5000)) $series
  done
  launch "${prefix}_down_sent" inet udp-send 10.0.0.2 6001 --count $count --interval-us "$interval_us" --size 172
  launch "${prefix}_up_sent" lan udp-send 192.0.2.1 6001 --count $count --interval-us "$interval_us" --size 172
}

# saturate PREFIX FLOWS WARMUP_MS MS: FLOWS downloads and FLOWS uploads at once, measured for MS milliseconds after
# WARMUP_MS. Results: @PREFIX_goodput_down and @PREFIX_goodput_up, as of tcp-sink.
saturate() {
  local prefix=$1 flows=$2 end_ms=$(($3 + $4))
  start "${prefix}_goodput_down" lan tcp-sink 5001 --flows "$flows" --from-ms "$3" --to-ms $end_ms --for-ms $((end_ms + 9000))
  start "${prefix}_goodput_up" inet tcp-sink 5001 --flows "$flows" --from-ms "$3" --to-ms $end_ms --for-ms $((end_ms + 9000))
  launch "${prefix}_down_load" inet tcp-send 10.0.0.2 5001 --flows "$flows" --for-ms $((end_ms + 200))
  launch "${prefix}_up_load" lan tcp-send 192.0.2.1 5001 --flows "$flows" --for-ms $((end_ms + 200))
}

# idle_and_loaded [flows=4] [warmup_ms=2000] [ms=10000] [interval_us=20000] [series=DIRECTORY]: latency of the idle line,
# then under FLOWS + FLOWS TCP flows. Results: those of `probes` and `saturate` with the prefixes idle and loaded.
idle_and_loaded() {
  local flows=4 warmup_ms=2000 ms=10000 interval_us=20000 series="" setting
  for setting; do
    case ${setting%%=*} in
      flows | warmup_ms | ms | interval_us | series) local "$setting" ;;
      *) echo "idle_and_loaded: $setting is not known" && return 1 ;;
    esac
  done
  probes idle 2000 "$interval_us" "$series"
  collect
  saturate loaded "$flows" "$warmup_ms" "$ms"
  sleep "$((warmup_ms / 1000)).$(printf %03d $((warmup_ms % 1000)))"
  probes loaded "$ms" "$interval_us" "$series"
  collect
}
