/** Bytes that are no profile; `offset` is where reading stopped. */
export class ProfileError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.offset = offset;
  }
}

export interface SampleType {
  readonly type: string;
  readonly unit: string;
}

export interface ProfileFunction {
  readonly name: string;
  readonly file: string;
  /** Line of the declaration, 0 where unknown. */
  readonly line: number;
}

/** A pprof profile in columns: samples, the frames of locations and the functions, each in parallel arrays. */
export interface Profile {
  readonly sampleTypes: readonly SampleType[];
  /** Sample `i` has locations `stack[stackStart[i]..stackStart[i + 1]]`, leaf first, as indexes into `frameStart`. */
  readonly stackStart: Int32Array;
  readonly stack: Int32Array;
  /** `values[i * sampleTypes.length + type]` */
  readonly values: Float64Array;
  /** Location `l` has frames `frameStart[l]..frameStart[l + 1]`, the innermost inlined one first. */
  readonly frameStart: Int32Array;
  readonly frameFunction: Int32Array;
  readonly frameLine: Int32Array;
  readonly functions: readonly ProfileFunction[];
  /** Nanoseconds since 1970; 0 where unknown. */
  readonly timeNanos: number;
  readonly durationNanos: number;
  readonly periodType: SampleType | undefined;
  readonly period: number;
  /** Values beyond 2^53, which a number holds only nearly. */
  readonly overflows: number;
}

export function sampleCount(profile: Profile): number {
  return profile.stackStart.length - 1;
}

/** Index of a sample type; -1 where the profile has none of that name. */
export function columnOf(profile: Profile, type: string): number {
  return profile.sampleTypes.findIndex((one) => one.type === type);
}
