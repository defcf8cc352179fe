// What chart.ts uses of Vega's packages, of which it takes those alone that our charts need (half of the whole).

declare module 'vega-dataflow' {
  export const transforms: Record<string, unknown>;
}
declare module 'vega-transforms';
declare module 'vega-view-transforms';
declare module 'vega-encode';
declare module 'vega-parser' {
  export function parse(spec: object, config: object | null, options: { ast: boolean }): object;
}
declare module 'vega-view' {
  export class View {
    constructor(runtime: object, options: object);
    data(name: string, values: object[]): this;
    width(pixels: number): this;
    height(pixels: number): this;
    runAsync(): Promise<this>;
    finalize(): void;
  }
}
declare module 'vega-interpreter' {
  export const expressionInterpreter: unknown;
}
declare module 'versions:specs' {
  /** By shape and scale: "engines-log". */
  const specs: Record<string, object>;
  export default specs;
}
