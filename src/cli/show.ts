/** `weir show`: qdiscs with their counters, of one device with classes and filters as a tree. */

import type { Kernel } from '../agent/kernel.ts';
import { QdiscJson } from '../model/qdisc_json.ts';
import { qdiscView } from '../model/qdisc_view.ts';
import { isOurs } from '../tc/handle.ts';
import { TC_H } from '../uapi/tc.ts';
import type { TcView } from '../wire/tcview.ts';
import type { Command, CommandContext } from './command.ts';
import { EXIT } from './exit.ts';
import { formatQdisc } from './format_show.ts';
import { type Output, print, printError } from './output.ts';
import { withKernel } from './session.ts';
import { showTree } from './tree/show_tree.ts';

export const show: Command = {
  help: `Usage: weir show [--json] [--all | [-d] [--raw | --iec] DEVICE]

Shows the qdiscs of the devices that weir shapes, or with --all of every device, with options, counters and the tins of CAKE.

With DEVICE shows all that is on it as a tree, whoever made it: qdiscs, their filters with actions, and their classes with what
hangs on them. Handles are hexadecimal, as tc has them. Options of that:
  -d, --details  also options that are as the kernel begins, and the kind's own statistics
  --raw          every number exact: bytes, bit/s and µs without prefixes
  --iec          binary prefixes: KiB, Kibit/s
`,
  run: (context) => {
    const [device, ...rest] = context.args.filter((argument) => !argument.startsWith('-'));
    const usage = usageError(context.args, device, rest);
    if (usage !== undefined) {
      printError(context.output, `error: ${usage}\n`);
      return EXIT.usage;
    }
    return withKernel(context, (kernel, reconciler) => {
      if (device !== undefined) return showTree(context, kernel, reconciler, device);
      const names = new Map(kernel.links().map((link) => [link.ifindex, link.name]));
      const format = context.json ? jsonFormat(context, names) : textFormat(context, names);
      const separator = context.json ? ',' : '\n';
      const all = context.args.includes('--all');
      const pieces = all ? allQdiscs(kernel, format, separator) : qdiscsOfShapedDevices(kernel, format);
      if (context.json) printJoined(context.output, '[', pieces, separator, ']\n');
      else if (pieces.length === 0) print(context.output, 'weir shapes no device\n');
      else printJoined(context.output, '', pieces, separator, '');
      return EXIT.ok;
    });
  },
};

function usageError(args: readonly string[], device: string | undefined, rest: readonly string[]): string | undefined {
  if (rest.length > 0) return `one device at most, not '${rest[0]}'`;
  if (args.includes('--raw') && args.includes('--iec')) return '--raw or --iec, not both';
  const ofTrees = args.find((argument) => argument !== '--all' && argument.startsWith('-'));
  if (device === undefined && ofTrees !== undefined) return `${ofTrees} needs a device`;
  if (device !== undefined && args.includes('--all')) return '--all or a device, not both';
  return undefined;
}

type Format = (qdisc: TcView) => string;
type Names = ReadonlyMap<number, string>;

function jsonFormat({ host }: CommandContext, names: Names): Format {
  const json = new QdiscJson((ifindex) => names.get(ifindex) ?? '?', host.littleEndian);
  return (qdisc) => json.format(qdisc);
}

function textFormat({ host }: CommandContext, names: Names): Format {
  return (qdisc) => formatQdisc(qdiscView(qdisc, names.get(qdisc.ifindex) ?? '?', host.littleEndian));
}

/** Of so many qdiscs one text is made: a text for each, or one of megabytes, costs more memory than the work on them. */
const QDISCS_A_PIECE = 256;

/** The qdiscs of all devices as text, already joined by the hundred. */
function allQdiscs(kernel: Kernel, format: Format, separator: string): string[] {
  const pieces: string[] = [];
  const texts: string[] = [];
  let count = 0;
  kernel.eachQdisc(
    (qdisc) => {
      texts[count++] = format(qdisc);
      if (count < QDISCS_A_PIECE) return;
      pieces.push(texts.join(separator));
      count = 0;
    },
    () => {
      pieces.length = 0;
      count = 0;
    },
  );
  if (count > 0) pieces.push(texts.slice(0, count).join(separator));
  return pieces;
}

/** The qdiscs of the devices on whose root weir sits. */
function qdiscsOfShapedDevices(kernel: Kernel, format: Format): string[] {
  const found: { ifindex: number; text: string }[] = [];
  const shaped = new Set<number>();
  kernel.eachQdisc(
    (qdisc) => {
      found.push({ ifindex: qdisc.ifindex, text: format(qdisc) });
      if (qdisc.parent === TC_H.ROOT && isOurs(qdisc.handle)) shaped.add(qdisc.ifindex);
    },
    () => {
      found.length = 0;
      shaped.clear();
    },
  );
  return found.filter(({ ifindex }) => shaped.has(ifindex)).map(({ text }) => text);
}

function printJoined(
  output: Output,
  before: string,
  pieces: readonly string[],
  separator: string,
  after: string,
): void {
  print(output, before);
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) print(output, separator);
    print(output, piece);
  }
  print(output, after);
}
