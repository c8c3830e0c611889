/**
 * Makes a fresh clone ready to run: installs the locked packages and builds the web page, each only when needed.
 * Runs before `npm start` and `npm test` on the Node that the machine has (20 or newer), so it uses nothing but Node.
 * Flags: --quiet prints problems only, --web-only leaves the packages alone.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modulesDir = join(root, 'node_modules');
const lockPath = join(root, 'package-lock.json');
// Inside node_modules, so that it goes when they go, an interrupted install included.
const stampPath = join(modulesDir, '.antiphon-setup');
const windows = process.platform === 'win32';
const nodePath = join(modulesDir, 'node', 'bin', windows ? 'node.exe' : 'node');
const webDir = join(root, 'web');
const webDistDir = join(webDir, 'dist');

/** What the installed packages take, and a little for the page and logs. */
const installBytes = 1_300_000_000;

const quiet = process.argv.includes('--quiet');
const webOnly = process.argv.includes('--web-only');

/** Downloads that packages would make outside the npm registry when they are installed; none is needed here. */
const installEnvironment = { ONNXRUNTIME_NODE_INSTALL: 'skip', ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip', SKIP_FFMPEG: 'true', NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true' };

/** A step that failed, in words for the person who ran it. */
class SetupError extends Error {
  constructor(reason, fix, output = '') {
    super(reason);
    this.fix = fix;
    this.output = output;
  }
}

await main();

async function main() {
  try {
    const major = Number(process.versions.node.split('.')[0]);
    if (major < 20) throw new SetupError(`Node ${process.versions.node} is too old.`, 'Install Node 20 or newer; the server itself then runs on the Node 24 it brings along.');
    if (!workToDo()) return;
    await withSetupLock(async () => {
      if (!webOnly && !packagesAreInstalled()) await step('packages installed', installPackages);
      if (webIsStale()) await step('web page built', buildWeb);
    });
  } catch (thrown) {
    if (!(thrown instanceof SetupError)) throw thrown;
    const output = thrown.output === '' ? '' : `\n${thrown.output.replace(/^/gm, '  | ')}`;
    process.stderr.write(`setup: ${thrown.message}\n${`       ${thrown.fix}`}${output}\n`);
    process.exitCode = 1;
  }
}

function workToDo() {
  return (!webOnly && !packagesAreInstalled()) || webIsStale();
}

