/** `weir show DEVICE`: all that is on a device. */
import { loadConfig } from '../../agent/config_file.ts';
import { FileError } from '../../agent/files.ts';
import type { Kernel } from '../../agent/kernel.ts';
import type { Reconciler } from '../../agent/reconcile.ts';
import { KernelError } from '../../host/refusal.ts';
import { BINARY_UNITS, DECIMAL_UNITS, EXACT_UNITS } from '../../lib/units.ts';
import { treesProblem } from '../../model/trees_package.ts';
import { trees } from '../../parts/trees.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit.ts';
import { print, printError } from '../output.ts';
import { formatNode, type TreeFormat } from './format_tree.ts';

/** Of so many nodes one text is written at once. */
const NODES_A_PIECE = 256;

/** The exit code. @throws KernelError */
export function showTree(context: CommandContext, kernel: Kernel, reconciler: Reconciler, device: string): number {
  const { args, json, output } = context;
  const problem = treesProblem();
  if (problem !== undefined) {
    printError(output, `error: ${problem}\n`);
    return EXIT.failed;
  }
  const names = new Map(kernel.links().map((link) => [link.ifindex, link.name]));
  const ifindex = [...names].find(([, name]) => name === device)?.[0];
  if (ifindex === undefined) {
    printError(output, `error: device ${device} does not exist\n`);
    return EXIT.failed;
  }
  const sections = sectionsOn(context, reconciler, device);
  const deviceOf = (index: number): string | undefined => names.get(index);
  const tree = trees().deviceTree(kernel.trees.deviceDump(ifindex), { device, sections, deviceOf });
  const format: TreeFormat = {
    units: args.includes('--raw') ? EXACT_UNITS : args.includes('--iec') ? BINARY_UNITS : DECIMAL_UNITS,
    details: args.includes('-d') || args.includes('--details'),
  };
  if (json) print(output, '[');
  for (let from = 0; from < tree.total; from += NODES_A_PIECE) {
    const piece = tree.nodes(from, from + NODES_A_PIECE);
    if (json) print(output, `${from > 0 ? ',' : ''}${piece.map((node) => JSON.stringify(node)).join(',')}`);
    else print(output, piece.map((node) => formatNode(node, format)).join(''));
  }
  if (json) print(output, ']\n');
  return EXIT.ok;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** The sections that have a tree there. To whom the configuration, or the state of weir, is not told, the tree has no names. */
function sectionsOn(
  { host, configPath }: CommandContext,
  reconciler: Reconciler,
  device: string,
): ReadonlyMap<string, string> {
  try {
    const { config } = loadConfig(host, configPath);
    if (config?.trees?.devices.has(device) !== true) return NONE;
    // To look at the rest would take rights that this command does not keep.
    const onlyTrees = { ...config, shapers: [], bridge: undefined, tuning: [] };
    return reconciler.look(onlyTrees).desired.trees?.sections ?? NONE;
  } catch (error) {
    if (error instanceof FileError || error instanceof KernelError) return NONE;
    throw error;
  }
}
