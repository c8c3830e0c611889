/** The part of the WebAssembly JavaScript API that this room uses; TypeScript has it only in its browser library. */
declare namespace WebAssembly {
  class Module {
    private readonly brand: never;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
