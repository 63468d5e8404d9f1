const units = [
  ["ns", 1e3],
  ["µs", 1e3],
  ["ms", 1e3],
  ["s", 60],
  ["min", Number.POSITIVE_INFINITY],
] as const;

/** Nanoseconds with three significant digits and the unit that fits: `412 ms`. */
export function formatTime(nanoseconds: number, locale?: string): string {
  let rest = nanoseconds;
  for (const [unit, size] of units) {
    // What would be rounded up to the next unit is shown in it: `1 ms`, not `1,000 µs`.
    const shown = Number(rest.toPrecision(3));
    if (Math.abs(shown) < size) return `${digits(shown, locale)} ${unit}`;
    rest /= size;
  }
  return `${digits(rest, locale)} min`;
}

/** `37 %`, one digit more below ten. */
export function formatShare(share: number, locale?: string): string {
  const percent = 100 * share;
  const shown = Math.abs(percent) < 10 ? Math.round(percent * 10) / 10 : Math.round(percent);
  return `${digits(shown, locale)} %`;
}

/** `1.2K` */
export function formatCount(count: number, locale?: string): string {
  return formatter(locale, "compact").format(count);
}

/** A signed time for comparisons: `+12 ms`. */
export function formatDelta(nanoseconds: number, locale?: string): string {
  if (nanoseconds === 0) return "±0";
  return `${nanoseconds > 0 ? "+" : "\u2212"}${formatTime(Math.abs(nanoseconds), locale)}`;
}

const bars = "▁▂▃▄▅▆▇█";

/** A bar of eight heights for a share of 0 to 1. */
export function bar(share: number): string {
  return bars[Math.min(7, Math.max(0, Math.floor(share * 8)))] ?? "▁";
}

function digits(value: number, locale: string | undefined): string {
  return formatter(locale, "standard").format(value);
}

/** Making a formatter takes longer than thousands of uses of it. */
const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string | undefined, notation: "compact" | "standard"): Intl.NumberFormat {
  const key = `${locale ?? ""} ${notation}`;
  let known = formatters.get(key);
  if (known === undefined) {
    known = new Intl.NumberFormat(locale, { notation, maximumSignificantDigits: 3 });
    formatters.set(key, known);
  }
  return known;
}

/** `2.3×` */
export function formatFactor(factor: number, locale?: string): string {
  return `${digits(factor, locale)}×`;
}

/** Text of profiles and logs without control characters: none reaches a terminal or turns a line around. */
export function printable(text: string): string {
  return text.replace(control, "\ufffd");
}

const control = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
