/** The BPF programs of the bridge, with their maps: loaded, and pinned so that they outlive the process. */
import type { Difference, ProgramsResource, ResourceKind } from '../resource.ts';

export const PROGRAMS_KEY = 'programs';

export const programs: ResourceKind<ProgramsResource> = {
  key: () => PROGRAMS_KEY,
  needs: () => [],
  order: () => 12,
  optional: false,
  path: () => 'bridge > programs',

  differences: (wanted, found) => {
    const list: Difference[] = [];
    const [should, is] = [wanted, found].map(({ objectId }) => objectId ?? 'not whole');
    if (found.objectId === undefined && wanted.objectId !== undefined) {
      return [{ what: 'version', wanted: should ?? '', found: is ?? '', apply: 'replace' }];
    }
    for (const map of ['hosts', 'steering'] as const) {
      const [should, is] = [wanted.sizes[map], found.sizes[map]];
      if (should === is) continue;
      const loses = 'frames for a moment, and all counters of the bridge';
      list.push({ what: `places for ${map}`, wanted: String(should), found: String(is), apply: 'rebuild', loses });
    }
    if (wanted.objectId !== found.objectId) {
      list.push({ what: 'version', wanted: should ?? '', found: is ?? '', apply: 'change' });
    }
    return list;
  },

  requests: (action, { sizes }) => {
    if (action === 'delete') return [{ via: 'bpf', operation: { what: 'unload' } }];
    return [{ via: 'bpf', operation: { what: 'load', sizes, reuseMaps: action === 'change' } }];
  },

  commands: (action, { sizes }) => {
    if (action === 'delete') return ['rm -r /sys/fs/bpf/weir'];
    return [
      `# load weir.bpf.o below /sys/fs/bpf/weir, with places for ${sizes.hosts} hosts and ${sizes.steering} classes`,
    ];
  },
};
