/** The part of @echogarden/espeak-ng-emscripten that we call; the package ships no types. */
declare module '@echogarden/espeak-ng-emscripten' {
  export type HeapPointer = { readonly ptr: number };

  export type EspeakVoiceEntry = {
    readonly name: string;
    readonly identifier: string;
    readonly languages: readonly { readonly priority: number; readonly name: string }[];
  };

  export interface EspeakWorker {
    /** 0 ok, 2 unknown. Allocates about 1.4 kB on every call and never frees it. */
    set_voice(name: string, language: string): number;
    /** The caller owns the returned NUL-terminated UTF-8 string and has to free it. */
    convert_to_phonemes(text: string, useIpa: boolean): HeapPointer;
    list_voices(): EspeakVoiceEntry[];
  }

  /** Emscripten's file system in memory. */
  export interface EspeakFileSystem {
    readdir(path: string): string[];
    lookupPath(path: string): { readonly node: { readonly mode: number; contents: Uint8Array } };
    isDir(mode: number): boolean;
    readFile(path: string): Uint8Array;
  }

  export interface EspeakModule {
    readonly FS: EspeakFileSystem;
    readonly HEAPU8: Uint8Array;
    readonly VoidPtr: unknown;
    readonly eSpeakNGWorker: new () => EspeakWorker;
    /** Wrapper objects by address; grows by one entry for every address ever returned unless entries are deleted. */
    getCache(kind: unknown): Record<number, unknown>;
    _free(address: number): void;
  }

  const createEspeakModule: (options: {
    print: (line: string) => void;
    printErr: (line: string) => void;
  }) => Promise<EspeakModule>;
  export default createEspeakModule;
}
