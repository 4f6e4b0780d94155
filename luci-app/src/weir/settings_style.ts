/** How the settings and the log look, in the colours of the theme. */
export const STYLE = `
#weir-settings .cbi-map-tabbed > .cbi-section > h3:first-child { display: none; }
#weir-settings .cbi-section-remove { float: right; }
#weir-settings .cbi-section-create { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; margin-top: 1.5em; }
#weir-settings .cbi-value-description { margin-top: .25em; }
#weir-settings input, #weir-settings select { max-width: 100%; }
.weir-error { color: var(--error-color-low, #c0392b); font-weight: 600; margin-top: .25em; }
.weir-error:empty { display: none; }
.weir-takes { font-size: 90%; }
.weir-detail { margin-left: 1em; }
.weir-loss { color: var(--error-color-low, #c0392b); font-weight: 600; }
#weir-changes > li { margin: .35em 0; }
#weir-commands { overflow: auto; max-height: 16em; }
#weir-report { width: 100%; font-family: var(--font-mono, monospace); }
.weir-message { overflow-wrap: anywhere; }
.modal details { margin: .5em 0 1em; }
.modal summary { cursor: pointer; }
`;
