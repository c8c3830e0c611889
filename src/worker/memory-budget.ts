/** The bytes that all models of a worker may hold together; the one that was used longest ago leaves first. */

export type BudgetedModel = {
  readonly bytes: () => number;
  /** Nobody is using it, and it is not loading. */
  readonly isIdle: () => boolean;
  readonly lastUse: () => number;
  readonly unload: () => Promise<void>;
};

export type MemoryBudget = {
  readonly limitBytes: number;
  readonly residentBytes: () => number;
  /** A number that grows with every use of any model. */
  readonly nextUse: () => number;
  readonly add: (model: BudgetedModel) => void;
  readonly remove: (model: BudgetedModel) => void;
  /** Unloads idle models, but not `keep`, until the rest fits; what is in use stays, even over the limit. */
  readonly makeRoom: (keep: BudgetedModel) => Promise<void>;
};

export function createMemoryBudget(limitBytes: number): MemoryBudget {
  const models = new Set<BudgetedModel>();
  let uses = 0;
  const residentBytes = (): number => [...models].reduce((sum, model) => sum + model.bytes(), 0);

  return {
    limitBytes,
    residentBytes,
    nextUse: () => ++uses,
    add: (model) => void models.add(model),
    remove: (model) => void models.delete(model),
    makeRoom: async (keep) => {
      while (residentBytes() > limitBytes) {
        const [oldest] = [...models].filter((model) => model !== keep && model.isIdle()).toSorted((a, b) => a.lastUse() - b.lastUse());
        if (!oldest) return;
        await oldest.unload();
      }
    },
  };
}
