/**
 * Access lists of rpcd (/usr/share/rpcd/acl.d/*.json) and what they grant to a login, as rpcd's session.c does it
 * (rpc_login_setup_acl_file, rpc_login_test_permission).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

/** Scope, object, functions; an object may be a pattern. */
export type Grants = Map<string, Map<string, string[]>>;

const functions = z.array(z.string());
/** Either which functions of which objects, or objects alone: then the function is the permission's name. */
const scopes = z.record(z.string(), z.union([functions, z.record(z.string(), functions)]));
const file = z.record(
  z.string(),
  z.object({ description: z.optional(z.string()), read: z.optional(scopes), write: z.optional(scopes) }),
);
export type AclGroups = z.infer<typeof file>;

/** A section `login` of /etc/config/rpcd: patterns of groups. */
export interface Login {
  readonly username: string;
  readonly password: string;
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** The one group that needs no login. */
const UNAUTHENTICATED = 'unauthenticated';
const PERMISSIONS = ['read', 'write'] as const;

/** Every group in the files of some directories. */
export function readAclGroups(directories: readonly string[]): AclGroups {
  const groups: AclGroups = {};
  for (const directory of directories) {
    for (const name of readdirSync(directory).filter((one) => one.endsWith('.json'))) {
      Object.assign(groups, file.parse(JSON.parse(readFileSync(join(directory, name), 'utf8'))));
    }
  }
  return groups;
}

/** What a login may do; without one, what needs none. */
export function grantsOf(groups: AclGroups, login: Login | undefined): Grants {
  const grants: Grants = new Map();
  for (const [group, permissions] of Object.entries(groups)) {
    for (const permission of PERMISSIONS) {
      const scopesOfGroup = permissions[permission];
      if (scopesOfGroup === undefined || !isPermitted(login, group, permission)) continue;
      for (const [scope, objects] of Object.entries(scopesOfGroup)) {
        const pairs = Array.isArray(objects)
          ? objects.map((object) => [object, [permission]] as const)
          : Object.entries(objects);
        for (const [object, granted] of pairs) for (const one of granted) grant(grants, scope, object, one);
      }
      grant(grants, 'access-group', group, permission);
    }
  }
  return grants;
}

/** Whether a function of an object in a scope is granted. */
export function isGranted(grants: Grants, scope: string, object: string, name: string): boolean {
  for (const [pattern, granted] of grants.get(scope) ?? []) {
    if (matches(pattern, object) && granted.some((one) => matches(one, name))) return true;
  }
  return false;
}

/** As JSON, the way `session login` shows it. */
export function shownGrants(grants: Grants): Record<string, Record<string, string[]>> {
  return Object.fromEntries([...grants].map(([scope, objects]) => [scope, Object.fromEntries(objects)]));
}

function grant(grants: Grants, scope: string, object: string, name: string): void {
  const objects = grants.get(scope) ?? new Map<string, string[]>();
  grants.set(scope, objects);
  const granted = objects.get(object) ?? [];
  objects.set(object, granted);
  if (!granted.includes(name)) granted.push(name);
}

/** The permission to write is one to read as well. */
function isPermitted(login: Login | undefined, group: string, permission: 'read' | 'write'): boolean {
  if (login === undefined) return group === UNAUTHENTICATED;
  const refused = login[permission].some((one) => one.startsWith('!') && matches(one.slice(1), group));
  if (refused) return false;
  if (login[permission].some((one) => matches(one, group))) return true;
  return permission === 'read' && isPermitted(login, group, 'write');
}

/** fnmatch(3) with `*` alone, which is all that access lists use. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
