import { goroutines } from "./goroutines.ts";
import { maps } from "./maps.ts";
import type { Model } from "./model.ts";
import { flow, reflection } from "./reflection.ts";
import { servers } from "./servers.ts";

export type Models = ReadonlyMap<string, Model>;

/** Standard library and well-known modules, by `import/path.Func` and `import/path.(Type).Method`. */
export const models: Models = new Map([...goroutines, ...maps, ...reflection, ...flow, ...servers]);
