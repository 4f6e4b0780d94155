/** What people may have the hosts of the bridge sorted by. */
export const HOST_ORDERS = ['download', 'upload', 'bytes', 'rtt', 'address'] as const;
export type HostOrder = (typeof HOST_ORDERS)[number];
