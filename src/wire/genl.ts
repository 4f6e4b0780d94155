/**
 * Generic netlink: struct genlmsghdr, and how a family's name becomes the message type of this boot
 * (net/netlink/genetlink.c).
 */
import type { Reader, Writer } from '../lib/bytes.ts';
import { CTRL_ATTR, CTRL_CMD, GENL_ID } from '../uapi/genetlink.ts';
import { eachAttribute, putAttribute, text } from './nla.ts';
import type { Request } from './nlmsg.ts';

const CONTROLLER_VERSION = 1;

/** A request to a family: `type` is its number, which {@link familyGet} finds. */
export function genlRequest(type: number, command: number, version: number, body: (w: Writer) => void): Request {
  return {
    type,
    flags: 0,
    body: (w) => {
      w.u8(command);
      w.u8(version);
      w.u16(0);
      body(w);
    },
  };
}

/** Takes the header off an answer and gives its command; the attributes follow. */
export function decodeGenlHeader(payload: Reader): number {
  const command = payload.u8();
  payload.take(3);
  return command;
}

/** Asks for a family by name; ENOENT where the kernel has none and can load none. */
export function familyGet(name: string): Request {
  return genlRequest(GENL_ID.CTRL, CTRL_CMD.GETFAMILY, CONTROLLER_VERSION, (w) =>
    putAttribute(w, CTRL_ATTR.FAMILY_NAME, text, name),
  );
}

/** The number of the family in an answer to {@link familyGet}. */
export function decodeFamilyId(payload: Reader): number | undefined {
  if (decodeGenlHeader(payload) !== CTRL_CMD.NEWFAMILY) return undefined;
  let id: number | undefined;
  eachAttribute(payload, (type, value) => {
    if (type === CTRL_ATTR.FAMILY_ID) id = value.u16();
  });
  return id;
}
