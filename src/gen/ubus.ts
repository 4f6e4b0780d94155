/** docs/ubus.md and the access list for LuCI's sessions, from the methods themselves. `make gen` writes them; a test holds them. */
import { OBJECT_PATH } from '../agent/bus_object.ts';
import type { Argument, Method } from '../agent/methods/method.ts';
import { METHODS, methodNames } from '../agent/methods/registry.ts';

/** Options of a shaper are in docs/options.md. */
const isOption = ({ type }: Argument): boolean => type === 'option';

function argumentLine([name, argument]: [string, Argument]): string {
  const { type, help, required, smallest, largest, choices } = argument;
  const range =
    choices !== undefined
      ? `, one of ${choices.join(', ')}`
      : largest !== undefined
        ? `, ${smallest} to ${largest}`
        : '';
  return `- \`${name}\` (${type}${range}${required ? ', required' : ''}): ${help}`;
}

function methodText({ name, access, summary, args, result, example }: Method): string {
  const named = Object.entries(args).filter(([, argument]) => !isOption(argument));
  const options = Object.values(args).some(isOption)
    ? [
        '- every option of `config shaper` but `device` and `interface`, as in [options.md](options.md): text, a number, true or false, a list',
      ]
    : [];
  const argumentLines = [...named.map(argumentLine), ...options];
  const call = `ubus call ${OBJECT_PATH} ${name}${example === '{}' ? '' : ` '${example}'`}`;
  return [
    `### ${name} (${access})`,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    `    ${call}`,
    ...(argumentLines.length === 0 ? [] : [argumentLines.join('\n')]),
    `Answers ${result}.`,
  ].join('\n\n');
}

export function ubusPage(): string {
  return `# weir on ubus

Made from the methods' own files by \`make gen\`. The object is \`${OBJECT_PATH}\`; where there is no \`ubus\` command, \`weir ubus\`
takes the same words. Where there is no ubusd, the daemon runs a bus itself (option \`bus\` of section \`globals\`).

Who is root may call everything. Others may call what an access list grants: on weir's own bus the methods that read
(${methodNames('read')
    .map((name) => `\`${name}\``)
    .join(', ')}), on the system's what \`/usr/share/acl.d\` says.

A wrong argument is answered with status 2 and \`error\`, a text that names the argument, what was expected and what came. Status 8
says that the method needs a package that is not there, and which; status 13 says that the kernel or a file did not do as it should,
with the reason in \`error\`.

## Methods

${METHODS.map(methodText).join('\n\n')}

## Notifications

    ubus subscribe ${OBJECT_PATH}

- \`stats\` each second, as the method of that name answers it. With no subscriber, nobody asking and \`history\` off nothing is
  read, and the daemon sleeps.
- \`state\` when the state of a shaper changes: the shaper as in \`status\`.
- \`issue\` for each warning and error when it comes up: \`severity\`, \`where\`, \`what\`, and all as \`text\`.

Each comes as a line of JSON, \`{ "state": { … } }\`. Rates as they are, news of a shaper in the log, and troubles in a file:

    ubus subscribe ${OBJECT_PATH} | while read -r line; do case $line in '{ "stats":'*) echo "$line" ;; esac; done
    ubus subscribe ${OBJECT_PATH} | while read -r line; do case $line in '{ "state":'*) logger -t link "$line" ;; esac; done
    ubus subscribe ${OBJECT_PATH} | while read -r line; do case $line in '{ "issue":'*) echo "$line" >>/tmp/issues ;; esac; done

## Examples

    ubus call ${OBJECT_PATH} set '{"shaper":"wan","download":"30mbit","for":3600}'    # a slower hour
    ubus call ${OBJECT_PATH} disable '{"shaper":"wan","for":600}'                     # ten minutes without
    ubus call ${OBJECT_PATH} reset                                                    # as the file says
    ubus call ${OBJECT_PATH} stats | jsonfilter -e '@.shapers[0].download.rateBitPerS'
`;
}

/** What the settings page offers to shape: netifd's interfaces, and the devices. */
const NETWORK_METHODS = { 'network.interface': ['dump'], 'luci-rpc': ['getNetworkDevices'] };

/** For rpcd (/usr/share/rpcd/acl.d): who may read sees everything, who may write changes it. */
export function sessionAcl(): string {
  const ubus = (access: Method['access'], others: object = {}): object => ({
    ubus: { [OBJECT_PATH]: methodNames(access), ...others },
  });
  const uci = { uci: ['weir'] };
  const acl = {
    'luci-app-weir': {
      description: 'Grant access to weir',
      read: { ...ubus('read', NETWORK_METHODS), ...uci },
      write: { ...ubus('write'), ...uci },
    },
  };
  return `${JSON.stringify(acl, null, '\t')}\n`;
}
