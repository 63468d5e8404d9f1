/** The body of the page; `t` translates a text. */
export function markup(t: (text: string) => string): string {
  return `<header>
<label>${t("Rows")} <select id="rows"><option value="goroutines">${t("goroutines")}</option><option value="processors">${t("processors (P)")}</option></select></label>
<label>${t("Order")} <select id="order"><option value="start">${t("as they began")}</option><option value="waiting">${t("longest waiting first")}</option><option value="name">${t("by function")}</option></select></label>
<label>${t("Search")} <input id="search" type="search" placeholder="${t("function, lock, file.go:12")}"></label><span id="matches" role="status"></span>
<progress id="progress" max="1" aria-label="${t("Reading the trace")}"></progress>
<span class="gap"></span>
<button id="out" title="${t("Zoom out")}">−</button><button id="in" title="${t("Zoom in")}">+</button><button id="reset">${t("Whole")}</button><button id="trace">${t("Open in go tool trace")}</button>
</header>
<div id="message" role="alert"></div>
<main>
<canvas id="timeline" tabindex="0" role="application" aria-describedby="details" aria-label="${t("Timeline; arrow keys move, plus and minus zoom, n and p go from slice to slice, Enter shows the slice, w goes to who woke it, o opens the source")}"></canvas>
<aside><table><thead><tr><th>${t("Worst waits")}</th><th>${t("total")}</th><th>${t("count")}</th><th>${t("p99")}</th><th>${t("longest")}</th></tr></thead><tbody id="waits"></tbody><tbody id="annotations-head" hidden><tr><th colspan="5">${t("Tasks and regions of the program")}</th></tr></tbody><tbody id="annotations"></tbody></table></aside>
</main>
<ul class="legend"><li class="running">${t("running")}</li><li class="runnable">${t("runnable")}</li><li class="waiting">${t("waiting")}</li><li class="syscall">${t("system call")}</li><li class="region">${t("task above, region below, log")}</li></ul>
<footer><div id="details" role="status" aria-live="polite"></div><div id="stack"></div></footer>`;
}
