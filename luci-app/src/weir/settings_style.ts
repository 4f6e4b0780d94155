/** How the settings look, in the colours of the theme. */
export const STYLE = `
.weir-error { color: var(--error-color-high, #c0392b); font-weight: 600; margin-top: .25em; }
.weir-error:empty { display: none; }
.weir-takes { color: var(--text-color-medium, #666); font-size: 90%; margin-top: .25em; }
.weir-loss { color: var(--warn-color-high, #8a6d3b); font-weight: 600; }
#weir-changes > li { margin: .35em 0; }
#weir-commands { overflow-x: auto; max-height: 16em; }
`;
