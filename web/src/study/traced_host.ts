// TracedHost: the host of the module chunkmark-traced, which reads the call stack for it (wasm/trace/stacks.cc): WebAssembly has
// no unwinder, but the text of an exception names the function and the place of each of its frames.

import { Host } from '../storage/host';

export interface Frame {
  name: string;
  /** Of the call, in the module's bytes. */
  offset: number;
}

// Chromium and Node write "    at NAME (URL:wasm-function[INDEX]:0xOFFSET)", Firefox "NAME@URL:wasm-function[INDEX]:0xOFFSET".
// Newer compilers name the module too, which engines then put before the function.
const kFrame = /^\s*(?:at )?(?:[\w.-]+\.wasm\.)?(.*?) ?[(@]?[^\s(@]*wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;
// What is within a hook is the tracer.
const kHooks = /^(malloc|calloc|realloc|memalign|aligned_alloc|posix_memalign|memcpy|memmove|chunkmark_moved)$/;

const kMaxLines = 1000;
const kErrors = Error as { stackTraceLimit?: number }; // V8's

/** The frame that a line of a stack tells; null: it is none of a WebAssembly module. */
export function frameOf(line: string): Frame | null {
  const found = kFrame.exec(line);
  return found && { name: found[1] || `wasm-function[${found[2]}]`, offset: parseInt(found[3]!, 16) };
}

export class TracedHost extends Host {
  private readonly frames: Frame[] = [];
  private readonly numbers = new Map<string, number>(); // by line; -1: no frame

  /** The frames of the caller, the innermost first, each by its number. */
  takeStack(most: number): number[] {
    const limit = kErrors.stackTraceLimit;
    kErrors.stackTraceLimit = kMaxLines;
    const lines = (new Error().stack ?? '').split('\n');
    kErrors.stackTraceLimit = limit;
    let numbers: number[] = [];
    for (const line of lines) {
      const number = this.numberOf(line);
      if (number < 0) continue;
      if (kHooks.test(this.frames[number]!.name)) numbers = [];
      else numbers.push(number);
    }
    return numbers.slice(0, most);
  }

  frame(number: number): Frame {
    return this.frames[number]!;
  }

  frameName(number: number): string {
    return this.frame(number).name;
  }

  private numberOf(line: string): number {
    let number = this.numbers.get(line);
    if (number === undefined) {
      const frame = frameOf(line);
      number = frame ? this.frames.push(frame) - 1 : -1;
      this.numbers.set(line, number);
    }
    return number;
  }
}
