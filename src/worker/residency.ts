/** Which models of one kind are in memory: loaded on demand, within the budget that all kinds share. */
import { AntiphonError } from '../errors.ts';
import type { BudgetedModel, MemoryBudget } from './memory-budget.ts';

type HostedInfo = { readonly id: string; readonly engine: string };

/** A model in memory, of whatever kind. */
type HostedModel = {
  readonly info: HostedInfo;
  readonly residentBytes: number;
  readonly executionProvider: string;
  readonly close: () => Promise<void>;
};

/** An engine, as far as its models come and go. */
type Host<Model extends HostedModel> = {
  readonly listModels: () => Promise<readonly Model['info'][]>;
  readonly load: (modelId: string, signal: AbortSignal) => Promise<Model>;
};

export type ModelLease<Model> = {
  readonly model: Model;
  /** Hands the model back; it may be unloaded once nobody holds it. Idempotent. */
  readonly release: () => void;
};

export type Residency<Model extends HostedModel> = {
  /** Every model that lies here, loaded or not. */
  readonly list: () => Promise<readonly ResidentModel<Model>[]>;
  /** Loads where needed. Errors: model_unknown and what the engine's load throws. */
  readonly acquire: (modelId: string, signal: AbortSignal) => Promise<ModelLease<Model>>;
  /** False where it was not loaded. In use: it goes when its last lease is released; new leases load it anew. */
  readonly unload: (modelId: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
};

export type ResidentModel<Model extends HostedModel> = { readonly modelId: string; readonly info: Model['info']; readonly loaded: Model | undefined };

type Slot<Model> = { readonly loading: Promise<Model>; readonly budgeted: BudgetedModel; model: Model | undefined; leases: number; lastUse: number; retired: boolean };

export type ResidencyOptions<Model extends HostedModel> = {
  readonly engines: readonly Host<Model>[];
  readonly budget: MemoryBudget;
  /** Called after each load. */
  readonly onLoaded?: () => void;
};

export function createResidency<Model extends HostedModel>({ engines, budget, onLoaded }: ResidencyOptions<Model>): Residency<Model> {
  const slots = new Map<string, Slot<Model>>();

  async function find(modelId: string): Promise<{ engine: Host<Model>; key: string; info: Model['info'] }> {
    for (const engine of engines) {
      const info = (await engine.listModels()).find((candidate) => [modelKey(candidate), candidate.id].includes(modelId));
      if (info) return { engine, key: modelKey(info), info };
    }
    throw new AntiphonError('model_unknown', `No model "${modelId}" lies on this worker.`, { param: 'model_id' });
  }

  async function open(modelId: string, signal: AbortSignal): Promise<Slot<Model>> {
    const { engine, key, info } = await find(modelId);
    const present = slots.get(key);
    if (present) return present;
    const slot: Slot<Model> = {
      // The load belongs to everybody who waits for it, so one caller's leaving does not stop it.
      loading: engine.load(info.id, AbortSignal.any([])),
      budgeted: {
        bytes: () => slot.model?.residentBytes ?? 0,
        isIdle: () => slot.leases === 0 && slot.model !== undefined,
        lastUse: () => slot.lastUse,
        unload: () => dispose(key, slot),
      },
      model: undefined,
      leases: 0,
      lastUse: budget.nextUse(),
      retired: false,
    };
    slots.set(key, slot);
    budget.add(slot.budgeted);
    try {
      slot.model = await slot.loading;
      onLoaded?.();
    } catch (error) {
      forget(key, slot);
      throw error;
    }
    signal.throwIfAborted();
    return slot;
  }

  function forget(key: string, slot: Slot<Model>): void {
    if (slots.get(key) === slot) slots.delete(key);
    budget.remove(slot.budgeted);
  }

  async function dispose(key: string, slot: Slot<Model>): Promise<void> {
    forget(key, slot);
    slot.retired = true;
    if (slot.leases === 0) await slot.model?.close();
  }

  return {
    list: async () => {
      const infos = (await Promise.all(engines.map((engine) => engine.listModels()))).flat();
      return infos.map((info) => ({ modelId: modelKey(info), info, loaded: slots.get(modelKey(info))?.model }));
    },
    acquire: async (modelId, signal) => {
      const slot = await open(modelId, signal);
      const model = await slot.loading;
      slot.leases++;
      slot.lastUse = budget.nextUse();
      let held = true;
      await budget.makeRoom(slot.budgeted);
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
    close: async () => {
      const open = [...slots];
      for (const [key, slot] of open) forget(key, slot);
      await Promise.allSettled(open.map(async ([, slot]) => (await slot.loading).close()));
    },
  };
}

/** `kokoro` stays `kokoro`; a model among others of its engine carries the engine's name: `piper/en_US-joe-medium`. */
export function modelKey(info: HostedInfo): string {
  return info.id === info.engine ? info.id : `${info.engine}/${info.id}`;
}