async function step(name, run) {
  const startedAt = performance.now();
  await run();
  say(`${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}

function say(line) {
  if (!quiet) process.stdout.write(`setup: ${line}\n`);
}

// ── packages ──────────────────────────────────────────────────────────────────────────────────────────────────────

function packagesAreInstalled() {
  if (!existsSync(nodePath)) return false;
  const stamp = installStamp();
  if (readText(stampPath) === stamp) return true;
  // Installed by hand with `npm ci`: the same packages are not fetched twice.
  if (!installedMatchesLock()) return false;
  writeFileSync(stampPath, stamp);
  return true;
}

function installStamp() {
  const lock = readText(lockPath);
  if (lock === undefined) throw new SetupError('package-lock.json is missing.', 'Restore it: `git checkout package-lock.json`.');
  return createHash('sha256').update(lock).update(`${process.platform} ${process.arch}`).digest('hex');
}

/** Compares with the list that npm keeps of what it installed. Packages for other platforms may be absent from it. */
function installedMatchesLock() {
  const installed = readJson(join(modulesDir, '.package-lock.json'))?.packages;
  const wanted = readJson(lockPath)?.packages;
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? entry.optional === true || entry.devOptional === true || entry.peer === true : found.version === entry.version;
  });
}

async function installPackages() {
  // A finished install makes room for its successor by itself.
  if (!existsSync(join(modulesDir, '.package-lock.json')) && freeBytes() < installBytes) throw diskFull();
  say('installing packages, a minute or two the first time …');
  // Without network npm tries hundreds of packages in vain for many minutes; told so, it uses its cache or fails at once.
  const offline = isNetworkProblem((await npm(['ping', '--fetch-retries=0', '--fetch-timeout=10000'])).output) ? ['--offline'] : [];
  let result = await npm(['ci', ...offline]);
  // npm 11 refuses a lock that lacks some other platform's optional packages, written where the registry did not
  // have them. Unlike `ci`, `install` accepts it; every version still comes from the lock, which stays as it is.
  if (result.code !== 0 && lacksOnlyOtherPlatforms(result.output)) result = await npm(['install', '--no-save', ...offline]);
  if (result.code !== 0) throw explainInstall(result, offline.length > 0);
  const version = await run({ command: nodePath, args: ['--version'], cwd: root, env: process.env });
  if (!version.output.startsWith('v24.')) {
    throw new SetupError(
      `The packages are here, but not the Node 24 that the package "node" brings for ${process.platform} ${process.arch}.`,
      'Look whether npm may run install scripts (`npm config get ignore-scripts`), then delete node_modules and try again.',
      tail(version.output),
    );
  }
  writeFileSync(stampPath, installStamp());
}

function npm(command) {
  return run({
    command: 'npm',
    // The flags undo what a person's own npm settings may say; versions come from the lock alone.
    args: [
      ...command, '--include=dev', '--include=optional', '--engine-strict=false', '--ignore-scripts=false', '--prefer-offline',
      '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', '--no-progress',
    ],
    cwd: root,
    env: { ...process.env, ...installEnvironment, PATH: pathWithoutModules() },
    waiting: 'still installing packages',
  });
}

/** Every complaint of `npm ci` is about a package that some locked one names as optional, and none about a version. */
function lacksOnlyOtherPlatforms(output) {
  if (/^npm error Invalid:/m.test(output)) return false;
  const missing = [...output.matchAll(/^npm error Missing: (.+)@\S* from lock file$/gm)].map((match) => match[1]);
  const locked = Object.values(readJson(lockPath)?.packages ?? {});
  const optional = new Set(locked.flatMap((entry) => Object.keys(entry.optionalDependencies ?? {})));
  return missing.length > 0 && missing.every((name) => optional.has(name));
}

function freeBytes() {
  const { bavail, bsize } = statfsSync(root);
  return bavail * bsize;
}

function diskFull(output = '') {
  return new SetupError(
    `The disk of ${root} has ${Math.round(freeBytes() / 1e6)} MB free, and the packages need about ${(installBytes / 1e9).toFixed(1)} GB.`,
    'Free some room there, and a few hundred MB for npm\'s cache (`npm config get cache`).',
    output,
  );
}

function isNetworkProblem(output) {
  return /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|request-timeout/i.test(output);
}

/** Without our own node_modules: npm must not run on the very Node that it is about to replace. */
function pathWithoutModules() {
  const entries = (process.env.PATH ?? '').split(delimiter);
  return entries.filter((entry) => !entry.startsWith(modulesDir)).join(delimiter);
}

function explainInstall({ code, output }, offline) {
  const shown = tail(output.replace(/^npm error A complete log.*$/gm, ''));
  if (code === 'ENOENT') return new SetupError('npm was not found.', 'npm comes with Node: install Node 20 or newer, and look that npm is on the PATH.');
  // On a full disk packages are cut short and fail in ways of their own, so the disk is asked as well.
  if (/ENOSPC|no space left/i.test(output) || freeBytes() < 20_000_000) return diskFull(shown);
  if (offline || isNetworkProblem(output)) {
    return new SetupError('npm cannot reach its registry, and its cache does not hold every package.', 'Check the connection; behind a proxy run `npm config set https-proxy <address>`. What came so far is cached.', shown);
  }
  if (/EUSAGE|can only install packages when your package\.json/i.test(output)) {
    return new SetupError('package.json and package-lock.json do not belong together.', 'Restore both from git, or run `npm install` if you changed package.json.', tail(output.match(/^npm error (Missing|Invalid):.*$/gm)?.join('\n') ?? output));
  }
  if (/EACCES|EPERM/.test(output)) return new SetupError('npm may not write here.', `Give your user the folder ${root}, and npm's cache (\`npm config get cache\`).`, shown);
  if (/EINTEGRITY/.test(output)) return new SetupError('A package arrived with other bytes than locked.', 'Run `npm cache verify` and try again; if it persists, a proxy alters downloads.', shown);
  return new SetupError(`npm ci failed (${code}).`, 'npm\'s own words follow.', shown);
}

// ── web page ──────────────────────────────────────────────────────────────────────────────────────────────────────

function webIsStale() {
  if (!existsSync(join(webDir, 'vite.config.ts'))) return false;
  const builtAt = modifiedAt(join(webDistDir, 'index.html'));
  return builtAt === undefined || newestSource(webDir) > builtAt || (modifiedAt(lockPath) ?? 0) > builtAt;
}

/** Folders count too: their time is the only trace of a deleted file. */
function newestSource(dir) {
  let newest = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
    const path = join(dir, entry.name);
    newest = Math.max(newest, statSync(path).mtimeMs, entry.isDirectory() ? newestSource(path) : 0);
  }
  return newest;
}

