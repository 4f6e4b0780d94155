/** `weir show DEVICE`: all that is on a device. */
import type { Kernel } from '../../agent/kernel.ts';
import { namesOf } from '../../agent/tree_report.ts';
import { BINARY_UNITS, DECIMAL_UNITS, EXACT_UNITS } from '../../lib/units.ts';
import { trees } from '../../parts/trees.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit.ts';
import { print, printError } from '../output.ts';
import { formatNode, type TreeFormat } from './format_tree.ts';

/** Of so many nodes one text is written at once. */
const NODES_A_PIECE = 256;

/** The exit code. @throws KernelError */
export function showTree({ args, json, output }: CommandContext, kernel: Kernel, device: string): number {
  const names = new Map(kernel.links().map((link) => [link.ifindex, link.name]));
  const ifindex = [...names].find(([, name]) => name === device)?.[0];
  if (ifindex === undefined) {
    printError(output, `error: device ${device} does not exist\n`);
    return EXIT.failed;
  }
  const { nodes } = trees().deviceTree(kernel.deviceDump(ifindex), namesOf(device, names));
  const format: TreeFormat = {
    units: args.includes('--raw') ? EXACT_UNITS : args.includes('--iec') ? BINARY_UNITS : DECIMAL_UNITS,
    details: args.includes('-d') || args.includes('--details'),
  };
  if (json) print(output, '[');
  for (let from = 0; from < nodes.length; from += NODES_A_PIECE) {
    const piece = nodes.slice(from, from + NODES_A_PIECE);
    if (json) print(output, `${from > 0 ? ',' : ''}${piece.map((node) => JSON.stringify(node)).join(',')}`);
    else print(output, piece.map((node) => formatNode(node, format)).join(''));
  }
  if (json) print(output, ']\n');
  return EXIT.ok;
}
