/**
 * Records what weir says to a kernel and what the kernel answers: the entry of a program that prints one `netlink-*.txt`.
 * Built like build/weir from this file, it runs as root in an empty network namespace of the kernel to record; its argument
 * is the kernel's description:
 *
 *     unshare -n record-netlink "Linux 6.1.192, x86_64" > test/captures/netlink-le-6.1.txt
 */
import { host } from '../../src/host/native.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import { converse } from './conversation.ts';

const lines: string[] = [];
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The machine, with what goes in and out of its sockets written down. */
const recording: typeof host = {
  ...host,
  getsockname(fd, address) {
    const result = host.getsockname(fd, address);
    lines.push(`port ${hex(address)}`);
    return result;
  },
  send(fd, bytes, offset, length, flags) {
    lines.push(`> ${hex(bytes.subarray(offset, offset + length))}`);
    return host.send(fd, bytes, offset, length, flags);
  },
  recv(fd, bytes, offset, length, flags) {
    const result = host.recv(fd, bytes, offset, length, flags);
    if ((flags & host.constants.MSG_PEEK) !== 0) return result;
    lines.push(`< ${hex(bytes.subarray(offset, offset + result))}`);
    return result;
  },
  ioctl(fd, request, argument, pointers) {
    const data = pointers?.[0]?.[1] ?? new Uint8Array();
    const asked = hex(data);
    const result = host.ioctl(fd, request, argument, pointers);
    lines.push(`ioctl ${hex(argument)} ${asked} ${hex(data)} ${result}`);
    return result;
  },
};

converse(recording, (label) => lines.push(`@ ${label}`));

const heading = [
  '# What weir says to a kernel and what the kernel answers. test/netlink/conversation.ts is the script, record.ts wrote this.',
  `# kernel: ${host.args[1] ?? 'unknown'}`,
  `# byte order: ${host.littleEndian ? 'little' : 'big'}`,
  '# "@" what comes next, ">" a datagram sent, "<" a datagram received, "port" an answer of getsockname,',
  '# "ioctl" struct ifreq, the command, the command as the kernel left it, and the result (an errno of this machine).',
];
const output = encodeUtf8(`${[...heading, ...lines].join('\n')}\n`);
for (let at = 0; at < output.length; ) {
  const written = host.write(1, output, at, output.length - at);
  if (written < 0) host.exit(1);
  at += written;
}
host.exit(0);
