import { each, type Model, type Table } from "./model.ts";

const print: Model = { reflect: 0, depth: "print" };
const encode: Model = { depth: "encode" };
const levels = ["Debug", "Info", "Warn", "Error"];

const fmt: Table = [
  ...each("fmt.", ["Print", "Println", "Sprint", "Sprintln"], print),
  ...each("fmt.", ["Fprint", "Fprintln", "Append", "Appendln"], { ...print, reflect: 1 }),
  ...each("fmt.", ["Printf", "Sprintf", "Errorf"], { ...print, reflect: 1, format: 0 }),
  ...each("fmt.", ["Fprintf", "Appendf"], { ...print, reflect: 2, format: 1 }),
];

const logs: Table = [
  ...each("log.", ["Print", "Println"], print),
  ["log.Printf", { ...print, reflect: 1, format: 0 }],
  ...each("log.(Logger).", ["Print", "Println"], { ...print, reflect: 1 }),
  ["log.(Logger).Printf", { ...print, reflect: 2, format: 1 }],
  ...each("log/slog.", levels, { ...print, reflect: 1 }),
  ...each("log/slog.(Logger).", levels, { ...print, reflect: 2 }),
  ...each(
    "log/slog.",
    levels.map((level) => `${level}Context`),
    { ...print, reflect: 2 },
  ),
  ...each(
    "log/slog.(Logger).",
    levels.map((level) => `${level}Context`),
    { ...print, reflect: 3 },
  ),
  ["log/slog.Any", { ...print, reflect: 1 }],
  ["go.uber.org/zap.Any", { ...print, reflect: 1 }],
  ...each("go.uber.org/zap.(SugaredLogger).", [...levels, ...levels.map((level) => `${level}w`)], {
    ...print,
    reflect: 1,
  }),
  ...each(
    "go.uber.org/zap.(SugaredLogger).",
    levels.map((level) => `${level}f`),
    { ...print, reflect: 2, format: 1 },
  ),
  ...["Logger", "Entry"].flatMap((type) => [
    ...each(`github.com/sirupsen/logrus.(${type}).`, [...levels, "WithField", "WithFields"], { ...print, reflect: 1 }),
    ...each(
      `github.com/sirupsen/logrus.(${type}).`,
      levels.map((level) => `${level}f`),
      { ...print, reflect: 2, format: 1 },
    ),
  ]),
  ...each("github.com/sirupsen/logrus.", levels, print),
  ...each(
    "github.com/sirupsen/logrus.",
    levels.map((level) => `${level}f`),
    { ...print, reflect: 1, format: 0 },
  ),
  ...each("k8s.io/klog/v2.", ["Info", "Infoln", "Warning", "Error"], print),
  ...each("k8s.io/klog/v2.", ["Infof", "Warningf", "Errorf"], { ...print, reflect: 1, format: 0 }),
];

const encoders: Table = [
  ...each("encoding/json.", ["Marshal", "MarshalIndent"], { ...encode, reflect: 0 }),
  ["encoding/json.(Encoder).Encode", { ...encode, reflect: 1 }],
  ["encoding/gob.(Encoder).Encode", { ...encode, reflect: 1 }],
  ["gopkg.in/yaml.v2.Marshal", { ...encode, reflect: 0 }],
  ["gopkg.in/yaml.v3.Marshal", { ...encode, reflect: 0 }],
  ["sigs.k8s.io/yaml.Marshal", { ...encode, reflect: 0 }],
  ["text/template.(Template).Execute", { reflect: 2, depth: "encode" }],
  ["html/template.(Template).Execute", { reflect: 2, depth: "encode" }],
  ["text/template.(Template).ExecuteTemplate", { reflect: 3, depth: "encode" }],
  ["html/template.(Template).ExecuteTemplate", { reflect: 3, depth: "encode" }],
  ["reflect.DeepEqual", { reflect: 0, depth: "all" }],
];

/** Functions that read whatever they are given by reflection. */
export const reflection: Table = [...fmt, ...logs, ...encoders];

const exits: Model = { exits: true };

/** Functions that do not return, and those that call methods of what they are given before they do. */
export const flow: Table = [
  ...["Init", "Push", "Pop", "Fix", "Remove"].map((name): Table[number] => [
    `container/heap.${name}`,
    { invokes: [0, ["Len", "Less", "Swap", "Push", "Pop"]] },
  ]),
  ...["Sort", "Stable", "IsSorted"].map((name): Table[number] => [
    `sort.${name}`,
    { invokes: [0, ["Len", "Less", "Swap"]] },
  ]),
  ...["os.Exit", "runtime.Goexit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf"].map(
    (name): Table[number] => [name, exits],
  ),
  ...["common", "T", "B", "F", "TB"].flatMap((type) =>
    ["Fatal", "Fatalf", "FailNow", "Skip", "Skipf", "SkipNow"].map((name): Table[number] => [
      `testing.(${type}).${name}`,
      exits,
    ]),
  ),
];
