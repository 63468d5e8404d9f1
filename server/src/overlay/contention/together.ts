import type { Finding } from "../../../../common/src/finding.ts";
import { formatTime } from "../../../../common/src/format.ts";
import type { Overlap, Seen } from "../../evidence/trace/waits/presence.ts";
import { escapeMarkdown } from "../explain.ts";

const words: Readonly<Record<Seen["how"], string>> = {
  waiting: "waiting",
  syscall: "in a system call",
  sampled: "running, by a CPU sample",
};

/** That a trace saw both functions of a finding active at one moment; it records no accesses, and no more is claimed. */
export function togetherText(finding: Finding, { time, seen }: Overlap, run: string, locale: string): string {
  const [first, second] = seen;
  const who = ({ goroutine, how, line }: Seen, name: string) =>
    `goroutine ${goroutine} was in \`${name}\` (line ${line}, ${words[how]})`;
  return `**Seen together** · ${formatTime(time, locale)} into the trace of ${escapeMarkdown(run)}, ${who(first, finding.primary.function)} while ${who(second, finding.other.function)}. A trace records no accesses of maps: the functions overlapped, the accesses may not have.`;
}
