/** From trees as they are configured to nodes, on each device for itself, with the rates that the speed of its link gives. */
import type { Issue } from '../../lib/issue.ts';
import { NodeMaker } from './node_maker.ts';
import type { TreeNode } from './nodes.ts';
import type { QosConfig } from './open_vswitch.ts';
import { followsLink, type PortFacts, portNodes } from './open_vswitch_nodes.ts';
import { checkRates } from './rate_checks.ts';
import type { RateResult } from './rates.ts';
import { Report } from './report.ts';
import type { TreeSection, TreesConfig } from './sections.ts';
import { TreeRates } from './tree_rates.ts';

/** What a link carries where nobody knows its speed, as Open vSwitch takes it (lib/netdev-linux.c). */
const DEFAULT_LINK_BIT_PER_S = 100e6;

export interface ResolvedTrees {
  /** Parents before what stands on them. */
  readonly nodes: readonly TreeNode[];
  /** What only the speed of a link shows; parseTrees has told the rest. */
  readonly issues: readonly Issue[];
}

/**
 * The nodes of all trees. `linkRateOf` is the speed of a device in bit/s, and `mtuOf` its MTU in bytes, undefined where it is not known. What
 * has an error with these rates is left out, with what stands on it.
 */
export function resolveTrees(
  config: TreesConfig,
  linkRateOf: (device: string) => number | undefined,
  mtuOf: (device: string) => number | undefined = () => undefined,
): ResolvedTrees {
  const report = new Report('');
  const linkOf = (device: string): RateResult => {
    const rateBitPerS = linkRateOf(device);
    if (rateBitPerS === undefined) {
      const what = `nobody knows the speed of ${device}; it is taken as 100mbit`;
      report.warning({ where: rates.whereAsked }, what);
    }
    return linkRateOrUsual(rateBitPerS);
  };
  const rates = new TreeRates(config, { mtuOf, linkOf });
  const nodes = new NodeMaker(rates).nodesOf(heldWithLink(config, rates, report));
  const facts = (device: string): PortFacts => ({
    linkRateBitPerS: linkRateOf(device),
    mtuBytes: mtuOf(device),
  });
  return { nodes: [...nodes, ...openVswitchNodes(config.qos, facts, report)], issues: report.issues };
}

/** The sections but those that have an error with the speeds that the links have. */
function heldWithLink(
  { sections, followsLink }: TreesConfig,
  rates: TreeRates,
  report: Report,
): readonly TreeSection[] {
  if (!followsLink) return sections;
  checkRates(sections, rates, report, 'with the link');
  report.reportLeftOut(sections);
  return report.holding(sections);
}

/** The speed of a link in bit/s, or what is taken where nobody knows it. */
export function linkRateOrUsual(rateBitPerS: number | undefined): RateResult {
  return { rateBitPerS: rateBitPerS ?? DEFAULT_LINK_BIT_PER_S, ofLink: true };
}

/** The QoS of each port; the rate of the link is its own where none is given. */
function openVswitchNodes(
  all: readonly QosConfig[],
  factsOf: (device: string) => PortFacts,
  report: Report,
): readonly TreeNode[] {
  return all.flatMap((qos) =>
    qos.devices.flatMap((device) => {
      const facts = factsOf(device);
      if (followsLink(qos) && facts.linkRateBitPerS === undefined) {
        report.warning(qos, `nobody knows the speed of ${device}; it is taken as 100mbit`, "option 'max_rate'");
      }
      return portNodes(qos, device, facts);
    }),
  );
}
