import protobuf from "protobufjs/minimal.js";
import { type Profile, type SampleType, sampleCount } from "./profile.ts";

type Writer = protobuf.Writer;

/** Strings by their place in the table; the first is empty, as the format wants it. */
class Strings {
  readonly #index = new Map<string, number>([["", 0]]);

  of(text: string): number {
    const index = this.#index.get(text) ?? this.#index.size;
    this.#index.set(text, index);
    return index;
  }

  write(writer: Writer): void {
    for (const text of this.#index.keys()) writer.uint32(50).string(text);
  }
}

/** A profile as uncompressed bytes of profile.proto, which `go tool pprof` opens. */
export function encodeProfile(profile: Profile): Uint8Array {
  const writer = protobuf.Writer.create();
  const strings = new Strings();
  const valueType = (tag: number, { type, unit }: SampleType) => {
    writer.uint32(tag).fork().uint32(8).int64(strings.of(type)).uint32(16).int64(strings.of(unit)).ldelim();
  };
  for (const type of profile.sampleTypes) valueType(10, type);
  writeSamples(writer, profile);
  writeLocations(writer, profile);
  for (const [index, { name, file, line }] of profile.functions.entries()) {
    writer
      .uint32(42)
      .fork()
      .uint32(8)
      .uint64(index + 1)
      .uint32(16)
      .int64(strings.of(name));
    writer.uint32(24).int64(strings.of(name)).uint32(32).int64(strings.of(file)).uint32(40).int64(line).ldelim();
  }
  writer.uint32(72).int64(profile.timeNanos).uint32(80).int64(profile.durationNanos);
  if (profile.periodType !== undefined) valueType(90, profile.periodType);
  writer.uint32(96).int64(profile.period);
  strings.write(writer);
  return writer.finish();
}

function writeSamples(writer: Writer, profile: Profile): void {
  const { stackStart, stack, values, sampleTypes } = profile;
  const width = sampleTypes.length;
  for (let i = 0; i < sampleCount(profile); i++) {
    writer.uint32(18).fork().uint32(10).fork();
    for (let s = stackStart[i] ?? 0; s < (stackStart[i + 1] ?? 0); s++) writer.uint64((stack[s] ?? 0) + 1);
    writer.ldelim().uint32(18).fork();
    for (let v = 0; v < width; v++) writer.int64(values[i * width + v] ?? 0);
    writer.ldelim().ldelim();
  }
}

function writeLocations(writer: Writer, profile: Profile): void {
  const { frameStart, frameFunction, frameLine } = profile;
  for (let location = 0; location + 1 < frameStart.length; location++) {
    writer
      .uint32(34)
      .fork()
      .uint32(8)
      .uint64(location + 1);
    for (let f = frameStart[location] ?? 0; f < (frameStart[location + 1] ?? 0); f++) {
      writer
        .uint32(34)
        .fork()
        .uint32(8)
        .uint64((frameFunction[f] ?? 0) + 1);
      writer
        .uint32(16)
        .int64(frameLine[f] ?? 0)
        .ldelim();
    }
    writer.ldelim();
  }
}
