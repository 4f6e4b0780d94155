/** What every user may call on our own bus without an ACL file: the methods of object `weir` that only read. */
import type { UbusGrants } from '../net/ubus_acl.ts';
import { methodNames } from './methods/registry.ts';

export const BUS_GRANTS: UbusGrants = { weir: methodNames('read') };
