/** One run of the demo: the same line, the same load and the same call, without weir or with it. */
import * as z from 'zod/mini';
import { boot } from '../lab/boot.ts';
import type { Kernel } from '../lab/kernel.ts';
import { type LabRun, textsOf } from '../lab/labrun.ts';
import { command, tcpSink } from '../lab/results.ts';
import { type Period, PROBE_INTERVAL_MS, parseSeries, type Recording } from './latency.ts';

export const DIRECTIONS = ['download', 'upload'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** The line, as its provider sells it. */
export const LINE = { downloadKbitPerS: 20_000, uploadKbitPerS: 5000, rttMs: 20 } as const;
/** What weir is told: 95 % of it. */
export const SHAPED = { downloadKbitPerS: 19_000, uploadKbitPerS: 4750 } as const;
export const FLOWS = 4;

const IDLE_MS = 3000;
const LOAD_MS = 12_000;
const AFTER_MS = 1000;
/** Of the whole run. */
export const LASTS_MS = IDLE_MS + LOAD_MS + AFTER_MS;
/** Flows need a moment to find their rate: the figures of the full line count from here. */
export const WARMUP_MS = 2000;

export interface DemoRun {
  readonly recordings: Readonly<Record<Direction, Recording>>;
  readonly idle: Period;
  /** From the beginning of the load to its end. */
  readonly loading: Period;
  /** The part of it that counts. */
  readonly full: Period;
}

const CONFIG = `config shaper 'wan'
	option device 'wan0'
	option download '${SHAPED.downloadKbitPerS}'
	option upload '${SHAPED.uploadKbitPerS}'
`;

/**
 * Runs it in one guest. `onSecond` is called with the number of seconds done. Throws a LabError where the guest or weir
 * fails.
 */
export async function runDemo(kernel: Kernel, withWeir: boolean, onSecond: (done: number) => void): Promise<DemoRun> {
  let log = '';
  const run = await boot({
    kernel,
    mode: kernel.virtualTime ? 'virtual' : 'real',
    script: scriptOf(withWeir, kernel.virtualTime ? 'tbf' : 'netem'),
    onLog: (text) => {
      log += text;
      // Only whole lines.
      const seconds = textsOf(log.slice(0, log.lastIndexOf('\n') + 1), 'second');
      onSecond(seconds.length);
    },
  });
  if (withWeir) run.value('weir', command);
  const loadAtMs = run.value('load_at_ms', z.number());
  return {
    recordings: { download: recordingOf(run, 'download'), upload: recordingOf(run, 'upload') },
    idle: { fromMs: 0, toMs: loadAtMs },
    loading: { fromMs: loadAtMs, toMs: loadAtMs + LOAD_MS },
    full: { fromMs: loadAtMs + WARMUP_MS, toMs: loadAtMs + LOAD_MS },
  };
}

function recordingOf(run: LabRun, direction: Direction): Recording {
  return {
    samples: parseSeries(run.out.get(direction) ?? ''),
    sent: LASTS_MS / PROBE_INTERVAL_MS,
    goodputBitPerS: run.value(`${direction}_goodput`, tcpSink).goodput_bit_per_s,
  };
}

function scriptOf(withWeir: boolean, modem: 'tbf' | 'netem'): string {
  const probe = `--count ${LASTS_MS / PROBE_INTERVAL_MS} --interval-us ${PROBE_INTERVAL_MS * 1000} --size 172`;
  const probeSink = `udp-sink 6001 --count ${LASTS_MS / PROBE_INTERVAL_MS} --for-ms ${LASTS_MS + 10_000}`;
  const sink = `tcp-sink 5001 --flows ${FLOWS} --from-ms ${WARMUP_MS} --to-ms ${LOAD_MS - 200} --for-ms ${LASTS_MS + 10_000}`;
  const load = `--flows ${FLOWS} --for-ms ${LOAD_MS}`;
  return `
topology_router down=${LINE.downloadKbitPerS}kbit up=${LINE.uploadKbitPerS}kbit rtt_ms=${LINE.rttMs} modem=${modem}
${withWeir ? `weir_config <<'END'\n${CONFIG}END\nweir start` : ''}
start download_call lan ${probeSink} --series /run/lab/out/download
start upload_call inet ${probeSink} --series /run/lab/out/upload
start download_goodput lan ${sink}
start upload_goodput inet ${sink}

# A line for each second; reading from a pipe into which nobody writes is a sleep without a process.
mkfifo /run/nothing
exec 8<>/run/nothing
seconds() {
  local left
  for ((left = $1; left > 0; left--)); do
    read -rt 1 -u 8 || true
    emit second 1
  done
}

began=\${EPOCHREALTIME/./}
launch download_call_sent inet udp-send 10.0.0.2 6001 ${probe}
launch upload_call_sent lan udp-send 192.0.2.1 6001 ${probe}
seconds ${IDLE_MS / 1000}
emit load_at_ms $(((\${EPOCHREALTIME/./} - began) / 1000))
launch download_load inet tcp-send 10.0.0.2 5001 ${load}
launch upload_load lan tcp-send 192.0.2.1 5001 ${load}
seconds ${(LOAD_MS + AFTER_MS) / 1000}
collect
`;
}
