import { describeEmbeddingEngine } from './embedding-engine-kit.ts';
import { createFakeEmbeddingEngine } from './fake-embedding-engine.ts';

describeEmbeddingEngine({
  name: 'the fake',
  understands: false,
  create: async () => {
    const engine = createFakeEmbeddingEngine({ damagedModelIds: ['broken'] });
    return { engine, modelId: 'fake', damaged: { engine, modelId: 'broken' } };
  },
});
