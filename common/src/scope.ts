/** How much of a workspace is analysed, from everything to nothing. */
export const scopes = ["full", "changed", "open", "paused"] as const;
export type Scope = (typeof scopes)[number];
