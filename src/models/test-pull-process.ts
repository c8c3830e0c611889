/** A process of its own that pulls one test artefact: the other side of the tests of locks. Prints one JSON line. */
import { createModelStore } from './store.ts';
import { hubSource, patternBytes, testArtefact } from './test-hub.ts';

const [modelsDir = '', base = ''] = process.argv.slice(2);
const artefact = testArtefact('shared', [{ path: 'model.bin', bytes: patternBytes(700_000, 1), sources: [hubSource(base, 'model.bin')] }]);
const store = createModelStore({ modelsDir, catalog: [artefact], offline: false });
const phases = new Set<string>();
process.stdout.write('started\n');
await store.pull('shared', { onProgress: ({ phase }) => phases.add(phase) });
process.stdout.write(`${JSON.stringify({ phases: [...phases], status: (await store.state('shared')).status })}\n`);
