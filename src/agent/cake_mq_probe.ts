/** Whether the kernel has cake_mq, which only an attempt tells. */
import { KernelError } from '../host/refusal.ts';
import type { NetlinkSocket } from '../net/netlink.ts';
import { makeHandle, ourMajor } from '../tc/handle.ts';
import { RTM } from '../uapi/rtnetlink.ts';
import { TC_H } from '../uapi/tc.ts';
import { TC_FLAGS, tcRequest } from '../wire/tcmsg.ts';

/** `lo`, which exists everywhere and has a single queue. */
const LOOPBACK_IFINDEX = 1;

/**
 * Whether the kernel knows cake_mq: it is asked to put one on the loopback device, which it must refuse because that has a
 * single queue (sch_cake.c: cake_mq_init), but first it says ENOENT when it knows no such kind. Undefined where it says no for
 * another reason: to somebody who may only look, or because a root is there.
 *
 * @throws KernelError for a refusal that may pass
 */
export function probeCakeMq(socket: NetlinkSocket): boolean | undefined {
  const target = { ifindex: LOOPBACK_IFINDEX, handle: makeHandle(ourMajor(1), 0), parent: TC_H.ROOT, kind: 'cake_mq' };
  const [outcome] = socket.transact([tcRequest(RTM.NEWQDISC, TC_FLAGS.add, target)]);
  if (outcome === undefined || outcome.ok) {
    socket.transact([tcRequest(RTM.DELQDISC, 0, target)]);
    return false;
  }
  const error = new KernelError(outcome.refusal, 'ask for the kind cake_mq');
  if (error.canRetry) throw error;
  return { EOPNOTSUPP: true, ENOENT: false }[error.errnoName];
}
