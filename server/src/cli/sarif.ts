import type { AccessReport, Finding, Location } from "../../../common/src/finding.ts";
import { checks } from "../checks/registry.ts";

const help = "https://github.com/maprace/maprace/blob/main/docs/checks";
const levels = { possible: "note", likely: "warning", confirmed: "error" } as const;

/** SARIF 2.1.0: one run, one result per finding. Paths are relative to the scanned directory. */
export function sarif(findings: readonly Finding[], version: string): string {
  const rules = checks.map((check) => ({
    id: check.rule,
    name: check.name,
    shortDescription: { text: check.doc.title },
    fullDescription: { text: check.doc.summary },
    help: {
      text: `${check.doc.why}\n\nBefore:\n\n${check.doc.bad}\nAfter:\n\n${check.doc.good}`,
      markdown: markdownHelp(check.doc),
    },
    helpUri: `${help}/${check.rule}.md`,
    defaultConfiguration: { level: "warning" },
  }));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "maprace", version, informationUri: "https://github.com/maprace/maprace", rules } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SRCROOT: { description: { text: "The scanned directory." } } },
        results: findings.map((finding) =>
          result(
            finding,
            rules.findIndex((rule) => rule.id === finding.rule),
          ),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function markdownHelp(doc: { why: string; bad: string; good: string }): string {
  return `${doc.why}\n\nBefore:\n\n\`\`\`go\n${doc.bad}\`\`\`\n\nAfter:\n\n\`\`\`go\n${doc.good}\`\`\`\n`;
}

function result(finding: Finding, ruleIndex: number) {
  const others = [
    { location: finding.other.location, text: `${finding.other.kind} in ${finding.other.function}` },
    ...starts(finding),
    ...finding.more.map((one) => ({ location: one.location, text: `${one.kind} in ${one.function}` })),
  ];
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: levels[finding.confidence],
    message: { text: `${finding.message} (${finding.reason})` },
    locations: [
      {
        physicalLocation: physical(finding.primary.location),
        logicalLocations: [{ fullyQualifiedName: finding.primary.function }],
      },
    ],
    relatedLocations: others.map((one, id) => ({
      id,
      physicalLocation: physical(one.location),
      message: { text: one.text },
    })),
    codeFlows: [
      {
        message: { text: finding.reason },
        threadFlows: [thread("first goroutine", finding.primary), thread("second goroutine", finding.other)],
      },
    ],
    partialFingerprints: { "maprace/v1": finding.fingerprint },
    properties: { confidence: finding.confidence, map: finding.map, object: finding.object },
  };
}

function starts(finding: Finding): { location: Location; text: string }[] {
  return [finding.primary, finding.other].flatMap((report) =>
    report.start === undefined
      ? []
      : [{ location: report.start.location, text: `${report.start.label} in ${report.start.function}` }],
  );
}

function thread(id: string, report: AccessReport) {
  const steps = [
    ...(report.start === undefined ? [] : [{ location: report.start.location, text: report.start.label }]),
    ...report.path.map((step) => ({ location: step.location, text: `${step.function} ${step.text}` })),
    {
      location: report.location,
      text: `${report.kind}, ${report.locks.length === 0 ? "no lock held" : `holding ${report.locks.join(", ")}`}`,
    },
  ];
  return {
    id,
    locations: steps.map((step) => ({
      location: { physicalLocation: physical(step.location), message: { text: step.text } },
    })),
  };
}

function physical(at: Location) {
  const inside = !at.path.startsWith("/");
  const uri = at.path.split("/").map(encodeURIComponent).join("/");
  return {
    artifactLocation: inside ? { uri, uriBaseId: "SRCROOT" } : { uri: `file://${uri}` },
    region: {
      startLine: at.line,
      startColumn: at.column,
      endLine: at.endLine,
      endColumn: Math.max(at.endColumn, at.endLine === at.line ? at.column + 1 : 1),
    },
  };
}
