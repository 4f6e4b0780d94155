/** `weir show`: qdiscs with their counters. */

import { type QdiscView, qdiscView } from '../model/qdisc_view.ts';
import { isOurs } from '../tc/handle.ts';
import { TC_H } from '../uapi/tc.ts';
import type { TcMessage } from '../wire/tcmsg.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { formatQdisc } from './format_show.ts';
import { print, printError } from './output.ts';
import { withKernel } from './session.ts';

export const show: Command = {
  name: 'show',
  summary: 'qdiscs with counters and CAKE tins',
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
      const { links, qdiscs } = kernel.qdiscs();
      const names = new Map(links.map((link) => [link.ifindex, link.name]));
      if (device !== undefined && !links.some((link) => link.name === device)) {
        printError(context.output, `error: device ${device} does not exist\n`);
        return EXIT.failed;
      }
      const shaped = new Set(qdiscs.filter(isOurRoot).map((qdisc) => qdisc.ifindex));
      const wanted = qdiscs.filter(({ ifindex }) =>
        device !== undefined ? names.get(ifindex) === device : all || shaped.has(ifindex),
      );
      const { littleEndian } = context.host;
      const views = kernel.interpret(() =>
        wanted.map((message) => qdiscView(message, names.get(message.ifindex) ?? '?', littleEndian)),
      );
      print(context.output, context.json ? `${JSON.stringify(views)}\n` : formatAll(views));
      return EXIT.ok;
    });
  },
};

function isOurRoot(qdisc: TcMessage): boolean {
  return qdisc.parent === TC_H.ROOT && isOurs(qdisc.handle);
}

function formatAll(views: readonly QdiscView[]): string {
  return views.length === 0 ? 'weir shapes no device\n' : views.map(formatQdisc).join('\n');
}
