/** Functions that by their names wait for what their receiver has started. */
export function waitsByName(id: string): boolean {
  return /\.(Stop(And)?)?(Wait|Join|Drain|Idle)\w*$/.test(id);
}
