/** A value below the qdisc: see src/tunable. It is there or not, so it can only be changed. */
import { TUNABLES } from '../../tunable/registry.ts';
import { kernelText, type Tunable } from '../../tunable/tunable.ts';
import { MACHINE, type ResourceKind, type TunableResource } from '../resource.ts';

export function tunableKey(device: string, tunable: string, part: string): string {
  return `tunable ${device} ${tunable} ${part}`;
}

/** @throws TypeError for a name that no row has */
export function tunableNamed(name: string): Tunable {
  const tunable = TUNABLES.get(name);
  if (tunable === undefined) throw new TypeError(`no tunable is called ${name}`);
  return tunable;
}

export const tunable: ResourceKind<TunableResource> = {
  key: ({ device, tunable: name, part }) => tunableKey(device, name, part),
  needs: () => [],
  order: (resource) => tunableNamed(resource.tunable).order,
  // What a driver does not do is no reason not to do the rest.
  optional: true,
  path: ({ device, tunable: name, part }) =>
    [device, part, name].filter((step) => step !== '' && step !== MACHINE).join(' > '),

  differences: (wanted, found) => {
    if (wanted.value === found.value) return [];
    const { loses } = tunableNamed(wanted.tunable);
    const difference = { what: wanted.tunable, wanted: wanted.value, found: found.value, apply: 'change' } as const;
    return [loses === undefined ? difference : { ...difference, loses }];
  },

  requests: (_action, resource) => [{ via: 'tunable', resource }],

  commands: (_action, { device, tunable: name, part, value }) => {
    const { access, format } = tunableNamed(name);
    switch (access.via) {
      case 'file':
        return [`echo ${kernelText(format, value)} > ${access.path(device, part)}`];
      case 'service':
        return [`service ${access.service} ${value === '1' ? 'start' : 'stop'}`];
      case 'ethtool':
        return [`ethtool ${access.flag} ${device} ${access.word} ${value}`];
    }
  },
};