async function buildWeb() {
  const vite = join(modulesDir, 'vite', 'bin', 'vite.js');
  if (!existsSync(vite) || !existsSync(nodePath)) throw new SetupError('The packages that build the web page are missing.', 'Run `node scripts/setup.mjs` without --web-only.');
  const startedAt = new Date();
  // Built aside and moved, so that a server keeps its page while a build runs or fails.
  const freshDir = join(modulesDir, '.cache', 'antiphon-web');
  const result = await run({
    command: nodePath,
    args: [vite, 'build', '--outDir', freshDir, '--emptyOutDir', '--logLevel', 'warn'],
    cwd: webDir,
    env: process.env,
    waiting: 'still building the web page',
  });
  if (result.code !== 0) {
    if (/ENOSPC|no space left/i.test(result.output)) throw new SetupError('The disk is full.', 'Free some room for the web page in web/dist.', tail(result.output));
    throw new SetupError('The web page does not build.', 'vite\'s own words follow.', tail(result.output));
  }
  rmSync(webDistDir, { recursive: true, force: true });
  renameSync(freshDir, webDistDir);
  // The time at which the sources were read: an edit during the build makes the next run build again.
  utimesSync(join(webDistDir, 'index.html'), startedAt, startedAt);
}

// ── one setup at a time ───────────────────────────────────────────────────────────────────────────────────────────

/** Two `npm start` at once must not install into the same folder. The second waits and then finds nothing to do. */
async function withSetupLock(run) {
  const lock = join(tmpdir(), `antiphon-setup-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`);
  let told = false;
  while (!tryLock(lock)) {
    const holder = Number(readText(lock));
    if (!isAlive(holder)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!told) say(`waiting for another setup of this folder (process ${holder}) …`);
    told = true;
    await sleep(300);
  }
  try {
    await run();
  } finally {
    rmSync(lock, { force: true });
  }
}

function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (thrown) {
    if (thrown.code === 'EEXIST') return false;
    throw new SetupError(`The temporary folder cannot be written (${thrown.code}).`, `Free or open ${tmpdir()}, or set TMPDIR to another folder.`);
  }
}

function isAlive(pid) {
  // A lock read in the moment before its holder wrote into it.
  if (!Number.isInteger(pid) || pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown.code === 'EPERM';
  }
}

// ── small parts ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Runs a command to its end; `code` is its exit code, or the system's code where it could not be started. */
function run({ command, args, cwd, env, waiting }) {
  return new Promise((resolve) => {
    // npm is a .cmd on Windows, which only a shell starts.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], shell: windows && command === 'npm' });
    let output = '';
    const collect = (text) => {
      output = (output + text).slice(-20_000);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    const startedAt = performance.now();
    const timer = setInterval(() => {
      if (waiting !== undefined) say(`${waiting} (${Math.round((performance.now() - startedAt) / 1000)} s) …`);
    }, 15_000);
    const settle = (code) => {
      clearInterval(timer);
      resolve({ code, output });
    };
    child.once('error', (error) => settle(error.code ?? 'ENOENT'));
    child.once('close', settle);
  });
}

function tail(output) {
  return output.trim().split('\n').slice(-15).join('\n');
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function modifiedAt(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
