import type { WatchPoint } from "../dossier.ts";

/** Begins the output of our own log points. */
export const marker = "maprace";

/**
 * The log message of a point: which point, which goroutine, which map or lock. A map is known by the header that its
 * variable points to, a lock by its address; both are evaluated by Delve.
 */
export function logMessage(point: WatchPoint, index: number): string {
  const { kind, exclusive, expression } = point;
  const what = kind === "access" ? (exclusive ? "write" : "read") : `${exclusive ? "" : "shared "}${kind}`;
  return `${what} ${expression} (${marker} ${index} g={runtime.curg.goid} o={${identity(point)}})`;
}

/** An expression that is equal for one map, or one lock, and no other. */
export function identity({ kind, expression }: WatchPoint): string {
  return kind === "access" ? `*(*uintptr)(uintptr(&${expression}))` : `uintptr(&${expression})`;
}

/** `s.m` of `s.m[k]`, `delete(s.m, k)`, `len(s.m)`, `for k := range s.m`; undefined where it is no plain operand. */
export function mapOperand(text: string): string | undefined {
  const head = text.trim();
  const call = /^(?:len|clear|maps\.\w+)\((.*)\)$/s.exec(head)?.[1] ?? /^delete\((.*),[^,]*\)$/s.exec(head)?.[1];
  const ranged = /\brange\s+(.*)$/s.exec(head)?.[1];
  const found = (call ?? ranged ?? beforeIndex(head) ?? head).trim();
  return operand.test(found) ? found : undefined;
}

const operand = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/** What stands before the last `[...]`. */
function beforeIndex(text: string): string | undefined {
  if (!text.endsWith("]")) return undefined;
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === "]") depth++;
    else if (text[at] === "[" && --depth === 0) return text.slice(0, at);
  }
  return undefined;
}

/** `s.mu` of `s.mu.Lock()`, and whether others may hold it at the same time; undefined where it is no plain operand. */
export function lockOperand(text: string): { readonly expression: string; readonly shared: boolean } | undefined {
  const found = /^([\w.]+)\.(?:Try)?(R?)(?:Lock|Unlock)\(/.exec(text);
  const expression = found?.[1] ?? "";
  return operand.test(expression) ? { expression, shared: found?.[2] === "R" } : undefined;
}
