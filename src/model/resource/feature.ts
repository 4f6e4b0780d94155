/** An offload of a device, switched by its feature in the kernel (net/ethtool/features.c). */
import type { FeatureResource, ResourceKind } from '../resource.ts';

export function featureKey(device: string, feature: string): string {
  return `feature ${device} ${feature}`;
}

export const feature: ResourceKind<FeatureResource> = {
  key: (resource) => featureKey(resource.device, resource.feature),
  needs: () => [],
  order: () => 50,
  // A driver that keeps an offload on makes latency worse, no shaping at all makes it terrible.
  optional: true,
  path: (resource) => `${resource.device} > ${resource.feature}`,

  differences: (wanted, found) => {
    if (wanted.on === found.on) return [];
    return [{ what: wanted.feature, wanted: onOrOff(wanted), found: onOrOff(found), apply: 'change' }];
  },

  requests: (_action, resource) => [
    { via: 'ethtool', device: resource.device, feature: resource.feature, on: resource.on },
  ],

  commands: (_action, resource) => [`ethtool -K ${resource.device} ${resource.feature} ${onOrOff(resource)}`],
};

function onOrOff(resource: FeatureResource): string {
  return resource.on ? 'on' : 'off';
}
