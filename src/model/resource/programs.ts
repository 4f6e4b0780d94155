/** The BPF programs of the bridge, with their maps: loaded, and pinned so that they outlive the process. */
import { BRIDGE, type Difference, type ProgramsResource, type ResourceKind } from '../resource.ts';

export const PROGRAMS_KEY = 'programs';

export const programs: ResourceKind<ProgramsResource> = {
  key: () => PROGRAMS_KEY,
  needs: () => [],
  order: () => 12,
  optional: false,
  path: () => `${BRIDGE} > programs`,

  differences: (wanted, found) => {
    const list: Difference[] = [];
    if (wanted.objectId === undefined) return list;
    if (found.objectId === undefined) {
      return [{ what: 'version', wanted: wanted.objectId, found: 'not whole', apply: 'change' }];
    }
    for (const map of ['hosts', 'steering'] as const) {
      const [should, is] = [wanted.sizes[map], found.sizes[map]];
      if (should === is) continue;
      const loses =
        map === 'hosts'
          ? { loses: 'frames for a moment, and the counters of hosts' }
          : { loses: 'frames for a moment' };
      list.push({ what: `places for ${map}`, wanted: String(should), found: String(is), apply: 'rebuild', ...loses });
    }
    if (wanted.objectId !== found.objectId) {
      list.push({ what: 'version', wanted: wanted.objectId, found: found.objectId, apply: 'change' });
    }
    return list;
  },

  requests: (action, { sizes }) => {
    if (action === 'delete') return [{ via: 'bpf', operation: { what: 'unload' } }];
    return [{ via: 'bpf', operation: { what: 'load', sizes, reuseMaps: action !== 'add' } }];
  },

  commands: (action, { sizes }) => {
    if (action === 'delete') return ['rm -r /sys/fs/bpf/weir'];
    return [
      `# load weir.bpf.o below /sys/fs/bpf/weir, with places for ${sizes.hosts} hosts and ${sizes.steering} classes`,
    ];
  },
};
