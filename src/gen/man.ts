/** docs/weir.8, the manual page, from the help texts of the commands, the table of exit codes, and the rows of the options. */

import { DEFAULT_CONFIG } from '../cli/command.ts';
import { COMMAND_ROWS } from '../cli/command_rows.ts';
import { EXIT_HELP } from '../cli/exit.ts';
import { commandNamed, OPTIONS_HELP } from '../cli/program.ts';
import {
  CAKE_OPTIONS,
  GLOBALS_OPTIONS,
  groupedOptions,
  type OptionText,
  SECTION_TEXTS,
  SHAPER_OPTIONS,
  valueText,
} from '../model/option_text.ts';
import { trees } from '../parts/trees.ts';
import { mdocArgument, mdocHelp, mdocList, mdocParagraph } from './mdoc.ts';

/** Of the last change to what the page says beyond the source. */
const DATE = 'November 29, 2026';

/** A heading `Title:` in front of a help text's table is the section's here. */
const tableOf = (help: string): string => mdocHelp(help.trimEnd().split('\n').slice(1));

function commandSection(help: string): string {
  const [usage = '', ...rest] = help.trimEnd().split('\n');
  const body = rest[0] === '' ? rest.slice(1) : rest;
  return `.Ss ${mdocArgument(usage.replace(/^Usage: /, ''))}\n${mdocHelp(body)}`;
}

function optionList(options: readonly OptionText[]): string {
  return mdocList(
    options.map((option) => ({ term: option.name, body: mdocParagraph(`${option.help} ${valueText(option)}`) })),
  );
}

function groupedLists(options: readonly OptionText[]): string {
  return groupedOptions(options)
    .map(({ title, members }) => `${mdocParagraph(`${title.replaceAll('`', '')}:`)}\n${optionList(members)}`)
    .join('\n.Pp\n');
}

const FILES: Readonly<Record<string, string>> = {
  [DEFAULT_CONFIG]: 'The configuration, as uci(1) of OpenWrt writes it.',
  '/usr/lib/weir/bridge':
    'What loads the programs of the bridge, of the very build of the executable; of the package weir-bridge.',
  '/usr/lib/weir/trees':
    'What reads trees and puts them in force, of the very build of the executable; of the package weir-trees.',
  '/var/run/weir/saved.json':
    'How offloads, qdiscs and ingress hooks were before weir changed them. It must outlive the daemon: from it they are restored.',
  '/var/run/weir/lock':
    'Held by the one weir that may change something; with the number of the daemon, where one runs.',
  '/var/run/ubus/ubus.sock': 'The bus: ubusd listens here, or the daemon itself.',
  '/usr/share/acl.d/*.json': 'Who else but root may do what on the bus that the daemon runs.',
};

const SIGNALS: Readonly<Record<string, string>> = {
  SIGHUP: 'The daemon reads the configuration again and puts it in force. weir bus reads its access lists again.',
  'SIGTERM, SIGINT':
    "The daemon takes the shaping away and ends; with on_exit 'keep', or shortly after SIGUSR1, it leaves the link shaped.",
  SIGUSR1:
    'Announces a successor: if the daemon is ended within 10 seconds, the link stays shaped for the next one to adopt.',
};

const EXAMPLES = `A cable line of 90 and 10 Mbit/s, in
.Pa ${DEFAULT_CONFIG} :
.Bd -literal -offset indent
config shaper 'wan'
	option interface 'wan'
	option download '85mbit'
	option upload '9500kbit'
	list link 'docsis'
.Ed
.Pp
Is it right, what would change, shape, and see:
.Bd -literal -offset indent
weir check
weir plan
weir start
weir status
weir top
.Ed
.Pp
Half the rate for an hour, while the daemon runs, and back before that:
.Bd -literal -offset indent
ubus call weir set '{"shaper":"wan","download":"40mbit","for":3600}'
ubus call weir reset
.Ed`;

const fileList = (entries: Readonly<Record<string, string>>): string =>
  mdocList(Object.entries(entries).map(([term, text]) => ({ term, body: mdocParagraph(text) })));

/** The page. */
export function manualPage(): string {
  return `.\\" Made by \`make gen\` from the source. Do not edit.
.Dd ${DATE}
.Dt WEIR 8
.Os
.Sh NAME
.Nm weir
.Nd keeps an internet link fast while it is full
.Sh SYNOPSIS
.Nm
.Op Fl c Ar file
.Op Fl v | vv
.Ar command
.Op Ar argument ...
.Sh DESCRIPTION
.Nm
shapes both directions of an internet link with CAKE, so that packets wait in the router, where the queue is short and fair, and not in
the modem.
It reads
.Pa ${DEFAULT_CONFIG} ,
works out what the kernel should look like, changes only what differs, and reads it back.
What fails is undone.
Only what is
.Nm Ap s
own is ever changed or removed, and what was changed is restored at the end.
.Pp
.Nm Cm daemon
does that and stays: it follows the devices as they come and go, repairs what others undo, and answers on ubus as the object
.Ql weir .
.Pp
Options before or behind the command:
${tableOf(OPTIONS_HELP)}
.Sh COMMANDS
${COMMAND_ROWS.map(({ name }) => commandSection(commandNamed(name).help)).join('\n')}
.Sh CONFIGURATION
Sections of UCI: one
.Ic globals
for all of
.Nm ,
one
.Ic shaper
for each link, with a name of your choice, and those of a bridge.
A section with an error is left out and the rest holds; a file that is no UCI changes nothing.
.Ss config globals
${optionList(GLOBALS_OPTIONS)}
.Ss config shaper
${optionList(SHAPER_OPTIONS)}
.Ss CAKE
These options of
.Ic config shaper ,
and
.Ic link ,
can be given three ways: plain for both directions, or with the prefix
.Ic download_
or
.Ic upload_ ,
which wins, such as
.Ic upload_ack_filter .
.Ic ingress
and
.Ic autorate_ingress
given plain are for download.
What each does in depth is in
.Xr tc-cake 8 .
.Pp
${groupedLists(CAKE_OPTIONS)}
${[...SECTION_TEXTS, ...trees().treeSectionTexts()].map(({ type, help, options }) => `.Ss config ${type}\n${mdocParagraph(help)}\n${optionList(options)}`).join('\n')}
.Sh FILES
${fileList(FILES)}
.Sh SIGNALS
${fileList(SIGNALS)}
.Sh EXIT STATUS
${tableOf(EXIT_HELP)}
.Pp
.Nm Cm uci
and
.Nm Cm ubus
have the codes of the programs whose names they have.
.Sh EXAMPLES
${EXAMPLES}
.Sh SEE ALSO
.Xr tc 8 ,
.Xr tc-cake 8
.Pp
The pages of the source, in its directory
.Pa docs :
installing, the first ten minutes, recipes for each kind of line, troubleshooting, ubus, metrics.
`;
}
