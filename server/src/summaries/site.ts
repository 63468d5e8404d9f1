import type { Call, FunctionFacts, Spawn } from "./effects.ts";
import type { Ref } from "./place.ts";

/** A place where a function is called or started. */
export interface Site {
  readonly caller: FunctionFacts;
  readonly effect: Call | Spawn;
  /** Places of the callee's parameters in the caller's frame; undefined where the call passes them unseen. */
  readonly args: readonly (readonly Ref[])[] | undefined;
  /** The callee is one of several an interface or a stored function may mean. */
  readonly assumed: boolean;
  /** Set where the callee runs through a function it is passed to: what that function does around the call. */
  readonly via: Invocation | undefined;
}

/** How a function runs one of its function parameters. */
export interface Invocation {
  readonly function: FunctionFacts;
  readonly effect: Call | Spawn;
  readonly spawned: Spawn | undefined;
  /** Function that contains `spawned`. */
  readonly spawner: FunctionFacts | undefined;
  /** The call, in the function that is started, under which the parameter runs. */
  readonly work: Call | Spawn;
  /** Where the parameter is handed on: how the function it goes to runs it. */
  readonly inner: Invocation | undefined;
}
