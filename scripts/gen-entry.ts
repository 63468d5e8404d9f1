// What the generator reads, in one bundle.
export { colors, commands } from "../common/src/commands.ts";
export { restricted, settings } from "../common/src/settings.ts";
export { matrix } from "../common/src/verdicts/matrix.ts";
export { checks } from "../server/src/checks/registry.ts";
