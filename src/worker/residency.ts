/** Which models are in memory: loads on demand, counts bytes, and lets the least recently used go first. */
import { AntiphonError } from '../errors.ts';
import type { LoadedSpeechModel, SpeechEngine, SpeechModelInfo } from '../engines/kinds.ts';

export type ModelLease = {
  readonly model: LoadedSpeechModel;
  /** Hands the model back; it may be unloaded once nobody holds it. Idempotent. */
  readonly release: () => void;
};

export type Residency = {
  /** Every model that lies here, loaded or not. */
  readonly list: () => Promise<readonly ResidentModel[]>;
  /** Loads where needed. Errors: model_unknown and what the engine's load throws. */
  readonly acquire: (modelId: string, signal: AbortSignal) => Promise<ModelLease>;
  /** False where it was not loaded. In use: it goes when its last lease is released; new leases load it anew. */
  readonly unload: (modelId: string) => Promise<boolean>;
  readonly residentBytes: () => number;
  readonly limitBytes: number;
  readonly close: () => Promise<void>;
};

export type ResidentModel = { readonly modelId: string; readonly info: SpeechModelInfo; readonly loaded: LoadedSpeechModel | undefined };

type Slot = { readonly loading: Promise<LoadedSpeechModel>; model: LoadedSpeechModel | undefined; leases: number; lastUsed: number; retired: boolean };

export type ResidencyOptions = {
  readonly engines: readonly SpeechEngine[];
  readonly limitBytes: number;
  /** Called after each load. */
  readonly onLoaded?: () => void;
};

export function createResidency({ engines, limitBytes, onLoaded }: ResidencyOptions): Residency {
  const slots = new Map<string, Slot>();
  let uses = 0;

  async function find(modelId: string): Promise<{ engine: SpeechEngine; key: string; info: SpeechModelInfo }> {
    for (const engine of engines) {
      const info = (await engine.listModels()).find((candidate) => [modelKey(candidate), candidate.id].includes(modelId));
      if (info) return { engine, key: modelKey(info), info };
    }
    throw new AntiphonError('model_unknown', `No model "${modelId}" lies on this worker.`, { param: 'model_id' });
  }

  async function open(modelId: string, signal: AbortSignal): Promise<Slot> {
    const { engine, key, info } = await find(modelId);
    const present = slots.get(key);
    if (present) return present;
    // The load belongs to everybody who waits for it, so one caller's leaving does not stop it.
    const slot: Slot = { loading: engine.load(info.id, AbortSignal.any([])), model: undefined, leases: 0, lastUsed: ++uses, retired: false };
    slots.set(key, slot);
    try {
      slot.model = await slot.loading;
      onLoaded?.();
    } catch (error) {
      slots.delete(key);
      throw error;
    }
    signal.throwIfAborted();
    return slot;
  }

  async function dispose(key: string, slot: Slot): Promise<void> {
    if (slots.get(key) === slot) slots.delete(key);
    slot.retired = true;
    if (slot.leases === 0) await slot.model?.close();
  }

  async function makeRoom(keep: Slot): Promise<void> {
    const total = () => [...slots.values()].reduce((sum, slot) => sum + (slot.model?.residentBytes ?? 0), 0);
    while (total() > limitBytes) {
      const idle = [...slots].filter(([, slot]) => slot !== keep && slot.leases === 0 && slot.model !== undefined);
      const oldest = idle.sort(([, a], [, b]) => a.lastUsed - b.lastUsed)[0];
      if (!oldest) return;
      await dispose(...oldest);
    }
  }

  return {
    limitBytes,
    list: async () => {
      const infos = (await Promise.all(engines.map((engine) => engine.listModels()))).flat();
      return infos.map((info) => ({ modelId: modelKey(info), info, loaded: slots.get(modelKey(info))?.model }));
    },
    acquire: async (modelId, signal) => {
      const slot = await open(modelId, signal);
      const model = await slot.loading;
      slot.leases++;
      slot.lastUsed = ++uses;
      let held = true;
      await makeRoom(slot);
      return {
        model,
        release: () => {
          if (!held) return;
          held = false;
          slot.leases--;
          if (slot.retired && slot.leases === 0) void model.close();
        },
      };
    },
    unload: async (modelId) => {
      const { key } = await find(modelId);
      const slot = slots.get(key);
      if (!slot) return false;
      await slot.loading;
      await dispose(key, slot);
      return true;
    },
    residentBytes: () => [...slots.values()].reduce((sum, slot) => sum + (slot.model?.residentBytes ?? 0), 0),
    close: async () => {
      const open = [...slots.values()];
      slots.clear();
      await Promise.allSettled(open.map(async (slot) => (await slot.loading).close()));
    },
  };
}

/** `kokoro` stays `kokoro`; a model among others of its engine carries the engine's name: `piper/en_US-joe-medium`. */
export function modelKey(info: Pick<SpeechModelInfo, 'engine' | 'id'>): string {
  return info.id === info.engine ? info.id : `${info.engine}/${info.id}`;
}
