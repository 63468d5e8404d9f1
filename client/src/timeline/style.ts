export const styles = `
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; padding: 0; color: var(--vscode-foreground); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); }
header, footer, .legend { display: flex; flex-wrap: wrap; gap: 0.4em 1em; align-items: center; padding: 0.4em 0.8em; margin: 0; }
footer { border-top: 1px solid var(--vscode-widget-border, transparent); min-height: 4.4em; align-content: flex-start; flex-direction: column; align-items: flex-start; font-family: var(--vscode-editor-font-family); overflow-wrap: anywhere; max-height: 7em; overflow-y: auto; }
.gap { flex: 1; }
select, input { color: var(--vscode-input-foreground); background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-widget-border, transparent)); padding: 2px 4px; font: inherit; }
button { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); border: 1px solid var(--vscode-contrastBorder, transparent); padding: 2px 8px; font: inherit; cursor: pointer; border-radius: 2px; }
button.link { color: var(--vscode-textLink-foreground); background: none; border: none; padding: 0; text-align: left; }
#stack { display: flex; flex-wrap: wrap; gap: 0 1em; }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
#message:empty { display: none; }
#message { padding: 0.2em 0.8em; }
main { flex: 1; display: flex; min-height: 0; }
#timeline { flex: 1; min-width: 0; height: 100%; display: block; }
aside { width: 27em; max-width: 36%; overflow: auto; border-left: 1px solid var(--vscode-widget-border, transparent); }
table { border-collapse: collapse; width: 100%; font-size: 0.92em; }
th { position: sticky; top: 0; background: var(--vscode-editor-background); text-align: right; font-weight: 600; }
th, td { padding: 2px 6px; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; }
td { text-align: right; font-variant-numeric: tabular-nums; }
.legend { list-style: none; padding-left: 200px; gap: 0.2em 1.4em; font-size: 0.9em; }
.legend li::before { content: ""; display: inline-block; width: 18px; margin-right: 6px; vertical-align: middle; background: currentColor; }
.running::before { height: 14px; color: #1f9e77; }
.runnable::before { height: 5px; color: #c9a227; }
.waiting::before { height: 9px; color: #7a4a68; }
.syscall::before { height: 11px; color: #2f78b5; }
.region::before { height: 3px; color: #b392f0; }
.vscode-light .region::before { color: #6f42c1; }
.note { color: var(--vscode-descriptionForeground); }
.vscode-light .running::before { color: #4fc3a1; }
.vscode-light .runnable::before { color: #e0b020; }
.vscode-light .waiting::before { color: #dba9c8; }
.vscode-light .syscall::before { color: #86bfe8; }
`;
