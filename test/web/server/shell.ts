/**
 * The HTML around a view, with the elements and scripts that LuCI's templates give it (ucode/template/view.ut, header.ut, and those of
 * luci-theme-bootstrap), so that LuCI's own client library runs in it as well as the stand-in.
 */
import type { Page } from './menu.ts';
import type { Session } from './sessions.ts';

export interface ShellOptions {
  readonly page: Page;
  /** The pages beside it. */
  readonly siblings: readonly Page[];
  readonly session: Session;
  readonly language: string;
}

export const CGI = '/cgi-bin/luci';
const RESOURCES = '/luci-static/resources';
const THEME = '/luci-static/bootstrap';

const DARK_MODE = `
const dark = matchMedia('(prefers-color-scheme: dark)');
const setDarkMode = ({ matches }) => document.documentElement.setAttribute('data-darkmode', matches);
dark.addEventListener('change', setDarkMode);
setDarkMode(dark);`;

export function shellOf({ page, siblings, session, language }: ShellOptions): string {
  const requestPath = page.path.split('/');
  const environment = {
    media: THEME,
    resource: RESOURCES,
    scriptname: CGI,
    pathinfo: `/${page.path}`,
    documentroot: '/www',
    requestpath: requestPath,
    dispatchpath: requestPath,
    pollinterval: 5,
    ubuspath: '/ubus/',
    sessionid: session.id,
    token: session.id,
    nodespec: { satisfied: true, title: page.title, ...(page.readonly ? { readonly: true } : {}) },
    apply_rollback: 90,
    apply_holdoff: 1,
    apply_timeout: 5,
    apply_display: 1,
  };
  const tabs = siblings.map((one) => {
    const active = one.path === page.path ? ' class="active"' : '';
    return `<li${active}><a href="${CGI}/${escaped(one.path)}">${escaped(one.title)}</a></li>`;
  });
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<title>weir-lab | ${escaped(page.title)}</title>
<script>${DARK_MODE}</script>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${THEME}/cascade.css">
<link rel="icon" href="data:,">
<script src="${CGI}/admin/translations/${escaped(language)}"></script>
<script src="${RESOURCES}/cbi.js"></script>
</head>
<body class="lang_${escaped(language)}" data-page="${escaped(requestPath.join('-'))}">
<header><a class="brand" href="/">weir-lab</a><div id="indicators" class="pull-right"></div></header>
<div id="maincontent" class="container">
<div id="tabmenu"><ul class="tabs">${tabs.join('')}</ul></div>
<script src="${RESOURCES}/luci.js"></script>
<script>for (const one of document.querySelectorAll('#tabmenu a')) one.textContent = _(one.textContent);</script>
<script>L = new LuCI(${JSON.stringify(environment).replaceAll('/', '\\/')});</script>
<div id="view"><div class="spinning">Loading view…</div>
<script>L.require('ui').then((ui) => ui.instantiateView('${page.view}'));</script>
</div>
</div>
</body>
</html>
`;
}

/** Where a session is missing; the form posts to where it was got from. */
export function loginForm(): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>weir-lab | Login</title></head>
<body><form method="post">
<label>Username <input name="luci_username" value="root"></label>
<label>Password <input name="luci_password" type="password"></label>
<button>Log in</button>
</form></body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
