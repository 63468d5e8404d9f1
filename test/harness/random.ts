/** Long runs are the ones with more cases. */
export const long = process.env["MAPRACE_LONG"] === "1";

/** The same cases on every machine that lands changes, others each time at a desk; a failure prints its seed. */
export const seed = process.env["CI"] === undefined ? Date.now() % 2 ** 31 : 20_260_114;
