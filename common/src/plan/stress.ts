import type { StressTest } from "../dossier.ts";

/** The overlay that adds a generated test to its package; the tree is not touched. */
export function stressOverlay({ dir }: StressTest, generated: string): string {
  return JSON.stringify({ Replace: { [`${dir.replace(/[\\/]$/, "")}/maprace_stress_test.go`]: generated } });
}
