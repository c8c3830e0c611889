// The whole test command: types, lint, dead code, docs, tests. Everything runs even when something before it failed,
// and the last line sums it up: "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'antiphon-check-'));
const results = join(scratch, 'vitest.json');
const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
const tool = (name) => join(root, 'node_modules/.bin', name);

const checks = [
  { name: 'types', command: [tool('tsc'), '--noEmit', '-p', '.'] },
  { name: 'types of the web page', command: [tool('tsc'), '--noEmit', '-p', 'web'] },
  { name: 'lint', command: [tool('oxlint')] },
  { name: 'dead code', command: [tool('knip')] },
  { name: 'generated docs', command: [...node, 'scripts/generate-docs.ts', '--check'] },
];

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const { name, command } of checks) {
  const startedMs = Date.now();
  const { status } = run(command);
  counts[status === 0 ? 'passed' : 'failed']++;
  console.log(`${status === 0 ? '✓' : '✗'} ${name} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`);
}

const only = process.argv.slice(2);
const tests = run([tool('vitest'), 'run', ...only, '--reporter=default', '--reporter=json', `--outputFile.json=${results}`]);
const report = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : undefined;
if (report) {
  counts.passed += report.numPassedTests;
  counts.failed += report.numFailedTests;
  counts.skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  // A file that cannot be loaded has no tests to count, and errors outside of tests belong to none.
  counts.failed += report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
}
if (tests.status !== 0 && counts.failed === 0) counts.failed++;
rmSync(scratch, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;

function run([command, ...args]) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, NO_COLOR: '1' } });
}
