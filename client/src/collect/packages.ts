import * as path from "node:path";
import * as vscode from "vscode";
import type { CollectOptions, TestTarget } from "../../../common/src/plan/collect.ts";
import { CollectError, type Toolbox, testedPackages } from "../../../common/src/run/collect.ts";
import type { Target } from "./targets.ts";

/** What a chosen test or package stands for, package by package. Throws `CollectError` where there are no tests. */
export async function testTargets(
  target: Extract<Target, { kind: "test" | "package" }>,
  options: Pick<CollectOptions, "tags">,
  tools: Toolbox,
): Promise<readonly TestTarget[]> {
  if (target.kind === "test") return [{ ...target, package: ".", exact: true }];
  const packages = await testedPackages(target.dir, target.pattern, options, tools);
  if (packages.length === 0) throw new CollectError(vscode.l10n.t("No tests in {0}.", path.basename(target.dir)));
  return packages.map((name) => ({ what: target.what, dir: target.dir, package: name, name: ".", exact: false }));
}
