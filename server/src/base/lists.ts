// Code that has met lists of one kind alone is fast, and to the runtime these are kinds of their own: empty ones that never
// held an object, and what `map` and `flatMap` make, in which an item might be missing.

/** The empty list, for whoever only reads; of the kind that lists of objects are. */
export const none: readonly never[] = [{}].filter((one): one is never => one === undefined);

/** What `map` answers, with no room to spare. */
export function mapped<Item, Result>(
  list: readonly Item[],
  resultOf: (item: Item, index: number) => Result,
): readonly Result[] {
  return mappedUpTo(list.length, list, resultOf);
}

/** The same of the first `count` items, of which there are as many. */
export function mappedUpTo<Item, Result>(
  count: number,
  list: readonly Item[],
  resultOf: (item: Item, index: number) => Result,
): readonly Result[] {
  if (count === 0) return none;
  const results: Result[] = [];
  let index = 0;
  for (const item of list) {
    const result = resultOf(item, index);
    if (count === 1) return [result];
    results.push(result);
    if (++index === count) break;
  }
  return results.slice();
}
