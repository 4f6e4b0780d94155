/** `weir show`: qdiscs with their counters. */

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

export const show: Command = {
  help: `Usage: weir show [--json] [--all | DEVICE]

Shows the qdiscs of the devices that weir shapes, of DEVICE, or with --all of every device, with options, counters and the tins
of CAKE.
`,
  run: (context) => {
    const [device, ...rest] = context.args.filter((argument) => argument !== '--all');
    if (rest.length > 0) {
      printError(context.output, `error: one device at most, not '${rest[0]}'\n`);
      return EXIT.usage;
    }
    const all = context.args.includes('--all');
    return withKernel(context, (kernel) => {
      const names = new Map(kernel.links().map((link) => [link.ifindex, link.name]));
      const only = device === undefined ? undefined : [...names].find(([, name]) => name === device)?.[0];
      if (device !== undefined && only === undefined) {
        printError(context.output, `error: device ${device} does not exist\n`);
        return EXIT.failed;
      }
      const format = context.json ? jsonFormat(context, names) : textFormat(context, names);
      const separator = context.json ? ',' : '\n';
      const pieces =
        only !== undefined || all ? qdiscsOf(kernel, format, separator, only) : qdiscsOfShapedDevices(kernel, format);
      if (context.json) printJoined(context.output, '[', pieces, separator, ']\n');
      else if (pieces.length === 0) print(context.output, 'weir shapes no device\n');
      else printJoined(context.output, '', pieces, separator, '');
      return EXIT.ok;
    });
  },
};

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

/** The qdiscs of one device or of all as text, already joined by the hundred. */
function qdiscsOf(kernel: Kernel, format: Format, separator: string, only: number | undefined): string[] {
  const pieces: string[] = [];
  const texts: string[] = [];
  let count = 0;
  kernel.eachQdisc(
    (qdisc) => {
      if (only !== undefined && qdisc.ifindex !== only) return;
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
