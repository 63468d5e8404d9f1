import { formatCount, formatShare, formatTime } from "../../../common/src/format.ts";
import type { TimelineWait } from "../../../common/src/timeline.ts";

/** A row of the table of waits; `choose` is called when it is clicked. */
export function waitRow(wait: TimelineWait, choose: (wait: TimelineWait) => void): HTMLTableRowElement {
  const line = document.createElement("tr");
  const go = document.createElement("button");
  go.className = "link";
  go.textContent = wait.place;
  go.title = isAnnotation(wait)
    ? "Shows the longest."
    : `${wait.reason}; the collector marked during ${formatShare(wait.collecting)} of it. Shows the longest wait.`;
  go.addEventListener("click", () => choose(wait));
  const texts = [formatTime(wait.total), formatCount(wait.count), formatTime(wait.p99), formatTime(wait.longest)];
  const name = document.createElement("td");
  name.append(go);
  line.append(
    name,
    ...texts.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }),
  );
  return line;
}

/** What the program measures itself. */
export function isAnnotation({ reason }: TimelineWait): boolean {
  return reason === "region" || reason === "task";
}
