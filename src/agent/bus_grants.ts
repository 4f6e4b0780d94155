/** What every user may call on our own bus without an ACL file: the methods of object `weir` that only read. */
import type { UbusGrants } from '../net/ubus_acl.ts';

export const BUS_GRANTS: UbusGrants = {
  weir: ['status', 'stats', 'history', 'plan', 'check', 'config', 'info', 'metrics'],
};
