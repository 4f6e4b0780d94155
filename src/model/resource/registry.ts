/** Each type of resource with its behaviour. */
import { trees } from '../../parts/trees.ts';
import type {
  Action,
  AlikeOptions,
  Difference,
  KernelRequest,
  RequestContext,
  Resource,
  ResourceKind,
} from '../resource.ts';
import { feature } from './feature.ts';
import { forward } from './forward.ts';
import { link } from './link.ts';
import { port } from './port.ts';
import { programs } from './programs.ts';
import { promiscuous } from './promiscuous.ts';
import { qdisc } from './qdisc.ts';
import { redirect } from './redirect.ts';
import { steering } from './steering.ts';
import { tunable } from './tunable.ts';
import { xdp } from './xdp.ts';

/** Calls `use` with the kind that belongs to the resource, the pair typed together. Classes and filters are a part of the program by itself. */
function withKind<Result>(
  resource: Resource,
  use: <R extends Resource>(kind: ResourceKind<R>, resource: R) => Result,
): Result {
  switch (resource.type) {
    case 'link':
      return use(link, resource);
    case 'qdisc':
      return use(qdisc, resource);
    case 'class':
      return use(trees().classKind, resource);
    case 'filter':
      return use(trees().filterResourceKind, resource);
    case 'redirect':
      return use(redirect, resource);
    case 'feature':
      return use(feature, resource);
    case 'programs':
      return use(programs, resource);
    case 'port':
      return use(port, resource);
    case 'steering':
      return use(steering, resource);
    case 'xdp':
      return use(xdp, resource);
    case 'forward':
      return use(forward, resource);
    case 'promiscuous':
      return use(promiscuous, resource);
    case 'tunable':
      return use(tunable, resource);
  }
}

export const keyOf = (resource: Resource): string => withKind(resource, (kind, r) => kind.key(r));
export const needsOf = (resource: Resource): readonly string[] => withKind(resource, (kind, r) => kind.needs(r));
export const endsWithOf = (resource: Resource): string | undefined =>
  withKind(resource, (kind, r) => kind.endsWith?.(r));
export const orderOf = (resource: Resource): number => withKind(resource, (kind, r) => kind.order(r));
export const pathOf = (resource: Resource): string => withKind(resource, (kind, r) => kind.path(r));
export const isOptional = (resource: Resource): boolean => withKind(resource, (kind) => kind.optional);

export const requestsOf = (action: Action, resource: Resource, context: RequestContext): readonly KernelRequest[] =>
  withKind(resource, (kind, r) => kind.requests(action, r, context));

export const commandsOf = (action: Action, resource: Resource): readonly string[] =>
  withKind(resource, (kind, r) => kind.commands(action, r));

/** Differences between two resources of the same key, which are therefore of the same type. */
export function differencesOf(wanted: Resource, found: Resource, alike?: AlikeOptions): readonly Difference[] {
  if (wanted.type === 'link' && found.type === 'link') return link.differences(wanted, found);
  if (wanted.type === 'qdisc' && found.type === 'qdisc') return qdisc.differences(wanted, found, alike);
  if (wanted.type === 'class' && found.type === 'class') return trees().classKind.differences(wanted, found, alike);
  if (wanted.type === 'filter' && found.type === 'filter') return trees().filterResourceKind.differences(wanted, found);
  if (wanted.type === 'redirect' && found.type === 'redirect') return redirect.differences(wanted, found);
  if (wanted.type === 'feature' && found.type === 'feature') return feature.differences(wanted, found);
  if (wanted.type === 'programs' && found.type === 'programs') return programs.differences(wanted, found);
  if (wanted.type === 'port' && found.type === 'port') return port.differences(wanted, found);
  if (wanted.type === 'steering' && found.type === 'steering') return steering.differences(wanted, found);
  if (wanted.type === 'xdp' && found.type === 'xdp') return xdp.differences(wanted, found);
  if (wanted.type === 'forward' && found.type === 'forward') return forward.differences(wanted, found);
  if (wanted.type === 'promiscuous' && found.type === 'promiscuous') return promiscuous.differences(wanted, found);
  if (wanted.type === 'tunable' && found.type === 'tunable') return tunable.differences(wanted, found);
  throw new TypeError(`a ${wanted.type} cannot be compared with a ${found.type}`);
}
